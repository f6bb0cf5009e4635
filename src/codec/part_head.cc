#include "codec/part_head.h"

#include <algorithm>

#include "base/byte_set.h"

namespace gatehouse::codec {
namespace {

using enum MultipartError;

constexpr ByteSet kTokenBytes = ByteSet("!#$%&'*+-.^_`|~").with_alphanumeric();   // RFC 9110 section 5.6.2

constexpr char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool same(ByteView a, ByteView small_b) {
  return std::equal(a.begin(), a.end(), small_b.begin(), small_b.end(), [](char x, char y) { return small(x) == y; });
}

constexpr bool is_control(char c) { return static_cast<uint8_t>(c) < ' ' || c == 0x7f; }

ByteView without_blanks(ByteView text) {
  const size_t from = std::min(text.find_first_not_of(" \t"), text.size());
  return text.substr(from, text.find_last_not_of(" \t") + 1 - from);
}

bool is_token(ByteView text) { return !text.empty() && kTokenBytes.has_all(text); }

MultipartError read_field(ByteView line, PartField* out) {
  if (line.starts_with(' ') || line.starts_with('\t')) return folded;
  const size_t colon = line.find(':');
  if (colon == ByteView::npos || !is_token(line.substr(0, colon))) return field;
  *out = {line.substr(0, colon), without_blanks(line.substr(colon + 1))};
  for (const char c : out->value)
    if (is_control(c) && c != '\t') return field;
  return none;
}

/// escaped_byte returns what "%22", "%0D" or "%0A" at the start of text stands for, 0 for anything else.
char escaped_byte(ByteView text) {
  if (text.size() < 3 || text[0] != '%') return 0;
  if (text[1] == '2' && text[2] == '2') return '"';
  if (text[1] != '0') return 0;
  return small(text[2]) == 'd' ? '\r' : small(text[2]) == 'a' ? '\n' : '\0';
}

/// take_value cuts a parameter's value off: a token, or a text in quotes without anything that needs escaping.
MultipartError take_value(ByteView& rest, ByteView* value) {
  if (!rest.starts_with('"')) {
    *value = rest.substr(0, rest.find_first_of("; \t"));
    rest.remove_prefix(value->size());
    return is_token(*value) ? none : disposition;
  }
  const size_t end = rest.find('"', 1);
  if (end == ByteView::npos) return odd_quoting;
  *value = rest.substr(1, end - 1);
  rest.remove_prefix(end + 1);
  for (const char c : *value)
    if (is_control(c) || c == '\\') return odd_quoting;
  return none;
}

/// read_disposition reads type *( OWS ";" OWS name "=" value ).
MultipartError read_disposition(ByteView text, PartHead* out) {
  out->disposition = text.substr(0, text.find_first_of("; \t"));
  if (!is_token(out->disposition)) return disposition;
  ByteView rest = text.substr(out->disposition.size());
  ByteView seen[8];
  size_t count = 0;
  for (rest = without_blanks(rest); !rest.empty(); rest = without_blanks(rest)) {
    if (!rest.starts_with(';')) return disposition;
    rest = without_blanks(rest.substr(1));
    const ByteView name = rest.substr(0, rest.find('='));
    if (name.size() == rest.size() || !is_token(name)) return disposition;
    if (name.find('*') != ByteView::npos) return extended_parameter;
    if (count == std::size(seen)) return disposition;
    for (const ByteView other : std::span(seen, count))
      if (std::equal(name.begin(), name.end(), other.begin(), other.end(), [](char a, char b) { return small(a) == small(b); }))
        return duplicate;
    seen[count++] = name;
    rest.remove_prefix(name.size() + 1);
    ByteView value;
    if (const MultipartError error = take_value(rest, &value); error != none) return error;
    if (same(name, "name")) {
      out->name = value;
      out->has_name = true;
    } else if (same(name, "filename")) {
      out->filename = value;
      out->has_filename = true;
    }
  }
  out->escapes = has_form_escapes(out->name) || has_form_escapes(out->filename);
  return none;
}

/// keep puts a field where PartHead has a place for it; it must be there once.
MultipartError keep(const PartField& line, bool* disposed, PartHead* out) {
  const struct {
    ByteView name;
    ByteView* place;
  } places[] = {{"content-type", &out->content_type},
                {"content-transfer-encoding", &out->transfer_encoding},
                {"content-encoding", &out->content_encoding}};
  for (const auto& each : places) {
    if (!same(line.name, each.name)) continue;
    if (each.place->data() != nullptr) return duplicate;
    *each.place = line.value;
  }
  if (!same(line.name, "content-disposition")) return none;
  if (*disposed) return duplicate;
  *disposed = true;
  return read_disposition(line.value, out);
}

}  // namespace

MultipartError read_part_head(ByteView raw, bool form_data, Room<PartField>& fields, PartHead* out) {
  *out = {};
  out->raw = raw;
  fields.clear();
  bool disposed = false;
  for (ByteView rest = raw; !rest.starts_with("\r\n");) {
    const size_t end = rest.find("\r\n");
    if (end == ByteView::npos) return field;
    PartField line;
    if (const MultipartError error = read_field(rest.substr(0, end), &line); error != none) return error;
    if (fields.size() == kPartFieldsMax) return too_many_fields;
    fields.push(line);
    if (const MultipartError error = keep(line, &disposed, out); error != none) return error;
    rest.remove_prefix(end + 2);
  }
  out->fields = {fields.data(), fields.size()};
  if (!form_data) return none;
  if (!disposed || !same(out->disposition, "form-data")) return disposition;
  return out->has_name ? none : nameless;
}

bool has_form_escapes(ByteView name) {
  for (size_t at = name.find('%'); at != ByteView::npos; at = name.find('%', at + 1))
    if (escaped_byte(name.substr(at)) != 0) return true;
  return false;
}

std::string unescape_form_name(ByteView name) {
  std::string out;
  for (size_t at = 0; at < name.size();) {
    const char c = escaped_byte(name.substr(at));
    out += c != 0 ? c : name[at];
    at += c != 0 ? 3 : 1;
  }
  return out;
}

}  // namespace gatehouse::codec
