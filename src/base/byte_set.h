// Sets of bytes, as one bit per byte value.
#pragma once

#include <array>

#include "base/bytes.h"

namespace gatehouse {

/// ByteSet is a constant set of byte values.
class ByteSet {
 public:
  constexpr explicit ByteSet(ByteView more) {
    for (const char c : more) add(static_cast<uint8_t>(c));
  }
  /// with_alphanumeric is the set and the letters and digits of ASCII.
  constexpr ByteSet with_alphanumeric() const {
    ByteSet set = *this;
    for (uint8_t c = 0; c < 128; ++c)
      if ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')) set.add(c);
    return set;
  }
  constexpr bool has(char c) const { return (words_[static_cast<uint8_t>(c) / 64] >> (static_cast<uint8_t>(c) % 64) & 1) != 0; }
  constexpr bool has_all(ByteView bytes) const {
    for (const char c : bytes)
      if (!has(c)) return false;
    return true;
  }

 private:
  constexpr void add(uint8_t c) { words_[c / 64] |= uint64_t{1} << (c % 64); }

  std::array<uint64_t, 4> words_{};
};

}  // namespace gatehouse
