#include "detect/custom.h"

#include "base/ascii.h"

namespace gatehouse::detect {
namespace {

bool luhn(ByteView value) {
  unsigned sum = 0, count = 0;
  for (size_t i = value.size(); i-- > 0;) {
    if (!is_digit(value[i])) continue;
    const auto digit = static_cast<unsigned>(value[i] - '0');
    sum += count++ % 2 == 0 ? digit : digit < 5 ? digit * 2 : digit * 2 - 9;
  }
  return count > 1 && sum % 10 == 0;
}

/// The remainder of the letters and digits of a text as one number.
unsigned push97(unsigned remainder, char c) {
  if (is_digit(c)) return (remainder * 10 + static_cast<unsigned>(c - '0')) % 97;
  return is_ascii_letter(c) ? (remainder * 100 + static_cast<unsigned>(lower(c) - 'a') + 10) % 97 : remainder;
}

bool mod97(ByteView value) {
  unsigned plain = 0, moved = 0, count = 0;
  for (const char c : value) {
    plain = push97(plain, c);
    if (!is_digit(c) && !is_ascii_letter(c)) continue;
    if (++count > 4) moved = push97(moved, c);
  }
  count = 0;
  for (size_t i = 0; i < value.size() && count < 4; ++i) {
    moved = push97(moved, value[i]);
    if (is_digit(value[i]) || is_ascii_letter(value[i])) ++count;
  }
  return plain == 1 || (count == 4 && moved == 1);
}

bool mod11(ByteView value) {
  unsigned sum = 0, weight = 0;
  for (size_t i = value.size(); i-- > 0;) {
    if (is_digit(value[i])) sum += ++weight * static_cast<unsigned>(value[i] - '0');
    else if (lower(value[i]) == 'x' && weight == 0) sum += ++weight * 10;
    sum %= 11;
  }
  return weight > 1 && sum == 0;
}

constexpr ByteView kNames[] = {"none", "luhn", "mod97", "mod11"};

}  // namespace

bool checksum_from_name(ByteView name, Checksum* out) {
  for (size_t code = 0; code < sizeof kNames / sizeof kNames[0]; ++code) {
    if (name != kNames[code]) continue;
    *out = static_cast<Checksum>(code);
    return true;
  }
  return false;
}

bool checksum_holds(Checksum checksum, ByteView value) {
  switch (checksum) {
    case Checksum::none: return true;
    case Checksum::luhn: return luhn(value);
    case Checksum::mod97: return mod97(value);
    case Checksum::mod11: return mod11(value);
  }
  return false;
}

}  // namespace gatehouse::detect
