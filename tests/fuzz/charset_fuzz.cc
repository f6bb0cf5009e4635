// What a Transcoder lets through is UTF-8, says what the body said, and is the same whole and in any split. Input: two bytes that choose
// (what is declared, pieces), then the body.
#include <optional>
#include <string>

#include "base/assert.h"
#include "codec/charset.h"
#include "tests/fuzz/plant.h"

using namespace gatehouse;

namespace {

codec::Declared declared_by(uint8_t byte) {
  codec::Declared declared;
  if (byte % 9 != 8) declared.charset = static_cast<codec::Charset>(byte % 9);
  declared.json = (byte / 9) % 2 == 1;
  declared.keep_bom = (byte / 18) % 2 == 1;
  return declared;
}

std::optional<std::string> in_pieces(ByteView body, const codec::Declared& declared, size_t size, codec::Status* status, codec::Charset* charset) {
  codec::Transcoder transcoder;
  transcoder.start(declared);
  char block[codec::kTranscoderRoom + 16];
  const ByteSpan room{block, codec::kTranscoderRoom + size % 16};
  std::string out;
  while (!body.empty()) {
    ByteView piece = body.substr(0, size);
    body.remove_prefix(piece.size());
    while (!piece.empty()) {
      const codec::Progress progress = transcoder.step(piece, room);
      *status = progress.status;
      if (progress.status != codec::Status::ok) return std::nullopt;
      GH_ASSERT(progress.consumed + progress.produced > 0);
      out.append(block, progress.produced);
      piece.remove_prefix(progress.consumed);
    }
  }
  do {
    const codec::Progress progress = transcoder.finish(room);
    *status = progress.status;
    out.append(block, progress.produced);
  } while (*status == codec::Status::ok);
  *charset = transcoder.charset();
  if (*status != codec::Status::done) return std::nullopt;
  return out;
}

/// back writes UTF-8 (valid) in another charset: a body has one reading, so it gives the body again.
std::string back(codec::Charset charset, ByteView text) {
  std::string out;
  const auto unit = [&](uint32_t value, int bytes, bool little) {
    for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> 8 * (little ? i : bytes - 1 - i)));
  };
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<uint8_t>(text[i]);
    const size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    uint32_t code = size == 1 ? lead : lead & (0x7fU >> size);
    for (size_t k = 1; k < size; ++k) code = code << 6 | (static_cast<uint8_t>(text[i + k]) & 0x3fU);
    i += size;
    const bool little = charset == codec::Charset::utf16le || charset == codec::Charset::utf32le;
    if (charset == codec::Charset::utf32le || charset == codec::Charset::utf32be) unit(code, 4, little);
    else if (code < 0x10000) unit(code, 2, little);
    else {
      unit(0xd800 + ((code - 0x10000) >> 10), 2, little);
      unit(0xdc00 + ((code - 0x10000) & 0x3ff), 2, little);
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const codec::Declared declared = declared_by(data[0]);
  const ByteView body(reinterpret_cast<const char*>(data) + 2, size - 2);
  Room<char> out;
  const codec::Status whole = codec::transcode_whole(body, declared, out);
  const ByteView text{out.data(), out.size()};
  codec::Status status{};
  codec::Charset charset{};
  auto pieces = in_pieces(body, declared, 1 + data[1], &status, &charset);
  PLANT(if (pieces && charset == codec::Charset::utf16be && pieces->size() == 6) pieces->back() = '?');
  GH_ASSERT(status == whole);
  if (whole != codec::Status::done) return 0;
  GH_ASSERT(*pieces == text && codec::is_utf8(text));
  const auto first = codec::recognise(body.substr(0, 4), declared);
  GH_ASSERT(first && (body.empty() || first->charset == charset));
  const bool kept = declared.keep_bom && charset == codec::Charset::utf8;
  const ByteView content = body.substr(kept ? 0 : first->bom_bytes);
  if (charset == codec::Charset::utf8 || charset == codec::Charset::ascii) GH_ASSERT(text == content);
  else GH_ASSERT(back(charset, text) == content);
  codec::charset_of(body);
  return 0;
}
