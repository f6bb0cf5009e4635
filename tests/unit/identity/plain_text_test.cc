#include "identity/plain_text.h"

#include <gtest/gtest.h>

#include <string>

namespace gatehouse::identity {
namespace {

std::string utf8(uint32_t point) {
  const auto byte = [](uint32_t value) { return static_cast<char>(value); };
  if (point < 0x80) return {byte(point)};
  if (point < 0x800) return {byte(0xc0 | point >> 6), byte(0x80 | (point & 63))};
  if (point < 0x10000)
    return {byte(0xe0 | point >> 12), byte(0x80 | (point >> 6 & 63)), byte(0x80 | (point & 63))};
  return {byte(0xf0 | point >> 18), byte(0x80 | (point >> 12 & 63)), byte(0x80 | (point >> 6 & 63)),
          byte(0x80 | (point & 63))};
}

TEST(PlainText, ExactlyTheseAreRefused) {
  const auto refused = [](uint32_t p) {
    return p < 0x20 || (p >= 0x7f && p < 0xa0) || p == 0x61c || p == 0x200b || p == 0x200e || p == 0x200f ||
           (p >= 0x2028 && p <= 0x202e) || (p >= 0x2060 && p <= 0x206f) || p == 0xfeff ||
           (p >= 0xe0000 && p <= 0xe007f);
  };
  for (uint32_t point = 0; point <= 0x10ffff; ++point) {
    if (point >= 0xd800 && point < 0xe000) continue;  // not in UTF-8
    ASSERT_EQ(is_plain_text("a" + utf8(point) + "b"), !refused(point)) << std::hex << point;
  }
}

TEST(PlainText, SpacesOnlyInside) {
  EXPECT_TRUE(is_plain_text("a b"));
  EXPECT_TRUE(is_plain_text(""));
  for (const char* text : {" ", " a", "a "}) EXPECT_FALSE(is_plain_text(text)) << text;
}

TEST(PlainText, TextCutShortIsRefused) {
  for (const char* text : {"\xc3", "a\xe6\x97", "\xf0\x9f\x8f"}) EXPECT_FALSE(is_plain_text(text));
}

}  // namespace
}  // namespace gatehouse::identity
