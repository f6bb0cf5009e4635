// Which instructions this processor has: asked where a function is written in more than one way, the portable one among
// them. Nothing here changes while a process runs; any thread, from the initialisers of other globals on.
#pragma once

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace gatehouse::processor {

#if defined(__x86_64__)

/// has_sha: the instructions for SHA-256.
inline bool has_sha() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0 && __builtin_cpu_supports("sse4.1") != 0;
}

/// has_crc32: the instruction for CRC-32C (SSE4.2).
inline bool has_crc32() { return __builtin_cpu_supports("sse4.2") != 0; }

/// has_avx2: 32 bytes at a time.
inline bool has_avx2() { return __builtin_cpu_supports("avx2") != 0; }

/// has_avx512: 64 bytes at a time with masks (BW, VL), bytes by index (VBMI) and packed (VBMI2), carry-less products of 64 bytes
/// (VPCLMULQDQ), bits of bytes by a matrix (GFNI). VBMI2 came with the first processors that do not slow down for 512 bits;
/// simdjson asks the same.
inline bool has_avx512() {
  return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
         __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("vpclmulqdq") && __builtin_cpu_supports("gfni");
}

#else

constexpr bool has_sha() { return false; }
constexpr bool has_crc32() { return false; }
constexpr bool has_avx2() { return false; }
constexpr bool has_avx512() { return false; }

#endif

}  // namespace gatehouse::processor
