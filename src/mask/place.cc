#include "mask/place.h"

#include <charconv>
#include <cstring>

#include "json/place.h"

namespace gatehouse::mask {
namespace {

static_assert(kPlaceMax == json::kPlaceMax);
constexpr ByteView kCut = "\xe2\x80\xa6";

/// Appends within kPlaceMax; false when something had to be left out.
struct Line {
  char* out;
  size_t length = 0;

  bool add(const char* bytes, size_t count) {
    const bool fits = count <= kPlaceMax - length;
    if (!fits) count = kPlaceMax - length;
    std::memcpy(out + length, bytes, count);
    length += count;
    return fits;
  }
};

}  // namespace

size_t write_place(const Place& place, char* out) {
  Line line{out};
  size_t number = 0;
  bool whole = true;
  for (ByteView rest = place.pattern; whole && !rest.empty();) {
    const size_t plain = rest.substr(0, rest.find(kNumber)).size();
    whole = line.add(rest.data(), plain);
    rest.remove_prefix(plain);
    if (rest.empty() || !whole) break;
    rest.remove_prefix(1);
    char digits[24];
    const char* const end = std::to_chars(digits, digits + sizeof digits, number < place.count ? place.numbers[number] : 0).ptr;
    ++number;
    whole = line.add(digits, static_cast<size_t>(end - digits));
  }
  if (whole) return line.length;
  size_t length = kPlaceMax - kCut.size();
  while (length > 0 && (static_cast<uint8_t>(out[length]) & 0xc0) == 0x80) --length;
  std::memcpy(out + length, kCut.data(), kCut.size());
  return length + kCut.size();
}

}  // namespace gatehouse::mask
