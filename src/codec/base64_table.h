// The two alphabets of RFC 4648 and whole quads of them: what the strict text of tokens and the streams of bodies share.
#pragma once

#include <array>

#include "base/bytes.h"

namespace gatehouse::codec {

inline constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";      // section 4
inline constexpr char kBase64Url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";   // section 5

using Base64Values = std::array<uint8_t, 256>;
inline constexpr uint8_t kNotBase64 = 0xff;  // its high bits survive an OR with values

constexpr Base64Values base64_values(const char* alphabet) {
  Base64Values values{};
  values.fill(kNotBase64);
  for (uint8_t i = 0; i < 64; ++i) values[static_cast<uint8_t>(alphabet[i])] = i;
  return values;
}
inline constexpr Base64Values kBase64Values = base64_values(kBase64);
inline constexpr Base64Values kBase64UrlValues = base64_values(kBase64Url);

/// decode_quads writes three bytes for each four characters from `in` to `last`; returns every value OR-ed: above 63 when one
/// was not of the alphabet.
inline uint32_t decode_quads(const Base64Values& values, const char* in, const char* last, char* to) {
  const auto value_of = [&](char c) -> uint32_t { return values[static_cast<uint8_t>(c)]; };
  uint32_t seen = 0;
  for (; in != last; in += 4, to += 3) {
    const uint32_t a = value_of(in[0]), b = value_of(in[1]), c = value_of(in[2]), d = value_of(in[3]);
    seen |= a | b | c | d;
    const uint32_t bits = a << 18 | b << 12 | c << 6 | d;
    to[0] = static_cast<char>(bits >> 16);
    to[1] = static_cast<char>(bits >> 8);
    to[2] = static_cast<char>(bits);
  }
  return seen;
}

/// encode_quads writes four characters for each three bytes from `in` to `last`.
inline void encode_quads(const char* alphabet, const char* in, const char* last, char* to) {
  for (; in != last; in += 3, to += 4) {
    const uint32_t a = static_cast<uint8_t>(in[0]), b = static_cast<uint8_t>(in[1]), c = static_cast<uint8_t>(in[2]);
    const uint32_t bits = a << 16 | b << 8 | c;
    to[0] = alphabet[bits >> 18];
    to[1] = alphabet[bits >> 12 & 63];
    to[2] = alphabet[bits >> 6 & 63];
    to[3] = alphabet[bits & 63];
  }
}

}  // namespace gatehouse::codec
