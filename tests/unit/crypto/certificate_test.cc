// Certificates are judged by the library's own chain verification, as a TLS client would.
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "crypto/self_signed.h"

namespace gatehouse::crypto {
namespace {

constexpr WallNs kNow = 1'800'000'000 * kNsPerSecond;
constexpr WallNs kDay = 86'400 * kNsPerSecond;

CertificateOrder order_for(std::vector<std::string> names) {
  return {std::move(names), kNow - kDay, kNow + kDay};
}

bssl::UniquePtr<X509> read(const Certificate& certificate) {
  const std::string& pem = certificate.certificate_pem;
  const bssl::UniquePtr<BIO> in(BIO_new_mem_buf(pem.data(), static_cast<ossl_ssize_t>(pem.size())));
  return bssl::UniquePtr<X509>(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
}

/// verdict_at is X509_V_OK when a client that trusts `authority` accepts `leaf` at that time.
int verdict_at(const Certificate& leaf, const Certificate& authority, WallNs now) {
  const auto parsed = read(leaf);
  const bssl::UniquePtr<X509_STORE> store(X509_STORE_new());
  const bssl::UniquePtr<X509_STORE_CTX> check(X509_STORE_CTX_new());
  X509_STORE_add_cert(store.get(), read(authority).get());
  X509_STORE_CTX_init(check.get(), store.get(), parsed.get(), nullptr);
  X509_STORE_CTX_set_default(check.get(), "ssl_server");
  X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(check.get()), static_cast<time_t>(now / kNsPerSecond));
  return X509_verify_cert(check.get()) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(check.get());
}

bool names(const Certificate& certificate, const std::string& host) {
  return X509_check_host(read(certificate).get(), host.data(), host.size(), 0, nullptr) == 1;
}

bool names_address(const Certificate& certificate, const char* address) {
  return X509_check_ip_asc(read(certificate).get(), address, 0) == 1;
}

TEST(SelfSigned, IsTrustedByItselfForItsNamesAndTime) {
  const auto made = make_self_signed(order_for({"localhost", "*.example.org", "127.0.0.1", "::1"}));
  ASSERT_TRUE(made.ok()) << made.error();
  EXPECT_EQ(verdict_at(*made, *made, kNow), X509_V_OK);
  EXPECT_EQ(verdict_at(*made, *made, kNow + 2 * kDay), X509_V_ERR_CERT_HAS_EXPIRED);
  EXPECT_EQ(verdict_at(*made, *made, kNow - 2 * kDay), X509_V_ERR_CERT_NOT_YET_VALID);
  EXPECT_TRUE(names(*made, "localhost"));
  EXPECT_TRUE(names(*made, "a.example.org"));
  EXPECT_FALSE(names(*made, "example.com"));
  EXPECT_TRUE(names_address(*made, "127.0.0.1"));
  EXPECT_TRUE(names_address(*made, "::1"));
  EXPECT_FALSE(names_address(*made, "127.0.0.2"));
}

TEST(SelfSigned, KeyBelongsToTheCertificate) {
  const auto made = make_self_signed(order_for({"localhost"}));
  ASSERT_TRUE(made.ok());
  const std::string pem(made->key_pem.reveal());
  const bssl::UniquePtr<BIO> in(BIO_new_mem_buf(pem.data(), static_cast<ossl_ssize_t>(pem.size())));
  const bssl::UniquePtr<EVP_PKEY> key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(X509_check_private_key(read(*made).get(), key.get()), 1);
}

TEST(SelfSigned, AnotherOneIsNotTrusted) {
  const auto one = make_self_signed(order_for({"localhost"}));
  const auto two = make_self_signed(order_for({"localhost"}));
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_NE(verdict_at(*one, *two, kNow), X509_V_OK);
}

TEST(Signed, ChainsToItsAuthorityOnly) {
  CertificateOrder order = order_for({});
  order.authority = true;
  const auto authority = make_self_signed(order);
  const auto stranger = make_self_signed(order);
  ASSERT_TRUE(authority.ok() && stranger.ok());
  const auto leaf = make_signed(order_for({"origin.test"}), *authority);
  ASSERT_TRUE(leaf.ok()) << leaf.error();
  EXPECT_EQ(verdict_at(*leaf, *authority, kNow), X509_V_OK);
  EXPECT_NE(verdict_at(*leaf, *stranger, kNow), X509_V_OK);
  EXPECT_TRUE(names(*leaf, "origin.test"));
}

TEST(Signed, ALeafIsNoAuthority) {
  CertificateOrder order = order_for({});
  order.authority = true;
  const auto authority = make_self_signed(order);
  const auto leaf = make_signed(order_for({"leaf.test"}), *authority);
  const auto below = make_signed(order_for({"below.test"}), *leaf);
  ASSERT_TRUE(below.ok());
  EXPECT_NE(verdict_at(*below, *leaf, kNow), X509_V_OK);
}

TEST(Order, MistakesAreNamed) {
  EXPECT_FALSE(make_self_signed(order_for({})).ok());
  for (const char* name : {"", "a b", "a..b", ".a", "a.", "a/b", "x\ny"})
    EXPECT_FALSE(make_self_signed(order_for({name})).ok()) << name;
  EXPECT_FALSE(make_self_signed({{"localhost"}, kNow, kNow}).ok());
}

}  // namespace
}  // namespace gatehouse::crypto
