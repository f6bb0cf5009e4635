#include "detect/calling_codes.h"

namespace gatehouse::detect {
namespace {

constexpr unsigned kLeast = 8, kMost = 15;  // of countries that are not listed

struct Length {
  unsigned code;
  uint8_t least, most;
};

constexpr Length kLengths[] = {
    {1, 11, 11},   {7, 11, 11},   {20, 10, 12},  {27, 11, 11},  {30, 12, 12},  {31, 11, 11},  {32, 10, 11},  {33, 11, 11},
    {34, 11, 11},  {36, 10, 11},  {39, 9, 13},   {40, 11, 11},  {41, 11, 11},  {43, 8, 14},   {44, 11, 12},  {45, 10, 10},
    {46, 9, 12},   {47, 10, 10},  {48, 11, 11},  {49, 8, 13},   {51, 10, 11},  {52, 12, 13},  {54, 12, 13},  {55, 12, 13},
    {56, 10, 11},  {57, 12, 12},  {58, 12, 12},  {60, 10, 12},  {61, 11, 11},  {62, 10, 13},  {63, 11, 12},  {64, 10, 12},
    {65, 10, 10},  {66, 10, 11},  {81, 11, 12},  {82, 10, 12},  {84, 11, 12},  {86, 12, 13},  {90, 12, 12},  {91, 12, 12},
    {92, 11, 12},  {94, 11, 11},  {98, 12, 12},  {212, 12, 12}, {234, 11, 13}, {254, 12, 12}, {351, 12, 12}, {352, 8, 12},
    {353, 10, 12}, {354, 10, 10}, {358, 8, 13},  {359, 10, 12}, {370, 11, 11}, {371, 11, 11}, {372, 10, 11}, {380, 12, 12},
    {385, 11, 12}, {386, 11, 11}, {420, 12, 12}, {421, 12, 12}, {423, 10, 10}, {852, 11, 11}, {886, 11, 12}, {966, 11, 12},
    {971, 11, 12}, {972, 11, 12},
};

/// Codes of two digits that are whole; those of three begin with the others.
constexpr bool is_two(unsigned code) {
  switch (code) {
    case 20: case 27: case 30: case 31: case 32: case 33: case 34: case 36: case 39: case 40: case 41: case 43: case 44: case 45:
    case 46: case 47: case 48: case 49: case 51: case 52: case 53: case 54: case 55: case 56: case 57: case 58: case 60: case 61:
    case 62: case 63: case 64: case 65: case 66: case 81: case 82: case 84: case 86: case 90: case 91: case 92: case 93: case 94:
    case 95: case 98: return true;
    default: return false;
  }
}

/// The first two digits of codes of three.
constexpr bool begins_three(unsigned two) {
  switch (two) {
    case 21: case 22: case 23: case 24: case 25: case 26: case 29: case 35: case 37: case 38: case 42: case 50: case 59: case 67:
    case 68: case 69: case 80: case 85: case 87: case 88: case 96: case 97: case 99: return true;
    default: return false;
  }
}

}  // namespace

CallingCode calling_code(const char* digits, size_t count) {
  if (count < 3) return {};
  const auto number = [&](size_t length) {
    unsigned value = 0;
    for (size_t i = 0; i < length; ++i) value = value * 10 + static_cast<unsigned>(digits[i] - '0');
    return value;
  };
  unsigned length = 0;
  if (digits[0] == '1' || digits[0] == '7') length = 1;
  else if (is_two(number(2))) length = 2;
  else if (begins_three(number(2))) length = 3;
  else return {};
  const unsigned code = number(length);
  for (const Length& known : kLengths)
    if (known.code == code) return {length, known.least, known.most};
  return {length, kLeast, kMost};
}

}  // namespace gatehouse::detect
