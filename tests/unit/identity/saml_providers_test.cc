// Assertions that other people's libraries made, as they came: tests/data/saml_providers.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "identity/saml_form.h"
#include "tests/unit/identity/saml_samples.h"

namespace gatehouse::identity {
namespace {

std::string data(const std::string& name) {
  std::ifstream file(GATEHOUSE_TEST_DATA "/saml_providers/" + name, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

SamlIssuer issuer() {
  SamlIssuer made = sample_issuer();
  made.metadata = SamlMetadata::parse(data("metadata.xml")).value();
  return made;
}

WallNs issued(const std::string& assertion) {
  const std::string name = "IssueInstant=\"";
  const size_t at = assertion.find(name) + name.size();
  return *read_saml_date(assertion.substr(at, assertion.find('"', at) - at));
}

TEST(SamlProviders, AssertionsOfEachAreBelieved) {
  for (const char* name : {"samlify.xml", "saml.xml"}) {
    const std::string assertion = data(name);
    const WallNs now = issued(assertion);
    for (const SamlUse use : {SamlUse::exchange, SamlUse::bearer}) {
      const auto result = verify_saml({{issuer()}}, assertion, now, use);
      ASSERT_TRUE(result.ok()) << name << ": " << static_cast<int>(result.error());
      EXPECT_EQ((*result)->subject, "nightly-rag-ingest");
      EXPECT_EQ((*result)->groups, (std::vector<std::string>{"chunk-readers", "rag-batch"}));
      EXPECT_EQ((*result)->issuer_url, "https://idp.example/saml");
    }
    std::string changed = assertion;
    changed.replace(changed.find("rag-batch"), 9, "dba-admin");
    EXPECT_EQ(saml_reason(changed, SamlUse::exchange, now, issuer()), Reason::saml_signature) << name;
    EXPECT_EQ(saml_reason(assertion, SamlUse::exchange, now), Reason::saml_signature) << name;   // by another one's keys
    EXPECT_EQ(saml_reason(assertion, SamlUse::exchange, now + 3600 * kNsPerSecond, issuer()), Reason::saml_expired) << name;
  }
}

TEST(SamlProviders, AResponseIsNotTakenApart) {
  const std::string response = data("samlify-response.xml");
  EXPECT_EQ(saml_reason(response, SamlUse::exchange, issued(response), issuer()), Reason::saml_malformed);
}

}  // namespace
}  // namespace gatehouse::identity
