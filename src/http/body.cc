#include "http/body.h"

#include <algorithm>

#include "base/assert.h"
#include "http/byte_class.h"

namespace gatehouse::http {
namespace {

/// Sixteen digits hold any 64-bit size; more of them is somebody looking for a reader that wraps.
constexpr uint8_t kSizeDigitsMax = 16;
constexpr uint64_t kChunkSizeMax = INT64_MAX;

uint64_t hex_value(char c) {
  return static_cast<uint64_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

}  // namespace

BodyDecoder::BodyDecoder(Framing framing, uint64_t content_length) : framing_(framing) {
  switch (framing) {
    case Framing::none:
      break;
    case Framing::length:
      left_ = content_length;
      if (content_length > 0) state_ = State::payload;
      break;
    case Framing::chunked:
      state_ = State::size;
      break;
    case Framing::until_close:
      state_ = State::payload;
      break;
  }
}

BodyDecoder::Step BodyDecoder::feed(ByteView input) {
  Step step;
  while (state_ != State::done && state_ != State::failed && step.consumed < input.size()) {
    if (state_ == State::payload) return take_payload(input, step.consumed);
    state_ = next_state(input[step.consumed++]);
  }
  step.done = state_ == State::done;
  if (state_ == State::failed)
    step.reason = extension_bytes_ > kChunkExtensionMax ? Reason::limit_chunk_extensions
                  : trailer_bytes_ > kTrailerBytesMax   ? Reason::limit_trailers
                                                        : Reason::http_chunk;
  return step;
}

BodyDecoder::Step BodyDecoder::take_payload(ByteView input, size_t at) {
  const size_t have = input.size() - at;
  size_t size = have;
  if (framing_ != Framing::until_close) {
    size = static_cast<size_t>(std::min<uint64_t>(left_, have));
    left_ -= size;
    if (left_ == 0) state_ = framing_ == Framing::length ? State::done : State::chunk_cr;
  }
  return {at + size, input.substr(at, size), state_ == State::done, Reason::none};
}

bool BodyDecoder::end() {
  if (framing_ == Framing::until_close && state_ == State::payload) state_ = State::done;
  return state_ == State::done;
}

/// next_state takes one byte of framing (RFC 9112 section 7.1). Blanks, signs, "0x" and bare CR or LF have no
/// arrow anywhere: another reader might see another size or another end.
BodyDecoder::State BodyDecoder::next_state(char c) {
  switch (state_) {
    case State::size:
      if (!is_in(c, kHex)) return size_digits_ == 0 ? State::failed : after_size(c);
      if (++size_digits_ > kSizeDigitsMax) return State::failed;
      left_ = left_ << 4 | hex_value(c);
      return left_ > kChunkSizeMax ? State::failed : State::size;
    case State::size_lf:
      if (c != '\n') return State::failed;
      size_digits_ = 0;
      return left_ > 0 ? State::payload : State::trailer_start;
    case State::extension_start:
    case State::extension_name:
    case State::extension_value:
    case State::extension_token:
    case State::extension_quoted:
    case State::extension_escape:
    case State::extension_end:
      return extension_state(c);
    case State::chunk_cr:
      return c == '\r' ? State::chunk_lf : State::failed;
    case State::chunk_lf:
      return c == '\n' ? State::size : State::failed;
    case State::trailer_start:
    case State::trailer_name:
    case State::trailer_value:
    case State::trailer_lf:
    case State::final_lf:
      return trailer_state(c);
    case State::payload:
    case State::done:
    case State::failed:
      break;
  }
  GH_ASSERT(false);
}

/// after_size takes the byte behind a size or a complete extension.
BodyDecoder::State BodyDecoder::after_size(char c) {
  if (c == '\r') return State::size_lf;
  return c == ';' ? State::extension_start : State::failed;
}

/// extension_state takes one byte behind a ';': name, or name=token, or name="quoted".
BodyDecoder::State BodyDecoder::extension_state(char c) {
  if (++extension_bytes_ > kChunkExtensionMax) return State::failed;
  if (state_ == State::extension_start) return is_in(c, kToken) ? State::extension_name : State::failed;
  if (state_ == State::extension_name) {
    if (is_in(c, kToken)) return State::extension_name;
    return c == '=' ? State::extension_value : after_size(c);
  }
  if (state_ == State::extension_value) {
    if (is_in(c, kToken)) return State::extension_token;
    return c == '"' ? State::extension_quoted : State::failed;
  }
  if (state_ == State::extension_token) return is_in(c, kToken) ? State::extension_token : after_size(c);
  if (state_ == State::extension_end) return after_size(c);
  if (!is_in(c, kValue)) return State::failed;  // a line end cannot be quoted
  if (state_ == State::extension_escape) return State::extension_quoted;
  if (c == '\\') return State::extension_escape;
  return c == '"' ? State::extension_end : State::extension_quoted;
}

/// trailer_state takes one byte behind the last chunk: field lines, then the empty line.
BodyDecoder::State BodyDecoder::trailer_state(char c) {
  if (state_ == State::final_lf) return c == '\n' ? State::done : State::failed;
  if (state_ == State::trailer_start && c == '\r') return State::final_lf;
  if (++trailer_bytes_ > kTrailerBytesMax) return State::failed;
  if (state_ == State::trailer_start) return is_in(c, kToken) ? State::trailer_name : State::failed;
  if (state_ == State::trailer_lf) return c == '\n' ? State::trailer_start : State::failed;
  if (state_ == State::trailer_name) {
    if (c == ':') return State::trailer_value;
    return is_in(c, kToken) ? State::trailer_name : State::failed;
  }
  if (c == '\r') return State::trailer_lf;
  return is_in(c, kValue) ? State::trailer_value : State::failed;
}

BodyDecoder::Step gather(BodyDecoder& decoder, ByteView input, ByteSpan room) {
  GH_ASSERT(room.size() >= input.size());
  BodyDecoder::Step all = decoder.feed(input);
  if (all.payload.size() >= kLendAtLeast) return all;
  bool copied = false;
  while (!all.done && all.reason == Reason::none && all.consumed < input.size()) {
    const BodyDecoder::Step next = decoder.feed(input.substr(all.consumed));
    all.consumed += next.consumed;
    all.done = next.done;
    all.reason = next.reason;
    if (next.payload.empty()) continue;
    if (!copied) all.payload.copy(room.data(), all.payload.size());
    copied = true;
    next.payload.copy(room.data() + all.payload.size(), next.payload.size());
    all.payload = {room.data(), all.payload.size() + next.payload.size()};
  }
  if (all.reason != Reason::none) all.payload = {};
  return all;
}

size_t chunk_header(uint64_t size, char* out) {
  GH_ASSERT(size > 0);  // 0 would end the body
  size_t length = 0;
  for (int shift = 60; shift >= 0; shift -= 4) {
    const uint64_t digit = size >> shift & 15;
    if (length > 0 || digit != 0) out[length++] = "0123456789abcdef"[digit];
  }
  out[length++] = '\r';
  out[length++] = '\n';
  return length;
}

}  // namespace gatehouse::http
