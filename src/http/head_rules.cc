#include "http/head_rules.h"

#include "http/byte_class.h"
#include "http/field_name.h"
#include "http/uri.h"

namespace gatehouse::http {
namespace {

/// A length has exactly one spelling here: no sign, no list, no leading zero (some read those as octal),
/// and fits a signed 64-bit integer, so that no reader's arithmetic wraps.
bool parse_length(ByteView value, uint64_t* length) {
  constexpr uint64_t kMax = INT64_MAX;
  if (value.empty() || value.size() > 19 || !all_in(value, kDigit)) return false;
  if (value.size() > 1 && value[0] == '0') return false;
  uint64_t sum = 0;
  for (const char c : value) sum = sum * 10 + static_cast<uint64_t>(c - '0');  // 19 digits fit 64 bits
  *length = sum;
  return sum <= kMax;
}

Reason note_length(ByteView value, HeadFacts& facts) {
  if (facts.has_encoding) return Reason::http_length_and_encoding;
  if (facts.has_length || !parse_length(value, &facts.content_length)) return Reason::http_content_length;
  facts.has_length = true;
  return Reason::none;
}

Reason note_encoding(ByteView value, HeadFacts& facts) {
  if (facts.has_length) return Reason::http_length_and_encoding;
  if (facts.has_encoding || facts.minor == 0 || !equals_ignore_case(value, "chunked"))
    return Reason::http_transfer_encoding;
  facts.has_encoding = true;
  return Reason::none;
}

Reason note_connection(ByteView value, HeadFacts& facts) {
  ListMembers members(value);
  for (ByteView member; members.next(&member);) {
    if (!is_token(member) || is_protected_from_connection(member)) return Reason::http_te;
    if (equals_ignore_case(member, "close")) facts.says_close = true;
    if (equals_ignore_case(member, "keep-alive")) facts.says_keep_alive = true;
  }
  return Reason::none;
}

/// TE members are codings with parameters, `token *( OWS ";" OWS token "=" token )` (RFC 9110 section
/// 10.1.4; quoted parameter values exist in no registered coding and are refused).
bool is_coding(ByteView member) {
  size_t cut = member.find(';');
  if (!is_token(trim_blanks(member.substr(0, cut)))) return false;
  while (cut != ByteView::npos) {
    member.remove_prefix(cut + 1);
    cut = member.find(';');
    const ByteView parameter = trim_blanks(member.substr(0, cut));
    const size_t equals = parameter.find('=');
    if (equals == ByteView::npos) return false;
    if (!is_token(parameter.substr(0, equals)) || !is_token(parameter.substr(equals + 1))) return false;
  }
  return true;
}

Reason note_te(ByteView value) {
  ListMembers members(value);
  for (ByteView member; members.next(&member);)
    if (!is_coding(member)) return Reason::http_te;
  return Reason::none;
}

Reason note_host(ByteView value, ByteView input, HeadFacts& facts) {
  if (facts.has_host || !is_authority(value)) return Reason::http_host;
  if (facts.absolute && !equals_ignore_case(value, facts.authority.of(input))) return Reason::http_host;
  facts.has_host = true;
  facts.host = {static_cast<uint32_t>(value.data() - input.data()), static_cast<uint32_t>(value.size())};
  return Reason::none;
}

Reason note_expect(ByteView value, HeadFacts& facts) {
  if (facts.has_expect || !equals_ignore_case(value, "100-continue")) return Reason::http_expect;
  facts.has_expect = true;
  return Reason::none;
}

bool stays_open(const HeadFacts& facts) {
  return !facts.says_close && (facts.minor == 1 || facts.says_keep_alive);
}

}  // namespace

Reason note_request_field(const Field& field, ByteView input, HeadFacts& facts) {
  if (field.id == FieldId::host) return note_host(field.value, input, facts);
  if (field.id == FieldId::connection) return note_connection(field.value, facts);
  if (field.id == FieldId::content_length) return note_length(field.value, facts);
  if (field.id == FieldId::transfer_encoding) return note_encoding(field.value, facts);
  if (field.id == FieldId::te) return note_te(field.value);
  if (field.id == FieldId::expect) return note_expect(field.value, facts);
  if (field.id == FieldId::upgrade) return Reason::http_upgrade;
  return Reason::none;
}

Reason note_response_field(const Field& field, HeadFacts& facts) {
  if (field.id == FieldId::connection) return note_connection(field.value, facts);
  const bool length = field.id == FieldId::content_length;
  if (!length && field.id != FieldId::transfer_encoding) return Reason::none;
  // RFC 9110 section 8.6, RFC 9112 section 6.1: these never have one; a reader that believes it waits for a
  // body that belongs to the next answer. Many services write `Content-Length: 0` into a 204 all the same:
  // every reader finds the same end there, so that one spelling is taken, and dropped (fill_response).
  const bool empty = facts.status == 204;
  if (facts.status < 200 || (empty && !length)) return length ? Reason::http_content_length : Reason::http_transfer_encoding;
  if (!length) return note_encoding(field.value, facts);
  const Reason reason = note_length(field.value, facts);
  return reason == Reason::none && empty && facts.content_length != 0 ? Reason::http_content_length : reason;
}

Reason conclude_request(const HeadFacts& facts) {
  return facts.has_host ? Reason::none : Reason::http_host;  // HTTP/1.0 too: rules are chosen by host
}

// RFC 9110 section 15.3.6: a 205 has no content, and there are readers that look for none whatever its head says. The
// spelling in which all find the same end is the one that is taken.
Reason conclude_response(const HeadFacts& facts) {
  if (facts.status != 205 || (facts.has_length && facts.content_length == 0)) return Reason::none;
  return facts.has_encoding ? Reason::http_transfer_encoding : Reason::http_content_length;
}

void fill_request(const HeadFacts& facts, ByteView input, RequestHead& head) {
  head.method = facts.method.of(input);
  head.target = facts.target.of(input);
  head.path = facts.path.size == 0 ? ByteView("/") : facts.path.of(input);
  head.query = facts.has_query ? facts.query.of(input) : ByteView();
  head.has_query = facts.has_query;
  head.host = facts.host.of(input);
  head.minor = facts.minor;
  head.framing = facts.has_encoding ? Framing::chunked : facts.has_length ? Framing::length : Framing::none;
  head.content_length = facts.content_length;
  head.keep_alive = stays_open(facts);
  const bool has_body = facts.has_encoding || facts.content_length > 0;
  head.expect_continue = facts.has_expect && facts.minor == 1 && has_body;  // RFC 9110 section 10.1.1
}

void fill_response(const HeadFacts& facts, ByteView input, ByteView request_method, ResponseHead& head) {
  head.status = facts.status;
  head.phrase = facts.phrase.of(input);
  head.minor = facts.minor;
  head.content_length = facts.content_length;
  head.has_content_length = facts.has_length && facts.status != 204;
  head.keep_alive = stays_open(facts);
  if (facts.status < 200 || facts.status == 204 || facts.status == 304 || request_method == "HEAD") {
    head.framing = Framing::none;
  } else if (facts.has_encoding) {
    head.framing = Framing::chunked;
  } else if (facts.has_length) {
    head.framing = Framing::length;
  } else {
    head.framing = Framing::until_close;
    head.keep_alive = false;
  }
}

}  // namespace gatehouse::http
