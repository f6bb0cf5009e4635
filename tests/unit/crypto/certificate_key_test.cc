#include "crypto/certificate_key.h"

#include <gtest/gtest.h>
#include <openssl/base64.h>

#include "crypto/digest.h"
#include "crypto/self_signed.h"
#include "crypto/sign.h"

namespace gatehouse::crypto {
namespace {

std::string der_of(const std::string& pem) {
  std::string text;
  const size_t begin = pem.find('\n') + 1;
  for (const char c : pem.substr(begin, pem.find("-----END") - begin))
    if (c != '\n') text += c;
  std::string der(text.size(), '\0');
  size_t size = 0;
  EXPECT_EQ(EVP_DecodeBase64(u8(der.data()), &size, der.size(), u8(text.data()), text.size()), 1);
  der.resize(size);
  return der;
}

std::string self_signed(WallNs not_after) {
  CertificateOrder order;
  order.names = {"provider"};
  order.not_before = 1'700'000'000 * kNsPerSecond;
  order.not_after = not_after;
  return der_of(make_self_signed(order).value().certificate_pem);
}

TEST(CertificateKey, IsTakenOutWhateverTheDates) {
  const auto key = certificate_key(self_signed(1'700'000'060 * kNsPerSecond));
  ASSERT_TRUE(key.ok() && key->has_value());
  EXPECT_EQ((*key)->type(), KeyType::p256);
  EXPECT_EQ((*key)->parts().first.size(), 32U);
}

TEST(CertificateKey, OtherBytesAreNone) {
  const std::string der = self_signed(1'900'000'000 * kNsPerSecond);
  EXPECT_FALSE(certificate_key("").ok());
  EXPECT_FALSE(certificate_key("x").ok());
  EXPECT_FALSE(certificate_key(der + '\0').ok());
  EXPECT_FALSE(certificate_key(ByteView(der).substr(0, der.size() - 1)).ok());
}

TEST(Sha512, KnownAnswer) {   // FIPS 180-4, "abc"
  EXPECT_EQ(hex(sha512("abc")), "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                                "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST(Sha512, IsAnotherSignatureThanSha256) {   // good ones: tests of SAML, which xmlsec1 signs
  for (const PrivateKey& key : {PrivateKey::make_rsa(), PrivateKey::make_p256(), PrivateKey::make_ed25519()}) {
    const std::string signature = key.sign("m");
    EXPECT_TRUE(key.public_key().verify("m", signature));
    EXPECT_FALSE(key.public_key().verify_sha512("m", signature));
  }
}

}  // namespace
}  // namespace gatehouse::crypto
