// Public signature keys and verification: RS256, ES256 and EdDSA of RFC 7518 and RFC 8037.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace gatehouse::crypto {

enum class KeyType : uint8_t { rsa, p256, ed25519 };

inline constexpr size_t kRsaBitsMin = 2048;
inline constexpr size_t kRsaBitsMax = 8192;  // bounds the work one signature can ask for
inline constexpr size_t kP256SignatureBytes = 64;
inline constexpr size_t kEd25519SignatureBytes = 64;

/// PublicKey is a checked public key: one that exists is usable. Immutable, cheap to copy, shared by
/// threads. The key's type fixes the algorithm, so a signature of another algorithm can never be tried
/// with it: rsa is RSASSA-PKCS1-v1_5 with SHA-256, p256 is ECDSA with SHA-256, ed25519 is pure Ed25519.
/// All numbers are big-endian without sign. Errors say what is wrong with the key.
class PublicKey {
 public:
  /// from_rsa: modulus odd, of kRsaBitsMin to kRsaBitsMax bits; exponent odd, 3 to 2^32 - 1;
  /// not of the generator of CVE-2017-15361.
  static Result<PublicKey, std::string> from_rsa(ByteView modulus, ByteView exponent);
  /// from_p256: affine coordinates of exactly 32 bytes (RFC 7518 section 6.2.1), on the curve.
  static Result<PublicKey, std::string> from_p256(ByteView x, ByteView y);
  /// from_ed25519: RFC 8032 encoding of exactly 32 bytes, canonical, on the curve, not of small order
  /// (a small-order key has signatures that hold for every message).
  static Result<PublicKey, std::string> from_ed25519(ByteView point);

  KeyType type() const;

  /// verify is true only for a valid signature of message. Signature forms: rsa as long as the modulus,
  /// p256 exactly r || s of 32 bytes each with 0 < r, s < n, ed25519 exactly 64 bytes with S < L.
  /// Leaves the library's error queue empty.
  bool verify(ByteView message, ByteView signature) const;
  /// verify_sha512 is the same with SHA-512 for rsa (RS512 of RFC 7518), and false for the other types.
  bool verify_sha512(ByteView message, ByteView signature) const;

  /// Parts are what a JWK writes: rsa first = n, second = e (no leading zero bytes); p256 first = x,
  /// second = y; ed25519 first = x, second empty.
  struct Parts {
    std::string first;
    std::string second;
  };
  Parts parts() const;

 private:
  struct State;
  explicit PublicKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace gatehouse::crypto
