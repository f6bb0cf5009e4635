// A quick look at words: most end like none of a list. Included by mask/*.cc only.
#pragma once

#include "base/bytes.h"

namespace gatehouse::mask {

/// Ends holds what the words of some lists end with, two letters of either case; what ends otherwise than with two letters of ASCII
/// is taken for any of them. It may answer yes too often, never too seldom.
class Ends {
 public:
  constexpr void add(ByteView word) { set(slot(word[word.size() - 2], word[word.size() - 1])); }
  template <size_t count>
  constexpr void add(const ByteView (&words)[count]) {
    for (const ByteView word : words) add(word);
  }

  bool has(char last_but_one, char last) const {
    if (!is_letter(last_but_one) || !is_letter(last)) return true;
    const unsigned at = slot(last_but_one, last);
    return (bits_[at / 64] >> at % 64 & 1) != 0;
  }

 private:
  static constexpr bool is_letter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }
  static constexpr unsigned slot(char a, char b) { return (static_cast<unsigned>(a) & 31) << 5 | (static_cast<unsigned>(b) & 31); }
  constexpr void set(unsigned at) { bits_[at / 64] |= uint64_t{1} << at % 64; }

  uint64_t bits_[32 * 32 / 64] = {};
};

/// kSecretEnds is what the names end with that secret_name() knows, but for digits and joints (secret_name.cc).
extern const Ends kSecretEnds;

}  // namespace gatehouse::mask
