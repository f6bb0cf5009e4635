// The bytes of a compiled set, for a cache. Whoever reads and writes files gives a digest function; bytes that do not
// fit in every way are ignored, never repaired. The digest is no signature: the file must be writable by us alone.
//
//   magic 8 · format 4 · features 8 · library length 4, text · pattern digest 32 · count 4, flags 4 each
//   · compiled length 8, bytes · digest of all before 32                                        (little-endian)
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace gatehouse::pattern {

/// Digest is 32 bytes that nobody can make another text for, such as SHA-256.
using Digest = std::array<uint8_t, 32>;
using DigestOf = Digest (*)(ByteView bytes);

inline constexpr char kStoredMagic[9] = "GHPATSET";
inline constexpr uint32_t kStoredFormat = 1;

}  // namespace gatehouse::pattern
