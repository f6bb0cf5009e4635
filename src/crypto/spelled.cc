#include "crypto/spelled.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>

namespace gatehouse::crypto {
namespace {

// ---- one byte ------------------------------------------------------------------------------------

/// Ends is where spellings of something end that begin at one place.
struct Ends {
  uint64_t lengths = 0;   // bit n: n bytes are one
  bool open = false;      // the text ends within one
};

struct Name {
  char byte;
  std::string_view name;
};
constexpr Name kNames[] = {
    {'!', "excl"}, {'"', "quot"}, {'$', "dollar"}, {'%', "percnt"}, {'&', "amp"}, {'\'', "apos"}, {'(', "lpar"}, {')', "rpar"},
    {'*', "ast"}, {'+', "plus"}, {',', "comma"}, {'.', "period"}, {'/', "sol"}, {':', "colon"}, {';', "semi"}, {'<', "lt"},
    {'=', "equals"}, {'>', "gt"}, {'?', "quest"}, {'@', "commat"}, {'[', "lsqb"}, {'[', "lbrack"}, {'\\', "bsol"}, {']', "rsqb"},
    {']', "rbrack"}, {'^', "Hat"}, {'_', "lowbar"}, {'`', "grave"}, {'{', "lcub"}, {'{', "lbrace"}, {'|', "verbar"},
    {'|', "vert"}, {'}', "rcub"}, {'}', "rbrace"}, {'"', "QUOT"}, {'&', "AMP"}, {'<', "LT"}, {'>', "GT"},
};
constexpr int kZerosMost = 6;   // in front of a number: "&#0043;"

bool is_word(char c) { return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'); }
int hex_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char small = static_cast<char>(c | 0x20);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

Ends spellings(ByteView text, char byte, int times);

/// then: what follows each of `ends`, in one of the spellings of `c`; letters and digits of an escape are themselves.
Ends then(ByteView text, Ends ends, char c, int times) {
  Ends next{0, ends.open};
  for (uint64_t left = ends.lengths; left != 0; left &= left - 1) {
    const auto at = static_cast<unsigned>(std::countr_zero(left));
    const Ends more = spellings(text.substr(std::min<size_t>(at, text.size())), c, is_word(c) ? 0 : times);
    next.lengths |= more.lengths << at;
    next.open |= more.open && at < kSpelledByteMost;
  }
  return next;
}

Ends both(Ends a, Ends b) { return {a.lengths | b.lengths, a.open || b.open}; }

Ends then_word(ByteView text, Ends ends, std::string_view word) {
  for (const char c : word) ends = then(text, ends, c, 0);
  return ends;
}

Ends then_hex(ByteView text, Ends ends, unsigned digit) {
  const char c = "0123456789abcdef"[digit];
  return digit < 10 ? then(text, ends, c, 0) : both(then(text, ends, c, 0), then(text, ends, static_cast<char>(c - 0x20), 0));
}

Ends then_zeros(ByteView text, Ends ends) {
  Ends all = ends;
  for (int zeros = 0; zeros < kZerosMost && ends.lengths != 0; ++zeros) {
    ends = then(text, {ends.lengths, false}, '0', 0);
    all = both(all, ends);
  }
  return all;
}

Ends then_number(ByteView text, Ends sign, unsigned byte, int times) {
  Ends hex = then_zeros(text, both(then(text, sign, 'x', 0), then(text, sign, 'X', 0)));
  if (byte >= 16) hex = then_hex(text, hex, byte >> 4);
  hex = then_hex(text, hex, byte & 15);
  Ends decimal = then_zeros(text, sign);
  if (byte >= 100) decimal = then(text, decimal, '1', 0);
  if (byte >= 10) decimal = then(text, decimal, static_cast<char>('0' + byte / 10 % 10), 0);
  decimal = then(text, decimal, static_cast<char>('0' + byte % 10), 0);
  return then(text, both(hex, decimal), ';', times);
}

/// Leads are what stands at one place for the three that an escape begins with.
struct Leads {
  Ends slash, percent, sign;
};

/// spelling is what stands for `byte`: itself, or an escape that begins with one of `leads`.
Ends spelling(ByteView text, char byte, const Leads& leads, int times) {
  Ends ends{text[0] == byte ? uint64_t{2} : 0, false};
  const unsigned value = static_cast<uint8_t>(byte);
  if (!is_word(byte)) ends = both(ends, then(text, leads.slash, byte, times));
  const Ends coded = both(then_word(text, leads.slash, "u00"), then_word(text, leads.slash, "x"));
  ends = both(ends, then_hex(text, then_hex(text, both(coded, leads.percent), value >> 4), value & 15));
  if (leads.sign.lengths == 0) return both(ends, {0, leads.sign.open});
  ends = both(ends, then_number(text, then(text, leads.sign, '#', times), value, times));
  for (const Name& each : kNames)
    if (each.byte == byte) ends = both(ends, then(text, then_word(text, leads.sign, each.name), ';', times));
  return ends;
}

Ends spellings(ByteView text, char byte, int times) {
  if (text.empty()) return {0, true};
  const auto plain = [&](char c) { return Ends{text[0] == c ? uint64_t{2} : 0, false}; };
  if (times == 0 || !is_lead(text[0])) return plain(byte);
  Leads leads{plain('\\'), plain('%'), plain('&')};
  for (int inner = 0; inner + 1 < times; ++inner)
    leads = {spelling(text, '\\', leads, inner), spelling(text, '%', leads, inner), spelling(text, '&', leads, inner)};
  return spelling(text, byte, leads, times - 1);
}

// ---- the whole of it -----------------------------------------------------------------------------

/// Places in a text, each once, ascending. Only a secret of backslashes, percents or ampersands has more than one.
struct Places {
  static constexpr size_t kMost = 64;
  std::array<size_t, kMost> at{};
  size_t count = 0;

  /// add returns false when there are too many.
  bool add(size_t place) {
    size_t* const end = at.data() + count;
    size_t* const here = std::lower_bound(at.data(), end, place);
    if (here != end && *here == place) return true;
    if (count == kMost) return false;
    std::copy_backward(here, end, end + 1);
    *here = place;
    ++count;
    return true;
  }
};

}  // namespace

Seen goes_on(ByteView text, size_t at, ByteView secret, size_t* end) {
  Places places;
  static_cast<void>(places.add(at));
  bool open = false;
  for (const char byte : secret) {
    Places next;
    for (size_t i = 0; i < places.count; ++i) {
      const size_t place = places.at[i];
      if (place < text.size() && !is_lead(text[place])) {
        if (text[place] == byte && !next.add(place + 1)) return *end = place, Seen::yes;
        continue;
      }
      const Ends ends = spellings(text.substr(place), byte, kSpelledTimes);
      open |= ends.open;
      for (uint64_t left = ends.lengths; left != 0; left &= left - 1)
        if (!next.add(place + static_cast<size_t>(std::countr_zero(left)))) return *end = place, Seen::yes;
    }
    if (next.count == 0) return open ? Seen::open : Seen::no;
    places = next;
  }
  *end = places.at[places.count - 1];
  return Seen::yes;
}

// ---- at a glance ---------------------------------------------------------------------------------

namespace {

constexpr size_t kAhead = 16;        // so far a glance looks for one escape
constexpr size_t kSlashesMost = 16;  // more in a row than escapes of escapes have, kSpelledTimes deep

/// Read is one escape: what it stands for (0: none that could be of a secret), and how long its body is.
struct Read {
  char value = 0;
  size_t size = 0;
};

Read read_hex(ByteView text, size_t at) {
  const int high = hex_of(text[at]), low = hex_of(text[at + 1]);
  if (high < 0 || high > 7 || low < 0) return {};
  return {static_cast<char>(high * 16 + low), at + 2};
}

Read read_number(ByteView text) {
  size_t at = 1;
  const bool hex = text[at] == 'x' || text[at] == 'X';
  at += hex ? 1 : 0;
  unsigned value = 0;
  const size_t first = at;
  for (; at < kAhead - 1 && value < 0x80; ++at) {
    const int digit = hex_of(text[at]);
    if (digit < 0 || (digit > 9 && !hex)) break;
    value = value * (hex ? 16 : 10) + static_cast<unsigned>(digit);
  }
  if (at == first || value >= 0x80 || (text[at] != ';' && !is_lead(text[at]))) return {};
  return {static_cast<char>(value), at + 1};
}

Read read_name(ByteView text) {
  for (const Name& each : kNames)
    if (text[0] == each.name[0] && text.starts_with(each.name)) return {each.byte, each.name.size() + 1};
  return {};
}

/// read reads what follows a lead.
Read read(char lead, ByteView text) {
  if (lead == '%') return read_hex(text, 0);
  if (lead == '&') return text[0] == '#' ? read_number(text) : read_name(text);
  if (text[0] == 'u') return text[1] == '0' && text[2] == '0' ? read_hex(text, 3) : Read{};
  if (text[0] == 'x') return read_hex(text, 1);
  return is_word(text[0]) ? Read{} : Read{text[0], 1};
}

}  // namespace

Glance glance(ByteView text, int times) {
  Glance seen;
  char lead = text[0];
  size_t at = 1;
  const int most = (1 << times) - 1;   // an escape for a lead, and behind a backslash once more
  for (int escapes = 0; escapes < most; ++escapes) {
    const size_t slashes = at;
    while (lead == '\\' && at < text.size() && text[at] == '\\' && at - slashes < kSlashesMost) ++at;
    if (at > slashes) seen.add('\\');
    if (at - slashes == kSlashesMost) return seen;
    if (text.size() - at < kAhead) return seen.unsure = true, seen;
    if (lead == '&' && is_lead(text[at])) {   // for the '#' of a number
      const Glance sign = glance(text.substr(at), times - 1);
      seen.unsure = sign.unsure || sign.has('#');
      return seen;
    }
    const Read escape = read(lead, text.substr(at));
    if (escape.value == 0) return seen;
    seen.add(escape.value);
    at += escape.size;
    if (!is_lead(escape.value)) return seen;
    if (lead == '&' && text[at - 1] != ';') return seen.unsure = true, seen;
    lead = escape.value;
  }
  return seen;
}

}  // namespace gatehouse::crypto
