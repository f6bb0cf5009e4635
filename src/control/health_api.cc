#include "control/health_api.h"

#include <algorithm>

namespace gatehouse::control {

namespace {

constexpr ByteView kText = "text/plain; charset=utf-8";

Answer text(int status, std::string body) {
  Answer answer;
  answer.status = status;
  answer.type = kText;
  answer.body = std::move(body);
  return answer;
}

std::string verbose(const Health& health) {
  std::string lines;
  for (const Check& check : health.checks) {
    lines += check.good ? "[+] " : "[-] ";
    lines += check.name;
    lines += check.good ? " ok" : " failed";
    if (!check.detail.empty()) lines += ": " + check.detail;
    lines += '\n';
  }
  return lines;
}

}  // namespace

bool Health::ready() const {
  return std::all_of(checks.begin(), checks.end(), [](const Check& check) { return check.good; });
}

Answer answer_health(const Request& request, const Health& health, const std::function<std::string()>& metrics) {
  const bool known = request.path == "/livez" || request.path == "/readyz" || request.path == "/metrics";
  if (!known) return text(404, "there is /livez, /readyz and /metrics\n");
  if (request.method != "GET" && request.method != "HEAD") {
    Answer answer = text(405, "GET only\n");
    answer.allow = "GET, HEAD";
    return answer;
  }
  if (request.path == "/livez") return health.live ? text(200, "live\n") : text(503, "stuck\n");
  if (request.path == "/readyz") {
    std::string body = request.query == "verbose" ? verbose(health) : "";
    body += health.ready() ? "ready\n" : "not ready\n";
    return text(health.ready() ? 200 : 503, std::move(body));
  }
  Answer answer = text(200, metrics());
  answer.type = "text/plain; version=0.0.4; charset=utf-8";
  return answer;
}

}  // namespace gatehouse::control
