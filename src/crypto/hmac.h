// HMAC-SHA-256 (RFC 2104, FIPS 198-1) under one key, many times; keys derived with it (HKDF, RFC 5869).
#pragma once

#include "crypto/digest.h"

namespace gatehouse::crypto {

/// HmacSha256 holds the two states that a key makes; the key itself is not kept. digest() allocates nothing and may be called
/// by several threads at once. Wiped when it goes.
class HmacSha256 {
 public:
  explicit HmacSha256(ByteView key);
  ~HmacSha256();
  HmacSha256(const HmacSha256&) = delete;
  HmacSha256& operator=(const HmacSha256&) = delete;

  /// digest of the concatenation of parts.
  Sha256 digest(std::span<const ByteView> parts) const;

 private:
  Sha256Stream inner_, outer_;  // after the padded key
};

/// hkdf_sha256 derives 32 bytes from a secret (RFC 5869: `key` is the input keying material). No error: sizes are fixed.
std::array<uint8_t, 32> hkdf_sha256(ByteView salt, ByteView key, ByteView info);

}  // namespace gatehouse::crypto
