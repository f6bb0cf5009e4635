// Heads of HTTP/1.1 messages as views into the bytes that were read.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/reason.h"

namespace gatehouse::http {

/// Field names that the gateway itself looks at; found once while parsing, compared as a number.
enum class FieldId : uint8_t {
  other,
  accept_encoding, authorization, connection, content_encoding, content_length, content_type, date,
  expect, forwarded, host, if_match, if_modified_since, if_none_match, if_range, if_unmodified_since,
  keep_alive, location, proxy_authenticate, proxy_authorization, proxy_connection, range, server,
  set_cookie, te, trailer, transfer_encoding, upgrade, via, www_authenticate, x_forwarded_for,
  x_request_id,
};

/// Field is one header line: name as sent, value without surrounding white space.
struct Field {
  ByteView name;
  ByteView value;
  FieldId id = FieldId::other;
};

/// Framing is how a body's end is found (RFC 9112 section 6.3).
enum class Framing : uint8_t {
  none,         // no body
  length,       // content_length bytes
  chunked,      // chunked transfer coding
  until_close,  // answers only: the body ends with the connection
};

/// FieldList holds a head's fields; fixed room, no allocation.
struct FieldList {
  Field items[kHeadFieldsMax];
  uint32_t count = 0;

  std::span<const Field> all() const { return {items, count}; }
  /// find returns the first field with this id, nullptr when there is none.
  const Field* find(FieldId id) const;
  uint32_t count_of(FieldId id) const;
};

/// RequestHead is a parsed, validated head. All views point into the parsed bytes and live as long
/// (`path` of an absolute target without one is a literal "/"). Large: keep one and parse into it again.
struct RequestHead {
  ByteView method;       // a token; case matters
  ByteView target;       // as sent
  ByteView path;         // raw path part of the target, starts with '/' (or is "*" for OPTIONS)
  ByteView query;        // after '?', without it; empty when none
  bool has_query = false;
  ByteView host;         // host[:port] as sent in Host (equal to an absolute target's authority)
  uint8_t minor = 1;     // HTTP/1.minor
  FieldList fields;
  Framing framing = Framing::none;
  uint64_t content_length = 0;
  bool keep_alive = true;        // what version and Connection say
  bool expect_continue = false;
};

/// ResponseHead is a parsed, validated head of an origin's answer.
struct ResponseHead {
  uint16_t status = 0;   // 100..599
  ByteView phrase;
  uint8_t minor = 1;
  FieldList fields;
  Framing framing = Framing::none;
  uint64_t content_length = 0;
  bool has_content_length = false;  // stated, also where the answer has no body (HEAD, 304)
  bool keep_alive = true;
};

/// field_id maps a name (any case) to its id.
FieldId field_id(ByteView name);

/// equals_ignore_case compares ASCII letters without case.
bool equals_ignore_case(ByteView a, ByteView b);

/// is_token says whether bytes are a non-empty RFC 9110 token.
bool is_token(ByteView bytes);

/// list_contains says whether a comma-separated field value has `token` as a member, any case.
bool list_contains(ByteView value, ByteView token);

/// is_hop_by_hop says whether a field is meant for one connection only and is never passed on
/// (RFC 9110 section 7.6.1). Fields that Connection names are the other half: connection_lists.
bool is_hop_by_hop(const Field& field);

/// connection_lists says whether any Connection field of the head names `name`, any case. A parsed head
/// never lists a field that carries identity or framing (is_protected_from_connection).
bool connection_lists(const FieldList& fields, ByteView name);

/// is_protected_from_connection says whether naming this field in Connection is an attack, not an option:
/// removing it would change who asks, what is asked or where a body ends. Such a head is refused.
bool is_protected_from_connection(ByteView name);

}  // namespace gatehouse::http
