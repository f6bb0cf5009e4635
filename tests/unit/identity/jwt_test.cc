// One named test for each rule of header, key and signature. claims_test.cc has those of the claims.
#include "identity/jwt.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/limits.h"
#include "codec/base64url.h"
#include "crypto/digest.h"
#include "token_world.h"

namespace gatehouse::identity {
namespace {


TEST(Token, EveryAlgorithmIsAccepted) {
  for (const auto& [key, id] : {std::pair(world().rsa, "rsa"), {world().ec, "ec"}, {world().ed, "ed"}}) {
    const std::string token = mint_jwt(key, id, Claims().json());
    const auto result = verify_jwt(world().issuers(), token, kNow);
    ASSERT_TRUE(result.ok()) << id << ": " << reason_name(result.error());
    const Identity& identity = **result;
    EXPECT_EQ(identity.proof, Proof::oidc_jwt);
    EXPECT_EQ(identity.issuer, "jobs");
    EXPECT_EQ(identity.issuer_url, kUrl);
    EXPECT_EQ(identity.subject, "job-7");
    EXPECT_EQ(identity.token_id, "id-1");
    EXPECT_EQ(identity.key_id, id);
    EXPECT_EQ(identity.groups, (std::vector<std::string>{"batch", "ingest"}));
    EXPECT_EQ(identity.expires, (1'800'000'300 + 30) * kNsPerSecond);
    EXPECT_EQ(identity.token_digest, crypto::sha256(token));
    EXPECT_EQ(identity.who, crypto::sha256(identity.issuer_url + "\n" + identity.subject));
  }
}

TEST(Token, SizeIsBoundedBeforeAnyDecoding) {
  const std::string token = good_token(Claims().set("pad", "\"" + std::string(kTokenBytesMax, 'x') + "\""));
  EXPECT_EQ(verdict(token), Reason::token_size);
  EXPECT_EQ(verdict(std::string(kTokenBytesMax + 1, '.')), Reason::token_size);
  EXPECT_EQ(verdict(std::string(kTokenBytesMax, '.')), Reason::token_malformed);
  // The largest one that fits is accepted.
  const size_t room = (kTokenBytesMax - good_token(Claims().set("pad", "\"\"")).size()) / 4 * 3 - 3;
  EXPECT_EQ(verdict(Claims().set("pad", "\"" + std::string(room, 'x') + "\"")), Reason::none);
}

TEST(Token, FormIsThreeParts) {
  EXPECT_EQ(verdict(ByteView("")), Reason::token_missing);
  const std::string token = good_token();
  const std::string payload_on = token.substr(token.find('.') + 1);
  for (const std::string& other : {std::string("x"), std::string("a.b"), std::string(".."), token + ".",
                                   token + ".x", "." + token, token.substr(0, token.rfind('.')),
                                   "." + payload_on, payload_on, token.substr(0, token.find('.')) + ".."})
    EXPECT_EQ(verdict(other), Reason::token_malformed) << other;
}

TEST(Token, JweIsRefused) {
  EXPECT_EQ(verdict("eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a.b.c.d"), Reason::token_malformed);
  EXPECT_EQ(verdict_of_header(R"({"alg":"ES256","kid":"ec","enc":"A256GCM"})"), Reason::token_malformed);
  EXPECT_EQ(verdict_of_header(R"({"alg":"ES256","kid":"ec","zip":"DEF"})"), Reason::token_malformed);
}

TEST(Token, Base64urlIsStrict) {
  const std::string token = good_token();
  for (const char* tail : {"=", "==", "\n", " ", "A"})
    EXPECT_NE(verdict(token + tail), Reason::none) << tail;
  std::string standard = token;  // the alphabet of plain base64
  std::replace(standard.begin(), standard.end(), '-', '+');
  std::replace(standard.begin(), standard.end(), '_', '/');
  if (standard != token) {
    EXPECT_NE(verdict(standard), Reason::none);
  }
}

TEST(Token, TrailingBitsAreRefused) {  // 64 bytes are 86 characters: the last one has 4 idle bits
  const std::string token = good_token();
  const ByteView alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (const size_t bit : {1, 2, 4, 8}) {
    std::string other = token;
    other.back() = alphabet[alphabet.find(token.back()) ^ bit];
    EXPECT_EQ(verdict(other), Reason::token_malformed) << bit;
  }
}

TEST(Token, NoneIsRefused) {
  const std::string payload = codec::encode_base64url(Claims().json());
  for (const char* alg : {"none", "None", "NONE", "nOnE", ""}) {
    const std::string header = R"({"alg":")" + std::string(alg) + R"(","kid":"ec"})";
    EXPECT_EQ(verdict(codec::encode_base64url(header) + "." + payload + "."), Reason::token_algorithm) << alg;
    EXPECT_EQ(verdict_of_header(header), Reason::token_algorithm) << alg;
  }
}

TEST(Token, OtherAlgorithmsAreRefused) {
  for (const char* alg : {"HS256", "HS384", "HS512", "RS384", "RS512", "PS256", "PS512", "ES384", "ES512",
                          "ES256K", "es256", "ES256 ", "RSA-OAEP", "dir", "EdDSA\\u0000", "Ed448"})
    EXPECT_EQ(verdict_of_header(R"({"alg":")" + std::string(alg) + R"(","kid":"ec"})"),
              Reason::token_algorithm)
        << alg;
}

TEST(Token, AlgMustBeAString) {
  for (const char* header : {R"({"kid":"ec"})", R"({"alg":null,"kid":"ec"})", R"({"alg":256,"kid":"ec"})",
                             R"({"alg":["ES256"],"kid":"ec"})", R"({"alg":{"a":"ES256"},"kid":"ec"})"})
    EXPECT_EQ(verdict_of_header(header), Reason::token_malformed) << header;
}

TEST(Token, AlgorithmMustBeAllowedForTheIssuer) {
  IssuerSet issuers = world().issuers();
  issuers.issuers[0].algorithms = {Algorithm::rs256};
  EXPECT_EQ(verdict(issuers, good_token()), Reason::token_algorithm);
  EXPECT_EQ(verdict(issuers, mint_jwt(world().rsa, "rsa", Claims().json())), Reason::none);
  issuers.issuers[0].algorithms = {};
  EXPECT_EQ(verdict(issuers, good_token()), Reason::token_algorithm);
}

TEST(Token, KeyMustFitTheAlgorithm) {  // the confusion of algorithms: alg says one, kid names another
  EXPECT_EQ(verdict_of_header(R"({"alg":"RS256","kid":"ec"})"), Reason::token_key);
  EXPECT_EQ(verdict_of_header(R"({"alg":"EdDSA","kid":"ec"})"), Reason::token_key);
  EXPECT_EQ(verdict_of_header(R"({"alg":"ES256","kid":"rsa"})"), Reason::token_key);
  EXPECT_EQ(verdict_of_header(R"({"alg":"ES256","kid":"ed"})"), Reason::token_key);
}

TEST(Token, KeyIsChosenByKid) {
  EXPECT_EQ(verdict_of_header(R"({"alg":"ES256","kid":"other"})"), Reason::token_key);
  EXPECT_EQ(verdict_of_header(R"({"alg":"ES256","kid":"EC"})"), Reason::token_key);
  EXPECT_EQ(verdict_of_header(R"({"alg":"ES256","kid":"e\u0063"})"), Reason::none);
  for (const char* kid : {"null", "7", "\"\"", "[\"ec\"]", "\"e\\u0000c\"", "\"\\u202eec\""})
    EXPECT_EQ(verdict_of_header(R"({"alg":"ES256","kid":)" + std::string(kid) + "}"), Reason::token_malformed)
        << kid;
  const std::string longest(256, 'k');
  EXPECT_EQ(verdict_of_header(R"({"alg":"ES256","kid":")" + longest + "\"}"), Reason::token_key);
  EXPECT_EQ(verdict_of_header(R"({"alg":"ES256","kid":"k)" + longest + "\"}"), Reason::token_malformed);
}

TEST(Token, WithoutKidOnlyASingleFittingKeyIsUsed) {
  const std::string token = sign_jws(world().ec, R"({"alg":"ES256"})", Claims().json());
  EXPECT_EQ(verdict(token), Reason::none);
  IssuerSet issuers = world().issuers();
  issuers.issuers[0].keys = KeySet::parse("{\"keys\":[" + jwk_text(world().ec.public_key(), "ec") + "," +
                                          jwk_text(world().stranger.public_key(), "ec2") + "]}").value();
  EXPECT_EQ(verdict(issuers, token), Reason::token_key);
  EXPECT_EQ(verdict(issuers, good_token()), Reason::none);
}

TEST(Token, KidDoesNotFindAKeyThatHasNone) {
  std::string jwk = jwk_text(world().ec.public_key(), "ec");
  jwk.erase(1, std::string(R"("kid":"ec",)").size());
  IssuerSet issuers = world().issuers();
  issuers.issuers[0].keys = KeySet::parse("{\"keys\":[" + jwk + "]}").value();
  ASSERT_EQ(issuers.issuers[0].keys->size(), 1U);
  EXPECT_EQ(verdict(issuers, good_token()), Reason::token_key);
  EXPECT_EQ(verdict(issuers, sign_jws(world().ec, R"({"alg":"ES256","kid":""})", Claims().json())),
            Reason::token_malformed);
  EXPECT_EQ(verdict(issuers, sign_jws(world().ec, R"({"alg":"ES256"})", Claims().json())), Reason::none);
}

TEST(Token, KeysOfOneIssuerDoNotVouchForAnother) {
  IssuerSet issuers = world().issuers();
  Issuer second = world().issuer();
  second.name = "second";
  second.url = "https://second.test";
  second.keys = KeySet::parse("{\"keys\":[" + jwk_text(world().stranger.public_key(), "ec") + "]}").value();
  issuers.issuers.push_back(second);
  const std::string claims = Claims().set("iss", "\"https://second.test\"").json();
  EXPECT_EQ(verdict(issuers, mint_jwt(world().ec, "ec", claims)), Reason::token_signature);
  EXPECT_EQ(verdict(issuers, mint_jwt(world().stranger, "ec", claims)), Reason::none);
  EXPECT_EQ(verdict(issuers, mint_jwt(world().stranger, "ec", Claims().json())), Reason::token_signature);
}

TEST(Token, KeysNotYetFetchedAreSaidToBe) {
  IssuerSet issuers = world().issuers();
  issuers.issuers[0].keys = nullptr;
  EXPECT_EQ(verdict(issuers, good_token()), Reason::token_keys_unavailable);
  EXPECT_EQ(verdict(IssuerSet{}, good_token()), Reason::token_issuer);
}

TEST(Token, ForgedSignatureIsRefused) {
  const std::string token = good_token();
  const std::string forged = mint_jwt(world().stranger, "ec", Claims().json());
  EXPECT_EQ(verdict(forged), Reason::token_signature);
  const size_t payload = token.find('.') + 1;
  const size_t signature = token.rfind('.') + 1;
  EXPECT_EQ(verdict(token.substr(0, signature)), Reason::token_signature);
  EXPECT_EQ(
      verdict(token.substr(0, payload) + codec::encode_base64url(Claims().set("sub", "\"root\"").json()) +
              token.substr(signature - 1)),
      Reason::token_signature);
}

TEST(Token, EveryChangedCharacterIsRefused) {
  const std::string token = good_token();
  for (size_t i = 0; i < token.size(); ++i) {
    std::string other = token;
    other[i] = token[i] == 'A' ? 'B' : 'A';
    EXPECT_NE(verdict(other), Reason::none) << i;
  }
}

TEST(Token, Es256SignatureIsExactly64Bytes) {
  const std::string signed_part = good_token().substr(0, good_token().rfind('.') + 1);
  const std::string raw = world().ec.sign(ByteView(signed_part).substr(0, signed_part.size() - 1));
  const auto with = [&](const std::string& bytes) {
    return verdict(signed_part + codec::encode_base64url(bytes));
  };
  ASSERT_EQ(with(raw), Reason::none);
  EXPECT_EQ(with(raw.substr(0, 63)), Reason::token_signature);
  EXPECT_EQ(with(raw + '\0'), Reason::token_signature);
  EXPECT_EQ(with(std::string(64, '\0')), Reason::token_signature);
  EXPECT_EQ(with(std::string(2000, '\1')), Reason::token_signature);
  // The same signature as DER, which other verifiers take.
  std::string der = "\x30\x46\x02\x21";
  der += '\0' + raw.substr(0, 32) + "\x02\x21" + '\0' + raw.substr(32);
  EXPECT_EQ(with(der), Reason::token_signature);
}

TEST(Token, CritAndB64AreRefused) {
  for (const char* extra :
       {R"("crit":["b64"],"b64":false)", R"("crit":["exp"])", R"("crit":[])", R"("crit":null)",
        R"("crit":"exp")", R"("b64":false)", R"("b64":true)", R"("\u0063rit":["x"])"})
    EXPECT_EQ(verdict_of_header(R"({"alg":"ES256","kid":"ec",)" + std::string(extra) + "}"),
              Reason::token_critical)
        << extra;
}

TEST(Token, ATokenInATokenIsNotOpened) {   // RFC 7519, 5.2: nested ones have cty JWT
  const std::string inner = good_token();
  for (const char* header : {R"({"alg":"ES256","kid":"ec","cty":"JWT"})", R"({"alg":"ES256","kid":"ec"})"})
    for (const std::string& payload : {inner, '"' + inner + '"', "[\"" + inner + "\"]"})
      EXPECT_EQ(verdict(sign_jws(world().ec, header, payload)), Reason::token_malformed) << header << payload;
  // Signed by a stranger the word opens nothing either; and where the payload is claims it is no more than a word.
  EXPECT_EQ(verdict(sign_jws(world().stranger, R"({"alg":"ES256","kid":"ec","cty":"JWT"})", Claims().json())), Reason::token_signature);
  EXPECT_EQ(verdict_of_header(R"({"alg":"ES256","kid":"ec","cty":"JWT"})"), Reason::none);
}

TEST(Token, KeysInTheHeaderAreNeverUsed) {
  const std::string jwk = jwk_text(world().stranger.public_key(), "ec");
  for (const std::string& extra :
       {"\"jwk\":" + jwk, std::string(R"("jku":"https://evil.test/keys")"),
        std::string(R"("x5u":"https://evil.test/c")"), std::string(R"("x5c":["AAAA"])")}) {
    const std::string header = R"({"alg":"ES256","kid":"ec",)" + extra + "}";
    EXPECT_EQ(verdict(sign_jws(world().stranger, header, Claims().json())), Reason::token_signature) << extra;
    EXPECT_EQ(verdict_of_header(header), Reason::none) << extra;  // nor do they do harm
    const std::string unnamed = R"({"alg":"ES256",)" + extra + "}";
    EXPECT_EQ(verdict(sign_jws(world().stranger, unnamed, Claims().json())), Reason::token_signature)
        << extra;
  }
}

TEST(Token, TypMustBeAJwt) {
  for (const char* typ : {"JWT", "jwt", "at+jwt", "AT+JWT", "application/jwt", "Application/At+Jwt"})
    EXPECT_EQ(verdict_of_header(R"({"alg":"ES256","kid":"ec","typ":")" + std::string(typ) + "\"}"),
              Reason::none)
        << typ;
  for (const char* typ :
       {"\"JOSE\"", "\"dpop+jwt\"", "\"logout+jwt\"", "\"secevent+jwt\"", "\"\"", "\"application/\"",
        "\"application/application/jwt\"", "\"JWT \"", "null", "1", "[\"JWT\"]"})
    EXPECT_EQ(verdict_of_header(R"({"alg":"ES256","kid":"ec","typ":)" + std::string(typ) + "}"),
              Reason::token_malformed) << typ;
}

TEST(Token, HeaderJsonIsStrict) {
  for (const char* header : {"",
                             "{",
                             "[]",
                             "null",
                             "\"x\"",
                             R"({"alg":"ES256","kid":"ec"}x)",
                             R"({"alg":"ES256","kid":"ec"}{})",
                             R"({"alg":"ES256","alg":"ES256","kid":"ec"})",
                             R"({"alg":"none","alg":"ES256","kid":"ec"})",
                             R"({"alg":"ES256","\u0061lg":"none","kid":"ec"})",
                             R"({"alg":"ES256","kid":"ec","x":{"a":1,"a":1}})",
                             R"({"alg":"ES256","kid":"ec","x":[{"a":1,"\u0061":1}]})",
                             R"({"alg":"ES256","kid":"ec","x":"\ud800"})",
                             R"({"alg":"ES256","kid":"ec","\udc00":1})",
                             R"({"alg":"ES256","kid":"ec","x":"\u00"})",
                             R"({"alg":"ES256","kid":"ec","x":01})",
                             R"({"alg":"ES256","kid":"ec","x":1e999})",
                             R"({"alg":"ES256","kid":"ec","x":123456789012345678901234567890})",
                             R"({"alg":"ES256","kid":"ec",})",
                             R"({'alg':'ES256','kid':'ec'})",
                             R"({"alg":"ES256","kid":"ec","x":NaN})",
                             R"({"alg":"ES256","kid":"ec"/**/})",
                             "{\"alg\":\"ES256\",\"kid\":\"ec\",\"x\":\"\x01\"}",
                             "{\"alg\":\"ES256\",\"kid\":\"ec\",\"x\":\"\xff\"}",
                             "{\"alg\":\"ES256\",\"kid\":\"ec\",\"x\":\"\xc0\xaf\"}",
                             "\xef\xbb\xbf{\"alg\":\"ES256\",\"kid\":\"ec\"}",
                             "\xef\xbb\xbf"})
    EXPECT_EQ(verdict_of_header(header), Reason::token_malformed) << header;
}

TEST(Token, HeaderAndPayloadAfterANulAreRefused) {
  using namespace std::string_view_literals;
  EXPECT_EQ(verdict_of_header("{\"alg\":\"ES256\",\"kid\":\"ec\"}\0"sv), Reason::token_malformed);
  EXPECT_EQ(verdict(sign_jws(world().ec, R"({"alg":"ES256","kid":"ec"})", Claims().json() + '\0')),
            Reason::token_malformed);
}

TEST(Token, NestingIsBounded) {
  const auto nested = [](size_t levels) {  // the header itself is one level
    return R"({"alg":"ES256","kid":"ec","x":)" + std::string(levels - 1, '[') + std::string(levels - 1, ']') +
           "}";
  };
  EXPECT_EQ(verdict_of_header(nested(20)), Reason::none);
  EXPECT_EQ(verdict_of_header(nested(40)), Reason::token_malformed);
  EXPECT_EQ(verdict_of_header(nested(5000)), Reason::token_malformed);
}

TEST(Token, NamesInOneObjectAreBounded) {
  const auto header = [](int extra) {  // two names and some more
    std::string text = R"({"alg":"ES256","kid":"ec")";
    for (int i = 0; i < extra; ++i) text += ",\"" + std::to_string(i) + "\":0";
    return text + "}";
  };
  EXPECT_EQ(verdict_of_header(header(254)), Reason::none);
  EXPECT_EQ(verdict_of_header(header(255)), Reason::token_malformed);
}

TEST(Standing, EndsWithTheConditionsAndGroupsThatItWasProvedUnder) {
  IssuerSet issuers = World::get().issuers();
  const IdentityRef proved = verify_jwt(issuers, good_token(), kNow).value();
  EXPECT_EQ(standing(issuers, *proved), Reason::none);
  issuers.issuers[0].mapping = 7;
  EXPECT_EQ(standing(issuers, *proved), Reason::token_condition);
}

TEST(Standing, EndsWithTheIssuerItsKeyOrItsAlgorithm) {
  const World& world = World::get();
  const IssuerSet then = world.issuers();
  const IdentityRef caller = verify_jwt(then, good_token(), kNow).value();
  EXPECT_EQ(standing(then, *caller), Reason::none);
  EXPECT_EQ(standing(world.issuers(), *caller), Reason::none) << "the same keys, read again";

  IssuerSet now = then;
  now.issuers[0].url = "https://other.test";
  EXPECT_EQ(standing(now, *caller), Reason::token_issuer);
  now = then;
  now.issuers[0].algorithms = {Algorithm::rs256};
  EXPECT_EQ(standing(now, *caller), Reason::token_algorithm);
  now.issuers[0].keys = nullptr;
  EXPECT_EQ(standing(now, *caller), Reason::token_keys_unavailable);

  const auto only = [&](const crypto::PublicKey& key, ByteView id) {
    IssuerSet set = then;
    set.issuers[0].keys = KeySet::parse("{\"keys\":[" + jwk_text(key, std::string(id)) + "]}").value();
    return standing(set, *caller);
  };
  EXPECT_EQ(only(world.ec.public_key(), "ec"), Reason::none);
  EXPECT_EQ(only(world.rsa.public_key(), "rsa"), Reason::token_key) << "withdrawn";
  EXPECT_EQ(only(world.stranger.public_key(), "ec"), Reason::token_key) << "another key under the same id";
  EXPECT_EQ(only(world.ec.public_key(), "renamed"), Reason::token_key);
}

TEST(Bearer, SchemeInAnyCaseThenOneSpace) {
  EXPECT_EQ(bearer_token("Bearer a.b.c"), "a.b.c");
  EXPECT_EQ(bearer_token("bEARER a.b.c"), "a.b.c");
  EXPECT_EQ(bearer_token("Bearer abc=="), "abc==");
  for (const char* value : {"", "Bearer", "Bearer ", "Bearer  a.b.c", " Bearer a.b.c", "Bearer\ta.b.c",
                            "Basic a.b.c", "Bearera.b.c", "Bearer: a.b.c", "Bearer =", "Bearer a=b"})
    EXPECT_EQ(bearer_token(value), "") << value;
}

TEST(Bearer, OnlyToken68Characters) {
  for (const char* value : {"Bearer a b", "Bearer a,b", "Bearer a ", "Bearer a\"", "Bearer a;b",
                            "Bearer a\x7f", "Bearer \xc3\xa4", "Bearer a, Bearer b"})
    EXPECT_EQ(bearer_token(value), "") << value;
  EXPECT_EQ(bearer_token("Bearer AZaz09-._~+/"), "AZaz09-._~+/");
}

}  // namespace
}  // namespace gatehouse::identity
