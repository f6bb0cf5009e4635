// The first of a few bytes in a run of them, several at a time.
#pragma once

#include <array>
#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/bytes.h"

namespace gatehouse::codec {

/// find_near returns the first position >= at that holds one of `sought`, or bytes.size(). Reads nothing outside of bytes. Best
/// where that is mostly a few bytes away.
template <size_t N>
inline size_t find_near(ByteView bytes, size_t at, const std::array<char, N>& sought) {
  static_assert(std::endian::native == std::endian::little);
  constexpr uint64_t kOnes = 0x0101010101010101;
  const char* from = bytes.data();
  for (; bytes.size() - at >= 8; at += 8) {
    uint64_t word;
    std::memcpy(&word, from + at, 8);
    uint64_t hits = 0;   // the lowest set bit is exact, those above it may not be
    for (const char c : sought) {
      const uint64_t differs = word ^ kOnes * static_cast<uint8_t>(c);
      hits |= (differs - kOnes) & ~differs & kOnes << 7;
    }
    if (hits != 0) return at + static_cast<size_t>(std::countr_zero(hits)) / 8;
  }
  for (; at < bytes.size(); ++at)
    for (const char c : sought)
      if (from[at] == c) return at;
  return at;
}

/// find_any is find_near where it is mostly far.
template <size_t N>
inline size_t find_any(ByteView bytes, size_t at, const std::array<char, N>& sought) {
#if defined(__SSE2__)
  for (; bytes.size() - at >= 16; at += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data() + at));
    __m128i any = _mm_setzero_si128();
    for (const char c : sought) any = _mm_or_si128(any, _mm_cmpeq_epi8(block, _mm_set1_epi8(c)));
    const auto hits = static_cast<uint32_t>(_mm_movemask_epi8(any));
    if (hits != 0) return at + static_cast<size_t>(std::countr_zero(hits));
  }
#endif
  return find_near(bytes, at, sought);
}

inline constexpr std::array<char, 2> kLineEnds{'\r', '\n'};

}  // namespace gatehouse::codec
