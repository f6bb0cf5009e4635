// Shared by the tests of heads: parse a whole text, and compare what two readings found.
#pragma once

#include <memory>
#include <ostream>
#include <string>

#include "base/reason.h"
#include "http/h1_parser.h"

namespace gatehouse {
inline void PrintTo(Reason reason, std::ostream* out) { *out << reason_name(reason); }
}  // namespace gatehouse

namespace gatehouse::http {

struct ParsedRequest {
  std::string bytes;  // what the views point into
  ParseResult result;
  std::unique_ptr<RequestHead> head = std::make_unique<RequestHead>();
};

struct ParsedResponse {
  std::string bytes;
  ParseResult result;
  std::unique_ptr<ResponseHead> head = std::make_unique<ResponseHead>();
};

inline ParsedRequest read_request(ByteView bytes, const Limits& limits = {}) {
  ParsedRequest parsed;
  parsed.bytes = bytes;
  HeadScan scan;
  parsed.result = parse_request_head(parsed.bytes, limits, scan, *parsed.head);
  return parsed;
}

inline ParsedResponse read_response(ByteView bytes, ByteView method = "GET", const Limits& limits = {}) {
  ParsedResponse parsed;
  parsed.bytes = bytes;
  HeadScan scan;
  parsed.result = parse_response_head(parsed.bytes, method, limits, scan, *parsed.head);
  return parsed;
}

/// reason_of is the refusal of a request; none when it is accepted, client_closed when it wants more.
inline Reason reason_of(ByteView bytes, const Limits& limits = {}) {
  const ParseResult result = read_request(bytes, limits).result;
  return result.status == ParseStatus::need_more ? Reason::client_closed : result.reason;
}

inline Reason response_reason(ByteView bytes, ByteView method = "GET", const Limits& limits = {}) {
  const ParseResult result = read_response(bytes, method, limits).result;
  return result.status == ParseStatus::need_more ? Reason::origin_closed : result.reason;
}

/// with puts fields between a plain start line with Host and the end of the head.
inline std::string with(ByteView fields) {
  return "POST /v1/chunk HTTP/1.1\r\nHost: chunks.example\r\n" + std::string(fields) + "\r\n";
}

inline bool same(const FieldList& a, const FieldList& b) {
  if (a.count != b.count) return false;
  for (uint32_t i = 0; i < a.count; ++i)
    if (a.items[i].name != b.items[i].name || a.items[i].value != b.items[i].value ||
        a.items[i].id != b.items[i].id)
      return false;
  return true;
}

inline bool same(const RequestHead& a, const RequestHead& b) {
  return a.method == b.method && a.target == b.target && a.path == b.path && a.query == b.query &&
         a.has_query == b.has_query && a.host == b.host && a.minor == b.minor && a.framing == b.framing &&
         a.content_length == b.content_length && a.keep_alive == b.keep_alive &&
         a.expect_continue == b.expect_continue && same(a.fields, b.fields);
}

inline bool same(const ResponseHead& a, const ResponseHead& b) {
  return a.status == b.status && a.phrase == b.phrase && a.minor == b.minor && a.framing == b.framing &&
         a.content_length == b.content_length && a.has_content_length == b.has_content_length &&
         a.keep_alive == b.keep_alive && same(a.fields, b.fields);
}

}  // namespace gatehouse::http
