#include "control/reload.h"

#include "config/json_text.h"
#include "config/units.h"
#include "crypto/digest.h"

namespace gatehouse::control {

std::string reload_text(const Reloaded& reloaded) {
  const std::string version = "version " + std::to_string(reloaded.version);
  std::string text;
  if (!reloaded.good) {
    for (const config::Diagnostic& each : reloaded.diagnostics) text += config::render(each) + "\n";
    return text + "not reloaded: " + config::summary(reloaded.diagnostics) + "; " + version + " stays in force\n";
  }
  const std::string changes = config::describe_difference(reloaded.changes);
  text += "reloaded: " + version + " is in force, policy " + crypto::hex(reloaded.policy_hash).substr(0, 16);
  text += reloaded.diagnostics.empty() ? "\n" : "; " + config::summary(reloaded.diagnostics) + ", shown by `gatehouse check`\n";
  text += changes.empty() ? "nothing has changed since the last reload\n" : changes;
  if (reloaded.new_workers > 0)
    text += "workers       " +
            (reloaded.new_workers == 1 ? "a new one serves" : std::to_string(reloaded.new_workers) + " new ones serve") +
            "; those before finish what they run, at most " + config::format_duration(reloaded.drain) + "\n";
  for (const config::Diagnostic& each : reloaded.diagnostics)   // whoever runs `check` may not be able to read the store
    if (each.code == config::Code::revocations) text += config::render(each) + "\n";
  return text;
}

Answer reload_answer(const Reloaded& reloaded) {
  Answer answer;
  answer.status = reloaded.good ? 200 : 422;
  std::string& out = answer.body;
  out = std::string("{\"reloaded\":") + (reloaded.good ? "true" : "false");
  out += ",\"version\":" + std::to_string(reloaded.version);
  out += ",\"policy_hash\":\"" + crypto::hex(reloaded.policy_hash) + "\"";
  out += ",\"new_workers\":" + std::to_string(reloaded.new_workers);
  out += "," + config::findings_json(reloaded.diagnostics);
  out += ",\"changes\":" + config::difference_json(reloaded.changes) + ",\"text\":";
  config::append_json(out, reload_text(reloaded));
  out += "}\n";
  return answer;
}

std::string changes_line(const std::vector<config::Difference>& changes) {
  std::string text = config::describe_difference(changes);
  std::string line;
  for (const char c : text) {
    if (c == '\n') line += ". ";
    else if (c != ' ' || line.empty() || line.back() != ' ') line += c;
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

}  // namespace gatehouse::control
