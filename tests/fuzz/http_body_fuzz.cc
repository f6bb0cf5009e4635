// Any bytes as a body: cuts change nothing, and an accepted chunked body is what a slow, plain reading of
// RFC 9112 section 7.1 makes of it.
#include <string>

#include "http/body.h"
#include "http/byte_class.h"
#include "http_fuzz.h"
#include "tests/fuzz/plant.h"

namespace gatehouse::http {
namespace {

struct Outcome {
  std::string payload;
  size_t consumed = 0;
  bool done = false;
  bool failed = false;
  bool operator==(const Outcome&) const = default;
};

void feed(BodyDecoder& decoder, ByteView piece, Outcome& out) {
  while (!piece.empty() && !out.done && !out.failed) {
    const BodyDecoder::Step step = decoder.feed(piece);
    REQUIRE(step.consumed <= piece.size());
    REQUIRE(step.consumed > 0 || step.done || step.reason != Reason::none);
    REQUIRE(step.payload.empty() ||
            (step.payload.data() >= piece.data() &&
             step.payload.data() + step.payload.size() <= piece.data() + step.consumed));
    REQUIRE(step.done == decoder.done());
    out.payload += step.payload;
    PLANT(if (out.consumed != 0 && step.payload.size() == 2) out.payload += '?');
    out.consumed += step.consumed;
    out.done = step.done;
    out.failed = step.reason != Reason::none;
    piece.remove_prefix(step.consumed);
  }
}

/// read_slowly decodes a complete chunked body line by line; false when it is not one.
bool read_slowly(ByteView text, std::string& payload) {
  for (;;) {
    const size_t end = text.find("\r\n");
    if (end == ByteView::npos) return false;
    ByteView line = text.substr(0, end);
    text.remove_prefix(end + 2);
    const size_t digits = std::min(line.find(';'), line.size());
    if (digits == 0 || digits > 16 || !all_in(line.substr(0, digits), kHex)) return false;
    if (!all_in(line, kValue)) return false;
    const uint64_t size = std::stoull(std::string(line.substr(0, digits)), nullptr, 16);
    if (size == 0) break;
    if (text.size() < size || text.size() - size < 2 || text.substr(size, 2) != "\r\n") return false;
    payload += text.substr(0, size);
    text.remove_prefix(size + 2);
  }
  for (;;) {
    const size_t end = text.find("\r\n");
    if (end == ByteView::npos) return false;
    const ByteView line = text.substr(0, end);
    text.remove_prefix(end + 2);
    if (line.empty()) return text.empty();
    if (!is_token(line.substr(0, line.find(':'))) || !all_in(line, kValue)) return false;
  }
}

/// gather_all is the same by gather(), which may keep back what stands before a failure.
Outcome gather_all(BodyDecoder& decoder, ByteView piece) {
  Outcome out;
  std::string room(piece.size(), '?');
  while (!piece.empty() && !out.done && !out.failed) {
    const BodyDecoder::Step step = gather(decoder, piece, {room.data(), room.size()});
    REQUIRE(step.consumed > 0 || step.done || step.reason != Reason::none);
    REQUIRE(step.done == decoder.done());
    const bool over = step.done || step.reason != Reason::none;
    REQUIRE(over || step.consumed == piece.size() || step.payload.size() >= kLendAtLeast);
    out.payload += step.payload;
    out.consumed += step.consumed;
    out.done = step.done;
    out.failed = step.reason != Reason::none;
    piece.remove_prefix(step.consumed);
  }
  return out;
}

void run(ByteView bytes, uint8_t cuts) {
  const auto framing = (cuts & 7) == 1   ? Framing::length
                       : (cuts & 7) == 2 ? Framing::until_close
                                         : Framing::chunked;
  const uint64_t length = cuts;
  BodyDecoder whole(framing, length);
  Outcome expected;
  feed(whole, bytes, expected);
  BodyDecoder pieces(framing, length);
  Outcome outcome;
  uint32_t state = cuts;
  for (size_t at = 0; at < bytes.size();) {
    const std::string piece(bytes.substr(at, next_cut(state)));
    feed(pieces, piece, outcome);
    at += piece.size();
  }
  REQUIRE(outcome == expected);
  BodyDecoder gathering(framing, length);
  Outcome gathered = gather_all(gathering, bytes);
  if (expected.failed && ByteView(expected.payload).starts_with(gathered.payload)) gathered.payload = expected.payload;
  REQUIRE(gathered == expected);
  REQUIRE(!expected.failed || framing == Framing::chunked);
  if (framing == Framing::length) REQUIRE(expected.payload == bytes.substr(0, length));
  if (framing == Framing::until_close) REQUIRE(expected.payload == bytes && whole.end());
  if (framing != Framing::chunked || !expected.done) return;
  std::string payload;
  REQUIRE(read_slowly(bytes.substr(0, expected.consumed), payload) && payload == expected.payload);
}

}  // namespace
}  // namespace gatehouse::http

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  gatehouse::http::run({reinterpret_cast<const char*>(data) + 1, size - 1}, data[0]);
  return 0;
}
