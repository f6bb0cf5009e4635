// The first of a few bytes in a run of them, eight at a time.
#pragma once

#include <array>
#include <bit>
#include <cstring>

#include "base/bytes.h"

namespace gatehouse::codec {

/// find_any returns the first position >= at that holds one of `sought`, or bytes.size(). Reads nothing outside of bytes.
template <size_t N>
inline size_t find_any(ByteView bytes, size_t at, const std::array<char, N>& sought) {
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

inline constexpr std::array<char, 2> kLineEnds{'\r', '\n'};

}  // namespace gatehouse::codec
