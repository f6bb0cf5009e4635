#include "mask/letters.h"

namespace gatehouse::mask {
namespace {

uint8_t byte(ByteView text, size_t at) { return at < text.size() ? static_cast<uint8_t>(text[at]) : 0; }

}  // namespace

size_t letter_at(ByteView text, size_t at) {
  const uint8_t lead = byte(text, at), next = byte(text, at + 1);
  if (lead < 0x80) return is_ascii_letter(static_cast<char>(lead)) ? 1 : 0;
  if (lead >= 0xc3 && lead <= 0xdf) return lead == 0xc3 && (next == 0x97 || next == 0xb7) ? 0 : 2;  // × ÷
  return lead == 0xe1 && next >= 0xb8 && next <= 0xbb ? 3 : 0;
}

size_t letter_before(ByteView text, size_t end) {
  for (size_t length = 1; length <= 3 && length <= end; ++length)
    if (letter_at(text, end - length) == length) return length;
  return 0;
}

}  // namespace gatehouse::mask
