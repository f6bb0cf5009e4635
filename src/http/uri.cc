#include "http/uri.h"

#include <cstring>

#include "http/byte_class.h"
#include "http/message.h"

namespace gatehouse::http {
namespace {

int hex_digit(char c) {
  if (!is_in(c, kHex)) return -1;
  return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/// escape_at returns the byte that "%XX" at `at` stands for, -1 when there is no whole escape.
int escape_at(ByteView bytes, size_t at) {
  if (at + 2 >= bytes.size() || bytes[at] != '%') return -1;
  const int high = hex_digit(bytes[at + 1]);
  const int low = hex_digit(bytes[at + 2]);
  return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/// utf8_at returns how many escapes from `at` on make one character beyond ASCII, 0 when they do not.
/// Overlong forms are the old way to hide a slash; C1 controls are control bytes too.
size_t utf8_at(ByteView bytes, size_t at) {
  const int lead = escape_at(bytes, at);
  const size_t count = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  uint32_t point = static_cast<uint32_t>(lead) & (0x7fu >> count);
  for (size_t i = 1; i < count; ++i) {
    const int next = escape_at(bytes, at + 3 * i);
    if (next < 0x80 || next > 0xbf) return 0;
    point = point << 6 | (static_cast<uint32_t>(next) & 0x3f);
  }
  constexpr uint32_t kSmallest[] = {0, 0, 0xa0, 0x800, 0x10000};
  if (point < kSmallest[count] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return 0;
  return count;
}

void put_escape(char* out, int byte) {
  out[0] = '%';
  out[1] = "0123456789ABCDEF"[byte >> 4];
  out[2] = "0123456789ABCDEF"[byte & 15];
}

constexpr size_t kRefused = SIZE_MAX;

/// decode gives every byte of the path its one spelling and returns the length: bytes that mean themselves
/// are never escaped, the others always, in capitals. `out` has room for raw.size() bytes.
size_t decode(ByteView raw, char* out) {
  size_t length = 0;
  for (size_t i = 0; i < raw.size();) {
    if (raw[i] != '%') {
      if (!is_in(raw[i], kPath)) return kRefused;
      out[length++] = raw[i++];
      continue;
    }
    const int byte = escape_at(raw, i);
    if (byte < 0x20 || byte == 0x7f || byte == '/' || byte == '\\' || byte == ';') return kRefused;
    size_t escapes = 1;
    if (byte < 0x80 && is_in(static_cast<char>(byte), kPath)) {
      out[length++] = static_cast<char>(byte);
    } else {
      escapes = byte < 0x80 ? 1 : utf8_at(raw, i);
      if (escapes == 0) return kRefused;
      for (size_t k = 0; k < escapes; ++k, length += 3) put_escape(out + length, escape_at(raw, i + 3 * k));
    }
    i += 3 * escapes;
  }
  return length;
}

/// hides_escape says whether decoding the path once more would show another escape: "%25" and two digits.
bool hides_escape(ByteView path) {
  for (size_t at = path.find("%25"); at != ByteView::npos; at = path.find("%25", at + 3))
    if (at + 4 < path.size() && hex_digit(path[at + 3]) >= 0 && hex_digit(path[at + 4]) >= 0) return true;
  return false;
}

/// drop_dot_segments takes "." segments out in place. Refuses ".." and empty segments, except the one
/// behind a final slash.
size_t drop_dot_segments(char* path, size_t size) {
  size_t length = 0;
  for (size_t at = 0; at < size;) {  // path[at] is the slash in front of a segment
    const void* slash = std::memchr(path + at + 1, '/', size - at - 1);
    const size_t end = slash == nullptr ? size : static_cast<size_t>(static_cast<const char*>(slash) - path);
    const ByteView segment{path + at + 1, end - at - 1};
    if (segment == "..") return kRefused;
    if (segment.empty() && end < size) return kRefused;
    if (segment != ".") {
      std::memmove(path + length, path + at, end - at);
      length += end - at;
    } else if (end == size) {
      path[length++] = '/';
    }
    at = end;
  }
  return length;
}

/// is_normal is the quick look that nearly every path passes: only bytes that mean themselves, no segment
/// that is empty or starts with a dot.
bool is_normal(ByteView path) {
  char last = 0;
  for (const char c : path) {
    if (!is_in(c, kPath) || (last == '/' && (c == '/' || c == '.'))) return false;
    last = c;
  }
  return true;
}

bool is_port(ByteView port) {
  if (port.empty() || port.size() > 5 || port[0] == '0' || !all_in(port, kDigit)) return false;
  uint32_t number = 0;
  for (const char c : port) number = number * 10 + static_cast<uint32_t>(c - '0');
  return number <= 65535;
}

bool is_ipv4(ByteView text) {
  for (int part = 0; part < 4; ++part) {
    const size_t dot = text.find('.');
    if ((dot == ByteView::npos) != (part == 3)) return false;
    const ByteView number = text.substr(0, dot);
    if (number.empty() || number.size() > 3 || !all_in(number, kDigit)) return false;
    if (number.size() > 1 && number[0] == '0') return false;
    if (number.size() == 3 && number > "255") return false;
    text = dot == ByteView::npos ? ByteView{} : text.substr(dot + 1);
  }
  return true;
}

/// is_ipv6 takes the text between the brackets (RFC 4291 section 2.2).
bool is_ipv6(ByteView text) {
  int groups = 0;
  bool gap = false;
  if (text.substr(0, 2) == "::") {
    gap = true;
    text.remove_prefix(2);
  }
  while (!text.empty()) {
    const size_t colon = text.find(':');
    const ByteView group = text.substr(0, colon);
    if (colon == ByteView::npos && group.find('.') != ByteView::npos) {
      if (!is_ipv4(group)) return false;
      groups += 2;
      break;
    }
    if (group.empty() || group.size() > 4 || !all_in(group, kHex)) return false;
    ++groups;
    if (colon == ByteView::npos) break;
    text.remove_prefix(colon + 1);
    if (text.empty()) return false;  // a single colon at the end
    if (text[0] != ':') continue;
    if (gap) return false;
    gap = true;
    text.remove_prefix(1);
  }
  return gap ? groups < 8 : groups == 8;
}

bool is_name(ByteView name) {
  if (name.empty() || name.size() > 255 || name.front() == '.') return false;
  return all_in(name, kHost) && name.find("..") == ByteView::npos;
}

}  // namespace

Result<ByteView, Reason> normalise_path(ByteView raw, Arena& arena) {
  if (raw == "*") return raw;
  if (raw.empty() || raw[0] != '/') return Failure{Reason::http_path};
  if (is_normal(raw)) return raw;
  char* out = arena.take(raw.size(), 1);
  const size_t decoded = decode(raw, out);
  if (decoded == kRefused || hides_escape({out, decoded})) return Failure{Reason::http_path};
  const size_t length = drop_dot_segments(out, decoded);
  if (length == kRefused) return Failure{Reason::http_path};
  const ByteView path{out, length};
  return path == raw ? raw : path;
}

bool is_authority(ByteView bytes) {
  if (!bytes.empty() && bytes[0] == '[') {
    const size_t close = bytes.find(']');
    if (close == ByteView::npos || !is_ipv6(bytes.substr(1, close - 1))) return false;
    bytes.remove_prefix(close + 1);
    return bytes.empty() || (bytes[0] == ':' && is_port(bytes.substr(1)));
  }
  const size_t colon = bytes.find(':');
  if (colon != ByteView::npos && !is_port(bytes.substr(colon + 1))) return false;
  return is_name(bytes.substr(0, colon));
}

}  // namespace gatehouse::http
