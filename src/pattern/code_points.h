// Code points: strict UTF-8, and what each means for a normal form. Included by pattern/*.cc and tests only.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"

namespace gatehouse::pattern {

/// CodePoint is one character; length 0: not UTF-8 (overlong, a surrogate, cut, beyond U+10FFFF).
struct CodePoint {
  uint32_t value = 0;
  uint32_t length = 0;
};

CodePoint code_point_at(ByteView text, size_t at);

/// Bits is one bit for each code point.
class Bits {
 public:
  bool has(uint32_t code_point) const { return (words_[code_point >> 6] >> (code_point & 63) & 1) != 0; }
  uint64_t word(size_t index) const { return words_[index]; }  // 64 code points
  void set(uint32_t code_point) { words_[code_point >> 6] |= uint64_t{1} << (code_point & 63); }

 private:
  std::unique_ptr<uint64_t[]> words_ = std::make_unique<uint64_t[]>(0x110000 / 64);
};

/// inert: whatever stands beside it, NFKC leaves it alone, and it is not ignorable (NFKC_QC=Yes, ccc=0).
const Bits& inert();

/// The first byte from `at` on that is not ASCII; text.size() when there is none.
size_t first_not_ascii(ByteView text, size_t at);

/// first_not_inert returns where from `at` on the first character is that is not inert or not UTF-8; text.size() when
/// there is none.
size_t first_not_inert(ByteView text, size_t at);

bool ignorable(uint32_t code_point);
/// Nothing before it changes with it.
bool boundary_before(uint32_t code_point);
/// Canonical combining class of a character that NFKC at most reorders; 255 when it may change or is ignorable.
uint8_t reorder_class(uint32_t code_point);

}  // namespace gatehouse::pattern
