#include "guard/address_text.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace gatehouse::guard {
namespace {

constexpr size_t kLooked = 256;   // bytes that is_url keeps of a text: schemes may stand before schemes

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
constexpr bool is_letter(char c) { return small(c) >= 'a' && small(c) <= 'z'; }
constexpr bool is_scheme_byte(char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; }
constexpr bool is_slash(char c) { return c == '/' || c == '\\'; }
constexpr bool is_control(char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; }

struct Gap {
  size_t length = 0;   // bytes at the front that print nothing; 0: none
  bool space = false;  // they make room
};

/// The character at the front, if it prints nothing: ASCII blanks and controls, the spaces of Unicode, and what is
/// invisible (soft hyphen, zero width, directions, byte order mark).
Gap gap_at(ByteView text) {
  if (text.empty() || (text[0] > ' ' && text[0] < 0x7f)) return {};
  if (text[0] == ' ') return {1, true};
  if (is_control(text[0])) return {1, false};
  const auto is = [&](ByteView bytes) { return text.starts_with(bytes); };
  if (is("\xc2\xa0") || is("\xc2\x85")) return {2, true};
  if (is("\xc2\xad")) return {2, false};
  if (is("\xe1\x9a\x80") || is("\xe3\x80\x80") || is("\xe2\x81\x9f")) return {3, true};
  if (is("\xe1\xa0\x8e") || is("\xef\xbb\xbf")) return {3, false};
  if (text.size() < 3) return {};
  const auto last = static_cast<uint8_t>(text[2]);
  if (is("\xe2\x80")) {
    if (last >= 0x80 && last <= 0x8a) return {3, true};                                     // U+2000 to 200A
    if ((last >= 0x8b && last <= 0x8f) || (last >= 0xaa && last <= 0xae)) return {3, false};
    if (last == 0xa8 || last == 0xa9 || last == 0xaf) return {3, true};
  }
  if (is("\xe2\x81") && last >= 0xa0 && last <= 0xaf) return {3, false};                    // U+2060 to 206F
  return {};
}

ByteView without_front(ByteView text) {
  for (Gap gap = gap_at(text); gap.length != 0; gap = gap_at(text)) text.remove_prefix(gap.length);
  return text;
}

/// The front of a text as the most careless reader sees it: lower case, nothing invisible. It ends with the first byte
/// that stands neither in schemes nor between them and a host.
class Front {
 public:
  explicit Front(ByteView text) {
    text = without_front(text);
    while (!text.empty() && text[0] == '<') text = without_front(text.substr(1));
    while (!text.empty() && size_ < kLooked) {
      const Gap gap = gap_at(text);
      if (gap.space) break;
      const char c = text[0];
      text.remove_prefix(std::max<size_t>(gap.length, 1));
      if (gap.length != 0) continue;
      if (is_slash(c) && size_ >= 2 && is_slash(bytes_[size_ - 1]) && is_slash(bytes_[size_ - 2])) continue;  // more say no more
      bytes_[size_++] = small(c);
      if (!is_scheme_byte(c) && c != ':' && !is_slash(c)) break;
    }
  }
  ByteView view() const { return {bytes_, size_}; }

 private:
  char bytes_[kLooked];
  size_t size_ = 0;
};

/// Takes "scheme:" from the front; empty when there is none.
ByteView take_scheme(ByteView* text) {
  if (text->empty() || !is_letter((*text)[0])) return {};
  const size_t end = static_cast<size_t>(std::find_if_not(text->begin(), text->end(), is_scheme_byte) - text->begin());
  if (end == text->size() || (*text)[end] != ':') return {};
  const ByteView scheme = text->substr(0, end);
  text->remove_prefix(end + 1);
  return scheme;
}

bool among(ByteView word, std::initializer_list<ByteView> list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

/// Two slashes of whatever kind, and something behind them.
bool is_host_next(ByteView text) {
  size_t slashes = 0;
  while (slashes < text.size() && is_slash(text[slashes])) ++slashes;
  return slashes >= 2 && slashes < text.size();
}

/// What kind of URL the front is: the scheme that decided, or "//".
ByteView url_kind(ByteView front) {
  if (is_host_next(front)) return "//";
  for (ByteView scheme = take_scheme(&front); !scheme.empty(); scheme = take_scheme(&front)) {
    if (is_host_next(front)) return scheme;
    if (front.empty()) return {};
    if (among(scheme, {"http", "https", "ws", "wss", "ftp", "ftps", "file", "javascript", "jdbc", "blob", "s3", "gs"}))
      return scheme;
    if (scheme == "data" && (is_letter(front[0]) || front[0] == ',' || front[0] == ';')) return scheme;
  }
  return {};
}

std::optional<uint32_t> read_port(ByteView text) {
  uint32_t port = 0;
  if (text.empty() || text.size() > 5 || text[0] == '0' || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  std::from_chars(text.data(), text.data() + text.size(), port);
  if (port > 65535) return std::nullopt;
  return port;
}

/// Four decimal numbers without leading zeros.
bool is_plain_ipv4(ByteView text) {
  for (int part = 0; part < 4; ++part) {
    const size_t end = part == 3 ? text.size() : text.find('.');
    if (end == ByteView::npos || end == 0 || end > 3) return false;
    const ByteView number = text.substr(0, end);
    if (!std::all_of(number.begin(), number.end(), is_digit) || (end > 1 && number[0] == '0')) return false;
    if (end == 3 && number > "255") return false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return text.empty();
}

std::optional<Address> number_of(ByteView host) { return parse_address(std::string(host) + ":1"); }

AddressText wrong(const char* why) {
  AddressText out;
  out.wrong = why;
  return out;
}

/// The host and port of an authority.
AddressText read_authority(ByteView authority) {
  AddressText out;
  if (authority.empty()) return wrong("an address without a host");
  if (authority.find('@') != ByteView::npos) return wrong("user information in an address");
  if (authority.find('%') != ByteView::npos) return wrong("an escape or a zone in a host");
  if (std::any_of(authority.begin(), authority.end(), [](char c) { return static_cast<uint8_t>(c) >= 0x80; }))
    return wrong("a host in another script: write it as it stands in DNS");
  size_t end = authority.find(':');
  if (authority[0] == '[') {
    end = authority.find(']');
    if (end == ByteView::npos) return wrong("a bracket without end");
    out.host = authority.substr(0, ++end);
    out.number = number_of(out.host);
    if (!out.number) return wrong("what stands in brackets is no IPv6 address");
  } else {
    out.host = authority.substr(0, end);
  }
  end = std::min(end, authority.size());
  if (end < authority.size()) {
    const auto port = authority[end] == ':' ? read_port(authority.substr(end + 1)) : std::nullopt;
    if (!port) return wrong("a port that is none");
    out.port = *port;
  }
  if (out.number) return out;
  if (is_plain_ipv4(out.host)) {
    out.number = number_of(out.host);
    if (!out.number) return wrong("a host that is none");
    return out;
  }
  if (out.host.ends_with('.')) out.host.remove_suffix(1);
  if (!out.host.empty() && ends_in_number(out.host)) return wrong("an IPv4 address in an unusual spelling");
  if (!is_host_name(out.host)) return wrong("a host that is none");
  return out;
}

/// Authority and what follows. Readers disagree whether '?' and '#' end an authority, so that a '/' must do it.
AddressText read_rest(ByteView rest) {
  const size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  if (end < rest.size() && rest[end] != '/') return wrong("no / behind the host");
  return read_authority(rest.substr(0, end));
}

const char* byte_problem(ByteView text) {
  if (std::any_of(text.begin(), text.end(), [](char c) { return c == ' ' || is_control(c); }))
    return "blanks or control bytes in an address";
  if (text.find('\\') != ByteView::npos) return "a backslash in an address";
  return nullptr;
}

}  // namespace

bool is_url(ByteView text) { return !url_kind(Front(text).view()).empty(); }
bool is_data(ByteView text) { return url_kind(Front(text).view()) == "data"; }
bool is_blank(ByteView text) { return without_front(text).empty(); }

bool has_blank(ByteView text) {
  text = without_front(text);
  bool space = false;   // one that is not yet known to stand inside
  while (!text.empty()) {
    const Gap gap = gap_at(text);
    if (gap.length == 0 && space) return true;
    space |= gap.space;
    text.remove_prefix(std::max<size_t>(gap.length, 1));
  }
  return false;
}

AddressText read_url(ByteView text) {
  if (const char* problem = byte_problem(text)) return wrong(problem);
  ByteView rest = text;
  const ByteView scheme = take_scheme(&rest);
  if (scheme.empty()) return wrong("an address that does not begin with a scheme");
  if (!rest.starts_with("//")) return wrong("an address without // behind the scheme");
  AddressText out = read_rest(rest.substr(2));
  out.scheme = scheme;
  return out;
}

AddressText read_host(ByteView text) {
  if (const char* problem = byte_problem(text)) return wrong(problem);
  if (text.find("//") != ByteView::npos) return wrong("// in an address without a scheme");
  return read_rest(text);
}

bool is_host_name(ByteView text) {
  if (text.empty() || text.size() > 253) return false;
  size_t label = 0;
  for (const char c : text) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
    } else if (!(is_letter(c) || is_digit(c) || c == '-' || c == '_') || ++label > 63) {
      return false;
    }
  }
  return label != 0;
}

bool ends_in_number(ByteView name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  const ByteView last = name.substr(name.rfind('.') + 1);   // npos + 1 = 0
  if (last.empty()) return false;
  if (std::all_of(last.begin(), last.end(), is_digit)) return true;
  return last.size() >= 2 && last[0] == '0' && small(last[1]) == 'x' &&
         std::all_of(last.begin() + 2, last.end(),
                     [](char c) { return is_digit(c) || (small(c) >= 'a' && small(c) <= 'f'); });
}

}  // namespace gatehouse::guard
