#include "crypto/signature.h"

#include <openssl/bn.h>
#include <openssl/curve25519.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>

#include "crypto/digest.h"
#include "crypto/ed25519_point.h"

namespace gatehouse::crypto {

struct PublicKey::State {
  KeyType type;
  bssl::UniquePtr<RSA> rsa;
  bssl::UniquePtr<EC_KEY> ec;
  std::string point;  // ed25519
};

namespace {

using Bignum = bssl::UniquePtr<BIGNUM>;

/// ErrorsCleared keeps one failed check from showing up as the cause of a later, unrelated failure.
struct ErrorsCleared {
  ~ErrorsCleared() { ERR_clear_error(); }
};

Bignum to_bignum(ByteView bytes) {
  Bignum number(BN_bin2bn(u8(bytes.data()), bytes.size(), nullptr));
  GH_ASSERT(number != nullptr);  // out of memory
  return number;
}

std::string to_bytes(const BIGNUM* number, size_t size) {
  std::string bytes(size, '\0');
  GH_ASSERT(BN_bn2bin_padded(u8(bytes.data()), size, number));
  return bytes;
}

Failure<std::string> bad(std::string what) { return Failure{std::move(what)}; }

/// is_roca finds moduli of a generator whose primes are factored by Coppersmith's method (CVE-2017-15361):
/// modulo every small prime they are a power of 65537, which others are with a chance below 2^-100.
bool is_roca(const BIGNUM* modulus) {
  constexpr uint32_t kPrimes[] = {3,   5,   7,   11,  13,  17,  19,  23,  29,  31,  37,  41,  43,
                                  47,  53,  59,  61,  67,  71,  73,  79,  83,  89,  97,  101, 103,
                                  107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};
  for (const uint32_t prime : kPrimes) {
    const BN_ULONG residue = BN_mod_word(modulus, prime);
    uint32_t power = 1;
    do power = power * (65537 % prime) % prime;
    while (power != residue && power != 1);
    if (power != residue) return false;
  }
  return true;
}

// Lengths and ranges are public values: each rule is checked here and not left to the library.
bool verify_p256(const EC_KEY* key, ByteView message, ByteView signature) {
  if (signature.size() != kP256SignatureBytes) return false;
  const BIGNUM* order = EC_GROUP_get0_order(EC_KEY_get0_group(key));
  Bignum r = to_bignum(signature.substr(0, 32));
  Bignum s = to_bignum(signature.substr(32));
  for (const BIGNUM* number : {r.get(), s.get()})
    if (BN_is_zero(number) || BN_ucmp(number, order) >= 0) return false;
  bssl::UniquePtr<ECDSA_SIG> parsed(ECDSA_SIG_new());
  GH_ASSERT(parsed != nullptr && ECDSA_SIG_set0(parsed.get(), r.get(), s.get()));
  (void)r.release();  // now the signature's
  (void)s.release();
  const Sha256 digest = sha256(message);
  return ECDSA_do_verify(digest.data(), digest.size(), parsed.get(), key) == 1;
}

bool verify_rsa(RSA* key, int hash, std::span<const uint8_t> digest, ByteView signature) {
  return signature.size() == RSA_size(key) &&
         RSA_verify(hash, digest.data(), digest.size(), u8(signature.data()), signature.size(), key) == 1;
}

}  // namespace

Result<PublicKey, std::string> PublicKey::from_rsa(ByteView modulus, ByteView exponent) {
  const ErrorsCleared cleared;
  constexpr size_t kSlack = 8;  // leading zero bytes that some writers add
  if (modulus.size() > kRsaBitsMax / 8 + kSlack || exponent.size() > 4 + kSlack)
    return bad("RSA modulus or exponent too long");
  Bignum n = to_bignum(modulus);
  Bignum e = to_bignum(exponent);
  const size_t bits = BN_num_bits(n.get());
  if (bits < kRsaBitsMin || bits > kRsaBitsMax)
    return bad("RSA modulus of " + std::to_string(bits) + " bits; " + std::to_string(kRsaBitsMin) + " to " +
               std::to_string(kRsaBitsMax) + " are accepted");
  if (!BN_is_odd(n.get())) return bad("RSA modulus is even");
  if (is_roca(n.get())) return bad("RSA modulus of a broken generator (CVE-2017-15361)");
  if (BN_num_bits(e.get()) > 32 || !BN_is_odd(e.get()) || BN_is_one(e.get()))
    return bad("RSA exponent is not an odd number from 3 to 2^32 - 1");

  auto state = std::make_shared<State>(State{KeyType::rsa, bssl::UniquePtr<RSA>(RSA_new()), nullptr, {}});
  GH_ASSERT(state->rsa != nullptr && RSA_set0_key(state->rsa.get(), n.get(), e.get(), nullptr));
  (void)n.release();
  (void)e.release();
  return PublicKey(std::move(state));
}

Result<PublicKey, std::string> PublicKey::from_p256(ByteView x, ByteView y) {
  const ErrorsCleared cleared;
  if (x.size() != 32 || y.size() != 32) return bad("P-256 coordinates are not 32 bytes each");
  bssl::UniquePtr<EC_KEY> key(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1));
  GH_ASSERT(key != nullptr);
  // Refuses coordinates outside the field and points off the curve; the curve has no other subgroup.
  if (!EC_KEY_set_public_key_affine_coordinates(key.get(), to_bignum(x).get(), to_bignum(y).get()))
    return bad("the point is not on P-256");
  return PublicKey(std::make_shared<State>(State{KeyType::p256, nullptr, std::move(key), {}}));
}

Result<PublicKey, std::string> PublicKey::from_ed25519(ByteView point) {
  const ErrorsCleared cleared;
  if (point.size() != 32) return bad("an Ed25519 key is 32 bytes");
  if (const char* fault = ed25519_point_fault(point)) return bad(fault);
  return PublicKey(std::make_shared<State>(State{KeyType::ed25519, nullptr, nullptr, std::string(point)}));
}

KeyType PublicKey::type() const { return state_->type; }

bool PublicKey::verify(ByteView message, ByteView signature) const {
  const ErrorsCleared cleared;
  switch (state_->type) {
    case KeyType::rsa: return verify_rsa(state_->rsa.get(), NID_sha256, sha256(message), signature);
    case KeyType::p256: return verify_p256(state_->ec.get(), message, signature);
    case KeyType::ed25519:
      return signature.size() == kEd25519SignatureBytes &&
             ED25519_verify(u8(message.data()), message.size(), u8(signature.data()),
                            u8(state_->point.data())) == 1;
  }
  return false;
}

bool PublicKey::verify_sha512(ByteView message, ByteView signature) const {
  const ErrorsCleared cleared;
  return state_->type == KeyType::rsa && verify_rsa(state_->rsa.get(), NID_sha512, sha512(message), signature);
}

PublicKey::Parts PublicKey::parts() const {
  switch (state_->type) {
    case KeyType::rsa: {
      const BIGNUM* n = RSA_get0_n(state_->rsa.get());
      const BIGNUM* e = RSA_get0_e(state_->rsa.get());
      return {to_bytes(n, BN_num_bytes(n)), to_bytes(e, BN_num_bytes(e))};
    }
    case KeyType::p256: {
      Bignum x(BN_new());
      Bignum y(BN_new());
      const EC_KEY* key = state_->ec.get();
      GH_ASSERT(x != nullptr && y != nullptr &&
                EC_POINT_get_affine_coordinates_GFp(EC_KEY_get0_group(key), EC_KEY_get0_public_key(key),
                                                    x.get(), y.get(), nullptr));
      return {to_bytes(x.get(), 32), to_bytes(y.get(), 32)};
    }
    case KeyType::ed25519: return {state_->point, {}};
  }
  return {};
}

}  // namespace gatehouse::crypto
