// What the gateway gives tokens with: keys that change, and assertions that are used once, over restarts and clocks that jump.
#include "control/token_desk.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "identity/jwt.h"

namespace gatehouse::control {
namespace {

constexpr WallNs kNow = 1'800'000'000 * kNsPerSecond;
constexpr WallNs kHour = 3600 * kNsPerSecond;

class Desk : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/gatehouse-desk-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    base = name;
    restart();
  }
  void TearDown() override { std::filesystem::remove_all(base); }

  /// restart: as after the process ended.
  void restart() {
    spent.reset();
    keys.reset();
    store.reset();
    store = store::Store::open(base + "/state").value();
    keys = std::make_unique<TokenKeys>(*store);
    spent = std::make_unique<SpentAssertions>(*store);
    ASSERT_TRUE(spent->open().ok());
  }
  Reason spend(ByteView id, WallNs until, WallNs now, ByteView issuer = "idp") {
    const auto said = spent->spend(issuer, id, until, now);
    return said.ok() ? *said : Reason::gateway_internal;
  }
  std::vector<std::string> ids() const {
    std::vector<std::string> all;
    const std::string& text = keys->published()->document;
    for (size_t at = text.find("\"kid\":\""); at != std::string::npos; at = text.find("\"kid\":\"", at + 1)) all.push_back(text.substr(at + 7, 32));
    return all;
  }
  bool knows(const std::string& id) const {
    const auto all = ids();
    return std::find(all.begin(), all.end(), id) != all.end();
  }

  std::string base;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<TokenKeys> keys;
  std::unique_ptr<SpentAssertions> spent;
};

TEST_F(Desk, AnAssertionIsUsedOnce) {
  EXPECT_EQ(spend("_a", kNow + kHour, kNow), Reason::none);
  EXPECT_EQ(spend("_a", kNow + kHour, kNow), Reason::saml_replayed);
  EXPECT_EQ(spend("_a", kNow + 2 * kHour, kNow), Reason::saml_replayed);   // whatever its end is said to be
  EXPECT_EQ(spend("_b", kNow + kHour, kNow), Reason::none);
  EXPECT_EQ(spend("_a", kNow + kHour, kNow, "other"), Reason::none);       // an id is its issuer's
  EXPECT_EQ(spend("x_a", kNow + kHour, kNow, "id"), Reason::none);
  EXPECT_EQ(spend("_a", kNow + kHour, kNow, "idx"), Reason::none);         // where one ends and the other begins matters
  EXPECT_EQ(spent->size(), 5U);
}

TEST_F(Desk, WhoOnlyLooksMakesNoKey) {
  const auto look = [this] {
    auto copy = store::Store::open_copy(base + "/state").value();
    TokenKeys seen(*copy);
    EXPECT_TRUE(seen.look().ok());
    return seen.published() == nullptr ? std::string() : seen.published()->document;
  };
  EXPECT_EQ(look(), "");
  ASSERT_TRUE(keys->open(kHour, kNow).ok());
  EXPECT_EQ(look(), keys->published()->document);
  ASSERT_TRUE(keys->turn(kNow + kHour).value());   // the key that signed is known on
  EXPECT_EQ(look(), keys->published()->document);
  ASSERT_TRUE(store->run("UPDATE token_keys SET x=y WHERE state=0").ok());
  auto copy = store::Store::open_copy(base + "/state").value();
  EXPECT_FALSE(TokenKeys(*copy).look().ok());
}

TEST_F(Desk, AnAssertionIsUsedOnceOverRestarts) {
  EXPECT_EQ(spend("_a", kNow + kHour, kNow), Reason::none);
  restart();
  EXPECT_EQ(spent->size(), 1U);
  EXPECT_EQ(spend("_a", kNow + kHour, kNow + kNsPerSecond), Reason::saml_replayed);
}

TEST_F(Desk, AnAssertionIsUsedOnceThoughTheProcessIsKilled) {
  store.reset();
  const pid_t child = ::fork();
  if (child == 0) {
    auto theirs = store::Store::open(base + "/state");
    SpentAssertions used(**theirs);
    if (!used.open().ok() || !used.spend("idp", "_a", kNow + kHour, kNow).ok()) _exit(1);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  restart();
  EXPECT_EQ(spend("_a", kNow + kHour, kNow), Reason::saml_replayed);
}

TEST_F(Desk, WhatIsDeadIsForgottenAndAClockThatGoesBackDoesNotReviveIt) {
  EXPECT_EQ(spend("_a", kNow + 10 * kNsPerSecond, kNow), Reason::none);
  EXPECT_EQ(spend("_b", kNow + kHour, kNow + 20 * kNsPerSecond), Reason::none);
  EXPECT_EQ(spent->size(), 1U);
  EXPECT_EQ(spend("_a", kNow + 10 * kNsPerSecond, kNow), Reason::saml_replayed);          // the clock went back
  EXPECT_EQ(spend("_c", kNow + 10 * kNsPerSecond, kNow), Reason::saml_replayed);          // nobody knows
  EXPECT_EQ(spend("_d", kNow + 10 * kNsPerSecond + 1, kNow), Reason::none);               // it would still be known
  restart();
  EXPECT_EQ(spend("_a", kNow + 10 * kNsPerSecond, kNow), Reason::saml_replayed);
  EXPECT_EQ(spend("_d", kNow + 10 * kNsPerSecond + 1, kNow), Reason::saml_replayed);
}

TEST_F(Desk, RoomForUsedAssertionsIsBoundedAndComesBack) {
  spent = std::make_unique<SpentAssertions>(*store, 3);
  ASSERT_TRUE(spent->open().ok());
  for (const char* id : {"_a", "_b", "_c"}) EXPECT_EQ(spend(id, kNow + 10 * kNsPerSecond, kNow), Reason::none);
  EXPECT_EQ(spend("_d", kNow + kHour, kNow), Reason::saml_busy);
  EXPECT_EQ(spend("_d", kNow + kHour, kNow + 10 * kNsPerSecond), Reason::none);
  EXPECT_EQ(spent->size(), 1U);
}

TEST_F(Desk, KeysAreMadeOnceAndKeptOverRestarts) {
  EXPECT_EQ(keys->published(), nullptr);
  EXPECT_FALSE(keys->due(kNow));
  ASSERT_TRUE(keys->open(kHour, kNow).ok());
  const std::string document = keys->published()->document, signer = keys->signer()->id;
  EXPECT_EQ(ids().size(), 2U);   // the one that signs, and the next
  EXPECT_TRUE(knows(signer));
  EXPECT_EQ(document.find("\"d\""), std::string::npos);   // no private half
  EXPECT_EQ(keys->turn(kNow + kHour - 1).value(), false);
  restart();
  ASSERT_TRUE(keys->open(kHour, kNow + kNsPerSecond).ok());
  EXPECT_EQ(keys->published()->document, document);
  EXPECT_EQ(keys->signer()->id, signer);
  EXPECT_EQ(keys->signer()->key.public_key().parts().first.size(), 32U);
}

TEST_F(Desk, AKeySignsOnlyAfterItWasPublishedAndIsKnownUntilItsLastTokenHasEnded) {
  ASSERT_TRUE(keys->open(2 * kHour, kNow).ok());
  const std::string first = keys->signer()->id;
  const auto before = ids();
  ASSERT_EQ(keys->turn(kNow + 2 * kHour).value(), true);
  const std::string second = keys->signer()->id;
  EXPECT_NE(second, first);
  EXPECT_NE(std::find(before.begin(), before.end(), second), before.end());   // whoever fetched the keys before knows it
  EXPECT_EQ(ids().size(), 3U);
  EXPECT_TRUE(knows(first));
  restart();
  ASSERT_TRUE(keys->open(2 * kHour, kNow + 2 * kHour + 1).ok());
  EXPECT_EQ(keys->signer()->id, second);
  EXPECT_TRUE(knows(first));
  ASSERT_EQ(keys->turn(kNow + 4 * kHour).value(), true);
  EXPECT_FALSE(knows(first));   // it stopped two hours ago, and no token lives longer than one
  EXPECT_TRUE(knows(second));
  int64_t secrets = 0;
  ASSERT_TRUE(store->each("SELECT count(*) FROM token_keys WHERE state=2 AND length(secret)>0", {},
                          [&](const store::Row& row) { return secrets = row.integer(0), false; }).ok());
  EXPECT_EQ(secrets, 0);
}

TEST_F(Desk, KeysThatChangeFastAreBounded) {
  ASSERT_TRUE(keys->open(kNsPerSecond, kNow).ok());
  for (WallNs second = 1; second < 100; ++second) ASSERT_EQ(keys->turn(kNow + second * kNsPerSecond).value(), true);
  EXPECT_EQ(ids().size(), TokenKeys::kEndedMax + 2);
}

TEST_F(Desk, AClockThatGoesBackChangesTheKeyAtOnce) {
  ASSERT_TRUE(keys->open(kHour, kNow).ok());
  EXPECT_FALSE(keys->due(kNow));
  EXPECT_TRUE(keys->due(kNow - kNsPerSecond));   // else it would sign for as long as the clock went back
  ASSERT_EQ(keys->turn(kNow - kNsPerSecond).value(), true);
  EXPECT_FALSE(keys->due(kNow));
}

TEST_F(Desk, AKeyThatIsDamagedIsAnErrorAndNotReplaced) {
  ASSERT_TRUE(keys->open(kHour, kNow).ok());
  ASSERT_TRUE(store->run("UPDATE token_keys SET secret=x'00' WHERE state=1").ok());
  restart();
  EXPECT_FALSE(keys->open(kHour, kNow).ok());
  EXPECT_EQ(keys->published(), nullptr);
  ASSERT_TRUE(store->run("UPDATE token_keys SET x=y WHERE state=0").ok());
  restart();
  EXPECT_FALSE(keys->open(kHour, kNow).ok());
}

TEST_F(Desk, AStoreThatOthersMayReadIsRefused) {
  ASSERT_TRUE(keys->open(kHour, kNow).ok());
  spent.reset(), keys.reset(), store.reset();
  struct stat info {};
  ASSERT_EQ(::stat((base + "/state/gatehouse.db").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  ASSERT_EQ(::chmod((base + "/state/gatehouse.db").c_str(), 0640), 0);
  EXPECT_FALSE(store::Store::open(base + "/state").ok());
  ASSERT_EQ(::chmod((base + "/state/gatehouse.db").c_str(), 0600), 0);
}

TEST_F(Desk, GivesOneTokenForAnAssertionThatTheWorkersBelieve) {
  TokenDesk desk(*store);
  proxy::Proving proving;
  auto proved = std::make_shared<identity::Identity>();
  proved->proof = identity::Proof::saml;
  proved->issuer = "corporate", proved->issuer_url = "https://idp.test", proved->subject = "job", proved->token_id = "_a";
  proved->groups = {"readers"};
  proved->expires = kNow + kHour;
  proving.identity = proved;
  proving.reason = Reason::none;
  auto issuer = std::make_shared<identity::GatewayIssuer>();
  issuer->url = "https://gateway.test", issuer->audience = "here", issuer->lifetime = 600 * kNsPerSecond;
  issuer->sources = {{"corporate", "https://idp.test"}};
  proving.gateway = issuer;
  EXPECT_EQ(desk.give(proving, kNow), "");
  EXPECT_EQ(proving.reason, Reason::token_keys_unavailable);   // not open: nothing was used
  ASSERT_TRUE(desk.open(kHour, kNow).ok());
  EXPECT_EQ(desk.give(proving, kNow), "");
  ASSERT_EQ(proving.reason, Reason::none);
  issuer->keys = desk.keys().published();
  identity::IssuerSet issuers;
  issuers.gateway = issuer;
  const auto seen = identity::verify_jwt(issuers, proving.token.text.reveal(), kNow + kNsPerSecond);
  ASSERT_TRUE(seen.ok());
  EXPECT_EQ((*seen)->subject, "job");
  proxy::Proving again;
  again.identity = proved;
  again.gateway = issuer;
  EXPECT_EQ(desk.give(again, kNow), "");
  EXPECT_EQ(again.reason, Reason::saml_replayed);
  EXPECT_TRUE(again.token.text.empty());
}

}  // namespace
}  // namespace gatehouse::control
