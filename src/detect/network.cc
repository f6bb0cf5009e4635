// Addresses of networks: IPv4 (RFC 791 dotted quads), IPv6 (RFC 4291, 5952, 4007), MAC (IEEE 802).
#include "detect/network.h"

#include "base/ascii.h"
#include "detect/address_words.h"

namespace gatehouse::detect {
namespace {

constexpr size_t kQuadMax = 15, kAddressMax = 45, kZoneMax = 16;
constexpr size_t kUnpairedMin = 13;  // "0:0:0:0:0:0:1", before ".2.3.4"
constexpr size_t kSuffixMax = 10;  // of a version: "-snapshot"

bool is_dotted(char c) { return is_digit(c) || c == '.'; }
bool is_colon_hex(char c) { return is_hex(c) || c == ':'; }

/// Where the four numbers that begin at text[begin] end, 0 when there are none. Three digits may have zeros in front.
size_t quad_end(ByteView text, size_t begin, size_t limit) {
  size_t at = begin;
  for (int part = 0; part < 4; ++part) {
    if (part > 0 && (at == limit || text[at++] != '.')) return 0;
    const size_t first = at;
    unsigned value = 0;
    for (; at < limit && at - first < 3 && is_digit(text[at]); ++at) value = value * 10 + static_cast<unsigned>(text[at] - '0');
    const size_t count = at - first;
    if (count == 0 || value > 255 || (count == 2 && text[first] == '0')) return 0;
  }
  return at;
}

/// "1.2.3.4-rc1": a word of versions follows.
bool version_follows(ByteView text, size_t end) {
  if (end == text.size() || text[end] != '-') return false;
  for (const ByteView word : {"alpha", "beta", "rc", "snapshot", "dev", "pre", "release", "final", "ga", "build"})
    if (starts_at(text, end + 1, word, true)) return true;
  return false;
}

/// Judges digits and dots without two dots together.
void judge_quad(Sight& sight, size_t begin, size_t end) {
  const ByteView text = sight.text;
  if (end > begin && text[end - 1] == '.') --end;
  if (quad_end(text, begin, end) != end || !begins_word(text, begin) || !ends_word(text, end)) return;
  if (begin > 1 && text[begin - 1] == '.' && is_word(text[begin - 2])) return;  // lib.so.1.2.3.4
  if (sight.open && end < text.size() && text[end] == '-' && text.size() - end < kSuffixMax) return sight.hold(begin);
  if (version_follows(text, end) || names_version(text, begin) || version_field(sight.field)) return;
  sight.add(begin, end, Detector::ipv4, address_field(sight.field) ? Evidence::field_name : Evidence::structure);
}

/// Groups is what an IPv6 address is made of.
struct Groups {
  size_t count = 0, pairs = 0, digits = 0, letters = 0, longest = 0;  // pairs: of colons
};

/// Reads hexadecimal groups in [begin, end); false when they cannot be parts of an address.
bool read_groups(ByteView text, size_t begin, size_t end, Groups* groups) {
  for (size_t at = begin; at < end;) {
    if (text[at] == ':') {
      const bool pair = at + 1 < end && text[at + 1] == ':';
      if (pair) ++groups->pairs;
      else if (at == begin || at + 1 == end) return false;
      at += pair ? 2 : 1;
      if (at < end && text[at] == ':') return false;
      continue;
    }
    const size_t first = at;
    for (; at < end && text[at] != ':'; ++at) ++(is_digit(text[at]) ? groups->digits : groups->letters);
    if (at - first > 4) return false;
    if (at - first > groups->longest) groups->longest = at - first;
    ++groups->count;
  }
  return groups->pairs <= 1;
}

/// What has the form of an address and is more often something else: a::b of a program, 1::2 of a list, [::2] of a slice.
bool plausible(ByteView text, size_t begin, size_t end, const Groups& groups, bool quad) {
  // Eight pairs: EUI-64, a serial number, or what is left of a fingerprint, cut within a pair.
  if (groups.pairs == 0) return groups.longest > 2 || groups.digits + groups.letters < 14;
  if (quad) return true;
  if (groups.count == 0) return false;  // "::" is nobody
  if (groups.letters != 0) return groups.digits != 0 ? groups.count > 1 || groups.longest > 2 : groups.count > 2;
  if (begin > 1 && text[begin - 1] == '[' && (is_word(text[begin - 2]) || text[begin - 2] == ')' || text[begin - 2] == ']'))
    return false;
  return text.substr(begin, end - begin) == "::1" || groups.count > 2 || groups.longest > 2;
}

/// fe80::1%eth0: the zone of a link-local address.
size_t zone_end(ByteView text, size_t begin, size_t end) {
  if (end == text.size() || text[end] != '%' || !(starts_at(text, begin, "fe", true) || starts_at(text, begin, "ff", true)))
    return end;
  size_t at = end + 1;
  while (at < text.size() && at - end <= kZoneMax && (is_word(text[at]) || text[at] == '.' || text[at] == '-')) ++at;
  if (at < text.size() || at - end > kZoneMax)
    while (at > end + 1 && (text[at - 1] == '.' || text[at - 1] == '-')) --at;
  return at == end + 1 ? end : at;
}

/// Judges [begin, end), hexadecimal digits and colons at their longest. False: a longer text decides.
bool judge_ipv6(Sight& sight, size_t begin, size_t end) {
  const ByteView text = sight.text;
  const auto at_end = [&](size_t at) { return sight.open && at == text.size(); };
  if (!begins_word(text, begin)) {  // "addr:2001:db8::1": the word before is none of the address
    while (begin < end && text[begin] != ':') ++begin;
    if (begin + 1 >= end || text[++begin] == ':') return true;
  } else if (text[begin] == ':' && begin + 1 < end && text[begin + 1] != ':') {
    ++begin;
  }
  if (at_end(end)) return end - begin > kAddressMax;
  size_t quad = 0;
  if (text[end == text.size() ? end - 1 : end] == '.') {
    size_t first = end;
    while (first > begin && is_digit(text[first - 1])) --first;
    size_t last = end;
    while (last < text.size() && is_dotted(text[last]) && last - first <= kQuadMax) ++last;
    if (at_end(last)) return false;
    if (text[last - 1] == '.') --last;
    if (first > begin && first < end && text[first - 1] == ':' && (quad = quad_end(text, first, last)) != 0 && quad == last)
      end = first;
    else quad = 0;
  }
  if (quad == 0 && end > begin + 1 && text[end - 1] == ':' && text[end - 2] != ':') --end;
  Groups groups;
  const bool pair_last = quad != 0 && end > begin + 1 && text[end - 2] == ':';
  if (!read_groups(text, begin, quad != 0 && !pair_last ? end - 1 : end, &groups)) return true;
  const size_t count = groups.count + (quad != 0 ? 2 : 0);
  if (groups.pairs == 0 ? count != 8 : count > 7) return true;
  const size_t last = quad != 0 ? quad : zone_end(text, begin, end);
  if (last != end && quad == 0 && at_end(last)) return false;
  if (!ends_word(text, last) || !plausible(text, begin, end, groups, quad != 0)) return true;
  sight.add(begin, last, Detector::ipv6, address_field(sight.field) ? Evidence::field_name : Evidence::structure);
  return true;
}

/// Mac is groups of `width` hexadecimal digits with one sign between.
struct Mac {
  size_t begin, end, groups;
  bool letters;
};

bool is_group(ByteView text, size_t at, size_t width) {
  if (text.size() - at < width) return false;
  for (size_t i = 0; i < width; ++i)
    if (!is_hex(text[at + i])) return false;
  return true;
}

constexpr size_t kMacDigits = 12;

/// The groups around the sign at text[at]; groups is 0 when it stands between none.
Mac read_mac(ByteView text, size_t at, size_t width) {
  const char sign = text[at];
  Mac mac{at, at, 0, false};
  while (mac.begin >= width && mac.groups < 9 && text[mac.begin] == sign && is_group(text, mac.begin - width, width)) {
    const size_t first = mac.begin - width;
    if (first > 0 && !begins_word(text, first)) break;  // the end of a word: "mac:aa:bb…", or a longer group
    ++mac.groups;
    mac.begin = first;
    if (first == 0 || text[first - 1] != sign) break;
    --mac.begin;
  }
  if (mac.groups == 0) return mac;
  if (text[mac.begin] == sign) ++mac.begin;
  while (mac.groups < 9 && mac.end < text.size() && text[mac.end] == sign && is_group(text, mac.end + 1, width)) {
    if (!ends_word(text, mac.end + 1 + width)) return {at, at, 0, false};
    ++mac.groups;
    mac.end += 1 + width;
  }
  for (size_t i = mac.begin; i < mac.end; ++i) mac.letters = mac.letters || is_hex_letter(text[i]);
  return mac;
}

/// A hexadecimal group right before or behind makes it part of something longer.
bool stands_alone(ByteView text, const Mac& mac, char sign) {
  if (mac.begin > 0 && text[mac.begin - 1] == '.' && sign == '.') return false;
  if (mac.begin == 1 && text[0] == sign && sign == ':') return false;   // a border cut it
  if (mac.begin > 1 && text[mac.begin - 1] == sign && is_hex(text[mac.begin - 2])) {
    size_t at = mac.begin - 1;
    while (at > 0 && mac.begin - at < 6 && is_hex(text[at - 1])) --at;
    if (begins_word(text, at)) return false;
  }
  return mac.end + 1 >= text.size() || text[mac.end] != sign || !is_hex(text[mac.end + 1]);
}

}  // namespace

size_t find_ipv4(Sight& sight, size_t at) {
  const ByteView text = sight.text;
  if (at >= text.size() || !is_dotted(text[at])) return at + 1;
  size_t begin = at, end = at + 1;
  while (begin > 0 && is_dotted(text[begin - 1])) --begin;
  while (end < text.size() && is_dotted(text[end])) ++end;
  for (size_t first = begin; first < end;) {
    if (text[first] == '.') {
      ++first;
      continue;
    }
    size_t last = first;
    while (last < end && !(text[last] == '.' && last + 1 < end && text[last + 1] == '.')) ++last;
    if (sight.open && last >= text.size()) {
      if (last - first <= kQuadMax + 1) sight.hold(first);
    } else if (last - first >= 7 && last - first <= kQuadMax + 1) {
      judge_quad(sight, first, last);
    }
    first = last + 1;
  }
  return end;
}

size_t find_ipv6(Sight& sight, size_t at) {
  const ByteView text = sight.text;
  size_t begin = at;
  while (begin > 0 && at - begin <= kAddressMax && is_colon_hex(text[begin - 1])) --begin;
  bool pair = false;
  size_t end = begin + 1;
  for (; end < text.size() && is_colon_hex(text[end]); ++end) pair = pair || (text[end] == ':' && text[end - 1] == ':');
  const bool time = !pair && end - begin < kUnpairedMin && end < text.size();  // most colons are of times
  if (!time && end - begin <= kAddressMax && !judge_ipv6(sight, begin, end)) sight.hold(begin);
  return end;
}

size_t find_mac(Sight& sight, size_t at) {
  const ByteView text = sight.text;
  const char sign = text[at];
  if (!one_of(sign, ":-.")) return at + 1;
  if (sign == ':' && at + 6 < text.size() && (text[at + 3] != sign || text[at + 6] != sign) && (at < 3 || text[at - 3] != sign))
    return at + 1;
  const size_t width = sign == '.' ? 4 : 2;
  const Mac mac = read_mac(text, at, width);
  if (mac.groups == 0) return at + 1;
  const size_t next = mac.end > at ? mac.end : at + 1;
  if (sight.open && text.size() - mac.end <= width + 1 && mac.groups < 9) {
    bool grows = mac.end == text.size() || text[mac.end] == sign;
    for (size_t i = mac.end + 1; i < text.size(); ++i) grows = grows && is_hex(text[i]);
    if (grows) {
      sight.hold(mac.begin);
      return next;
    }
  }
  const bool eight = mac.groups == (width == 4 ? 4 : 8);  // EUI-64
  if ((!eight && mac.groups != (width == 4 ? 3 : 6)) || !stands_alone(text, mac, sign)) return next;
  bool number = !mac.letters && sign != ':';  // a date, a telephone number
  if (eight) number = !same_word(text.substr(mac.begin + (width == 4 ? 7 : 9), 2), "ff") || width == 4;  // a serial number
  const bool named = number && mac_named(text, mac.begin, sight.field);
  if (number && !named) return next;
  sight.add(mac.begin, mac.end, Detector::mac_address, named ? Evidence::near_word : Evidence::structure);
  return next;
}

size_t find_bare_mac(Sight& sight, size_t at) {
  const ByteView text = sight.text;
  constexpr size_t kNameMax = 20, kBetweenMax = 8;
  if (!begins_word(text, at) && text[at - 1] != '_') return at + 1;
  size_t begin = at;
  while (begin < text.size() && begin - at < kNameMax && !one_of(text[begin], "=:\"'|\n")) ++begin;
  const size_t name = begin;
  bool sign = false;
  for (; begin < text.size() && begin - name < kBetweenMax && (text[begin] == ' ' || one_of(text[begin], "=:\"'|\\")); ++begin)
    sign = sign || one_of(text[begin], "=:|");
  if (!sign) return at + 1;
  size_t end = begin, letters = 0;
  for (; end < text.size() && end - begin < kMacDigits && is_hex(text[end]); ++end) letters += !is_digit(text[end]);
  if (end == text.size() && sight.open && end > begin) sight.hold(begin);
  else if (end - begin == kMacDigits && letters < kMacDigits && ends_word(text, end))
    sight.add(begin, end, Detector::mac_address, Evidence::near_word);
  return at + 1;
}

void name_mac(Sight& sight) {
  constexpr size_t kDigits = kMacDigits;
  const ByteView text = sight.text;
  for (size_t at = sight.from; at < text.size(); ++at) {
    if (!is_hex(text[at]) || !begins_word(text, at)) continue;
    size_t end = at, digits = 0;
    const bool pairs = at + 2 < text.size() && text[at + 2] == ' ';
    for (; end < text.size() && digits < kDigits && (is_hex(text[end]) || (pairs && text[end] == ' ' && digits % 2 == 0)); ++end)
      digits += text[end] != ' ';
    if (end == text.size() && sight.open) return sight.hold(at);
    if (digits != kDigits || !ends_word(text, end) || text[end - 1] == ' ') continue;
    sight.add(at, end, Detector::mac_address, Evidence::field_name);
    at = end - 1;
  }
}

}  // namespace gatehouse::detect
