// A quick look at words: most end like none of a list.
#pragma once

#include "base/bytes.h"

namespace gatehouse::detect {

/// Ends holds what the words of some lists end with, three letters of either case or four; what ends otherwise than with letters of
/// ASCII is taken for any of them. It may answer yes too often, never too seldom.
class Ends {
 public:
  constexpr void add(ByteView word) {
    uint32_t& befores = befores_[slot(word[word.size() - 2], word[word.size() - 1])];
    befores |= word.size() == 2 ? ~uint32_t{0} : is_letter(word[word.size() - 3]) ? bit(word[word.size() - 3]) : ~kAlone;
    add_fourth(word);
  }
  template <size_t count>
  constexpr void add(const ByteView (&words)[count]) {
    for (const ByteView word : words) add(word);
  }
  constexpr void add(const Ends& others) {
    for (size_t i = 0; i < kSlots; ++i) befores_[i] |= others.befores_[i];
    for (size_t i = 0; i < kSlots; ++i) fourths_[i] |= others.fourths_[i];
  }

  /// has is asked for the last letter, and those before it; of a word of two, a quote, '<' or '/' before it says that.
  bool has(char before, char last_but_one, char last) const {
    if (!is_letter(last_but_one) || !is_letter(last)) return true;
    const uint32_t befores = befores_[slot(last_but_one, last)];
    return (befores & (is_letter(before) ? bit(before) : stands_before(before) ? kAlone : ~uint32_t{0})) != 0;
  }
  /// The same with one more letter, `fourth` from the end: class= ends like pass=.
  bool has(char fourth, char before, char last_but_one, char last) const {
    if (!has(before, last_but_one, last)) return false;
    if (!is_letter(fourth) || !is_letter(before) || !is_letter(last_but_one) || !is_letter(last)) return true;
    return (fourths_[slot(before, last_but_one, last)] & bit(fourth)) != 0;
  }

 private:
  static constexpr size_t kSlots = 32 * 32;
  static constexpr uint32_t kAlone = 1;   // a word of two letters
  static constexpr bool is_letter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }
  static constexpr bool stands_before(char c) { return c == '"' || c == '\'' || c == '<' || c == '/'; }
  static constexpr unsigned slot(char a, char b) { return (static_cast<unsigned>(a) & 31) << 5 | (static_cast<unsigned>(b) & 31); }
  static constexpr unsigned slot(char a, char b, char c) {   // of 1,024: some share one
    return ((static_cast<unsigned>(a) & 31) << 10 | slot(b, c)) * 2654435761u >> 22;
  }
  static constexpr uint32_t bit(char c) { return uint32_t{1} << (static_cast<unsigned>(c) & 31); }

  constexpr void add_fourth(ByteView word) {
    const char last_but_one = word[word.size() - 2], last = word[word.size() - 1];
    if (word.size() > 2 && is_letter(word[word.size() - 3])) {
      const bool known = word.size() > 3 && is_letter(word[word.size() - 4]);
      fourths_[slot(word[word.size() - 3], last_but_one, last)] |= known ? bit(word[word.size() - 4]) : ~uint32_t{0};
      return;
    }
    for (char before = 'a'; before <= 'z'; ++before) fourths_[slot(before, last_but_one, last)] = ~uint32_t{0};
  }

  uint32_t befores_[kSlots] = {};   // by the last two letters: which stand before them
  uint32_t fourths_[kSlots] = {};   // by the last three: which stand before them
};

/// kSecretEnds is what the names end with that secret_name() knows, but for digits and joints (secret_name.cc).
extern const Ends kSecretEnds;

}  // namespace gatehouse::detect
