#include "identity/plain_text.h"

#include <cstdint>

namespace gatehouse::identity {

namespace {

struct Range {
  uint32_t first, last;
};
constexpr Range kRefused[] = {
    {0x00, 0x1f},       {0x7f, 0x9f},       // controls
    {0x61c, 0x61c},     {0x200b, 0x200b},   // Arabic letter mark, zero-width space
    {0x200e, 0x200f},   {0x2028, 0x202e},   // marks, separators, embeddings and overrides
    {0x2060, 0x206f},   {0xfeff, 0xfeff},   // word joiner, isolates, byte order mark
    {0xe0000, 0xe007f},                     // tags
};

/// next_code_point reads one and moves on; the text is valid UTF-8, so no byte is missing.
uint32_t next_code_point(ByteView* text) {
  const auto byte = [text](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>((*text)[i])); };
  const uint32_t lead = byte(0);
  const size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (text->size() < length) {  // not UTF-8 after all: refuse
    text->remove_prefix(text->size());
    return 0;
  }
  uint32_t point = length == 1 ? lead : lead & (0x7fU >> length);
  for (size_t i = 1; i < length; ++i) point = point << 6 | (byte(i) & 0x3f);
  text->remove_prefix(length);
  return point;
}

}  // namespace

bool is_plain_text(ByteView text) {
  if (text.starts_with(' ') || text.ends_with(' ')) return false;
  while (!text.empty()) {
    const uint32_t point = next_code_point(&text);
    for (const Range& range : kRefused)
      if (point >= range.first && point <= range.last) return false;
  }
  return true;
}

}  // namespace gatehouse::identity
