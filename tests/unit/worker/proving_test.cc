// Assertions that are proved beside the worker: with requests, and in return for a token. The test is the job thread.
#include "house.h"

namespace gatehouse::worker {
namespace {

class Proved : public House {
 protected:
  void adjust(config::Snapshot& out) override {
    out.saml = std::make_shared<const identity::SamlIssuers>();
    auto gateway = std::make_shared<identity::GatewayIssuer>();
    gateway->url = "https://gateway.example";
    gateway->audience = "here";
    gateway->lifetime = 600 * kNsPerSecond;
    gateway->sources = {{"corporate", "https://idp.example"}};
    auto keys = std::make_shared<identity::GatewayKeys>();
    keys->document = "{\"keys\":[" + identity::jwk_text(key.public_key(), "g1") + "]}";
    keys->keys = identity::KeySet::parse(keys->document).value();
    gateway->keys = keys;
    out.issuers.gateway = gateway;
    out.token_exchange = {"/oauth/token", "/oauth/jwks"};
    out.limits.failed_tokens = 32;   // two assertions, each given back after four seconds
    out.limits.failed_tokens_connection = 2;
    if (patience != 0) out.deadlines.progress = patience;
  }

  static std::string shown(const std::string& text) {
    return "GET /plain/x HTTP/1.1\r\nHost: gate\r\nAuthorization: SAML " + text + "\r\n\r\n";
  }
  static std::string exchange(const std::string& text) {
    const std::string body = "grant_type=urn:ietf:params:oauth:grant-type:saml2-bearer&assertion=" + text;
    return "POST /oauth/token HTTP/1.1\r\nHost: gate\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  std::shared_ptr<proxy::Proving> asked() { return told(proxy::ToControl::Kind::prove).proving; }
  void bring_back(const std::shared_ptr<proxy::Proving>& proving) {
    proxy::ToWorker message;
    message.kind = proxy::ToWorker::Kind::proved;
    message.proving = proving;
    ASSERT_TRUE(inbox.push(std::move(message)));
  }
  void refuse(const std::shared_ptr<proxy::Proving>& proving, Reason reason) {
    proving->reason = reason;
    bring_back(proving);
  }
  void accept(const std::shared_ptr<proxy::Proving>& proving, WallNs life = 300 * kNsPerSecond) {
    const WallNs now = static_cast<WallNs>(time(nullptr)) * kNsPerSecond;
    auto identity = std::make_shared<identity::Identity>();
    identity->proof = identity::Proof::saml;
    identity->issuer = "corporate", identity->issuer_url = "https://idp.example", identity->subject = "job-9", identity->token_id = "_a1";
    identity->groups = {"readers"};
    identity->expires = now + life;
    proving->reason = Reason::none;
    if (proving->use == identity::SamlUse::exchange) {
      auto made = identity::make_gateway_token(*proving->gateway, key, "g1", *identity, "0123456789abcdef", now);
      ASSERT_TRUE(made.ok());
      proving->token = std::move(*made);
      proving->given = now;
    }
    proving->identity = std::move(identity);
    bring_back(proving);
  }

  MonotonicNs patience = 0;
};

class Hasty : public Proved {
 protected:
  Hasty() { patience = kNsPerSecond / 5; }
  /// rest makes it patient from the next request on.
  void rest() {
    patience = 600 * kNsPerSecond;
    make_snapshot(next, 2);
    publish(next);
    EXPECT_EQ(told(proxy::ToControl::Kind::released).snapshot, &snapshot);
  }
  config::Snapshot next;
};

TEST_F(Proved, AnAssertionIsProvedOnceAndThenKnown) {
  Plain client = Plain::connect(address);
  client.send(shown("PGEvPg"));
  const auto proving = asked();
  ASSERT_NE(proving, nullptr);
  EXPECT_EQ(proving->text, "PGEvPg");
  EXPECT_EQ(proving->use, identity::SamlUse::bearer);
  EXPECT_EQ(proving->gateway, nullptr);
  accept(proving);
  Plain origin = Plain::accept(origin_listener);
  const std::string asked_head = origin.message();
  EXPECT_FALSE(has(asked_head, "SAML") || has(asked_head, "PGEvPg"));
  origin.send(answer("{}"));
  EXPECT_TRUE(has(client.message(), "200 OK"));
  Plain other = Plain::connect(address);   // nobody is asked again
  other.send(shown("PGEvPg"));
  origin.message();
  origin.send(answer("{}"));
  EXPECT_TRUE(has(other.message(), "200 OK"));
  other.send(request("GET", "/plain/x").replace(request("GET", "/plain/x").find(readers), readers.size(), "PGEvPg"));
  EXPECT_TRUE(has(other.message(), "token_malformed"));   // what is known as an assertion is no token
  const ByteView kept = records();
  EXPECT_TRUE(has(kept, section(record::Tag::proof, "saml")));
  EXPECT_TRUE(has(kept, section(record::Tag::subject, "job-9")));
  EXPECT_FALSE(has(kept, "PGEvPg"));
}

TEST_F(Proved, WhoLeavesMeanwhileIsForgotten) {
  for (const std::string& what : {shown("PGEvPg"), exchange("PGEvPg")}) {
    Plain client = Plain::connect(address);
    client.send(what);
    const auto proving = asked();
    client.abandon();
    ASSERT_TRUE(eventually([&] { return metrics.sessions_now.get() == 0; }));
    accept(proving);
  }
  Plain client = Plain::connect(address);
  client.send(exchange("PGEvPg"));
  accept(asked());
  EXPECT_TRUE(has(client.message(), "access_token"));
}

TEST_F(Hasty, AProofThatComesTooLateMeetsNobodyElse) {
  Plain client = Plain::connect(address);
  client.send(exchange("PGEvPg"));
  const auto late = asked();
  EXPECT_TRUE(has(client.message(), "saml_busy"));
  rest();
  client.send(exchange("PGIvPg"));   // the next one of the same session
  const auto second = asked();
  accept(late);
  refuse(second, Reason::saml_replayed);
  const std::string said = client.message();
  EXPECT_TRUE(has(said, "400 Bad Request") && has(said, "invalid_grant") && has(said, "saml_replayed")) << said;
}

TEST_F(Hasty, ARequestThatWaitsTooLongIsRefused) {
  Plain client = Plain::connect(address);
  client.send(shown("PGEvPg"));
  const auto late = asked();
  EXPECT_TRUE(has(client.message(), "saml_busy"));
  rest();
  client.send(shown("PGIvPg"));
  const auto second = asked();
  accept(late);
  refuse(second, Reason::saml_expired);
  EXPECT_TRUE(has(client.message(), "saml_expired"));
}

TEST_F(Proved, TooManyAtOnceAreRefusedAndTheOthersGoOn) {
  std::vector<Plain> clients;
  std::vector<std::shared_ptr<proxy::Proving>> away;
  for (uint32_t i = 0; i < proxy::kProvingsMax; ++i) {
    clients.push_back(Plain::connect(address));
    clients.back().send(exchange("PGEvPg"));
    away.push_back(asked());
  }
  Plain more = Plain::connect(address);
  more.send(exchange("PGEvPg"));
  EXPECT_TRUE(has(more.message(), "temporarily_unavailable"));
  more.send(shown("PGEvPg"));
  EXPECT_TRUE(has(more.message(), "saml_busy"));
  more.send(request("GET", "/plain/x"));   // who has a token does not notice
  Plain origin = Plain::accept(origin_listener);
  origin.message();
  origin.send(answer("{}"));
  EXPECT_TRUE(has(more.message(), "200 OK"));
  for (const auto& each : away) accept(each);
  for (Plain& client : clients) EXPECT_TRUE(has(client.message(), "access_token"));
  more.send(exchange("PGEvPg"));
  accept(asked());
  EXPECT_TRUE(has(more.message(), "access_token"));
}

TEST_F(Proved, AWorkerThatIsStoppedWaitsForWhatIsAway) {
  Plain client = Plain::connect(address);
  client.send(exchange("PGEvPg"));
  const auto proving = asked();
  proxy::ToWorker stop;
  stop.kind = proxy::ToWorker::Kind::stop;
  ASSERT_TRUE(inbox.push(std::move(stop)));
  client.until_end();   // at once, but its number is not free yet: the answer would be another's
  EXPECT_FALSE(has(client.until_end(), "access_token"));
  std::atomic<bool> ended{false};
  std::thread waiting([&] { thread.join(), ended = true; });
  poll(nullptr, 0, 50);
  EXPECT_FALSE(ended);
  accept(proving);
  waiting.join();
}

TEST_F(Proved, AnAssertionThatDiedMeanwhileIsNotUsed) {
  Plain client = Plain::connect(address);
  client.send(shown("PGEvPg"));
  accept(asked(), 0);
  EXPECT_TRUE(has(client.message(), "saml_expired"));
}

TEST_F(Proved, FailuresAreCountedAsThoseOfTokensAre) {
  {
    Plain client = Plain::connect(address);
    for (int i = 0; i < 2; ++i) {
      client.send(i % 2 == 0 ? exchange("PGEvPg") : shown("PGEvPg"));
      refuse(asked(), i % 2 == 0 ? Reason::saml_replayed : Reason::saml_signature);
      EXPECT_TRUE(has(client.message(), i % 2 == 0 ? "saml_replayed" : "saml_signature"));
    }
    client.until_end();
    EXPECT_TRUE(client.ended());
  }
  Plain client = Plain::connect(address);
  client.send(exchange("PGEvPg"));   // nobody is asked
  EXPECT_TRUE(has(client.message(), "429 Too Many Requests"));
  EXPECT_FALSE(has(records(), "PGEvPg"));
}

TEST_F(Proved, ATokenIsBelievedAndStandsInNoRecord) {
  Plain client = Plain::connect(address);
  client.send(exchange("PGEvPg"));
  const auto proving = asked();
  EXPECT_EQ(proving->use, identity::SamlUse::exchange);
  ASSERT_NE(proving->gateway, nullptr);
  accept(proving);
  const std::string given = client.message();
  EXPECT_TRUE(has(given, "Cache-Control: no-store"));
  const size_t at = given.find("\"access_token\":\"") + 16;
  const std::string token = given.substr(at, given.find('"', at) - at);
  client.send("GET /plain/x HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer " + token + "\r\n\r\n");
  Plain origin = Plain::accept(origin_listener);
  origin.message();
  origin.send(answer("{}"));
  EXPECT_TRUE(has(client.message(), "200 OK"));
  client.send("GET /oauth/jwks HTTP/1.1\r\nHost: gate\r\n\r\n");
  EXPECT_TRUE(has(client.message(), "\"kid\":\"g1\""));
  const ByteView kept = records();
  EXPECT_TRUE(has(kept, section(record::Tag::proof, "gateway_token")));
  EXPECT_TRUE(has(kept, section(record::Tag::issued_token_id, "MDEyMzQ1Njc4OWFiY2RlZg")));
  EXPECT_FALSE(has(kept, token) || has(kept, token.substr(token.rfind('.'))) || has(kept, "PGEvPg"));
}

TEST_F(Proved, OnAnyHostAndOnlyAtItsPath) {
  Plain client = Plain::connect(address);
  for (const char* path : {"/oauth/token/", "/oauth/tokens", "/OAUTH/token", "/oauth/jwks/x"}) {
    client.send(std::string("POST ") + path + " HTTP/1.1\r\nHost: other\r\nContent-Length: 0\r\n\r\n");
    EXPECT_TRUE(has(client.message(), "token_missing")) << path;
  }
  client.send("GET /oauth/%6Awks HTTP/1.1\r\nHost: other\r\n\r\n");
  EXPECT_TRUE(has(client.message(), "\"kid\":\"g1\""));
}

}  // namespace
}  // namespace gatehouse::worker
