// JSON web tokens (RFC 7515, RFC 7516).
#include "base/ascii.h"
#include "detect/secrets.h"

namespace gatehouse::detect {
namespace {

constexpr size_t kPayloadMin = 10;

unsigned sextet(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<unsigned>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<unsigned>(c - 'a') + 26;
  if (is_digit(c)) return static_cast<unsigned>(c - '0') + 52;
  return c == '-' ? 62 : 63;
}

/// Decodes base64url; the last bits that fill no byte are dropped.
size_t decode(ByteView from, char* to) {
  size_t count = 0;
  unsigned bits = 0, held = 0;
  for (const char c : from) {
    bits = (bits << 6 | sextet(c)) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    to[count++] = static_cast<char>(bits >> held & 0xff);
  }
  return count;
}

/// "alg" is a name in it.
bool names_algorithm(ByteView json) {
  for (size_t at = json.find("\"alg\""); at != ByteView::npos; at = json.find("\"alg\"", at + 1)) {
    size_t next = at + 5;
    while (next < json.size() && is_space(json[next])) ++next;
    if (next < json.size() && json[next] == ':') return true;
  }
  return false;
}

bool is_header(ByteView part) {
  if (part.size() % 4 == 1 || part.size() > kLongMin) return false;
  char plain[kLongMin];
  ByteView json(plain, decode(part, plain));
  while (!json.empty() && is_space(json.back())) json.remove_suffix(1);
  return json.size() > 2 && json[0] == '{' && json.back() == '}' && names_algorithm(json);
}

size_t part_end(ByteView text, size_t at, size_t limit) {
  while (at < limit && is_base64url(text[at])) ++at;
  return at;
}

}  // namespace

size_t find_jwt(Sight& sight, size_t begin) {
  const ByteView text = sight.text;
  const size_t limit = text.size() - begin < kLongMin ? text.size() : begin + kLongMin;
  const size_t header = part_end(text, begin, limit);
  const bool short_of = sight.open && limit == text.size() && text.size() - begin < kLongMin;
  if (header == limit || header + 1 == limit) {
    if (short_of) sight.hold(begin);
    return begin;
  }
  if (text[header] != '.' || !is_header(text.substr(begin, header - begin))) return begin;
  size_t payload = header + 1;
  if (text[payload] == '.') ++payload;  // detached, RFC 7515 appendix F
  const size_t payload_end = part_end(text, payload, limit);
  if (payload_end == limit && short_of) {
    sight.hold(begin);
    return begin;
  }
  if (payload_end - payload < kPayloadMin) return begin;
  const size_t end = goes_on(Detector::jwt, text, payload_end).end;
  if (end == text.size() && sight.open && end - begin < kLongMin) {
    sight.hold(begin);
    return begin;
  }
  size_t last = end;
  if (end - begin < kLongMin)
    while (text[last - 1] == '.') --last;
  sight.add(begin, last, Detector::jwt, Evidence::structure, sight.open && last == text.size());
  return end;
}

}  // namespace gatehouse::detect
