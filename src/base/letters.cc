#include "base/letters.h"

namespace gatehouse {
namespace {

uint8_t byte(ByteView text, size_t at) { return at < text.size() ? static_cast<uint8_t>(text[at]) : 0; }

}  // namespace

size_t wide_letter_at(ByteView text, size_t at) {
  const uint8_t lead = byte(text, at), next = byte(text, at + 1);
  if (lead < 0x80) return is_ascii_letter(static_cast<char>(lead)) ? 1 : 0;
  if (lead >= 0xc3 && lead <= 0xdf) return lead == 0xc3 && (next == 0x97 || next == 0xb7) ? 0 : 2;  // × ÷
  return lead == 0xe1 && next >= 0xb8 && next <= 0xbb ? 3 : 0;
}

size_t wide_separator_at(ByteView text, size_t at, char* kind) {
  const uint8_t a = byte(text, at), b = byte(text, at + 1), c = byte(text, at + 2);
  *kind = ' ';
  if (a == ' ') return 1;
  if (a == 0xc2 && b == 0xa0) return 2;                             // no-break space
  if (a == 0xe2 && b == 0x80 && ((c >= 0x80 && c <= 0x8b) || c == 0xaf)) return 3;  // U+2000 to U+200B, U+202F
  *kind = '-';
  if (a == '-') return 1;
  if (a == 0xc2 && b == 0xad) return 2;                             // soft hyphen
  if (a == 0xe2 && b == 0x80 && c >= 0x90 && c <= 0x95) return 3;   // hyphens and dashes, U+2010 to U+2015
  return a == 0xe2 && b == 0x88 && c == 0x92 ? 3 : 0;               // minus, U+2212
}

size_t wide_separator_before(ByteView text, size_t end, char* kind) {
  for (size_t length = 1; length <= 3 && length <= end; ++length)
    if (separator_at(text, end - length, kind) == length) return length;
  return 0;
}

size_t wide_letter_before(ByteView text, size_t end) {
  for (size_t length = 1; length <= 3 && length <= end; ++length)
    if (letter_at(text, end - length) == length) return length;
  return 0;
}

}  // namespace gatehouse
