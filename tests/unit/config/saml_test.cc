// Identity providers of the configuration: their metadata files, and what a snapshot makes of them.
#include <gtest/gtest.h>

#include "config/compile.h"
#include "config/difference.h"
#include "config/read.h"
#include "folder.h"

namespace gatehouse::config {
namespace {

constexpr const char* kRest = R"(
[[listener]]
name = "main"
address = "127.0.0.1:8443"
[[issuer]]
name = "dev"
url = "https://issuer.example"
audiences = ["a"]
jwks_file = "keys.json"
groups_claim = ""
[[issuer.group]]
name = "groups"
when = { sub = "nightly-*" }
[[origin]]
name = "chunker"
address = "127.0.0.1:9700"
[[rule]]
name = "readers"
effect = "allow"
groups = ["groups"]
origin = "chunker"
)";

constexpr const char* kProvider = R"(
[[saml]]
name = "staff"
metadata_file = "idp.xml"
audiences = ["urn:gatehouse"]
recipient = "https://gateway.example/oauth/token"
)";

class SamlConfig : public ::testing::Test {
 protected:
  void SetUp() override { folder_.standard(); }

  Prepared prepared(const std::string& more = "") {
    RuntimeInputs inputs;
    inputs.now = wall_now();
    Prepared result = prepare_text(kRest + (kProvider + more), "gateway.toml", folder_.path(), inputs);
    for (const Diagnostic& each : result.loaded.diagnostics) EXPECT_NE(each.severity, Severity::error) << render(each);
    return result;
  }

  Folder folder_;
};

TEST_F(SamlConfig, AProviderIsAnIssuerOfAssertions) {
  const Prepared all = prepared();
  ASSERT_TRUE(all.ok());
  ASSERT_NE(all.snapshot->saml, nullptr);
  ASSERT_EQ(all.snapshot->saml->issuers.size(), 1U);
  const identity::SamlIssuer& issuer = all.snapshot->saml->issuers[0];
  EXPECT_EQ(issuer.name, "staff");
  EXPECT_EQ(issuer.audiences, std::vector<std::string>{"urn:gatehouse"});
  EXPECT_EQ(issuer.recipient, "https://gateway.example/oauth/token");
  EXPECT_EQ(issuer.groups_attribute, "groups");
  EXPECT_EQ(issuer.leeway, 30 * kNsPerSecond);
  EXPECT_EQ(issuer.bearer_life, 900 * kNsPerSecond);
  EXPECT_EQ(issuer.exchange_life, 3600 * kNsPerSecond);
  EXPECT_EQ(issuer.metadata->entity_id, "https://idp.example/saml");
  EXPECT_EQ(all.snapshot->saml->find("https://idp.example/saml"), &issuer);
  EXPECT_EQ(all.snapshot->saml->find("https://other.example/saml"), nullptr);
}

TEST_F(SamlConfig, EveryKeyIsRead) {
  const Prepared all = prepared(
      "groups_attribute = \"roles\"\ngroup_prefix = \"s-\"\nrequire = { department = [\"data\", \"search-*\"] }\n"
      "record_attributes = [\"department\"]\nleeway = \"5s\"\nbearer_life = \"1m\"\nexchange_life = \"2m\"\n"
      "[[saml.group]]\nname = \"ingest\"\nwhen = { NameID = \"nightly-*\" }\n");
  ASSERT_TRUE(all.ok());
  const identity::SamlIssuer& issuer = all.snapshot->saml->issuers[0];
  EXPECT_EQ(issuer.groups_attribute, "roles");
  EXPECT_EQ(issuer.group_prefix, "s-");
  EXPECT_EQ(issuer.require, (std::vector<identity::Condition>{{"department", {"data", "search-*"}}}));
  EXPECT_EQ(issuer.groups, (std::vector<identity::GroupRule>{{"ingest", {{"NameID", {"nightly-*"}}}}}));
  EXPECT_EQ(issuer.recorded, std::vector<std::string>{"department"});
  EXPECT_EQ(issuer.leeway, 5 * kNsPerSecond);
  EXPECT_EQ(issuer.bearer_life, 60 * kNsPerSecond);
  EXPECT_EQ(issuer.exchange_life, 120 * kNsPerSecond);
}

TEST_F(SamlConfig, WithRulesNoAttributeIsNeeded) {
  const Prepared all = prepared("[[saml.group]]\nname = \"ingest\"\nwhen = { NameID = \"nightly-*\" }\n");
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all.snapshot->saml->issuers[0].groups_attribute, "");
}

TEST_F(SamlConfig, SaysWhichGroupsItMayGive) {
  const Prepared all = prepared("group_prefix = \"s-\"\n[[saml.group]]\nname = \"ingest\"\nwhen = { NameID = \"nightly-*\" }\n");
  ASSERT_TRUE(all.ok());
  const GroupSource source = group_source(*all.loaded.tree.all("saml")[0], all.loaded.config.saml[0]);
  EXPECT_EQ(source.name.value, "staff");
  EXPECT_EQ(source.prefix, "s-");
  EXPECT_TRUE(source.prefix_stated);
  EXPECT_FALSE(source.named_outside);
  EXPECT_EQ(source.rules.size(), 1U);
  const Prepared plain = prepared();
  ASSERT_TRUE(plain.ok());
  EXPECT_TRUE(group_source(*plain.loaded.tree.all("saml")[0], plain.loaded.config.saml[0]).named_outside);
}

TEST_F(SamlConfig, NoneIsNone) {
  RuntimeInputs inputs;
  EXPECT_EQ(prepare_text(kRest, "gateway.toml", folder_.path(), inputs).snapshot->saml, nullptr);
}

TEST_F(SamlConfig, AChangedMetadataFileIsADifference) {
  const Prepared before = prepared();
  ASSERT_TRUE(before.ok());
  const auto files = named_files(before.loaded.config);
  EXPECT_NE(std::find(files.begin(), files.end(), folder_ / "idp.xml"), files.end());
  folder_.write("idp.xml", std::string(kMetadata) + "\n", 0644);
  const Prepared after = prepared();
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(describe_difference(difference(inventory_of(before.loaded.tree, *before.snapshot), inventory_of(after.loaded.tree, *after.snapshot))),
            "saml          changed staff (metadata)\n");
}

}  // namespace
}  // namespace gatehouse::config
