// SHA-256 and SHA-512, CRC32C and random bytes.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"

namespace gatehouse::crypto {

using Sha256 = std::array<uint8_t, 32>;

/// sha256 of the concatenation of parts (FIPS 180-4).
Sha256 sha256(ByteView bytes);
Sha256 sha256(std::span<const ByteView> parts);

using Sha512 = std::array<uint8_t, 64>;

/// sha512 (FIPS 180-4).
Sha512 sha512(ByteView bytes);

/// Sha256Stream digests bytes as they come. Value type, no allocation.
class Sha256Stream {
 public:
  Sha256Stream();
  void add(ByteView bytes);
  Sha256 finish();  // once

 private:
  alignas(8) unsigned char state_[128];
};

/// crc32c (Castagnoli, RFC 3720 appendix B.4), with the CPU's instruction where there is one.
/// Start with seed 0; pass the result on to continue.
uint32_t crc32c(ByteView bytes, uint32_t seed = 0);

/// random_bytes fills out from the system's generator; never fails (aborts when there is none).
void random_bytes(ByteSpan out);
uint64_t random_u64();

/// hex writes lower-case hexadecimal digits, two per byte.
std::string hex(std::span<const uint8_t> bytes);

}  // namespace gatehouse::crypto
