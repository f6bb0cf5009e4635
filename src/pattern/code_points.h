// Code points: strict UTF-8, and what each means for a normal form. Included by pattern/*.cc and tests only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"

namespace gatehouse::pattern {

/// CodePoint is one character; length 0: not UTF-8 (overlong, a surrogate, cut, beyond U+10FFFF).
struct CodePoint {
  uint32_t value = 0;
  uint32_t length = 0;
};

inline CodePoint code_point_at(ByteView text, size_t at) {
  const auto byte = [&](size_t i) { return at + i < text.size() ? static_cast<uint8_t>(text[at + i]) : uint8_t{0}; };
  const uint32_t first = byte(0);
  if (first < 0x80) return at < text.size() ? CodePoint{first, 1} : CodePoint{};
  const uint32_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return {};
  uint32_t value = first & (0xffu >> (length + 1));
  for (uint32_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3fu);
  }
  const uint32_t least = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000;
  if (value < least || value > 0x10ffff || (value & 0x1ff800) == 0xd800) return {};
  return {value, length};
}

/// Bits is one bit for each code point.
class Bits {
 public:
  bool has(uint32_t code_point) const { return (words_[code_point >> 6] >> (code_point & 63) & 1) != 0; }
  uint64_t word(size_t index) const { return words_[index]; }  // 64 code points
  void set(uint32_t code_point) { words_[code_point >> 6] |= uint64_t{1} << (code_point & 63); }

 private:
  std::unique_ptr<uint64_t[]> words_ = std::make_unique<uint64_t[]>(0x110000 / 64);
};

/// inert: whatever stands beside it, NFKC leaves it alone, and it is neither ignorable nor blank (NFKC_QC=Yes, ccc=0).
const Bits& inert();

/// Forms are the normal forms of single characters of the first plane that are not their own, of characters that do not change with
/// what is before them. Where nothing behind one changes with it either, that is what it becomes.
class Forms {
 public:
  Forms();
  /// of is empty for ignorable characters, and without data for all that are not known.
  ByteView of(uint32_t code_point) const {
    const uint32_t at = code_point < kPlane ? index_[code_point] : 0;
    return at == 0 ? ByteView() : ByteView(bytes_.data() + at + 1, static_cast<uint8_t>(bytes_[at]));   // the last may be empty
  }

 private:
  static constexpr uint32_t kPlane = 0x10000;
  std::unique_ptr<uint32_t[]> index_ = std::make_unique<uint32_t[]>(kPlane);   // where a form's length stands; 0: it has none
  std::string bytes_ = std::string(1, 0);
};
const Forms& forms();

/// The first byte from `at` on that is not ASCII; text.size() when there is none.
size_t first_not_ascii(ByteView text, size_t at);

/// first_not_inert returns where from `at` on the first character is that is not inert or not UTF-8; text.size() when
/// there is none.
size_t first_not_inert(ByteView text, size_t at);

bool ignorable(uint32_t code_point);
/// blank: white space beyond ASCII that NFKC leaves as it is: next line, Ogham's space, the separators of lines and paragraphs.
/// Normal forms have a space there, as readers do who split words by Unicode's White_Space.
constexpr bool blank(uint32_t code_point) {
  return code_point == 0x85 || code_point == 0x1680 || code_point == 0x2028 || code_point == 0x2029;
}
/// Nothing before it changes with it.
bool boundary_before(uint32_t code_point);
/// Canonical combining class of a character that NFKC at most reorders; 255 when it may change, is ignorable or blank.
uint8_t reorder_class(uint32_t code_point);

}  // namespace gatehouse::pattern
