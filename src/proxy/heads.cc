#include "proxy/heads.h"

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <new>
#include <span>
#include <utility>

#include "http/head_writer.h"
#include "http/media_type.h"
#include "http/query.h"
#include "policy/route.h"
#include "proxy/claimed_fields.h"

namespace gatehouse::proxy {
namespace {

constexpr size_t kOwnFields = 512;   // room for what we add to a head

char plain_letter(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c + ('a' - 'A'));
  return c == '_' ? '-' : c;
}

}  // namespace

bool same_spelling(ByteView a, ByteView b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (plain_letter(a[i]) != plain_letter(b[i])) return false;
  return true;
}

namespace {

bool starts_spelled(ByteView name, ByteView prefix) {
  return name.size() >= prefix.size() && same_spelling(name.substr(0, prefix.size()), prefix);
}

bool is_any_of(ByteView name, std::initializer_list<ByteView> names) {
  for (ByteView other : names)
    if (same_spelling(name, other)) return true;
  return false;
}

bool makes_partial(ByteView name) {
  return is_any_of(name, {"range", "if-range", "if-none-match", "if-modified-since", "if-match",
                          "if-unmodified-since", "accept-encoding"});
}

/// tells_caches: for how long an answer may be kept.
bool tells_caches(ByteView name) { return is_any_of(name, {"cache-control", "expires", "pragma", "age"}); }

bool is_framing(ByteView name) {
  return is_any_of(name, {"content-length", "transfer-encoding", "expect", "host", "te", "trailer"});
}

size_t size_of(const http::FieldList& fields) {
  size_t bytes = kOwnFields;
  for (const http::Field& field : fields.all()) bytes += field.name.size() + field.value.size() + 4;
  return bytes;
}

/// Own is the fields that a route sets, with what they say of this request; in the arena. Not `fits`: one says too much.
struct Own {
  std::span<const http::Field> fields;
  size_t bytes = 0;   // room for them
  bool fits = true;
};

Own own_fields(const OriginHead& parts, Arena& arena) {
  Own own;
  if (parts.route == nullptr || parts.route->set_headers.empty()) return own;
  auto* const fields = arena.take_array<http::Field>(parts.route->set_headers.size());
  size_t count = 0;
  for (const config::HeaderRule& each : parts.route->set_headers) {
    const ByteView value = told_value(each, parts.known, arena);
    if (value.empty()) continue;   // not known
    own.fits = own.fits && (each.told == config::Told::text || value.size() <= kToldBytesMax);
    own.bytes += each.name.size() + value.size() + 4;
    new (fields + count++) http::Field{each.name, value, http::FieldId::other};
  }
  own.fields = {fields, count};
  return own;
}

/// is_dropped: the route takes the field out, puts its own in its place, or had the caller's token in it.
bool is_dropped(ByteView name, const config::Route* route) {
  if (route == nullptr) return false;
#if !defined(GH_DEFECT) || GH_DEFECT != 17
  for (const std::string& each : route->remove_headers)
    if (same_spelling(name, each)) return true;
#endif
  return !route->token_header.empty() && same_spelling(name, route->token_header);
}

}  // namespace

bool names_same_host(ByteView host, ByteView server_name) {
  return server_name.empty() || http::equals_ignore_case(policy::host_name(host), policy::host_name(server_name));
}

// All that passes of an answer's head where masks apply. Any other field may hold what the masks would have taken from the
// body (Set-Cookie, X-Debug-User), or describe the body before it was masked (ETag, Last-Modified, Content-Length, Digest,
// Repr-Digest, Content-Digest, Content-MD5, Accept-Ranges, Link).
bool passes_masked(const http::Field& field) {
  return tells_caches(field.name) || field.id == http::FieldId::location ||
         is_any_of(field.name, {"date", "vary", "retry-after", "allow", "content-language", "deprecation", "sunset",
                                "traceparent"});
}

ByteView own_location(ByteView value, const config::Origin& origin) {
  for (const ByteView scheme : {ByteView{"http://"}, ByteView{"https://"}}) {
    if (!http::equals_ignore_case(value.substr(0, scheme.size()), scheme)) continue;
    const ByteView rest = value.substr(scheme.size());
    const size_t end = std::min(rest.find_first_of("/?#"), rest.size());
    if (!http::equals_ignore_case(rest.substr(0, end), origin.host)) return {};
    value = end < rest.size() && rest[end] == '/' ? rest.substr(end) : ByteView{"/"};
    break;
  }
  const bool path = value.starts_with('/') && !value.starts_with("//");
  return path && value.find('\\') == ByteView::npos ? value : ByteView{};
}

std::optional<codec::Codings> codings_of(const http::FieldList& fields) {
  std::string value;
  bool said = false;
  for (const http::Field& field : fields.all()) {
    if (field.id != http::FieldId::content_encoding) continue;
    if (said) value += ", ";
    said = true;
    value += field.value;
  }
  return said ? codec::parse_content_encoding(value) : codec::Codings{};
}

bool has_json_type(const http::FieldList& fields) {
  if (fields.count_of(http::FieldId::content_type) != 1) return false;
  return http::is_json_in_utf8(fields.find(http::FieldId::content_type)->value);
}

bool begins_plainly(ByteView json) {
  const auto marks = [](char c) { return c == '\0' || static_cast<uint8_t>(c) >= 0x80; };
  return !(json.size() > 1 && (marks(json[0]) || marks(json[1])));
}

ByteView masked_type(const http::FieldList& fields, Arena& arena) {
  if (fields.count_of(http::FieldId::content_type) != 1) return {};
  const ByteView value = fields.find(http::FieldId::content_type)->value;
  const ByteView type = http::media_type(value);
  if (starts_spelled(type, "text/") && !same_spelling(type, "text/event-stream"))
    return arena.copy(std::string(type) + "; charset=utf-8");
  if (!starts_spelled(type, "multipart/")) return type;
  http::ParameterWalk walk(value.substr(std::min(value.find(';'), value.size())));
  http::ParameterWalk::Parameter parameter;
  while (walk.next(&parameter) == http::ParameterWalk::Step::parameter)
    if (http::equals_ignore_case(parameter.name, "boundary") && !parameter.escaped)
      return arena.copy(std::string(type) + "; boundary=\"" + std::string(parameter.value) + "\"");
  return type;
}

codec::Coding asked_coding(const http::FieldList& request) {
  std::string value;
  bool said = false;
  for (const http::Field& field : request.all()) {
    if (field.id != http::FieldId::accept_encoding) continue;
    if (std::exchange(said, true)) value += ", ";
    value += field.value;
  }
  return codec::choose_coding(value);
}

bool is_credential(const http::Field& field, ByteView injected_header) {
  return field.id == http::FieldId::authorization || field.id == http::FieldId::proxy_authorization ||
         is_any_of(field.name, {"cookie", "x-api-key", "unstructured-api-key", "api-key", "x-auth-token",
                                 "x-access-token", "x-amz-security-token", "x-goog-api-key"}) ||
         (!injected_header.empty() && same_spelling(field.name, injected_header));
}

bool is_idempotent(ByteView method) {
  return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE" || method == "OPTIONS";
}

void blank_value(const http::Field& field) {
  // The value points into the session's own input block.
  std::memset(const_cast<char*>(field.value.data()), '*', field.value.size());
}

bool blank_query_credentials(ByteView query) {
  bool any = false;
  http::QueryWalk walk(query, "&;");
  http::QueryWalk::Parameter parameter;
  while (walk.next(&parameter)) {
    if (!http::names_credential(parameter.name)) continue;
    any = true;
    std::memset(const_cast<char*>(parameter.value.data()), '*', parameter.value.size());
  }
  return any;
}

constexpr ByteView kCovered = "*";   // in place of a credential, whose length is nobody's business either

ByteView origin_head(const OriginHead& parts, Arena& arena, ByteSpan* place) {
  const http::RequestHead& request = parts.request;
  const config::Origin& origin = parts.origin;
  const Own own = own_fields(parts, arena);
  if (!own.fits) return {};
  const size_t bytes = size_of(request.fields) + own.bytes + request.method.size() + parts.path.size() + request.query.size() +
                       origin.host.size() + origin.credential_header.size() + kCovered.size();
  char* const memory = arena.take(bytes, 1);
  http::HeadWriter writer({memory, bytes});
  char* target = arena.take(parts.path.size() + 1 + request.query.size(), 1);
  size_t length = parts.path.copy(target, parts.path.size());
  if (request.has_query) {
    target[length++] = '?';
    length += request.query.copy(target + length, request.query.size());
  }
  writer.request_line(request.method, {target, length});
  writer.field("Host", origin.host);
  for (const http::Field& field : request.fields.all()) {
    if (http::is_hop_by_hop(field) || is_framing(field.name)) continue;
    // To CGI and WSGI Content_Type is Content-Type: guards would have judged another type than is used.
    if (!is_plain_name(field.name)) continue;
#if !defined(GH_DEFECT) || GH_DEFECT != 12
    if (claims_identity(field.name)) continue;
    if (is_credential(field, origin.credential_header)) continue;   // the caller's, blanked by now
#endif
    if (parts.masked && makes_partial(field.name)) continue;
    if (http::connection_lists(request.fields, field.name)) continue;
    if (is_untold(field, parts.trace) || is_dropped(field.name, parts.route)) continue;
    writer.field(field.name, field.value);
  }
  for (const http::Field& field : own.fields) writer.field(field.name, field.value);
  if (parts.masked) writer.field("Accept-Encoding", "identity");
  *place = {};
  if (!origin.credential_header.empty()) {
    writer.field(origin.credential_header, kCovered);
    if (writer.failed()) return {};
    *place = {memory + writer.bytes().size() - 2 - kCovered.size(), kCovered.size()};
  }
  if (parts.framing == http::Framing::length) writer.field("Content-Length", parts.length);
  if (parts.framing == http::Framing::chunked) writer.field("Transfer-Encoding", "chunked");
  writer.finish();
  return writer.failed() ? ByteView{} : writer.bytes();
}

ByteView answer_head(const AnswerHead& parts, Arena& arena) {
  const http::ResponseHead& response = parts.response;
  const size_t bytes = size_of(response.fields) + response.phrase.size();
  const bool own_cache = parts.masked && !parts.origin_cache;
  http::HeadWriter writer({arena.take(bytes, 1), bytes});
  writer.status_line(response.status, parts.masked ? http::status_phrase(response.status) : response.phrase);
  for (size_t i = 0; i < response.fields.count; ++i) {
    const http::Field& field = response.fields.items[i];
    if (http::is_hop_by_hop(field) || is_framing(field.name) || starts_spelled(field.name, "gatehouse-")) continue;
    if (http::connection_lists(response.fields, field.name)) continue;
    if (http::equals_ignore_case(field.name, "alt-svc")) continue;   // RFC 7838: leads clients to another server, past this one
    if (parts.masked && field.id == http::FieldId::content_encoding && parts.coded_as_is) {
      writer.field(field.name, field.value);
      continue;
    }
    if (parts.masked && (!passes_masked(field) || parts.left[i] || (own_cache && tells_caches(field.name)))) continue;
    const bool location = parts.masked && field.id == http::FieldId::location;
    writer.field(field.name, location ? own_location(field.value, parts.origin) : field.value);
  }
  if (parts.masked)
    if (const ByteView type = masked_type(response.fields, arena); !type.empty()) writer.field("Content-Type", type);
  if (own_cache) writer.field("Cache-Control", "private, no-store");
  if (parts.masked && parts.coding != codec::Coding::identity) {
    writer.field("Content-Encoding", codec::coding_name(parts.coding));
    writer.field("Vary", "Accept-Encoding");
  }
  char id[kExchangeIdText];
  format_exchange_id(parts.exchange, id);
  writer.field(kExchangeField, {id, sizeof id});
  if (parts.state_length) writer.field("Content-Length", parts.length);
  if (parts.framing == http::Framing::chunked) writer.field("Transfer-Encoding", "chunked");
  if (!parts.keep_alive) writer.field("Connection", "close");
  else if (parts.client_minor == 0) writer.field("Connection", "keep-alive");
  writer.finish();
  return writer.failed() ? ByteView{} : writer.bytes();
}

}  // namespace gatehouse::proxy
