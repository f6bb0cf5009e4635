// A quick look at words: most begin like none of a list. Included by detect/*.cc only.
#pragma once

#include "base/bytes.h"

namespace gatehouse::detect {

/// Prefixes holds what the words of some lists begin with, three letters of either case; of shorter words all that they
/// may go on with. It may answer yes too often, never too seldom.
class Prefixes {
 public:
  constexpr void add(ByteView word) {
    if (word.size() > 2) return set(slot(word[0], word[1], word[2]));
    for (unsigned last = 0; last < 32; ++last) set(slot(word[0], word[1], static_cast<char>(last)));
  }
  template <size_t count>
  constexpr void add(const ByteView (&words)[count]) {
    for (const ByteView word : words) add(word);
  }

  /// has: some word may begin so; `text` has two characters or more.
  bool has(ByteView text) const {
    const unsigned at = slot(text[0], text[1], text.size() > 2 ? text[2] : '\0');
    return (bits_[at / 64] >> at % 64 & 1) != 0;
  }
  bool anywhere(ByteView text) const {
    for (; text.size() > 1; text.remove_prefix(1))
      if (has(text)) return true;
    return false;
  }

 private:
  static constexpr unsigned slot(char a, char b, char c) {
    return (static_cast<unsigned>(a) & 31) << 10 | (static_cast<unsigned>(b) & 31) << 5 | (static_cast<unsigned>(c) & 31);
  }
  constexpr void set(unsigned at) { bits_[at / 64] |= uint64_t{1} << at % 64; }

  uint64_t bits_[32 * 32 * 32 / 64] = {};
};

}  // namespace gatehouse::detect
