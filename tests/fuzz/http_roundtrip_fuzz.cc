// What was read can be written, and is read back as the same head; what cannot be written is never
// written in part. The same bytes also drive the writer directly, as names and values.
#include <array>
#include <memory>

#include "http/h1_parser.h"
#include "http/head_writer.h"
#include "http_fuzz.h"
#include "tests/fuzz/plant.h"

namespace gatehouse::http {
namespace {

void write_fields(HeadWriter& writer, const FieldList& fields) {
  for (const Field& field : fields.all()) writer.field(field.name, field.value);
  writer.finish();
}

void read_write_read_request(ByteView bytes) {
  static const auto first = std::make_unique<RequestHead>();
  static const auto second = std::make_unique<RequestHead>();
  HeadScan scan;
  if (parse_request_head(bytes, Limits{}, scan, *first).status != ParseStatus::complete) return;
  std::string target(first->path);
  if (first->has_query) (target += '?') += first->query;
  std::array<char, 64 * 1024> room;
  HeadWriter writer(room);
  writer.request_line(first->method, target);
  write_fields(writer, first->fields);
  REQUIRE(!writer.failed());
  Limits limits;
  limits.head_bytes = sizeof room;  // one blank per field may have been added
  scan = {};
  const ParseResult result = parse_request_head(writer.bytes(), limits, scan, *second);
  REQUIRE(result.status == ParseStatus::complete && result.consumed == writer.bytes().size());
  PLANT(if (first->fields.count == 3 && first->minor == 1) second->host = "?");
  REQUIRE(first->method == second->method && first->path == second->path && first->query == second->query);
  REQUIRE(first->has_query == second->has_query && first->host == second->host);
  REQUIRE(first->framing == second->framing && first->content_length == second->content_length);
  REQUIRE(same_fields(first->fields, second->fields));
}

void read_write_read_response(ByteView bytes) {
  static const auto first = std::make_unique<ResponseHead>();
  static const auto second = std::make_unique<ResponseHead>();
  HeadScan scan;
  if (parse_response_head(bytes, "GET", Limits{}, scan, *first).status != ParseStatus::complete) return;
  std::array<char, 64 * 1024> room;
  HeadWriter writer(room);
  writer.status_line(first->status, first->phrase);
  write_fields(writer, first->fields);
  REQUIRE(!writer.failed());
  Limits limits;
  limits.head_bytes = sizeof room;
  scan = {};
  const ParseResult result = parse_response_head(writer.bytes(), "GET", limits, scan, *second);
  REQUIRE(result.status == ParseStatus::complete && result.consumed == writer.bytes().size());
  REQUIRE(first->status == second->status && first->phrase == second->phrase);
  REQUIRE(first->framing == second->framing && same_fields(first->fields, second->fields));
}

/// write_anything takes the bytes as line-feed separated method, target, names and values.
void write_anything(ByteView bytes) {
  ByteView parts[6];
  for (ByteView& part : parts) {
    const size_t end = std::min(bytes.find('\n'), bytes.size());
    part = bytes.substr(0, end);
    bytes.remove_prefix(std::min(bytes.size(), end + 1));
  }
  parts[5] = bytes;  // may hold line feeds
  std::array<char, 512> room;
  HeadWriter writer(room);
  writer.request_line(parts[0], parts[1]);
  writer.field("x-first", "1");
  writer.field(parts[2], parts[3]);
  writer.field(parts[4], parts[5]);
  writer.finish();
  if (writer.failed()) {
    REQUIRE(writer.bytes().empty());
    return;
  }
  static const auto head = std::make_unique<RequestHead>();
  HeadScan scan;
  const ParseResult result = parse_request_head(writer.bytes(), Limits{}, scan, *head);
  if (result.status == ParseStatus::error) return;  // no Host, CONNECT, ...: never another reading
  REQUIRE(result.status == ParseStatus::complete && result.consumed == writer.bytes().size());
  REQUIRE(head->method == parts[0] && head->target == parts[1] && head->fields.count == 3);
  REQUIRE(head->fields.items[1].name == parts[2] && head->fields.items[1].value == parts[3]);
  REQUIRE(head->fields.items[2].name == parts[4] && head->fields.items[2].value == parts[5]);
}

}  // namespace
}  // namespace gatehouse::http

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const gatehouse::ByteView bytes{reinterpret_cast<const char*>(data), size};
  gatehouse::http::read_write_read_request(bytes);
  gatehouse::http::read_write_read_response(bytes);
  gatehouse::http::write_anything(bytes);
  return 0;
}
