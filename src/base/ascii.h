// Where the words of a text begin and end, for values that are made of ASCII.
#pragma once

#include "base/letters.h"

namespace gatehouse {

constexpr bool is_hex(char c) { return is_digit(c) || is_hex_letter(c); }
constexpr bool is_word(char c) { return is_digit(c) || is_ascii_letter(c) || c == '_'; }
constexpr bool is_base64url(char c) { return is_word(c) || c == '-'; }
constexpr bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr bool one_of(char c, ByteView set) {
  bool is = false;
  for (const char one : set) is |= one == c;
  return is;
}
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

/// escaped_at: text[at] is the letter of \n, \r or \t written as two characters (a text within a text).
inline bool escaped_at(ByteView text, size_t at) {
  return at > 0 && text[at - 1] == '\\' && (text[at] == 'n' || text[at] == 'r' || text[at] == 't');
}

/// begins_word: no letter, digit or '_' stands right before text[at].
inline bool begins_word(ByteView text, size_t at) {
  if (at == 0 || escaped_at(text, at - 1)) return true;
  return !is_word(text[at - 1]) && letter_before(text, at) == 0;
}

/// ends_word: no letter, digit or '_' stands at text[at].
inline bool ends_word(ByteView text, size_t at) {
  return at == text.size() || (!is_word(text[at]) && letter_at(text, at) == 0);
}

/// starts_at: text[at] begins with `what`; caseless when `what` is given in lower case and caseless is set.
inline bool starts_at(ByteView text, size_t at, ByteView what, bool caseless = false) {
  if (text.size() - at < what.size()) return false;
  for (size_t i = 0; i < what.size(); ++i)
    if ((caseless ? lower(text[at + i]) : text[at + i]) != what[i]) return false;
  return true;
}

/// same_word compares with a word in lower case, caselessly.
inline bool same_word(ByteView text, ByteView word) { return text.size() == word.size() && starts_at(text, 0, word, true); }

}  // namespace gatehouse
