#include <gtest/gtest.h>

#include <string>

#include "tests/unit/identity/saml_samples.h"

namespace gatehouse::identity {
namespace {

std::string fault_of(ByteView name) {
  const auto metadata = SamlMetadata::parse(sample(name));
  return metadata.ok() ? "" : metadata.error();
}

TEST(SamlMetadata, GivesEntityAndKeysForSignatures) {
  const auto metadata = SamlMetadata::parse(sample("metadata"));
  ASSERT_TRUE(metadata.ok());
  EXPECT_EQ((*metadata)->entity_id, "https://idp.example/saml");
  ASSERT_EQ((*metadata)->keys.size(), 2U);   // the third is for encryption
  EXPECT_EQ((*metadata)->keys[0].key.type(), crypto::KeyType::p256);
  EXPECT_EQ((*metadata)->keys[1].key.type(), crypto::KeyType::rsa);
  EXPECT_NE((*metadata)->keys[0].digest, (*metadata)->keys[1].digest);
  EXPECT_EQ((*metadata)->valid_until, 0U);
}

TEST(SamlMetadata, WithoutAUseAKeyIsForSignaturesToo) {
  const auto metadata = SamlMetadata::parse(sample("metadata_plain_use"));
  ASSERT_TRUE(metadata.ok());
  EXPECT_EQ((*metadata)->keys.size(), 1U);   // P-384 is left out
}

TEST(SamlMetadata, MayHaveRemarksAndAByteOrderMark) { EXPECT_EQ(fault_of("metadata_remarks"), ""); }

TEST(SamlMetadata, SaysHowLongItHolds) {
  EXPECT_EQ(SamlMetadata::parse(sample("metadata_until")).value()->valid_until, kSamlNow + 60 * kNsPerSecond);
  EXPECT_EQ(SamlMetadata::parse(sample("metadata_ended")).value()->valid_until, kSamlNow - 60 * kNsPerSecond);
}

TEST(SamlMetadata, RefusalsSayWhy) {
  EXPECT_EQ(fault_of("metadata_no_key"), "it has no key for signatures that is RSA or P-256, in an X509Certificate");
  EXPECT_EQ(fault_of("metadata_key_name"), "it has no key for signatures that is RSA or P-256, in an X509Certificate");
  EXPECT_EQ(fault_of("metadata_short_key"), "an X509Certificate: RSA modulus of 1024 bits; 2048 to 8192 are accepted");
  EXPECT_EQ(fault_of("metadata_broken_key"), "an X509Certificate: not a DER certificate");
  EXPECT_EQ(fault_of("metadata_many"), "it describes many entities: give a file with the EntityDescriptor of this one alone");
  EXPECT_EQ(fault_of("metadata_two_roles"), "it has more than one IDPSSODescriptor of SAML 2.0");
  EXPECT_EQ(fault_of("metadata_no_role"), "it has no IDPSSODescriptor of SAML 2.0");
  EXPECT_EQ(fault_of("metadata_saml_1"), "it has no IDPSSODescriptor of SAML 2.0");
  EXPECT_EQ(fault_of("metadata_doctype"), "it cannot be read: it has a document type, CDATA, a comment or a processing instruction");
  EXPECT_EQ(fault_of("metadata_no_entity"), "its entityID is missing, longer than 1024 bytes or no plain text");
  EXPECT_EQ(fault_of("good"), "it is no EntityDescriptor of SAML 2.0 metadata");
  EXPECT_EQ(SamlMetadata::parse("x").error(), "it cannot be read: it is not well-formed XML with namespaces");
  EXPECT_EQ(SamlMetadata::parse(std::string(kSamlMetadataBytesMax + 1, ' ')).error(),
            "it cannot be read: it is too large, too deep or of too many parts");
}

}  // namespace
}  // namespace gatehouse::identity
