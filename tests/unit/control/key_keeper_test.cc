// Whom callers may make an issuer be asked for, with an issuer on a real socket.
#include "control/key_keeper.h"

#include <sys/eventfd.h>

#include "front_world.h"

namespace gatehouse::control {
namespace {

std::string answer(ByteView kid) {
  // The public key of RFC 8037, appendix A.2.
  const std::string document = "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"" + std::string(kid) +
                               "\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(document.size()) + "\r\n\r\n" + document;
}

class KeyKeeperTest : public FrontTest {
 protected:
  void SetUp() override {
    FrontTest::SetUp();
    issuer = listen(kAnyPort);
    descriptors.push_back(jobs_done = eventfd(0, EFD_CLOEXEC));
    lookups = std::make_unique<JobThread>(jobs_done);
    keeper = std::make_unique<KeyKeeper>(*ring, *front, *lookups, log, [] {}, [this](const std::string&) { ++asked; });
    config::Config config;
    config::IssuerSettings& settings = config.issuers.emplace_back();
    settings.name.value = "home";
    settings.jwks_url.value = "http://" + format_address(net::bound_address(issuer)) + "/keys";
    settings.jwks_refresh = 3600 * kNsPerSecond;
    keeper->configure(config);
  }
  void TearDown() override {
    lookups->stop();
    FrontTest::TearDown();
  }
  void serve(ByteView kid) {
    const int descriptor = accept_one(issuer);
    receive(descriptor, [](const std::string& text) { return text.ends_with("\r\n\r\n"); });
    const int before = asked;
    say(descriptor, answer(kid));
    shutdown(descriptor, SHUT_WR);
    EXPECT_TRUE(turns_until([&] { return asked > before; }));
  }
  uint64_t generation() const { return keeper->issuers()[0]->keys->generation(); }
  uint64_t fetches() const { return keeper->issuers()[0]->fetches; }

  int issuer = -1, jobs_done = -1, asked = 0;
  LogThread log_thread{-1};
  Log log{log_thread.add(), telemetry::Level::error};
  std::unique_ptr<JobThread> lookups;
  std::unique_ptr<KeyKeeper> keeper;
};

TEST_F(KeyKeeperTest, AQuestionThatCrossesTheAnswerAsksNobody) {
  EXPECT_FALSE(keeper->wanted("stranger", 0));
  EXPECT_TRUE(keeper->wanted("home", 0));
  EXPECT_TRUE(keeper->wanted("home", 0));   // it is being asked
  serve("first");
  const uint64_t first = generation();
  EXPECT_FALSE(keeper->wanted("home", 0));  // it was judged by the keys before
  EXPECT_EQ(fetches(), 1u);
  EXPECT_TRUE(keeper->wanted("home", first));
  serve("second");
  EXPECT_FALSE(keeper->wanted("home", first));
  EXPECT_EQ(fetches(), 2u);
  EXPECT_FALSE(keeper->wanted("home", generation()));   // as often as callers may
  EXPECT_EQ(fetches(), 2u);
}

}  // namespace
}  // namespace gatehouse::control
