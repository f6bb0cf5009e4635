// Assertions that are believed, what is read of them, and for whom they are.
#include "identity/saml.h"

#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "identity/saml_assertion.h"
#include "tests/unit/identity/saml_samples.h"

namespace gatehouse::identity {
namespace {

using Texts = std::vector<std::string>;

IdentityRef verified(ByteView name, SamlUse use = SamlUse::exchange, const SamlIssuer& issuer = sample_issuer()) {
  auto result = verify_saml({{issuer}}, sample(name), kSamlNow, use);
  EXPECT_TRUE(result.ok()) << name << ": " << (result.ok() ? 0 : static_cast<int>(result.error()));
  return result.ok() ? *result : std::make_shared<const Identity>();
}

Reason refused(ByteView name, SamlUse use = SamlUse::exchange) { return saml_reason(sample(name), use); }

TEST(Saml, AnAssertionIsAnIdentity) {
  for (const SamlUse use : {SamlUse::exchange, SamlUse::bearer}) {
    const IdentityRef identity = verified("good", use);
    EXPECT_EQ(identity->proof, Proof::saml);
    EXPECT_EQ(identity->issuer, "provider");
    EXPECT_EQ(identity->issuer_url, "https://idp.example/saml");
    EXPECT_EQ(identity->subject, "nightly-rag-ingest");
    EXPECT_EQ(identity->token_id, "_a1");
    EXPECT_EQ(identity->groups, (Texts{"chunk-readers", "rag-batch"}));
    EXPECT_EQ(identity->expires, kSamlNow + (300 + 30) * kNsPerSecond);
    EXPECT_EQ(identity->token_digest, crypto::sha256(sample("good")));
    EXPECT_EQ(identity->who, crypto::sha256(identity->issuer_url + "\n" + identity->subject));
    EXPECT_EQ(identity->key_digest, sample_issuer().metadata->keys[0].digest);
    EXPECT_EQ(identity->certificate, (std::array<uint8_t, 32>{}));
  }
}

TEST(Saml, EveryWayToSignThatIsAllowed) {
  EXPECT_EQ(verified("good_rsa")->key_digest, sample_issuer().metadata->keys[1].digest);
  EXPECT_EQ(verified("good_rsa_sha512")->subject, "nightly-rag-ingest");
  EXPECT_EQ(verified("good_prefix_list")->groups, Texts{"rag-batch"});
}

TEST(Saml, FormsThatMeanTheSame) {
  for (const char* name : {"good_declaration", "good_pretty", "good_roles_apart", "good_two_audiences", "good_no_data_date"})
    EXPECT_EQ(verified(name)->groups, (Texts{"chunk-readers", "rag-batch"})) << name;
  EXPECT_EQ(verified("good_escapes")->groups, Texts{"r&d <x> \xc3\xa4"});
}

TEST(Saml, AudienceIsOurs) {
  for (const char* name : {"audience_other", "audience_longer", "audience_none", "audience_second_restriction"})
    EXPECT_EQ(refused(name), Reason::saml_conditions) << name;
}

TEST(Saml, RecipientIsOurs) {
  for (const char* name : {"recipient_other", "recipient_none"}) EXPECT_EQ(refused(name), Reason::saml_conditions) << name;
  SamlIssuer issuer = sample_issuer();
  issuer.recipient.clear();
  EXPECT_EQ(saml_reason(sample("recipient_none"), SamlUse::exchange, kSamlNow, issuer), Reason::saml_conditions);
}

TEST(Saml, NotBeforeAndNotOnOrAfterHold) {
  for (const char* name : {"not_yet", "expired", "data_expired", "data_not_yet", "session_ended", "issued_later"})
    EXPECT_EQ(refused(name), Reason::saml_expired) << name;
  EXPECT_EQ(refused("no_end"), Reason::saml_conditions);
  EXPECT_EQ(refused("zone"), Reason::saml_malformed);
  EXPECT_EQ(refused("no_zone"), Reason::saml_malformed);
}

TEST(Saml, LeewayIsForBothEnds) {
  const WallNs end = kSamlNow + 330 * kNsPerSecond;   // NotOnOrAfter and 30 s
  EXPECT_EQ(saml_reason(sample("good"), SamlUse::exchange, end - 1), Reason::none);
  EXPECT_EQ(saml_reason(sample("good"), SamlUse::exchange, end), Reason::saml_expired);
  const WallNs begin = kSamlNow - 30 * kNsPerSecond;
  EXPECT_EQ(saml_reason(sample("good"), SamlUse::exchange, begin), Reason::none);
  EXPECT_EQ(saml_reason(sample("good"), SamlUse::exchange, begin - 1), Reason::saml_expired);
  EXPECT_EQ(saml_reason(sample("good"), SamlUse::exchange, 0), Reason::saml_expired);
  EXPECT_EQ(saml_reason(sample("good"), SamlUse::exchange, UINT64_MAX), Reason::saml_expired);
}

TEST(Saml, OnTheDataPathAQuarterOfAnHourIsTheMost) {
  EXPECT_EQ(verified("long_life", SamlUse::bearer)->expires, kSamlNow + 900 * kNsPerSecond);
  EXPECT_EQ(verified("long_life", SamlUse::exchange)->expires, kSamlNow + 3600 * kNsPerSecond);
  const WallNs later = kSamlNow + 900 * kNsPerSecond;
  EXPECT_EQ(saml_reason(sample("long_life"), SamlUse::bearer, later - 1), Reason::none);
  EXPECT_EQ(saml_reason(sample("long_life"), SamlUse::bearer, later), Reason::saml_expired);
  EXPECT_EQ(saml_reason(sample("long_life"), SamlUse::exchange, later), Reason::none);
  SamlIssuer issuer = sample_issuer();
  issuer.bearer_life = 24 * 3600 * kNsPerSecond;   // whatever a configuration said
  EXPECT_EQ(saml_reason(sample("long_life"), SamlUse::bearer, later, issuer), Reason::saml_expired);
}

TEST(Saml, OneTimeUseIsForTheExchangeAlone) {
  EXPECT_EQ(refused("one_time_use", SamlUse::exchange), Reason::none);
  EXPECT_EQ(refused("one_time_use", SamlUse::bearer), Reason::saml_conditions);
}

TEST(Saml, ConditionsThatAreNotUnderstoodAreRefused) {
  for (const char* name : {"condition_unknown", "condition_foreign", "condition_proxy"})
    EXPECT_EQ(refused(name), Reason::saml_conditions) << name;
}

TEST(Saml, SubjectConfirmationIsByBearer) {
  for (const char* name : {"holder_of_key", "sender_vouches", "two_confirmations", "no_confirmation", "address"})
    EXPECT_EQ(refused(name), Reason::saml_conditions) << name;
  EXPECT_EQ(refused("confirmation_key"), Reason::saml_malformed);
}

TEST(Saml, SubjectIsOnePlainName) {
  for (const char* name : {"no_subject", "empty_subject", "two_subjects"}) EXPECT_EQ(refused(name), Reason::saml_malformed) << name;
  EXPECT_EQ(refused("hidden_subject"), Reason::token_claims);
}

TEST(Saml, StatementsThatAreNotUnderstoodAreRefused) {
  for (const char* name : {"advice", "authorization_statement", "version_1", "issuer_format"})
    EXPECT_EQ(refused(name), Reason::saml_malformed) << name;
}

TEST(Saml, IssuerIsTheOneOfTheMetadata) {
  EXPECT_EQ(refused("issuer_other"), Reason::token_issuer);
  EXPECT_EQ(verify_saml({}, sample("good"), kSamlNow, SamlUse::exchange).error(), Reason::token_issuer);
  SamlIssuer first = sample_issuer(), second = first;   // the key of one signs nothing for the other
  auto other = std::make_shared<SamlMetadata>(*second.metadata);
  other->entity_id = "https://other.example/saml";
  second.metadata = other;
  auto foreign = std::make_shared<SamlMetadata>(*first.metadata);
  foreign->keys.erase(foreign->keys.begin());
  first.metadata = foreign;
  EXPECT_EQ(verify_saml({{first, second}}, sample("good"), kSamlNow, SamlUse::exchange).error(), Reason::saml_signature);
}

TEST(Saml, GroupsComeFromAttributesAndRules) {
  EXPECT_EQ(refused("no_attributes"), Reason::token_groups);
  EXPECT_EQ(refused("structured_group"), Reason::token_groups);
  EXPECT_EQ(refused("empty_group"), Reason::token_groups);
  SamlIssuer issuer = sample_issuer();
  issuer.group_prefix = "idp:";
  issuer.groups = {{"jobs", {{"NameID", {"nightly-*"}}}}, {"never", {{"NameID", {"daily-*"}}}}};
  EXPECT_EQ(verified("good", SamlUse::exchange, issuer)->groups, (Texts{"idp:chunk-readers", "idp:jobs", "idp:rag-batch"}));
  issuer.groups_attribute.clear();
  EXPECT_EQ(verified("no_attributes", SamlUse::exchange, issuer)->groups, Texts{"idp:jobs"});
  issuer.groups = {{"team-{1}", {{"http://schemas.example/claims/Group", {"e*"}}}}};
  EXPECT_EQ(verified("good_url_attribute", SamlUse::exchange, issuer)->groups, Texts{"idp:team-tl"});
  issuer.groups_attribute = "http://schemas.example/claims/Group";
  issuer.groups.clear();
  EXPECT_EQ(verified("good_url_attribute", SamlUse::exchange, issuer)->groups, Texts{"idp:etl"});
}

TEST(Saml, RequiredAttributesAndRecordedOnes) {
  SamlIssuer issuer = sample_issuer();
  issuer.require = {{"groups", {"rag-*"}}};
  issuer.recorded = {"NameID", "groups", "absent"};
  const IdentityRef identity = verified("good", SamlUse::exchange, issuer);
  ASSERT_EQ(identity->claims.size(), 2U);
  EXPECT_EQ(identity->claims[1].name, "groups");
  EXPECT_EQ(identity->claims[1].value, "rag-batch chunk-readers");
  issuer.require = {{"department", {"*"}}};
  EXPECT_EQ(saml_reason(sample("good"), SamlUse::exchange, kSamlNow, issuer), Reason::token_condition);
}

TEST(Saml, MetadataEndsWhatItGave) {
  const SamlIssuer issuer = sample_issuer("metadata_until");   // in a minute
  const auto result = verify_saml({{issuer}}, sample("good"), kSamlNow, SamlUse::bearer);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ((*result)->expires, kSamlNow + 60 * kNsPerSecond);
  EXPECT_EQ(saml_reason(sample("good"), SamlUse::bearer, kSamlNow + 60 * kNsPerSecond, issuer), Reason::token_keys_unavailable);
  EXPECT_EQ(saml_standing({{issuer}}, **result, kSamlNow + 60 * kNsPerSecond), Reason::token_keys_unavailable);
}

TEST(Saml, StandingFollowsTheConfiguration) {
  const IdentityRef identity = verified("good");
  SamlIssuer issuer = sample_issuer();
  EXPECT_EQ(saml_standing({{issuer}}, *identity, kSamlNow), Reason::none);
  EXPECT_EQ(saml_standing({}, *identity, kSamlNow), Reason::token_issuer);
  issuer.name = "another";
  EXPECT_EQ(saml_standing({{issuer}}, *identity, kSamlNow), Reason::token_issuer);
  issuer = sample_issuer();
  auto rotated = std::make_shared<SamlMetadata>(*issuer.metadata);
  rotated->keys.erase(rotated->keys.begin());
  issuer.metadata = rotated;
  EXPECT_EQ(saml_standing({{issuer}}, *identity, kSamlNow), Reason::token_key);
}

}  // namespace
}  // namespace gatehouse::identity
