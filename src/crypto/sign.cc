#include "crypto/sign.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/curve25519.h>
#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "crypto/digest.h"
#include "crypto/private_key_state.h"

namespace gatehouse::crypto {

namespace {

Result<PublicKey, std::string> rsa_part(const RSA* rsa) {
  std::string n(BN_num_bytes(RSA_get0_n(rsa)), '\0');
  std::string e(BN_num_bytes(RSA_get0_e(rsa)), '\0');
  BN_bn2bin(RSA_get0_n(rsa), u8(n.data()));
  BN_bn2bin(RSA_get0_e(rsa), u8(e.data()));
  return PublicKey::from_rsa(n, e);
}

Result<PublicKey, std::string> p256_part(const EC_KEY* ec) {
  if (EC_GROUP_get_curve_name(EC_KEY_get0_group(ec)) != NID_X9_62_prime256v1)
    return Failure{std::string("an EC key of another curve than P-256")};
  uint8_t point[65];  // 4, x, y
  GH_ASSERT(EC_POINT_point2oct(EC_KEY_get0_group(ec), EC_KEY_get0_public_key(ec),
                               POINT_CONVERSION_UNCOMPRESSED, point, sizeof point, nullptr) == sizeof point);
  const ByteView bytes = view_of(std::span<const uint8_t>(point));
  return PublicKey::from_p256(bytes.substr(1, 32), bytes.substr(33));
}

Result<PublicKey, std::string> ed25519_part(const EVP_PKEY* key) {
  uint8_t point[32];
  size_t size = sizeof point;
  GH_ASSERT(EVP_PKEY_get_raw_public_key(key, point, &size) && size == sizeof point);
  return PublicKey::from_ed25519(view_of(std::span<const uint8_t>(point)));
}

Result<PublicKey, std::string> public_part(const EVP_PKEY* key) {
  switch (EVP_PKEY_id(key)) {
    case EVP_PKEY_RSA: return rsa_part(EVP_PKEY_get0_RSA(key));
    case EVP_PKEY_EC: return p256_part(EVP_PKEY_get0_EC_KEY(key));
    case EVP_PKEY_ED25519: return ed25519_part(key);
    default: return Failure{std::string("a private key of a type that is not used here")};
  }
}

bssl::UniquePtr<EVP_PKEY> fresh() {
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  GH_ASSERT(key != nullptr);
  return key;
}

std::string sign_p256(const EC_KEY* key, ByteView message) {
  const Sha256 digest = sha256(message);
  const bssl::UniquePtr<ECDSA_SIG> made(ECDSA_do_sign(digest.data(), digest.size(), key));
  std::string out(kP256SignatureBytes, '\0');
  GH_ASSERT(made != nullptr && BN_bn2bin_padded(u8(out.data()), 32, ECDSA_SIG_get0_r(made.get())) &&
            BN_bn2bin_padded(u8(out.data()) + 32, 32, ECDSA_SIG_get0_s(made.get())));
  return out;
}

std::string sign_rsa(RSA* key, ByteView message) {
  const Sha256 digest = sha256(message);
  std::string out(RSA_size(key), '\0');
  unsigned size = 0;
  GH_ASSERT(RSA_sign(NID_sha256, digest.data(), digest.size(), u8(out.data()), &size, key));
  GH_ASSERT(size == out.size());
  return out;
}

std::string sign_ed25519(EVP_PKEY* key, ByteView message) {
  std::string out(kEd25519SignatureBytes, '\0');
  size_t size = out.size();
  bssl::ScopedEVP_MD_CTX digest;
  GH_ASSERT(EVP_DigestSignInit(digest.get(), nullptr, nullptr, nullptr, key) &&
            EVP_DigestSign(digest.get(), u8(out.data()), &size, u8(message.data()), message.size()) &&
            size == out.size());
  return out;
}

/// no_passphrase keeps the library from asking the terminal for one.
int no_passphrase(char*, int, int, void*) { return -1; }

}  // namespace

// Not a member: the header must not name the library's types.
struct PrivateKeyMaker {
  static Result<PrivateKey, std::string> make(bssl::UniquePtr<EVP_PKEY> key) {
    auto part = public_part(key.get());
    if (!part.ok()) return Failure{part.error()};
    return PrivateKey(std::make_shared<const PrivateKey::State>(PrivateKey::State{std::move(key), *part}));
  }
};

PrivateKey PrivateKey::make_p256() {
  bssl::UniquePtr<EC_KEY> ec(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1));
  auto key = fresh();
  GH_ASSERT(ec != nullptr && EC_KEY_generate_key(ec.get()) && EVP_PKEY_set1_EC_KEY(key.get(), ec.get()));
  return PrivateKeyMaker::make(std::move(key)).value();
}

PrivateKey PrivateKey::make_ed25519() {
  char seed[32];
  random_bytes(seed);
  PrivateKey key = from_ed25519_seed({seed, sizeof seed});
  OPENSSL_cleanse(seed, sizeof seed);
  return key;
}

PrivateKey PrivateKey::from_ed25519_seed(ByteView seed) {
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, u8(seed.data()), seed.size()));
  GH_ASSERT(seed.size() == 32 && key != nullptr);
  return PrivateKeyMaker::make(std::move(key)).value();
}

PrivateKey PrivateKey::make_rsa(unsigned bits) {
  bssl::UniquePtr<RSA> rsa(RSA_new());
  bssl::UniquePtr<BIGNUM> e(BN_new());
  auto key = fresh();
  GH_ASSERT(rsa != nullptr && e != nullptr && BN_set_word(e.get(), RSA_F4) &&
            RSA_generate_key_ex(rsa.get(), static_cast<int>(bits), e.get(), nullptr) &&
            EVP_PKEY_set1_RSA(key.get(), rsa.get()));
  return PrivateKeyMaker::make(std::move(key)).value();
}

Result<PrivateKey, std::string> PrivateKey::from_pem(ByteView pem) {
  const bssl::UniquePtr<BIO> in(BIO_new_mem_buf(pem.data(), static_cast<ossl_ssize_t>(pem.size())));
  GH_ASSERT(in != nullptr);
  bssl::UniquePtr<EVP_PKEY> key(PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  if (key == nullptr) return Failure{std::string("not an unencrypted PEM private key")};
  return PrivateKeyMaker::make(std::move(key));
}

Secret PrivateKey::to_pem() const {
  std::string text = pem_of([this](BIO* out) {
    return PEM_write_bio_PKCS8PrivateKey(out, state_->key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  Secret pem(text);
  OPENSSL_cleanse(text.data(), text.size());
  return pem;
}

KeyType PrivateKey::type() const { return state_->public_key.type(); }

const PublicKey& PrivateKey::public_key() const { return state_->public_key; }

std::string PrivateKey::sign(ByteView message) const {
  switch (type()) {
    case KeyType::rsa: return sign_rsa(EVP_PKEY_get0_RSA(state_->key.get()), message);
    case KeyType::p256: return sign_p256(EVP_PKEY_get0_EC_KEY(state_->key.get()), message);
    case KeyType::ed25519: return sign_ed25519(state_->key.get(), message);
  }
  return {};
}

}  // namespace gatehouse::crypto
