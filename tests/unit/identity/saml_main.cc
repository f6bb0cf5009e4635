// Usage: saml_test [SAMPLES.json] [gtest options]
#include <gtest/gtest.h>
#include <simdjson.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "tests/unit/identity/saml_samples.h"

namespace gatehouse::identity {
namespace {

std::map<std::string, std::string, std::less<>> samples;

void load(const std::string& path) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.load(path).get(object) != simdjson::SUCCESS) {
    std::fprintf(stderr, "cannot read %s\n", path.c_str());
    std::exit(2);
  }
  for (const auto& [name, text] : object) samples.emplace(name, std::string(ByteView(text)));
}

}  // namespace

const std::string& sample(ByteView name) {
  const auto found = samples.find(name);
  if (found != samples.end()) return found->second;
  std::fprintf(stderr, "no sample '%.*s'\n", static_cast<int>(name.size()), name.data());
  std::exit(2);
}

SamlIssuer sample_issuer(ByteView metadata) {
  SamlIssuer issuer;
  issuer.name = "provider";
  issuer.audiences = {"https://gateway.example"};
  issuer.recipient = "https://gateway.example/oauth/token";
  issuer.metadata = SamlMetadata::parse(sample(metadata)).value();
  return issuer;
}

Reason saml_reason(ByteView assertion, SamlUse use, WallNs now, const SamlIssuer& issuer) {
  const auto result = verify_saml({{issuer}}, assertion, now, use);
  return result.ok() ? Reason::none : result.error();
}

}  // namespace gatehouse::identity

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  gatehouse::identity::load(argc > 1 ? argv[1] : GATEHOUSE_TEST_DATA "/saml/samples.json");
  return RUN_ALL_TESTS();
}
