// Any bytes as an origin's head: accepted ones have one framing, refused ones one of three reasons.
#include <memory>
#include <string>

#include "http/byte_class.h"
#include "http/h1_parser.h"
#include "http_fuzz.h"
#include "tests/fuzz/plant.h"

namespace gatehouse::http {
namespace {

void check(const ResponseHead& head, ByteView method, ByteView bytes) {
  const std::string start = "HTTP/1." + std::to_string(head.minor) + " " + std::to_string(head.status) + " " +
                            std::string(head.phrase) + "\r\n";
  REQUIRE(bytes.substr(0, start.size()) == start);
  REQUIRE(head.status >= 100 && head.status <= 599 && head.status != 101);
  REQUIRE(bytes.find("\r\n\r\n") == bytes.size() - 4);
  uint32_t lengths = 0, codings = 0;
  for (const Field& field : head.fields.all()) {
    REQUIRE(is_token(field.name) && all_in(field.value, kValue) && trim_blanks(field.value) == field.value);
    lengths += equals_ignore_case(field.name, "content-length");
    codings += equals_ignore_case(field.name, "transfer-encoding");
    if (field.id == FieldId::content_length) REQUIRE(field.value == std::to_string(head.content_length));
  }
  const bool never = head.status < 200 || head.status == 204;
  const bool dropped = head.status == 204 && lengths == 1 && head.content_length == 0;
  REQUIRE(lengths + codings <= 1 && head.has_content_length == (lengths == 1 && !dropped));
  REQUIRE(codings == 0 || head.minor == 1);
  REQUIRE(head.status != 205 || (lengths == 1 && head.content_length == 0));
  REQUIRE(!never || dropped || lengths + codings == 0);
  if (never || head.status == 304 || method == "HEAD") REQUIRE(head.framing == Framing::none);
  else if (codings == 1) REQUIRE(head.framing == Framing::chunked);
  else if (lengths == 1) REQUIRE(head.framing == Framing::length);
  else REQUIRE(head.framing == Framing::until_close && !head.keep_alive);
}

void run(ByteView bytes, uint8_t cuts) {
  Limits limits;
  limits.head_bytes = 1 << 12;
  limits.head_fields = 16;
  const ByteView method = (cuts & 0x80) != 0 ? "HEAD" : "GET";
  static const auto whole = std::make_unique<ResponseHead>();
  static const auto pieces = std::make_unique<ResponseHead>();
  HeadScan scan;
  const ParseResult result = parse_response_head(bytes, method, limits, scan, *whole);
  std::string storage;
  const ParseResult again = in_pieces(bytes, cuts, storage, [&](ByteView prefix, HeadScan& kept) {
    return parse_response_head(prefix, method, limits, kept, *pieces);
  });
  REQUIRE(result.status == again.status && result.reason == again.reason &&
          result.consumed == again.consumed);
  if (result.status == ParseStatus::error)
    REQUIRE(result.reason == Reason::origin_response || result.reason == Reason::origin_upgrade ||
            result.reason == Reason::origin_head_too_large);
  if (result.status != ParseStatus::complete) return;
  REQUIRE(same_fields(whole->fields, pieces->fields) && whole->framing == pieces->framing);
  PLANT(if (whole->status == 304) whole->framing = pieces->framing = Framing::length);
  check(*whole, method, bytes.substr(0, result.consumed));
}

}  // namespace
}  // namespace gatehouse::http

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  gatehouse::http::run({reinterpret_cast<const char*>(data) + 1, size - 1}, data[0]);
  return 0;
}
