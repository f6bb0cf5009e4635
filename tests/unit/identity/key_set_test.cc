#include <gtest/gtest.h>

#include "codec/base64url.h"
#include "identity/key_set_state.h"
#include "identity/mint.h"
#include "token_world.h"

namespace gatehouse::identity {
namespace {


std::string set_of(const std::string& keys) { return "{\"keys\":[" + keys + "]}"; }
std::string ec(ByteView id = "ec") { return jwk_text(world().ec.public_key(), id); }

/// with replaces the first `from` in text.
std::string changed(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from << " in " << text;
  return text.replace(at, from.size(), to);
}

/// size_of is the number of usable keys, or -1 for an error.
int size_of(const std::string& document) {
  const auto set = KeySet::parse(document);
  return set.ok() ? static_cast<int>((*set)->size()) : -1;
}

/// error_of is the error's text, empty when there is none.
std::string error_of(const std::string& document) {
  const auto set = KeySet::parse(document);
  return set.ok() ? "" : set.error();
}

TEST(KeySet, ReadsEveryUsableType) { EXPECT_EQ(size_of(world().jwks()), 3); }

TEST(KeySet, GenerationsDiffer) {
  const auto one = KeySet::parse(world().jwks()).value();
  const auto two = KeySet::parse(world().jwks()).value();
  EXPECT_NE(one->generation(), two->generation());
}

TEST(KeySet, EmptySetIsASet) {
  EXPECT_EQ(size_of("{\"keys\":[]}"), 0);
  EXPECT_EQ(size_of("{\"keys\":[],\"other\":{\"x\":1}}"), 0);
}

TEST(KeySet, DocumentsThatAreNoneAreErrors) {
  for (const char* document :
       {"", " ", "null", "[]", "{}", "{\"keys\":{}}", "{\"keys\":null}", "{\"keys\":[1]}", "{\"keys\":[[]]}",
        "<html><body>502</body></html>", "{\"keys\":[]", "{\"keys\":[]}}", "{\"keys\":[],\"keys\":[]}",
        "{\"keys\":[],\"k\\u0065ys\":[]}", "{\"keys\":[{\"kty\":\"EC\",\"kty\":\"oct\"}]}",
        "\xef\xbb\xbf{\"keys\":[]}"})
    EXPECT_EQ(size_of(document), -1) << document;
}

TEST(KeySet, SizeAndNumberAreBounded) {
  EXPECT_EQ(size_of("{\"keys\":[],\"x\":\"" + std::string(256 * 1024, 'x') + "\"}"), -1);
  EXPECT_EQ(size_of("{\"keys\":[],\"x\":\"" + std::string(255 * 1024, 'x') + "\"}"), 0);
  std::string keys = "{\"kty\":\"oct\"}";
  for (int i = 1; i < 64; ++i) keys += ",{\"kty\":\"oct\"}";
  EXPECT_EQ(size_of(set_of(keys)), 0);
  EXPECT_EQ(size_of(set_of(keys + ",{\"kty\":\"oct\"}")), -1);
}

TEST(KeySet, OtherTypesUsesAndAlgorithmsAreLeftOut) {
  for (const std::string& other :
       {std::string(R"({"kty":"oct","k":"AAAA","alg":"HS256"})"), std::string(R"({"kty":"new"})"),
        std::string(R"({"kty":"EC","crv":"P-384","x":"","y":""})"), std::string(R"({"kty":"EC"})"),
        std::string(R"({"kty":"OKP","crv":"X25519","x":"AA"})"),
        std::string(R"({"kty":"EC","crv":"secp256k1"})"), changed(ec(), R"("use":"sig")", R"("use":"enc")"),
        changed(ec(), R"("use":"sig")", R"("use":"tls")"),
        changed(ec(), R"("use":"sig")", R"("key_ops":["encrypt"])"),
        changed(ec(), R"("use":"sig")", R"("key_ops":[])"),
        changed(ec(), R"("use":"sig")", R"("use":"sig","key_ops":["sign"])"), changed(ec(), "ES256", "ES512"),
        changed(ec(), "ES256", "ECDH-ES"), changed(ec(), "\"EC\"", "\"ec\"")})
    EXPECT_EQ(size_of(set_of(other + "," + ec("good"))), 1) << other;
}

TEST(KeySet, UseAndAlgMayBeMissing) {
  EXPECT_EQ(size_of(set_of(changed(ec(), R"("use":"sig")", R"("use":"jwt-svid")"))), 1);   // a SPIFFE bundle
  EXPECT_EQ(size_of(set_of(changed(ec(), R"("use":"sig")", R"("use":"x509-svid")"))), 0);
  EXPECT_EQ(size_of(set_of(changed(ec(), R"("use":"sig",)", ""))), 1);
  EXPECT_EQ(size_of(set_of(changed(ec(), R"("alg":"ES256",)", ""))), 1);
  EXPECT_EQ(size_of(set_of(changed(ec(), R"("use":"sig")", R"("key_ops":["verify"])"))), 1);
  EXPECT_EQ(size_of(set_of(changed(jwk_text(world().ed.public_key(), "e"), "EdDSA", "Ed25519"))), 1);
}

TEST(KeySet, MembersOfTheWrongTypeAreErrors) {
  EXPECT_EQ(size_of(set_of("{}")), -1);
  EXPECT_EQ(size_of(set_of(changed(ec(), R"("kty":"EC")", R"("kty":1)"))), -1);
  EXPECT_EQ(size_of(set_of(changed(ec(), R"("use":"sig")", R"("use":["sig"])"))), -1);
  EXPECT_EQ(size_of(set_of(changed(ec(), R"("use":"sig")", R"("key_ops":"verify")"))), -1);
  EXPECT_EQ(size_of(set_of(changed(ec(), R"("use":"sig")", R"("key_ops":["verify",1])"))), -1);
  EXPECT_EQ(size_of(set_of(changed(ec(), R"("alg":"ES256")", R"("alg":null)"))), -1);
  EXPECT_EQ(size_of(set_of(changed(ec(), R"("kid":"ec")", R"("kid":1)"))), -1);
}

TEST(KeySet, RepeatedKidIsAnError) {
  EXPECT_EQ(error_of(set_of(ec() + "," + jwk_text(world().ed.public_key(), "ec"))),
            "key 2: \"kid\" \"ec\" is there twice");
  const std::string nameless = changed(ec(), R"("kid":"ec",)", "");
  EXPECT_EQ(size_of(set_of(nameless + "," + nameless)), 2);  // none is not a name
  const std::string unusable = changed(ec(), R"("use":"sig")", R"("use":"enc")");
  EXPECT_EQ(size_of(set_of(ec() + "," + unusable)), 1);
}

TEST(KeySet, KidIsPlainAndBounded) {
  EXPECT_EQ(size_of(set_of(ec(std::string(256, 'k')))), 1);
  EXPECT_EQ(size_of(set_of(ec(std::string(257, 'k')))), -1);
  for (const char* id : {"", "a\\u0000b", "a\\nb", "\\u202eb"}) EXPECT_EQ(size_of(set_of(ec(id))), -1) << id;
}

TEST(KeySet, ShortRsaIsAnErrorThatSaysSo) {
  const std::string modulus = codec::encode_base64url(std::string(128, '\xff'));
  const std::string key = R"({"kty":"RSA","kid":"old","e":"AQAB","n":")" + modulus + "\"}";
  EXPECT_EQ(error_of(set_of(ec() + "," + key)),
            "key 2: \"old\": RSA modulus of 1024 bits; 2048 to 8192 are accepted");
}

TEST(KeySet, PointOffTheCurveIsAnErrorThatSaysSo) {
  const auto [x, y] = world().ec.public_key().parts();
  const std::string key = changed(ec(), codec::encode_base64url(y), codec::encode_base64url(x));
  EXPECT_EQ(error_of(set_of(key)), "key 1: \"ec\": the point is not on P-256");
}

TEST(KeySet, ABrokenKeyOfOthersSetsIsLeftOutWhileOneIsUsable) {
  constexpr auto kLeaveOut = KeySet::Broken::leave_out;
  const auto [x, y] = world().ec.public_key().parts();
  const std::string off = changed(ec("off"), codec::encode_base64url(y), codec::encode_base64url(x));
  const std::string numbered = changed(ec(), R"("kid":"ec")", R"("kid":1)"), twin = changed(off, R"("kid":"off")", R"("kid":"good")");
  for (const std::string& broken : {off, numbered, twin, std::string("{}")}) {
    const auto set = KeySet::parse(set_of(broken + "," + ec("good") + "," + broken), kLeaveOut);
    ASSERT_TRUE(set.ok()) << set.error();
    EXPECT_EQ((*set)->size(), 1u);
    EXPECT_EQ((*set)->left_out(), error_of(set_of(broken)));   // the first of them
    EXPECT_NE((*set)->state().find("good", Algorithm::es256), nullptr);
    EXPECT_FALSE(KeySet::parse(set_of(broken), kLeaveOut).ok()) << broken;
  }
  EXPECT_EQ((*KeySet::parse(set_of(ec()), kLeaveOut))->left_out(), "");
  EXPECT_TRUE(KeySet::parse(set_of(""), kLeaveOut).ok());   // all are withdrawn
  const std::string leaked = changed(ec("leaked"), "{", R"({"d":"AAAA",)");
  for (const std::string& grave : {leaked, ec("good"), std::string("1")})   // of the whole set
    EXPECT_FALSE(KeySet::parse(set_of(ec("good") + "," + grave), kLeaveOut).ok()) << grave;
}

TEST(KeySet, PartsAreStrictBase64url) {
  const std::string x = codec::encode_base64url(world().ec.public_key().parts().first);
  for (const std::string& other :
       {x + "=", x + "\\n", "+" + x.substr(1), x.substr(1), x + "A", std::string()})
    EXPECT_EQ(size_of(set_of(changed(ec(), "\"" + x + "\"", "\"" + other + "\""))), -1) << other;
  EXPECT_EQ(size_of(set_of(changed(ec(), "\"" + x + "\"", "7"))), -1);
  EXPECT_EQ(size_of(set_of(changed(ec(), "\"x\":", "\"z\":"))), -1);
}

TEST(KeySet, PrivateKeyIsAnError) {
  EXPECT_EQ(error_of(set_of(changed(ec(), "{", R"({"d":"AAAA",)"))),
            "key 1: \"ec\": a private key: whoever could read this set can sign");
}

TEST(KeySet, EmptyIdFindsNoKeyWithoutOne) {
  const auto set = KeySet::parse(set_of(changed(ec(), R"("kid":"ec",)", ""))).value();
  EXPECT_NE(set->state().find(std::nullopt, Algorithm::es256), nullptr);
  EXPECT_EQ(set->state().find("", Algorithm::es256), nullptr);
}

TEST(IssuerSet, FindIsExact) {
  const IssuerSet issuers = world().issuers();
  EXPECT_EQ(issuers.find(kUrl), &issuers.issuers[0]);
  EXPECT_EQ(issuers.find(std::string(kUrl) + "/"), nullptr);
  EXPECT_EQ(issuers.find(""), nullptr);
}

}  // namespace
}  // namespace gatehouse::identity
