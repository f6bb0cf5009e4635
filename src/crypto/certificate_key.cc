#include "crypto/certificate_key.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

namespace gatehouse::crypto {

namespace {

using Found = Result<std::optional<PublicKey>, std::string>;

std::string bytes_of(const BIGNUM* number, size_t size) {
  std::string bytes(size, '\0');
  GH_ASSERT(BN_bn2bin_padded(u8(bytes.data()), size, number));
  return bytes;
}

Found found(Result<PublicKey, std::string> made) {
  if (!made.ok()) return Failure{made.error()};
  return std::optional<PublicKey>(*std::move(made));
}

Found from_ec(const EC_KEY* key) {
  const EC_GROUP* group = EC_KEY_get0_group(key);
  if (EC_GROUP_get_curve_name(group) != NID_X9_62_prime256v1) return std::optional<PublicKey>();
  const bssl::UniquePtr<BIGNUM> x(BN_new()), y(BN_new());
  GH_ASSERT(x != nullptr && y != nullptr);
  if (!EC_POINT_get_affine_coordinates_GFp(group, EC_KEY_get0_public_key(key), x.get(), y.get(), nullptr))
    return Failure{std::string("the point is not on P-256")};
  return found(PublicKey::from_p256(bytes_of(x.get(), 32), bytes_of(y.get(), 32)));
}

}  // namespace

Result<std::optional<PublicKey>, std::string> certificate_key(ByteView der) {
  struct ErrorsCleared {
    ~ErrorsCleared() { ERR_clear_error(); }
  } const cleared;
  const uint8_t* at = u8(der.data());
  const bssl::UniquePtr<X509> certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (certificate == nullptr || at != u8(der.data()) + der.size()) return Failure{std::string("not a DER certificate")};
  const bssl::UniquePtr<EVP_PKEY> key(X509_get_pubkey(certificate.get()));
  if (key == nullptr) return std::optional<PublicKey>();   // of a type that the library does not know
  switch (EVP_PKEY_id(key.get())) {
    case EVP_PKEY_RSA: {
      const RSA* rsa = EVP_PKEY_get0_RSA(key.get());
      const BIGNUM *n = RSA_get0_n(rsa), *e = RSA_get0_e(rsa);
      return found(PublicKey::from_rsa(bytes_of(n, BN_num_bytes(n)), bytes_of(e, BN_num_bytes(e))));
    }
    case EVP_PKEY_EC: return from_ec(EVP_PKEY_get0_EC_KEY(key.get()));
    default: return std::optional<PublicKey>();
  }
}

}  // namespace gatehouse::crypto
