// Which header fields go where.
#pragma once

#include <bitset>

#include "base/arena.h"
#include "base/exchange_id.h"
#include "codec/coding.h"
#include "config/snapshot.h"
#include "http/message.h"
#include "proxy/told.h"
#include "proxy/trace.h"

namespace gatehouse::proxy {

/// kExchangeField carries the exchange id in every answer; copies from clients and origins are removed.
inline constexpr ByteView kExchangeField = "Gatehouse-Exchange-Id";

/// names_same_host says whether a Host field fits the TLS server name (port and final dot ignored, any case). A
/// client that sent no server name (an address) fits every Host.
bool names_same_host(ByteView host, ByteView server_name);

/// same_spelling: the same name to a service that maps '-' to '_' (CGI, WSGI) or ignores case.
bool same_spelling(ByteView a, ByteView b);

/// codings_of: what Content-Encoding says; nothing when that cannot be taken off.
std::optional<codec::Codings> codings_of(const http::FieldList& fields);
/// has_json_type: exactly one Content-Type, and it is JSON in UTF-8 (or says no charset).
bool has_json_type(const http::FieldList& fields);
/// begins_plainly: JSON that begins neither with a byte order mark nor as UTF-16 or UTF-32 do (RFC 4627 section 3); the other goes
/// through mask::Stream, which brings it to UTF-8.
bool begins_plainly(ByteView json);
/// masked_type is what a masked answer may say of its type: the media type, of a multipart with its boundary, of text with UTF-8,
/// which is what masks write. In the arena; empty when there is no one type.
ByteView masked_type(const http::FieldList& fields, Arena& arena);
/// asked_coding is the content coding that a request asks for.
codec::Coding asked_coding(const http::FieldList& request);

/// origin_head serialises the request for the origin. The client's credential, hop-by-hop fields,
/// forwarding and gateway fields and every spelling of the injected header are left out; framing is
/// ours; on masked routes the answer is asked for whole and uncoded. What the route sets stands behind what is left of the
/// client's fields, of which none has such a name; what is not known stands nowhere (told.h). Where the origin's credential
/// belongs stand as many '*': that is what is recorded. `credential` gets the place. Empty when it cannot be written safely.
struct OriginHead {
  const http::RequestHead& request;
  const config::Origin& origin;
  const config::Route* route;   // null: none
  const Trace& trace;
  ByteView path;          // in normal form: the origin gets the path that policy saw, never the raw one
  http::Framing framing;
  uint64_t length;        // for Framing::length
  bool masked;
  const Verified& known;  // of which the route's fields tell
};
ByteView origin_head(const OriginHead& parts, Arena& arena, ByteSpan* credential);

/// Left is which of an answer's fields are left out, by their place in the head.
using Left = std::bitset<kHeadFieldsMax>;

/// passes_masked: the field is on the list of those that pass where masks apply; its value may still be why it does not.
bool passes_masked(const http::Field& field);

/// own_location is a Location as a masked answer may say it: path and query at the origin itself, without scheme and host.
/// Empty when it leads elsewhere, or two readers could take it for two places.
ByteView own_location(ByteView value, const config::Origin& origin);

/// answer_head serialises the origin's answer for the client.
struct AnswerHead {
  const http::ResponseHead& response;
  ExchangeId exchange;
  http::Framing framing;
  uint64_t length;
  bool state_length;      // write Content-Length (also for HEAD, where no body follows)
  const config::Origin& origin;
  bool masked;            // only fields that a list allows, the standard phrase
  bool origin_cache;      // masked: Cache-Control as the origin says it, else "private, no-store"
  const Left& left;       // masked: fields that were found to hold what must not be seen
  codec::Coding coding;   // masked: of the body that follows
  bool coded_as_is;       // masked: Content-Encoding as the origin says it
  bool keep_alive;
  uint8_t client_minor;
};
ByteView answer_head(const AnswerHead& parts, Arena& arena);

/// is_idempotent: doing it twice is doing it once (RFC 9110 section 9.2.2).
bool is_idempotent(ByteView method);

/// blank_value overwrites a field's value in place with '*'.
void blank_value(const http::Field& field);
/// blank_query_credentials overwrites in place the values of parameters that carry credentials; returns whether
/// there was one. Their values are in logs of whoever saw the target: such a request is refused.
bool blank_query_credentials(ByteView query);
/// is_credential says whether a request field carries a credential that must not be recorded.
bool is_credential(const http::Field& field, ByteView injected_header);

}  // namespace gatehouse::proxy
