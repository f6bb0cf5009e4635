#include "json/number.h"

#include <cstring>

namespace gatehouse::json {
namespace {

bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

/// True when eight bytes are digits: all are 0x30 to 0x3f, and still are with six added.
bool eight_digits(const char* at) {
  constexpr uint64_t kHigh = 0xf0f0f0f0f0f0f0f0u, kZeros = 0x3030303030303030u, kSixes = 0x0606060606060606u;
  uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return ((word & kHigh) ^ kZeros) == 0 && (((word + kSixes) & kHigh) ^ kZeros) == 0;
}

const char* skip_digits(const char* at, const char* end) {
  while (end - at >= 8 && eight_digits(at)) at += 8;
  while (at != end && is_digit(*at)) ++at;
  return at;
}

}  // namespace

NumberShape read_number(ByteView token) {
  NumberShape shape;
  const char* at = token.data();
  const char* const end = at + token.size();
  if (at != end && *at == '-') ++at;
  if (at == end || !is_digit(*at)) return shape;
  const char* const first = at;
  at = skip_digits(at, end);
  if (*first == '0' && at != first + 1) return shape;  // no leading zeros
  if (at != end && *at == '.') {
    const char* const digits = ++at;
    at = skip_digits(at, end);
    if (at == digits) return shape;
    shape.fraction = true;
  }
  if (at != end && (*at == 'e' || *at == 'E')) {
    ++at;
    if (at != end && (*at == '+' || *at == '-')) ++at;
    const char* const digits = at;
    at = skip_digits(at, end);
    if (at == digits) return shape;
    shape.exponent = true;
  }
  shape.valid = at == end;
  return shape;
}

}  // namespace gatehouse::json
