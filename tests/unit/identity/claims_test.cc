// One named test for each rule of the claims. Every token here has a signature that holds.
#include <gtest/gtest.h>

#include "identity/jwt.h"
#include "token_world.h"

namespace gatehouse::identity {
namespace {

using Names = std::vector<std::string>;

/// groups_of is what the token's identity carries, or the reason as the only name.
Names groups_of(const std::string& path, const Claims& claims) {
  IssuerSet issuers = World::get().issuers();
  issuers.issuers[0].groups_claim = path;
  const auto result = verify_jwt(issuers, good_token(claims), kNow);
  return result.ok() ? (*result)->groups : Names{"!" + std::string(reason_name(result.error()))};
}
Names groups_of(const std::string& json) { return groups_of("groups", Claims().set("groups", json)); }
const Names kUnreadable{"!token_groups"};

TEST(Claims, IssuerIsExact) {
  for (const char* url : {"https://issuer.test/realms/job", "https://issuer.test/realms/jobs/",
                          "https://issuer.test/realms/jobs ", "HTTPS://issuer.test/realms/jobs",
                          "https://issuer.test/realms/jobs\\u0000", ""})
    EXPECT_EQ(verdict(Claims().set("iss", "\"" + std::string(url) + "\"")), Reason::token_issuer) << url;
}

TEST(Claims, IssuerMustBeAString) {
  for (const char* json : {"", "null", "1", "[\"https://issuer.test/realms/jobs\"]", "{}"})
    EXPECT_EQ(verdict(Claims().set("iss", json)), Reason::token_claims) << json;
}

TEST(Claims, AudienceIsStringOrArray) {
  for (const char* json :
       {"\"chunking\"", "\"gateway\"", "[\"chunking\"]", "[\"x\",\"gateway\"]", "[\"chunking\",\"x\"]"})
    EXPECT_EQ(verdict(Claims().set("aud", json)), Reason::none) << json;
  for (const char* json : {"\"other\"", "\"\"", "\"chunking \"", "\"Chunking\"", "\"chunkin\"",
                           "\"chunking,gateway\"", "[]", "[\"a\",\"b\"]"})
    EXPECT_EQ(verdict(Claims().set("aud", json)), Reason::token_audience) << json;
  for (const char* json : {"", "null", "7", "{}", "{\"chunking\":1}", "[\"chunking\",7]", "[7]", "[null]",
                           "[[\"chunking\"]]"})
    EXPECT_EQ(verdict(Claims().set("aud", json)), Reason::token_claims) << json;
}

TEST(Claims, NoConfiguredAudienceAcceptsNothing) {
  IssuerSet issuers = World::get().issuers();
  issuers.issuers[0].audiences = {};
  EXPECT_EQ(verdict(issuers, good_token()), Reason::token_audience);
}

TEST(Claims, ExpiryIsRequiredAndANumber) {
  for (const char* json : {"", "null", "\"1800000300\"", "true", "[1800000300]", "{}", "-1", "-0.5",
                           "9007199254740992", "1e16", "18446744073709551615"})
    EXPECT_EQ(verdict(Claims().set("exp", json)), Reason::token_claims) << json;
}

TEST(Claims, ExpiryHoldsToTheNanosecondWithLeeway) {
  const IssuerSet issuers = World::get().issuers();
  const std::string token = good_token(Claims().set("exp", "1800000300"));
  const WallNs end = (1'800'000'300 + 30) * kNsPerSecond;
  EXPECT_EQ(verdict(issuers, token, end - 1), Reason::none);
  EXPECT_EQ(verdict(issuers, token, end), Reason::token_expired);
  EXPECT_EQ(verdict(issuers, token, UINT64_MAX), Reason::token_expired);
  EXPECT_EQ(verdict(Claims().set("exp", "0")), Reason::token_expired);
  EXPECT_EQ(verdict(Claims().set("exp", "-0.0")), Reason::token_expired);
}

TEST(Claims, FractionsAndExponentsAreNumericDates) {
  const IssuerSet issuers = World::get().issuers();
  const auto result = verify_jwt(issuers, good_token(Claims().set("exp", "1800000300.5")), kNow);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ((*result)->expires, (1'800'000'300 + 30) * kNsPerSecond + kNsPerSecond / 2);
  EXPECT_EQ(verdict(Claims().set("exp", "1.8000003e9")), Reason::none);
  EXPECT_EQ(verdict(Claims().set("exp", "18000003e2")), Reason::none);
}

TEST(Claims, FarExpiryDoesNotWrapAround) {
  for (const char* json : {"9007199254740991", "18446744073", "18446744074", "1e15"}) {
    const auto result = verify_jwt(World::get().issuers(), good_token(Claims().set("exp", json)), kNow);
    ASSERT_TRUE(result.ok()) << json;
    EXPECT_GT((*result)->expires, 18'446'744'000 * kNsPerSecond) << json;
  }
}

TEST(Claims, DatesThatAreNoJsonNumberAreRefused) {
  for (const char* name : {"exp", "nbf", "iat"})
    for (const char* json : {"NaN", "nan", "Infinity", "-Infinity", "+1800000300", "01800000300", "1800000300.", ".5", "0x6b49d200",
                             "1800000300e", "1_800_000_300", "1e999", "-1e999"})
      EXPECT_EQ(verdict(Claims().set(name, json)), Reason::token_malformed) << name << json;
}

TEST(Claims, NotBeforeAndIssuedAtHaveLeeway) {
  for (const char* name : {"nbf", "iat"}) {
    EXPECT_EQ(verdict(Claims().set(name, "")), Reason::none) << name;
    EXPECT_EQ(verdict(Claims().set(name, "1800000030")), Reason::none) << name;
    EXPECT_EQ(verdict(Claims().set(name, "1800000030.001")), Reason::token_not_yet) << name;
    EXPECT_EQ(verdict(Claims().set(name, "1800000031")), Reason::token_not_yet) << name;
    EXPECT_EQ(verdict(Claims().set(name, "9007199254740991")), Reason::token_not_yet) << name;
    for (const char* json : {"null", "\"1799999990\"", "true", "[]", "-1", "1e300"})
      EXPECT_EQ(verdict(Claims().set(name, json)), Reason::token_claims) << name << json;
  }
}

TEST(Claims, SubjectIsRequiredPlainAndBounded) {
  for (const char* json : {"", "null", "7", "\"\"", "[\"job-7\"]", "\"a\\nb\"", "\"a\\u0000\"",
                           "\"\\u001b[31m\"", "\"a\\u007f\"", "\"a\\u0085b\"", "\"\\u202eadmin\"",
                           "\"a\\u2028b\"", "\"a\\u200bb\"", "\" admin\"", "\"admin \""})
    EXPECT_EQ(verdict(Claims().set("sub", json)), Reason::token_claims) << json;
  EXPECT_EQ(verdict(Claims().set("sub", "\"" + std::string(512, 's') + "\"")), Reason::none);
  EXPECT_EQ(verdict(Claims().set("sub", "\"" + std::string(513, 's') + "\"")), Reason::token_claims);
  for (const char* json : {"\"J\xc3\xbcrgen \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x8f\xa0\"",
                           "\"\\u00fc\\ud83c\\udfe0\"", "\"a b\""})
    EXPECT_EQ(verdict(Claims().set("sub", json)), Reason::none) << json;
}

TEST(Claims, TokenIdIsPlainTextWhenPresent) {
  EXPECT_EQ(verdict(Claims().set("jti", "")), Reason::none);
  EXPECT_EQ(verdict(Claims().set("jti", "\"" + std::string(256, 'j') + "\"")), Reason::none);
  EXPECT_EQ(verdict(Claims().set("jti", "\"" + std::string(257, 'j') + "\"")), Reason::token_claims);
  for (const char* json : {"null", "7", "\"a\\r\\nb\"", "[]"})
    EXPECT_EQ(verdict(Claims().set("jti", json)), Reason::token_claims) << json;
}

TEST(Claims, RepeatedNamesAreRefused) {
  const auto& ec = World::get().ec;
  const std::string claims = Claims().json();
  const std::string open = claims.substr(0, claims.size() - 1);
  for (const char* extra :
       {R"(,"sub":"job-7"})", R"(,"s\u0075b":"root"})", R"(,"groups":["admin"]})", R"(,"x":{"a":1,"a":2}})",
        R"(,"x":[[{"\u0000":1,"\u0000":2}]]})", R"(,"":1,"":2})"})
    EXPECT_EQ(verdict(mint_jwt(ec, "ec", open + extra)), Reason::token_malformed) << extra;
  EXPECT_EQ(verdict(mint_jwt(ec, "ec", open + R"(,"x":{"sub":1},"y":{"sub":2},"SUB":3})")), Reason::none);
}

TEST(Claims, PayloadIsOneObject) {
  const auto& ec = World::get().ec;
  for (const std::string& payload :
       {std::string("foo"), std::string("[]"), std::string("\"x\""), std::string("{}x"),
        "[" + Claims().json() + "]", Claims().json() + "}", Claims().json() + Claims().json()})
    EXPECT_EQ(verdict(mint_jwt(ec, "ec", payload)), Reason::token_malformed) << payload;
  EXPECT_EQ(verdict(mint_jwt(ec, "ec", " \t\r\n" + Claims().json() + " \n")), Reason::none);
}

TEST(Claims, NothingButIssIsJudgedBeforeTheSignature) {
  const std::string claims = Claims().set("exp", "1").set("aud", "\"x\"").set("sub", "").json();
  EXPECT_EQ(verdict(mint_jwt(World::get().stranger, "ec", claims)), Reason::token_signature);
}

TEST(Groups, ArrayOfStringsSortedWithoutRepeats) {
  EXPECT_EQ(groups_of(R"(["b","a","b","\u0061"])"), (Names{"a", "b"}));
  EXPECT_EQ(groups_of("[]"), Names{});
  EXPECT_EQ(groups_of(R"(["Domain Admins","/ops/eu"])"), (Names{"/ops/eu", "Domain Admins"}));
}

TEST(Groups, SpaceSeparatedString) {
  EXPECT_EQ(groups_of("\"read write read\""), (Names{"read", "write"}));
  EXPECT_EQ(groups_of("\"read\""), Names{"read"});
  for (const char* json : {"\"\"", "\" \"", "\"a  b\"", "\" a\"", "\"a \"", "\"a\\tb\"", "\"a\\nb\""})
    EXPECT_EQ(groups_of(json), kUnreadable) << json;
}

TEST(Groups, OtherTypesAreRefused) {
  for (const char* json : {"", "null", "7", "true", "{}", "[1]", "[null]", "[[\"a\"]]", "[\"a\",{}]",
                           "[\"\"]", "[\"a\\u0000b\"]", "[\"a\\u202eb\"]", "[\" a\"]"})
    EXPECT_EQ(groups_of(json), kUnreadable) << json;
}

TEST(Groups, AreBounded) {
  const auto list = [](int count) {
    std::string json = "[";
    for (int i = 0; i < count; ++i) json += (i > 0 ? ",\"g" : "\"g") + std::to_string(i) + "\"";
    return json + "]";
  };
  EXPECT_EQ(groups_of(list(256)).size(), 256U);
  EXPECT_EQ(groups_of(list(257)), kUnreadable);
  EXPECT_EQ(groups_of("[\"" + std::string(256, 'g') + "\"]"), Names{std::string(256, 'g')});
  EXPECT_EQ(groups_of("[\"" + std::string(257, 'g') + "\"]"), kUnreadable);
}

TEST(Groups, DottedPathIsFollowed) {
  const Claims claims = Claims().set("realm_access", R"({"roles":["a"],"deep":{"er":"b c"},"n":1})");
  EXPECT_EQ(groups_of("realm_access.roles", claims), Names{"a"});
  EXPECT_EQ(groups_of("realm_access.deep.er", claims), (Names{"b", "c"}));
  for (const char* path : {"realm_access", "realm_access.", "realm_access.none", "realm_access.roles.x",
                           "realm_access.n.x", ".roles", "none.roles", "realm_access..roles", "."})
    EXPECT_EQ(groups_of(path, claims), kUnreadable) << path;
}

TEST(Groups, NameWithDotsIsFoundUnlessAmbiguous) {
  const std::string name = "https://example.org/groups";
  EXPECT_EQ(groups_of(name, Claims().set(name, "[\"a\"]")), Names{"a"});
  EXPECT_EQ(groups_of("a.b", Claims().set("a.b", "[\"a\"]").set("a", R"({"b":["z"]})")), kUnreadable);
  EXPECT_EQ(groups_of("a.b", Claims().set("a.b", "[\"a\"]").set("a", R"({"c":["z"]})")), Names{"a"});
}

}  // namespace
}  // namespace gatehouse::identity
