// Copies into memory that this core does not read again.
#pragma once

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace gatehouse::record {

/// From kStreamed bytes on records go past the caches: nobody on this core reads them again, and a ring is larger than
/// any cache. What an exchange works on stays warm instead.
inline constexpr uint64_t kStreamed = 4096;

/// copy_past_cache is memcpy with stores that do not take the target's lines into the cache. They are
/// ordered with later ones by settle_stores() alone.
inline void copy_past_cache(char* to, const char* from, uint64_t count) {
#ifdef __SSE2__
  const uint64_t skew = -reinterpret_cast<uintptr_t>(to) & 63;
  const uint64_t first = std::min(skew, count);
  std::memcpy(to, from, first);
  to += first, from += first, count -= first;
  for (; count >= 64; to += 64, from += 64, count -= 64) {
    auto* const line = reinterpret_cast<__m128i*>(to);
    const auto* const source = reinterpret_cast<const __m128i*>(from);
    const __m128i a = _mm_loadu_si128(source), b = _mm_loadu_si128(source + 1);
    const __m128i c = _mm_loadu_si128(source + 2), d = _mm_loadu_si128(source + 3);
    _mm_stream_si128(line, a);
    _mm_stream_si128(line + 1, b);
    _mm_stream_si128(line + 2, c);
    _mm_stream_si128(line + 3, d);
  }
#endif
  std::memcpy(to, from, count);
}

/// settle_stores orders them before what is stored next.
inline void settle_stores() {
#ifdef __SSE2__
  _mm_sfence();
#endif
}

}  // namespace gatehouse::record
