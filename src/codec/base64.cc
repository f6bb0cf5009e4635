#include "codec/base64.h"

#include <algorithm>

#include "base/assert.h"
#include "codec/base64_table.h"

namespace gatehouse::codec {
namespace {

constexpr size_t kBlock = 64;   // characters that are judged at once

const Base64Values& values_of(Base64Alphabet alphabet) {
  return alphabet == Base64Alphabet::url ? kBase64UrlValues : kBase64Values;
}

struct Collect {
  std::string out;
  void decoded(ByteView, ByteView bytes) { out += bytes; }
  void text(ByteView text) { out += text; }
};

}  // namespace

Base64Decoder::Step Base64Decoder::decode(ByteView piece) {
  piece = piece.substr(0, kStepChars);
  size_t at = 0, size = 0;
  while (at < piece.size()) {
    if (count_ == 0 && !ended_ && !cr_) at += whole_quads(piece.substr(at), &size);
    if (at == piece.size()) break;
    error_ = take(piece[at], &size);
    if (error_ != Base64Error::none) break;
    ++at;
  }
  offset_ += at;
  return {piece.substr(0, at), {out_.data(), size}};
}

/// whole_quads decodes quads as long as all is of the alphabet; returns their characters.
size_t Base64Decoder::whole_quads(ByteView text, size_t* size) {
  const Base64Values& values = values_of(options_.alphabet);
  size_t at = 0;
  for (size_t step = kBlock; step >= 4; step = step == kBlock ? 4 : 0) {
    while (text.size() - at >= step) {
      if (decode_quads(values, text.data() + at, text.data() + at + step, out_.data() + *size) > 63) break;
      at += step;
      *size += step / 4 * 3;
    }
  }
  return at;
}

Base64Error Base64Decoder::take(char c, size_t* size) {
  const uint8_t value = values_of(options_.alphabet)[static_cast<uint8_t>(c)];
  if (c == '\r' || c == '\n') return line_break(c);
  if (cr_) return Base64Error::line_break;
  if (c == '=') return take_padding(size);
  if (value == kNotBase64) return Base64Error::character;
  if (ended_) return Base64Error::after_end;
  if (pads_ > 0) return Base64Error::padding;
  bits_ = bits_ << 6 | value;
  if (++count_ < 4) return Base64Error::none;
  put_tail(size);
  return Base64Error::none;
}

Base64Error Base64Decoder::take_padding(size_t* size) {
  if (options_.padding == Base64Padding::refused) return Base64Error::character;
  if (ended_) return Base64Error::after_end;
  if (count_ < 2) return Base64Error::padding;
  if (count_ + ++pads_ < 4) return Base64Error::none;
  ended_ = true;
  return put_tail(size) ? Base64Error::none : Base64Error::trailing_bits;
}

Base64Error Base64Decoder::line_break(char c) {
  if (!options_.line_breaks) return Base64Error::character;
  if (c == '\r' && cr_) return Base64Error::line_break;
  if (pads_ > 0 && !ended_) return Base64Error::line_break;
  cr_ = c == '\r';
  return Base64Error::none;
}

/// put_tail writes the bytes of two, three or four characters; false when bits are left over.
bool Base64Decoder::put_tail(size_t* size) {
  const uint32_t unused = count_ == 4 ? 0 : count_ == 3 ? 2 : 4;
  if ((bits_ & ((1U << unused) - 1)) != 0) return false;
  const uint32_t bytes = bits_ >> unused;
  for (int left = count_ - 2; left >= 0; --left) out_[(*size)++] = static_cast<char>(bytes >> 8 * left);
  bits_ = 0;
  count_ = 0;
  return true;
}

ByteView Base64Decoder::last() {
  size_t size = 0;
  if (error_ != Base64Error::none || (count_ == 0 && !cr_)) return {};
  if (cr_) error_ = Base64Error::line_break;
  else if (count_ == 1) error_ = Base64Error::length;
  else if (pads_ > 0 || options_.padding == Base64Padding::required) error_ = Base64Error::padding;
  else if (!put_tail(&size)) error_ = Base64Error::trailing_bits;
  return {out_.data(), size};
}

Base64Encoder::Base64Encoder(const Base64Options& options, size_t line_chars)
    : options_(options), alphabet_(options.alphabet == Base64Alphabet::url ? kBase64Url : kBase64), line_chars_(line_chars) {
  GH_ASSERT(line_chars % 4 == 0);
}

void Base64Encoder::put(const char* in, size_t* size) {
  if (line_chars_ != 0 && column_ == line_chars_) {
    out_[(*size)++] = '\r';
    out_[(*size)++] = '\n';
    column_ = 0;
  }
  encode_quads(alphabet_, in, in + 3, out_.data() + *size);
  *size += 4;
  column_ += 4;
}

ByteView Base64Encoder::encode(ByteView& piece) {
  size_t size = 0;
  while (held_ > 0 && held_ < 3 && !piece.empty()) {
    tail_[held_++] = piece.front();
    piece.remove_prefix(1);
  }
  if (held_ == 3) {
    put(tail_.data(), &size);
    held_ = 0;
  }
  const size_t whole = std::min(piece.size(), kStepBytes - 3) / 3 * 3;
  if (line_chars_ == 0) {
    encode_quads(alphabet_, piece.data(), piece.data() + whole, out_.data() + size);
    size += whole / 3 * 4;
  } else {
    for (size_t at = 0; at < whole; at += 3) put(piece.data() + at, &size);
  }
  piece.remove_prefix(whole);
  while (piece.size() < 3 && !piece.empty()) {
    tail_[held_++] = piece.front();
    piece.remove_prefix(1);
  }
  return {out_.data(), size};
}

ByteView Base64Encoder::last() {
  if (held_ == 0) return {};
  size_t size = 0;
  for (size_t i = held_; i < 3; ++i) tail_[i] = '\0';
  put(tail_.data(), &size);
  if (options_.padding == Base64Padding::refused) size -= 3U - held_;
  else std::fill(out_.data() + size - (3U - held_), out_.data() + size, '=');
  held_ = 0;
  return {out_.data(), size};
}

std::optional<std::string> decode_base64(ByteView text, const Base64Options& options) {
  Base64Decoder decoder(options);
  Collect collect;
  collect.out.reserve(text.size() / 4 * 3 + 3);
  if (decoder.feed(text, collect) != Base64Error::none || decoder.finish(collect) != Base64Error::none) return std::nullopt;
  return std::move(collect.out);
}

std::string encode_base64(ByteView bytes, const Base64Options& options, size_t line_chars) {
  Base64Encoder encoder(options, line_chars);
  Collect collect;
  collect.out.reserve((bytes.size() + 2) / 3 * 4);
  encoder.feed(bytes, collect);
  encoder.finish(collect);
  return std::move(collect.out);
}

}  // namespace gatehouse::codec
