#include "control/health_api.h"

#include <gtest/gtest.h>

namespace gatehouse::control {
namespace {

Answer ask(const Health& health, ByteView method, ByteView path, ByteView query = "") {
  return answer_health({method, path, query, ""}, health, [] { return std::string("metrics here\n"); });
}

TEST(HealthApi, Answers) {
  Health good{true, {{"records", true, ""}, {"issuer dev", true, "2 keys"}}};
  EXPECT_EQ(ask(good, "GET", "/livez").status, 200);
  EXPECT_EQ(ask(good, "GET", "/readyz").body, "ready\n");
  EXPECT_EQ(ask(good, "GET", "/readyz", "verbose").body, "[+] records ok\n[+] issuer dev ok: 2 keys\nready\n");
  EXPECT_EQ(ask(good, "GET", "/metrics").body, "metrics here\n");
  EXPECT_EQ(ask(good, "GET", "/metrics").type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(ask(good, "GET", "/").status, 404);
  EXPECT_EQ(ask(good, "POST", "/livez").status, 405);
  EXPECT_EQ(ask(good, "HEAD", "/livez").status, 200);

  Health bad{false, {{"records", false, "disk full"}, {"issuer dev", true, ""}}};
  EXPECT_EQ(ask(bad, "GET", "/livez").status, 503);
  EXPECT_EQ(ask(bad, "GET", "/readyz").status, 503);
  EXPECT_EQ(ask(bad, "GET", "/readyz").body, "not ready\n");
  EXPECT_EQ(ask(bad, "GET", "/readyz", "verbose").body,
            "[-] records failed: disk full\n[+] issuer dev ok\nnot ready\n");
}

}  // namespace
}  // namespace gatehouse::control
