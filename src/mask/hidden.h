// Characters that hide a value from who compares bytes, not from who reads: those that show nothing, wide forms of ASCII, and the
// escapes of links (RFC 3986 section 2.1).
// Included by mask/*.cc only.
#pragma once

#include "base/bytes.h"

namespace gatehouse::mask {

/// see_hidden returns how many bytes the character has that the text begins with, when it is one of these; else 0. *shown
/// (3 bytes) is what it stands for, of *length bytes: nothing (soft hyphen, zero width, direction marks, a byte order mark), or a
/// letter, digit or one of "@.-+_" written wide (U+FF21 and so on), or '@', ' ' or one of ".-+/:=" written "%40" and so on (in a
/// link within a link "%2540"), or any character but a surrogate that is written \u0040, as JSON in a text is. rest[0] must be
/// there. An escape that is cut is none.
size_t see_hidden(ByteView rest, char* shown, size_t* length);

/// hidden_at returns where the first of them stands in text[from, ..), but for \u0040; the text's size when none does. ASCII costs
/// a look at 64 bytes at a time, or at 16.
size_t hidden_at(ByteView text, size_t from);
/// escaped_from is the same for \u0040.
size_t escaped_from(ByteView text, size_t from);

/// names_hidden tells of the four digits of a \u escape whether it may stand for one.
inline bool names_hidden(const char* digits) {
  const char first = digits[0], second = digits[1];
  if (first == '0') return second == '0' && (digits[2] | 0x20) == 'a' && (digits[3] | 0x20) == 'd';
  if (first == '2') return second == '0';
  return (first | 0x20) == 'f' && ((second | 0x20) == 'f' || (second | 0x20) == 'e');
}

}  // namespace gatehouse::mask
