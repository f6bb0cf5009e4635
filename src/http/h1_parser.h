// Strict HTTP/1.1 heads (RFC 9112): bytes -> head, nothing guessed, nothing repaired.
#pragma once

#include "http/message.h"

namespace gatehouse::http {

enum class ParseStatus : uint8_t { complete, need_more, error };

struct ParseResult {
  ParseStatus status = ParseStatus::need_more;
  size_t consumed = 0;            // bytes of the head, only when complete
  Reason reason = Reason::none;   // only on error
};

/// HeadScan remembers how far an incomplete head was searched, so that a head that arrives in n
/// pieces costs O(bytes), not O(n * bytes). Reset it (= {}) for each new head.
struct HeadScan {
  size_t searched = 0;
};

/// parse_request_head reads one request head from the front of `input`. Invariants it keeps:
/// every line ends in CRLF; one Host; at most one of Content-Length and Transfer-Encoding; every
/// name a token; no control byte in a value; what is accepted has exactly one reading.
/// `head` is written only when complete. Fails early on input that can no longer become valid.
ParseResult parse_request_head(ByteView input, const Limits& limits, HeadScan& scan, RequestHead& head);

/// parse_response_head does the same for an origin's answer. `request_method` decides whether a body
/// follows (HEAD). Errors are origin_response, origin_head_too_large or origin_upgrade (101).
ParseResult parse_response_head(ByteView input, ByteView request_method, const Limits& limits,
                                HeadScan& scan, ResponseHead& head);

}  // namespace gatehouse::http
