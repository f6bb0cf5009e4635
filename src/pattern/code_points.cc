#include "pattern/code_points.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>

#include <bit>
#include <cstring>

#include "base/assert.h"

namespace gatehouse::pattern {
namespace {

const UNormalizer2* nfkc() {
  UErrorCode error = U_ZERO_ERROR;
  const UNormalizer2* form = unorm2_getNFKCInstance(&error);
  GH_ASSERT(U_SUCCESS(error));  // its data is linked in
  return form;
}

Bits make_inert() {
  Bits bits;
  for (uint32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0x40000 && c < 0xe0000) c = 0xe0000;       // unassigned planes: not worth a look, so not inert
    if (c == 0xe1000) c = 0xf0000;                      // the rest of plane 14 likewise
    if ((c & 0x1ff800) == 0xd800) continue;             // surrogates
    if (c < 0x80 || c >= 0xf0000 || reorder_class(c) == 0) bits.set(c);
  }
  return bits;
}

constexpr uint64_t kHigh = 0x8080808080808080;

uint64_t load(const char* bytes) {
  uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

}  // namespace

size_t first_not_ascii(ByteView text, size_t at) {
  const char* bytes = text.data();
  for (; text.size() - at >= 64; at += 64) {
    uint64_t all = 0;
    for (size_t i = 0; i < 64; i += 8) all |= load(bytes + at + i);
    if ((all & kHigh) != 0) break;
  }
  for (; text.size() - at >= 8; at += 8)
    if (const uint64_t high = load(bytes + at) & kHigh; high != 0)
      return at + static_cast<size_t>(std::countr_zero(high)) / 8;
  while (at < text.size() && static_cast<uint8_t>(bytes[at]) < 0x80) ++at;
  return at;
}

CodePoint code_point_at(ByteView text, size_t at) {
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

bool ignorable(uint32_t code_point) {
  return u_hasBinaryProperty(static_cast<UChar32>(code_point), UCHAR_DEFAULT_IGNORABLE_CODE_POINT) != 0;
}

bool boundary_before(uint32_t code_point) {
  return unorm2_hasBoundaryBefore(nfkc(), static_cast<UChar32>(code_point)) != 0;
}

uint8_t reorder_class(uint32_t code_point) {
  const auto c = static_cast<UChar32>(code_point);
  if (ignorable(code_point) || u_getIntPropertyValue(c, UCHAR_NFKC_QUICK_CHECK) != UNORM_YES) return 255;
  return u_getCombiningClass(c);
}

const Bits& inert() {
  static const Bits bits = make_inert();
  return bits;
}

size_t first_not_inert(ByteView text, size_t at) {
  const Bits& bits = inert();
  const size_t size = text.size();
  const uint8_t* bytes = u8(text.data());
  while (at < size) {
    const uint32_t first = bytes[at];
    if (first < 0x80) {
      at = first_not_ascii(text, at);
      continue;
    }
    const auto next = [&](size_t i) { return uint32_t{bytes[at + i]}; };
    // One word of bits is what one last byte can choose from. Words of overlong forms are left to the strict reader;
    // surrogates have no bit.
    if (first >= 0xe0 && first < 0xf0 && size - at >= 3) {
      const uint32_t word = (first & 15) << 6 | (next(1) & 63);
      if (((next(1) & next(2)) & 0xc0) != 0x80 || ((next(1) | next(2)) & 0x40) != 0 || word < 0x800 / 64) return at;
      if ((bits.word(word) >> (next(2) & 63) & 1) == 0) return at;
      at += 3;
    } else if (first >= 0xc2 && first < 0xe0 && size - at >= 2) {
      if ((next(1) & 0xc0) != 0x80 || (bits.word(first & 31) >> (next(1) & 63) & 1) == 0) return at;
      at += 2;
    } else {
      const CodePoint point = code_point_at(text, at);
      if (point.length == 0 || !bits.has(point.value)) return at;
      at += point.length;
    }
  }
  return size;
}

}  // namespace gatehouse::pattern
