// What may stand right before and behind a number that is no part of something longer.
#pragma once

#include "base/letters.h"

namespace gatehouse::detect {

/// word_names: a word that stands right at a number names it ("VISA4111…"), or makes it part of something else such as a
/// hash ("a4111…"). Letters of which one is no hexadecimal digit, with no digit beyond, are a word.
inline bool word_names(ByteView text, size_t at, bool leftwards) {
  bool plain = false;
  for (size_t steps = 0; steps < 16; ++steps) {
    if (leftwards ? at == 0 : at == text.size()) return plain;
    const char c = leftwards ? text[at - 1] : text[at];
    if (is_digit(c)) return false;
    if (!is_ascii_letter(c)) return plain;
    plain = plain || !is_hex_letter(c);
    leftwards ? --at : ++at;
  }
  return false;
}

/// emphasised_left: the underscores right before text[begin] are emphasis, three at most, and no part of a name; emphasised_right
/// is the same for those at text[end].
bool emphasised_left(ByteView text, size_t begin);
bool emphasised_right(ByteView text, size_t end);

/// alone_left: no letter or digit stands right before text[begin], and no sign that ties it to one.
inline bool alone_left(ByteView text, size_t begin) {
  if (begin == 0) return true;
  const char c = text[begin - 1], before = begin > 1 ? text[begin - 2] : ' ';
  if ((c == 'n' || c == 'r' || c == 't') && before == '\\') return true;  // a text within a text
  if (is_digit(c) || letter_before(text, begin) != 0) return false;
  if (c == '_') return emphasised_left(text, begin);
  if (c != '-' && c != '.' && c != '/' && c != ':' && c != '#') return true;
  if (c == ':') return !is_digit(before);
  return c == '-' ? before == ' ' || before == '\n' : c == '.' ? is_ascii_letter(before) || before == ' ' || before == '.' : false;
}

/// alone_right is the same for what stands behind text[end - 1].
inline bool alone_right(ByteView text, size_t end) {
  if (end >= text.size()) return true;
  const char c = text[end];
  if (is_digit(c) || c == '%' || letter_at(text, end) != 0) return false;
  if (c == '_') return emphasised_right(text, end);
  if (c != '-' && c != '.' && c != '/' && c != ':') return true;
  const char next = end + 1 < text.size() ? text[end + 1] : ' ';
  return !(is_digit(next) || is_ascii_letter(next));
}

}  // namespace gatehouse::detect
