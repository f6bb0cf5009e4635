// Copies into memory that this core does not read again.
#pragma once

#ifdef __SSE2__
#include <immintrin.h>
#endif

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/processor.h"

namespace gatehouse::record {

/// From kStreamed bytes on records go past the caches: nobody on this core reads them again, and a ring is larger than
/// any cache. What an exchange works on stays warm instead.
inline constexpr uint64_t kStreamed = 4096;

#ifdef __SSE2__

/// copy_lines fills whole lines of the cache, of which `to` is one's begin.
inline void copy_lines(char* to, const char* from, uint64_t lines) {
  for (; lines > 0; to += 64, from += 64, --lines) {
    auto* const line = reinterpret_cast<__m128i*>(to);
    const auto* const source = reinterpret_cast<const __m128i*>(from);
    const __m128i a = _mm_loadu_si128(source), b = _mm_loadu_si128(source + 1);
    const __m128i c = _mm_loadu_si128(source + 2), d = _mm_loadu_si128(source + 3);
    _mm_stream_si128(line, a);
    _mm_stream_si128(line + 1, b);
    _mm_stream_si128(line + 2, c);
    _mm_stream_si128(line + 3, d);
  }
}

#ifdef __x86_64__

inline const bool kStoresLines = processor::has_avx512();

/// copy_lines_at_once fills each with one store: a line that comes in parts may leave in parts.
__attribute__((target("avx512f"))) inline void copy_lines_at_once(char* to, const char* from, uint64_t lines) {
  for (; lines > 0; to += 64, from += 64, --lines)
    _mm512_stream_si512(reinterpret_cast<__m512i*>(to), _mm512_loadu_si512(from));
}

#endif
#endif

/// copy_past_cache is memcpy with stores that do not take the target's lines into the cache. They are
/// ordered with later ones by settle_stores() alone: it comes before the record that they belong to is published.
inline void copy_past_cache(char* to, const char* from, uint64_t count) {
#ifdef __SSE2__
  const uint64_t skew = -reinterpret_cast<uintptr_t>(to) & 63;
  const uint64_t first = std::min(skew, count);
  std::memcpy(to, from, first);
  to += first, from += first, count -= first;
  const uint64_t lines = count / 64;
#ifdef __x86_64__
  kStoresLines ? copy_lines_at_once(to, from, lines) : copy_lines(to, from, lines);
#else
  copy_lines(to, from, lines);
#endif
  to += 64 * lines, from += 64 * lines, count -= 64 * lines;
#endif
  std::memcpy(to, from, count);
}

/// settle_stores orders them before what is stored next. It waits for all stores before it, usual ones too, which need none:
/// called only where some went past the caches.
inline void settle_stores() {
#ifdef __SSE2__
  _mm_sfence();
#endif
}

}  // namespace gatehouse::record
