#include "codec/base64url.h"

#include "base/assert.h"
#include "codec/base64_table.h"

namespace gatehouse::codec {

namespace {

uint32_t value_of(char c) { return kBase64UrlValues[static_cast<uint8_t>(c)]; }

}  // namespace

std::optional<size_t> decode_base64url(ByteView text, ByteSpan out) {
  GH_ASSERT(out.size() >= base64url_decoded_bytes(text.size()));
  const size_t tail = text.size() % 4;
  if (tail == 1) return std::nullopt;
  const char* in = text.data();
  char* to = out.data();
  const char* last = in + (text.size() - tail);
  uint32_t seen = decode_quads(kBase64UrlValues, in, last, to);
  to += (last - in) / 4 * 3;
  in = last;
  if (tail != 0) {
    const uint32_t a = value_of(in[0]), b = value_of(in[1]), c = tail == 3 ? value_of(in[2]) : 0;
    seen |= a | b | c;
    const uint32_t left_over = tail == 3 ? c & 0x03 : b & 0x0f;
    if (left_over != 0) return std::nullopt;
    *to++ = static_cast<char>(a << 2 | b >> 4);
    if (tail == 3) *to++ = static_cast<char>(b << 4 | c >> 2);
  }
  if (seen > 63) return std::nullopt;
  return static_cast<size_t>(to - out.data());
}

std::optional<std::string> decode_base64url(ByteView text) {
  std::string bytes(base64url_decoded_bytes(text.size()), '\0');
  const auto size = decode_base64url(text, bytes);
  if (!size) return std::nullopt;
  bytes.resize(*size);
  return bytes;
}

std::string encode_base64url(ByteView bytes) {
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  uint32_t bits = 0;
  int held = 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<uint8_t>(byte);
    for (held += 8; held >= 6; held -= 6) text.push_back(kBase64Url[bits >> (held - 6) & 63]);
  }
  if (held > 0) text.push_back(kBase64Url[bits << (6 - held) & 63]);
  return text;
}

}  // namespace gatehouse::codec
