// Where strings end, byte by byte and sixteen at a time. Included by json/*.cc only.
#pragma once

#include <bit>

#include "base/bytes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace gatehouse::json {

inline bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
inline bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

/// find_special_far is find_special() for longer runs; reads nothing past size.
size_t find_special_far(const char* bytes, size_t from, size_t size);

/// find_special returns where in [from, size) the first quote, backslash or control character stands; size when there is none.
/// Reads up to 16 bytes past size.
inline size_t find_special(const char* bytes, size_t from, size_t size) {
#if defined(__x86_64__)
  constexpr size_t kNear = 48;   // most keys and what stands between two escapes are found here
  const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), control = _mm_set1_epi8(0x1f);
  for (const size_t near = from + kNear; from < size; from += 16) {
    if (from >= near) return find_special_far(bytes, from, size);
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + from));
    const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(block, control), block);
    const __m128i any = _mm_or_si128(low, _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash)));
    const auto bits = static_cast<uint32_t>(_mm_movemask_epi8(any));
    if (bits == 0) continue;
    const size_t at = from + static_cast<size_t>(std::countr_zero(bits));
    return at < size ? at : size;
  }
  return size;
#else
  return find_special_far(bytes, from, size);
#endif
}

/// read_escape judges the sequence at the front of `bytes`, a backslash: its length; kNoEscape when it is none; kOpenEscape when
/// more
/// bytes are needed. A high surrogate takes the low one behind it along.
inline constexpr size_t kNoEscape = 0, kOpenEscape = SIZE_MAX;
size_t read_escape(ByteView bytes, bool lone_surrogates);

}  // namespace gatehouse::json
