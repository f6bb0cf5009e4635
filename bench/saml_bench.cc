// What an assertion costs: believed, refused, and made to be dear.
#include <benchmark/benchmark.h>

#include <string>

#include "identity/saml.h"
#include "tests/support/saml_signer.h"

namespace gatehouse::identity {
namespace {

constexpr WallNs kNow = 1'800'000'000 * kNsPerSecond;

/// assertion has `inside` in its AttributeStatement; with 20 groups and a usual one's other parts it is 2.4 KB before it is signed.
std::string assertion(const std::string& inside) {
  const std::string space(kSamlAssertionSpace);
  return "<saml:Assertion xmlns:saml=\"" + space + "\" ID=\"_386cb30b5a450cf7829da67c42053f70\" Version=\"2.0\" "
         "IssueInstant=\"2027-01-15T08:00:00Z\"><saml:Issuer>https://idp.example/saml</saml:Issuer><saml:Subject><saml:NameID "
         "Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified\">nightly-rag-ingest</saml:NameID>"
         "<saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">"
         "<saml:SubjectConfirmationData NotOnOrAfter=\"2027-01-15T08:05:00Z\" "
         "Recipient=\"https://gateway.example/oauth/token\"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions "
         "NotBefore=\"2027-01-15T08:00:00Z\" NotOnOrAfter=\"2027-01-15T08:05:00Z\"><saml:AudienceRestriction><saml:Audience>"
         "https://gateway.example</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement "
         "AuthnInstant=\"2027-01-15T08:00:00Z\"><saml:AuthnContext><saml:AuthnContextClassRef>"
         "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"
         "<saml:AttributeStatement><saml:Attribute Name=\"groups\">" + inside +
         "</saml:Attribute></saml:AttributeStatement></saml:Assertion>";
}

std::string values(size_t count, const std::string& text) {
  std::string all;
  for (size_t i = 0; i < count; ++i) all += "<saml:AttributeValue>" + text + std::to_string(i) + "</saml:AttributeValue>";
  return all;
}

SamlIssuers issuers_of(const crypto::PublicKey& key, size_t keys = 1) {
  SamlIssuer issuer;
  issuer.name = "provider";
  issuer.audiences = {"https://gateway.example"};
  issuer.recipient = "https://gateway.example/oauth/token";
  auto metadata = std::make_shared<SamlMetadata>();
  metadata->entity_id = "https://idp.example/saml";
  for (size_t i = 0; i < keys; ++i) metadata->keys.push_back({key, {}});
  issuer.metadata = metadata;
  return {{issuer}};
}

void believed(benchmark::State& state, const crypto::PrivateKey& key) {
  const SamlIssuers issuers = issuers_of(key.public_key());
  const std::string text = sign_saml(assertion(values(20, "group-")), key);
  for (auto _ : state)
    if (!verify_saml(issuers, text, kNow, SamlUse::bearer).ok()) state.SkipWithError("refused");
  state.counters["bytes"] = static_cast<double>(text.size());
}
BENCHMARK_CAPTURE(believed, rsa, crypto::PrivateKey::make_rsa());
BENCHMARK_CAPTURE(believed, p256, crypto::PrivateKey::make_p256());

/// The signature alone, of as many bytes as a SignedInfo has: what is left is XML.
void signature_alone(benchmark::State& state, const crypto::PrivateKey& key) {
  const std::string message(800, 'x'), signature = key.sign(message);
  for (auto _ : state)
    if (!key.public_key().verify(message, signature)) state.SkipWithError("refused");
}
BENCHMARK_CAPTURE(signature_alone, rsa, crypto::PrivateKey::make_rsa());
BENCHMARK_CAPTURE(signature_alone, p256, crypto::PrivateKey::make_p256());

void refused(benchmark::State& state, const std::string& text, size_t keys) {
  const SamlIssuers issuers = issuers_of(crypto::PrivateKey::make_p256().public_key(), keys);
  for (auto _ : state)
    if (verify_saml(issuers, text, kNow, SamlUse::bearer).ok()) state.SkipWithError("accepted");
  state.counters["bytes"] = static_cast<double>(text.size());
}
const std::string& forged() {
  static const std::string made = sign_saml(assertion(values(20, "group-")), crypto::PrivateKey::make_p256());
  return made;
}
/// dear has all that the bounds let in: elements, attributes, and prefixes that canonical form declares again and again.
std::string dear() {
  std::string inside = "<x";
  for (size_t i = 0; i < 30; ++i) inside += " xmlns:n" + std::to_string(i) + "='u:" + std::string(180, 'x') + "'";
  inside += ">";
  for (size_t i = 0; i < 1000; ++i) {
    inside += "<n" + std::to_string(i % 30) + ":y";
    for (size_t j = 0; j < 8 && inside.size() < 58'000; ++j) inside += " n" + std::to_string((i + j + 1) % 30) + ":a=''";
    inside += "/>";
    if (inside.size() > 58'000) break;
  }
  const std::string made = assertion(inside + "</x>");
  const std::string small = forged();
  const size_t begin = small.find("<ds:Signature"), end = small.find("</saml:Assertion>"), at = made.rfind("</");
  return made.substr(0, at) + small.substr(begin, end - begin) + made.substr(at);
}
BENCHMARK_CAPTURE(refused, signature, forged(), 1);
BENCHMARK_CAPTURE(refused, signature_by_16_keys, forged(), kSamlKeysMax);
BENCHMARK_CAPTURE(refused, no_xml, std::string(kSamlBytesMax, 'x'), 1);
BENCHMARK_CAPTURE(refused, dear, dear(), 1);

}  // namespace
}  // namespace gatehouse::identity
