// The gateway's own tokens: what they say, who believes them, and every way in which they could be taken for something else.
#include "identity/gateway_token.h"

#include <gtest/gtest.h>

#include "codec/base64url.h"
#include "identity/key_set_state.h"
#include "token_world.h"

namespace gatehouse::identity {
namespace {

constexpr ByteView kGateway = "https://gateway.test";
constexpr ByteView kId = "0123456789abcdef";

struct House {
  crypto::PrivateKey key = crypto::PrivateKey::make_p256();
  GatewayIssuer issuer;

  explicit House(std::string name = "gateway-1") {
    issuer.url = kGateway;
    issuer.audience = std::move(name);
    issuer.lifetime = 600 * kNsPerSecond;
    issuer.sources = {{"corporate", "https://idp.test/saml"}};
    publish({{key, "k1"}});
  }

  void publish(const std::vector<std::pair<crypto::PrivateKey, std::string>>& keys) {
    auto fresh = std::make_shared<GatewayKeys>();
    fresh->document = "{\"keys\":[";
    for (const auto& [one, id] : keys)
      fresh->document += (fresh->document.ends_with('[') ? "" : ",") + jwk_text(one.public_key(), id);
    fresh->document += "]}";
    fresh->keys = KeySet::parse(fresh->document).value();
    issuer.keys = fresh;
  }

  /// issuers: a provider of JWTs beside it.
  IssuerSet issuers() const {
    IssuerSet set = World::get().issuers();
    set.gateway = std::make_shared<const GatewayIssuer>(issuer);
    return set;
  }
};

Identity proved() {
  Identity identity;
  identity.proof = Proof::saml;
  identity.issuer = "corporate";
  identity.issuer_url = "https://idp.test/saml";
  identity.subject = "nightly \"ingest\" \xc3\xa4";
  identity.token_id = "_a1";
  identity.groups = {"batch", "r&d <x>", "readers"};
  identity.expires = kNow + 3000 * kNsPerSecond;
  return identity;
}

std::string made(const House& house, const Identity& identity = proved(), WallNs now = kNow) {
  auto token = make_gateway_token(house.issuer, house.key, "k1", identity, kId, now);
  return token.ok() ? std::string(token->text.reveal()) : std::string(reason_name(token.error()));
}

/// signed_with writes any claims under any header.
std::string signed_with(const House& house, const std::string& claims, const std::string& header = R"({"alg":"ES256","kid":"k1"})") {
  return sign_jws(house.key, header, claims);
}

std::string claims_of(const std::string& more = "") {
  return R"({"iss":"https://gateway.test","aud":"gateway-1","sub":"job","jti":"j","idp_name":"corporate",)"
         R"("idp_entity":"https://idp.test/saml","iat":1800000000,"exp":1800000300,"groups":["a","b"])" + more + "}";
}

std::string with(std::string claims, const std::string& old, const std::string& fresh) {
  const size_t at = claims.find(old);
  EXPECT_NE(at, std::string::npos) << old;
  return claims.replace(at, old.size(), fresh);
}

TEST(GatewayToken, SaysWhatTheAssertionSaid) {
  const House house;
  const auto token = make_gateway_token(house.issuer, house.key, "k1", proved(), kId, kNow);
  ASSERT_TRUE(token.ok());
  const auto seen = verify_jwt(house.issuers(), token->text.reveal(), kNow + kNsPerSecond);
  ASSERT_TRUE(seen.ok()) << reason_name(seen.error());
  const Identity& identity = **seen;
  EXPECT_EQ(identity.proof, Proof::gateway_token);
  EXPECT_EQ(identity.issuer, "corporate");
  EXPECT_EQ(identity.issuer_url, "https://idp.test/saml");
  EXPECT_EQ(identity.subject, proved().subject);
  EXPECT_EQ(identity.groups, proved().groups);
  EXPECT_EQ(identity.token_id, token->id);
  EXPECT_EQ(identity.token_digest, token->digest);
  EXPECT_EQ(identity.who, crypto::sha256(identity.issuer_url + "\n" + identity.subject));
  EXPECT_EQ(identity.expires, token->expires);
  EXPECT_EQ(identity.key_id, "k1");
  EXPECT_EQ(token->expires, kNow + house.issuer.lifetime);
  EXPECT_EQ(gateway_standing(house.issuers().gateway.get(), identity), Reason::none);
  EXPECT_EQ(standing(house.issuers(), identity), Reason::none);
}

TEST(GatewayToken, IsNoJwtOfTheIssuerBesideIt) {
  const House house;
  EXPECT_EQ(verdict(house.issuers(), good_token()), Reason::none);
  // The provider's key under our name, and ours under the provider's.
  const World& world = World::get();
  EXPECT_EQ(verdict(house.issuers(), mint_jwt(world.ec, "ec", claims_of())), Reason::token_key);
  EXPECT_EQ(verdict(house.issuers(), mint_jwt(world.ec, "k1", claims_of())), Reason::token_signature);
  EXPECT_EQ(verdict(house.issuers(), mint_jwt(house.key, "k1", Claims().json())), Reason::token_key);
  EXPECT_EQ(verdict(house.issuers(), mint_jwt(house.key, "ec", Claims().json())), Reason::token_signature);
  // Without an exchange nobody knows the name.
  IssuerSet none = house.issuers();
  none.gateway = nullptr;
  EXPECT_EQ(verdict(none, made(house)), Reason::token_issuer);
}

TEST(GatewayToken, LivesNoLongerThanItsAssertionAndAnHour) {
  House house;
  Identity short_lived = proved();
  short_lived.expires = kNow + 90 * kNsPerSecond + 7;
  const std::string token = made(house, short_lived);
  EXPECT_EQ(verdict(house.issuers(), token, kNow + 90 * kNsPerSecond - 1), Reason::none);
  EXPECT_EQ(verdict(house.issuers(), token, kNow + 90 * kNsPerSecond), Reason::token_expired);   // to the second, without leeway
  short_lived.expires = kNow + kNsPerSecond / 2;
  EXPECT_EQ(made(house, short_lived), "saml_expired");
  Identity long_lived = proved();
  long_lived.expires = UINT64_MAX;
  house.issuer.lifetime = UINT64_MAX / 4;
  const auto longest = make_gateway_token(house.issuer, house.key, "k1", long_lived, kId, kNow + 999);
  ASSERT_TRUE(longest.ok());
  EXPECT_EQ(longest->expires, kNow + kGatewayLifeMax);
  EXPECT_EQ(verdict(house.issuers(), with(made(house), "", "")), Reason::none);
  EXPECT_EQ(verdict(house.issuers(), signed_with(house, with(claims_of(), "1800000300", "1800003601"))), Reason::token_claims);
}

TEST(GatewayToken, IsForThisGatewayAlone) {
  const House here, there("gateway-2");
  House twin("gateway-2");
  twin.publish({{here.key, "k1"}});   // even with the same key
  EXPECT_EQ(verdict(twin.issuers(), made(here)), Reason::token_audience);
  EXPECT_EQ(verdict(there.issuers(), made(here)), Reason::token_signature);
  EXPECT_EQ(verdict(here.issuers(), signed_with(here, with(claims_of(), "\"gateway-1\"", "[\"gateway-1\",\"gateway-2\"]"))), Reason::token_claims);
}

TEST(GatewayToken, DiesWithItsProvider) {
  const House house;
  const std::string token = made(house);
  const auto identity = verify_jwt(house.issuers(), token, kNow).value();
  const std::vector<std::vector<GatewayIssuer::Source>> others = {
      {}, {{"corporate", "https://other.test"}}, {{"renamed", "https://idp.test/saml"}}};
  for (const auto& sources : others) {
    House after = house;
    after.issuer.sources = sources;
    EXPECT_EQ(verdict(after.issuers(), token), Reason::token_issuer);
    EXPECT_EQ(standing(after.issuers(), *identity), Reason::token_issuer);
  }
  EXPECT_EQ(gateway_standing(nullptr, *identity), Reason::token_issuer);
}

TEST(GatewayToken, DiesWithItsKeyAndLivesThroughARotation) {
  House house;
  const std::string token = made(house);
  const auto identity = verify_jwt(house.issuers(), token, kNow).value();
  const crypto::PrivateKey next = crypto::PrivateKey::make_p256();
  house.publish({{house.key, "k1"}, {next, "k2"}});
  EXPECT_EQ(verdict(house.issuers(), token), Reason::none);
  EXPECT_EQ(standing(house.issuers(), *identity), Reason::none);
  house.publish({{next, "k2"}});
  EXPECT_EQ(verdict(house.issuers(), token), Reason::token_key);
  EXPECT_EQ(standing(house.issuers(), *identity), Reason::token_key);
  house.publish({{next, "k1"}});   // another key under the old name
  EXPECT_EQ(verdict(house.issuers(), token), Reason::token_signature);
  EXPECT_EQ(standing(house.issuers(), *identity), Reason::token_key);
  house.issuer.keys = nullptr;
  EXPECT_EQ(verdict(house.issuers(), token), Reason::token_keys_unavailable);
}

TEST(GatewayToken, EveryClaimIsWeighed) {
  const House house;
  const auto says = [&](const std::string& claims) { return verdict(house.issuers(), signed_with(house, claims)); };
  EXPECT_EQ(says(claims_of()), Reason::none);
  EXPECT_EQ(says(with(claims_of(), "\"sub\":\"job\",", "")), Reason::token_claims);
  EXPECT_EQ(says(with(claims_of(), "\"job\"", "\"\"")), Reason::token_claims);
  EXPECT_EQ(says(with(claims_of(), "\"job\"", "\"j\\u202eob\"")), Reason::token_claims);
  EXPECT_EQ(says(with(claims_of(), "\"jti\":\"j\",", "")), Reason::token_claims);
  EXPECT_EQ(says(with(claims_of(), "1800000300", "\"1800000300\"")), Reason::token_claims);
  EXPECT_EQ(says(with(claims_of(), "\"iat\":1800000000,", "")), Reason::token_claims);
  EXPECT_EQ(says(with(claims_of(), "\"iat\":1800000000", "\"iat\":1800000001")), Reason::token_not_yet);
  EXPECT_EQ(says(with(claims_of(), "\"idp_name\":\"corporate\",", "")), Reason::token_claims);
  EXPECT_EQ(says(with(claims_of(), "corporate", "other")), Reason::token_issuer);
  EXPECT_EQ(says(with(claims_of(), "[\"a\",\"b\"]", "\"a b\"")), Reason::token_groups);
  EXPECT_EQ(says(with(claims_of(), "[\"a\",\"b\"]", "[\"a\",1]")), Reason::token_groups);
  EXPECT_EQ(says(with(claims_of(), "[\"a\",\"b\"]", "[\"b\",\"a\"]")), Reason::token_groups);
  EXPECT_EQ(says(with(claims_of(), "[\"a\",\"b\"]", "[]")), Reason::none);
  EXPECT_EQ(says(claims_of(",\"sub\":\"other\"")), Reason::token_malformed);   // twice
}

TEST(GatewayToken, OnlyItsOwnFormOfSignature) {
  const House house;
  const auto says = [&](const std::string& header) { return verdict(house.issuers(), signed_with(house, claims_of(), header)); };
  EXPECT_EQ(says(R"({"alg":"ES256"})"), Reason::token_key);   // ours name their key
  EXPECT_EQ(says(R"({"alg":"EdDSA","kid":"k1"})"), Reason::token_algorithm);
  EXPECT_EQ(says(R"({"alg":"none","kid":"k1"})"), Reason::token_algorithm);
  EXPECT_EQ(says(R"({"alg":"HS256","kid":"k1"})"), Reason::token_algorithm);
  EXPECT_EQ(says(R"({"alg":"ES256","kid":"k1","crit":["x"]})"), Reason::token_critical);
  std::string token = made(house);
  token[token.size() / 2] = token[token.size() / 2] == 'A' ? 'B' : 'A';
  EXPECT_NE(verdict(house.issuers(), token), Reason::none);
}

TEST(GatewayToken, ThatNobodyCouldSendIsNotMade) {
  const House house;
  Identity large = proved();
  large.groups.clear();
  for (int i = 0; i < 256; ++i) large.groups.push_back(std::string(100, 'g') + std::to_string(1000 + i));
  EXPECT_EQ(made(house, large), "token_size");
}

}  // namespace
}  // namespace gatehouse::identity
