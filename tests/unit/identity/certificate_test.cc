// Client certificates: what is read of them, and who their holders are; tokens that are bound to them.
#include "identity/certificate.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "codec/base64url.h"
#include "identity/binding.h"
#include "identity/spiffe.h"
#include "token_world.h"

namespace gatehouse::identity {
namespace {

using Names = std::vector<std::string>;

std::string der_of(const std::string& name) {
  std::ifstream in(std::string(GATEHOUSE_TEST_DATA) + "/clients/" + name + ".pem");
  std::string line, text;
  while (std::getline(in, line) && line.find("END") == std::string::npos)
    if (line.find("BEGIN") == std::string::npos) text += line;
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  while (text.ends_with('=')) text.pop_back();
  return codec::decode_base64url(text).value_or("");
}

std::string who(const CertificateRules& rules, const crypto::CertificateFacts& facts) {
  const auto made = certificate_identity(rules, facts);
  return made.ok() ? (*made)->subject : "!" + std::string(reason_name(made.error()));
}

crypto::CertificateFacts facts_of(const std::string& name) {
  auto facts = crypto::read_certificate(der_of(name));
  EXPECT_TRUE(facts.ok()) << name;
  return facts.ok() ? std::move(facts.value()) : crypto::CertificateFacts{};
}

CertificateRules rules_of(CertificateName kind, Names patterns) { return {"workloads", kind, std::move(patterns), "c-", {}}; }

const std::string kChunker = "spiffe://prod.example.org/ns/etl/sa/chunker";

TEST(Certificate, IsReadAsValues) {
  const auto facts = facts_of("workload");
  EXPECT_EQ(facts.uris, Names{kChunker});
  EXPECT_EQ(facts.organizations, Names{"Example"});
  EXPECT_EQ(facts.units, Names{"etl"});
  EXPECT_EQ(facts.digest, crypto::sha256(der_of("workload")));
  EXPECT_EQ(facts.serial.size(), 4U);
  EXPECT_EQ(facts_of("host").dns_names, Names{"batch-7.etl.test"});
  EXPECT_EQ(facts_of("mail").emails, Names{"night@etl.test"});
  EXPECT_EQ(facts_of("ended").not_after, WallNs{1609459200} * kNsPerSecond);
}

TEST(Certificate, ThatMisleadsReadersIsNone) {
  const auto why = [](ByteView der) {
    const auto facts = crypto::read_certificate(der);
    return facts.ok() ? std::string() : facts.error();
  };
  EXPECT_EQ(why(der_of("odd")), "an alternative name of it is not visible ASCII, or too long") << "a NUL";
  EXPECT_EQ(why(""), "it is no X.509 certificate");
  EXPECT_EQ(why(der_of("workload").substr(0, 300)), "it is no X.509 certificate");
  EXPECT_EQ(why(der_of("workload") + "x"), "bytes follow it");
  EXPECT_EQ(why(std::string(crypto::kCertificateBytesMax + 1, 'x')), "it is too long");
}

TEST(Certificate, NamesItsHolderByOneName) {
  const auto spiffe = rules_of(CertificateName::spiffe, {"spiffe://prod.example.org/*"});
  EXPECT_EQ(who(spiffe, facts_of("workload")), kChunker);
  for (const char* name : {"two_uris", "common_name", "host", "unusual", "odd_unit"})
    EXPECT_EQ(who(spiffe, facts_of(name)), "!certificate_unknown") << name;
  EXPECT_EQ(who(rules_of(CertificateName::spiffe, {"spiffe://test.example.org/*"}), facts_of("workload")), "!certificate_unknown");
  EXPECT_EQ(who(rules_of(CertificateName::spiffe, {}), facts_of("workload")), "!certificate_unknown");
  const auto dns = rules_of(CertificateName::dns, {"*.etl.test"});
  EXPECT_EQ(who(dns, facts_of("host")), "batch-7.etl.test");
  EXPECT_EQ(who(dns, facts_of("wildcard")), "!certificate_unknown");
  EXPECT_EQ(who(dns, facts_of("common_name")), "!certificate_unknown") << "the common name says nothing";
  EXPECT_EQ(who(rules_of(CertificateName::email, {"*@etl.test"}), facts_of("mail")), "night@etl.test");
  auto two = facts_of("mail");
  two.emails = {"root@evil@etl.test"};
  EXPECT_EQ(who(rules_of(CertificateName::email, {"*@etl.test"}), two), "!certificate_unknown");
  EXPECT_EQ(who(rules_of(CertificateName::none, {"*"}), facts_of("workload")), "!certificate_unknown");
}

TEST(Certificate, MakesAnIdentityThatEndsWithItAndIsBoundToIt) {
  auto rules = rules_of(CertificateName::spiffe, {"spiffe://prod.example.org/*"});
  rules.groups = {{"etl", {{"unit", {"etl"}}}}, {"{1}", {{"uri", {"spiffe://prod.example.org/ns/etl/sa/*"}}}}, {"no", {{"unit", {"x"}}}}};
  const auto facts = facts_of("workload");
  const auto made = certificate_identity(rules, facts);
  ASSERT_TRUE(made.ok());
  const Identity& identity = **made;
  EXPECT_EQ(identity.proof, Proof::certificate);
  EXPECT_EQ(identity.issuer, "workloads");
  EXPECT_EQ(identity.issuer_url, "certificate:workloads");
  EXPECT_EQ(identity.groups, (Names{"c-chunker", "c-etl"}));
  EXPECT_EQ(identity.expires, facts.not_after);
  EXPECT_TRUE(bound(identity));
  EXPECT_TRUE(may_be_sent_by(identity, &facts.digest));
  EXPECT_FALSE(may_be_sent_by(identity, nullptr));
  rules.groups = {{"{1}", {{"uri", {"spiffe://prod.example.org/ns/etl/sa/chunker*"}}}}};
  EXPECT_EQ(who(rules, facts), "!token_groups") << "an empty group";
}

TEST(Spiffe, IdsAreReadToTheLetter) {
  for (const char* good : {"spiffe://a/b", "spiffe://a.b-c_9/X/y.z", "spiffe://a/..."}) EXPECT_TRUE(is_spiffe_id(good)) << good;
  for (const char* bad : {"", "spiffe://", "spiffe://a", "spiffe://a/", "spiffe:///a", "SPIFFE://a/b", "spiffe://A/b", "spiffe://a:1/b",
                          "spiffe://u@a/b", "spiffe://a/b/", "spiffe://a//b", "spiffe://a/./b", "spiffe://a/../b", "spiffe://a/b?c",
                          "spiffe://a/b#c", "spiffe://a/%62", "spiffe://a/b c", "https://a/b", "spiffe:/a/b"})
    EXPECT_FALSE(is_spiffe_id(bad)) << bad;
  EXPECT_TRUE(is_spiffe_id("spiffe://" + std::string(255, 'a') + "/b"));
  EXPECT_FALSE(is_spiffe_id("spiffe://" + std::string(256, 'a') + "/b"));
  EXPECT_FALSE(is_spiffe_id("spiffe://a/" + std::string(2040, 'b')));
}

TEST(Binding, IsReadFromTheToken) {
  crypto::Sha256 digest{};
  digest.fill(7);
  const std::string print = codec::encode_base64url(view_of(std::span<const uint8_t>(digest)));
  const auto result = verify_jwt(World::get().issuers(), good_token(Claims().set("cnf", "{\"x5t#S256\":\"" + print + "\"}")), kNow);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ((*result)->certificate, digest);
  EXPECT_TRUE(may_be_sent_by(**result, &digest));
  EXPECT_FALSE(may_be_sent_by(**result, nullptr));
  for (size_t byte = 0; byte < digest.size(); ++byte) {
    crypto::Sha256 other = digest;
    other[byte] ^= 0x80;
    EXPECT_FALSE(may_be_sent_by(**result, &other)) << byte;
  }
  const auto free = verify_jwt(World::get().issuers(), good_token(Claims()), kNow);
  EXPECT_FALSE(bound(**free));
  EXPECT_TRUE(may_be_sent_by(**free, nullptr));
}

TEST(Binding, ToAnythingElseIsRefused) {
  const std::string print(43, 'B');
  for (const std::string& json : {"{\"jkt\":\"" + print + "\"}", "{\"x5t#S256\":\"" + print + "\",\"jkt\":\"x\"}", std::string("{\"jwk\":{}}"),
                                  std::string("{\"kid\":\"a\"}"), std::string("{\"X5T#S256\":\"x\"}")})
    EXPECT_EQ(verdict(Claims().set("cnf", json)), Reason::token_binding) << json;
  for (const std::string& json : {std::string("{}"), std::string("null"), std::string("\"x\""), std::string("[]"), std::string("{\"x5t#S256\":1}"),
                                  "{\"x5t#S256\":\"" + print + "=\"}", "{\"x5t#S256\":\"" + print.substr(1) + "\"}", "{\"x5t#S256\":\"+" + print.substr(1) + "\"}",
                                  "{\"x5t#S256\":\"" + std::string(43, 'A') + "\"}"})
    EXPECT_EQ(verdict(Claims().set("cnf", json)), Reason::token_claims) << json;
}

}  // namespace
}  // namespace gatehouse::identity
