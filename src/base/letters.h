// Which characters belong to a word: ASCII, and the scripts that set words apart by spaces.
#pragma once

#include "base/bytes.h"

namespace gatehouse {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_ascii_letter(char c) { return static_cast<unsigned char>((c | 0x20) - 'a') < 26; }
constexpr bool is_hex_letter(char c) { return static_cast<unsigned char>((c | 0x20) - 'a') < 6; }

/// letter_at returns the length in bytes of the letter that begins at text[at], 0 when there is none:
/// ASCII letters; U+00C0 to U+07FF less the two signs (Latin, Greek, Cyrillic, Hebrew, Arabic …);
/// U+1E00 to U+1EFF. Scripts written without spaces (Han, Kana, Thai) are left out on purpose: there an
/// address stands in the middle of a sentence, and the sentence is not part of it. Text is UTF-8.
size_t wide_letter_at(ByteView text, size_t at);
inline size_t letter_at(ByteView text, size_t at) {
  if (at >= text.size()) return 0;
  return static_cast<uint8_t>(text[at]) < 0x80 ? is_ascii_letter(text[at]) : wide_letter_at(text, at);
}

/// separator_at returns the length of the character at text[at] that people put between the digits of a
/// number, 0 when it is none; *kind is ' ' for a space of any width, '-' for a hyphen or dash of any length.
size_t wide_separator_at(ByteView text, size_t at, char* kind);
inline size_t separator_at(ByteView text, size_t at, char* kind) {
  if (at >= text.size()) return 0;
  *kind = text[at];
  return static_cast<uint8_t>(text[at]) < 0x80 ? *kind == ' ' || *kind == '-' : wide_separator_at(text, at, kind);
}

/// separator_before is separator_at for the character that ends before text[end].
size_t wide_separator_before(ByteView text, size_t end, char* kind);
inline size_t separator_before(ByteView text, size_t end, char* kind) {
  if (end == 0) return 0;
  *kind = text[end - 1];
  return static_cast<uint8_t>(*kind) < 0x80 ? *kind == ' ' || *kind == '-' : wide_separator_before(text, end, kind);
}

/// letter_before is letter_at for the letter that ends before text[end].
size_t wide_letter_before(ByteView text, size_t end);
inline size_t letter_before(ByteView text, size_t end) {
  if (end == 0) return 0;
  return static_cast<uint8_t>(text[end - 1]) < 0x80 ? is_ascii_letter(text[end - 1]) : wide_letter_before(text, end);
}

}  // namespace gatehouse
