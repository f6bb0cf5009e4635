// Any bytes as a request head: what is accepted keeps every promise of h1_parser.h, checked here by a slow
// second look at the bytes, and pieces read like the whole.
#include <cstdlib>
#include <memory>
#include <string>

#include "http/byte_class.h"
#include "http/h1_parser.h"
#include "http_fuzz.h"
#include "tests/fuzz/plant.h"

namespace gatehouse::http {
namespace {

/// head_lines_end_in_crlf: no CR or LF but in pairs, no control byte but tab, the empty line only at the end.
void check_bytes(ByteView head) {
  REQUIRE(head.size() >= 4 && head.substr(head.size() - 4) == "\r\n\r\n");
  REQUIRE(head.find("\r\n\r\n") == head.size() - 4);
  for (size_t i = 0; i < head.size(); ++i) {
    const char c = head[i];
    if (c == '\r') REQUIRE(head[i + 1] == '\n');
    else if (c == '\n') REQUIRE(i > 0 && head[i - 1] == '\r');
    else REQUIRE(is_in(c, kValue));
    if (c == '\n' && i + 1 < head.size()) REQUIRE(head[i + 1] != ' ' && head[i + 1] != '\t');
  }
}

void check_fields(const RequestHead& head) {
  uint32_t lengths = 0, codings = 0, hosts = 0;
  for (const Field& field : head.fields.all()) {
    REQUIRE(is_token(field.name) && all_in(field.value, kValue) && trim_blanks(field.value) == field.value);
    REQUIRE(field.id == field_id(field.name));
    lengths += equals_ignore_case(field.name, "content-length");
    codings += equals_ignore_case(field.name, "transfer-encoding");
    hosts += equals_ignore_case(field.name, "host");
    REQUIRE(!equals_ignore_case(field.name, "upgrade"));
    if (field.id == FieldId::content_length) REQUIRE(field.value == std::to_string(head.content_length));
    if (field.id == FieldId::transfer_encoding) REQUIRE(equals_ignore_case(field.value, "chunked"));
    if (field.id == FieldId::host) REQUIRE(field.value == head.host && !head.host.empty());
    if (field.id == FieldId::expect) REQUIRE(equals_ignore_case(field.value, "100-continue"));
  }
  REQUIRE(hosts == 1 && lengths + codings <= 1);
  REQUIRE(codings == 0 || (head.framing == Framing::chunked && head.minor == 1));
  REQUIRE(lengths == 0 || head.framing == Framing::length);
  REQUIRE(lengths + codings == 1 || head.framing == Framing::none);
  for (const ByteView name : {"host", "content-length", "transfer-encoding", "authorization"})
    REQUIRE(!connection_lists(head.fields, name));
}

void check_start_line(const RequestHead& head, ByteView bytes) {
  std::string line(head.method);
  line += ' ';
  line += head.target;
  line += head.minor == 1 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n";
  REQUIRE(bytes.substr(0, line.size()) == line);
  REQUIRE(is_token(head.method) && head.method != "CONNECT" && head.method != "TRACE");
  for (const char c : head.method) REQUIRE(c < 'a' || c > 'z');
  REQUIRE(all_in(head.target, kGraph));
  REQUIRE(head.path == "*" ? head.method == "OPTIONS" && head.target == "*" : head.path.front() == '/');
  REQUIRE(head.path.find('?') == ByteView::npos && (head.has_query || head.query.empty()));
  if (head.target.front() == '/') {
    std::string target(head.path);
    if (head.has_query) (target += '?') += head.query;
    REQUIRE(target == head.target);
  } else if (head.target != "*") {
    const size_t host = head.target.find("//") + 2;
    REQUIRE(equals_ignore_case(head.target.substr(host, head.host.size()), head.host));
  }
}

void run(ByteView bytes, uint8_t cuts) {
  Limits limits;
  limits.head_bytes = 1 << 12;
  limits.head_fields = 16;
  limits.target_bytes = 1 << 10;
  static const auto whole = std::make_unique<RequestHead>();
  static const auto pieces = std::make_unique<RequestHead>();
  HeadScan scan;
  const ParseResult result = parse_request_head(bytes, limits, scan, *whole);
  std::string storage;
  const ParseResult again = in_pieces(bytes, cuts, storage, [&](ByteView prefix, HeadScan& kept) {
    return parse_request_head(prefix, limits, kept, *pieces);
  });
  REQUIRE(result.status == again.status && result.reason == again.reason &&
          result.consumed == again.consumed);
  REQUIRE((result.status == ParseStatus::error) == (result.reason != Reason::none));
  if (result.status != ParseStatus::complete) {
    REQUIRE(result.consumed == 0 && whole->fields.count == 0);
    return;
  }
  REQUIRE(result.consumed <= limits.head_bytes && whole->fields.count <= limits.head_fields);
  REQUIRE(same_fields(whole->fields, pieces->fields) && whole->host == pieces->host);
  PLANT(if (whole->has_query && whole->query.size() == 3) whole->query.remove_suffix(1));
  const ByteView head = bytes.substr(0, result.consumed);
  check_bytes(head);
  check_fields(*whole);
  check_start_line(*whole, head);
}

}  // namespace
}  // namespace gatehouse::http

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  gatehouse::http::run({reinterpret_cast<const char*>(data) + 1, size - 1}, data[0]);
  return 0;
}
