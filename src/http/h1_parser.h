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

/// HeadFacts is what the part of a head that was read says about target, framing and connection. Places
/// are offsets from the head's first byte: the bytes may move between two calls.
struct HeadFacts {
  struct Piece {
    uint32_t at = 0;
    uint32_t size = 0;
    ByteView of(ByteView input) const { return {input.data() + at, size}; }
  };

  Piece method, target, authority, path, query, host, phrase;
  uint64_t content_length = 0;
  uint16_t status = 0;
  uint8_t minor = 1;
  bool absolute = false;        // the target has an authority
  bool has_query = false;
  bool has_host = false;
  bool has_length = false;
  bool has_encoding = false;
  bool has_expect = false;
  bool says_close = false;
  bool says_keep_alive = false;
};

/// HeadScan remembers where the reading of an incomplete head stopped and what it found, so that a head
/// that arrives in n pieces costs O(bytes), not O(n * bytes). Reset it (= {}) for each new head.
struct HeadScan {
  enum class Part : uint8_t { start, target, version, phrase, name, value };

  size_t searched = 0;  // bytes that are not looked at again
  Part part = Part::start;
  size_t part_at = 0;   // first byte of the part
  HeadFacts::Piece name;  // of the field whose value is being read
  uint32_t fields = 0;
  HeadFacts facts;
};

/// parse_request_head reads one request head from the front of `input`. Invariants it keeps:
/// every line ends in CRLF; one Host; at most one of Content-Length and Transfer-Encoding; every
/// name a token; no control byte in a value; what is accepted has exactly one reading.
/// Complete lines are judged as lines, the line that is still open byte by byte: a head that can no longer
/// become valid fails there, with the same reason however the bytes were cut. `head` holds an accepted
/// head only when the result is complete; otherwise its field list is empty. Bytes that were given in an
/// earlier call must be the same in the next one; they may lie elsewhere.
ParseResult parse_request_head(ByteView input, const Limits& limits, HeadScan& scan, RequestHead& head);

/// parse_response_head does the same for an origin's answer. `request_method` decides whether a body
/// follows (HEAD). Errors are origin_response, origin_head_too_large or origin_upgrade (101).
ParseResult parse_response_head(ByteView input, ByteView request_method, const Limits& limits,
                                HeadScan& scan, ResponseHead& head);

}  // namespace gatehouse::http
