#include "crypto/spelled.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>

#include "base/ascii.h"

namespace gatehouse::crypto {
namespace {

// ---- one byte ------------------------------------------------------------------------------------

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
constexpr size_t kZerosMost = 6;   // in front of a number: "&#0043;"

bool is_word(char c) { return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'); }
int hex_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char small = static_cast<char>(c | 0x20);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

/// Reader collects what may be read at the beginning of a text, escapes `times` deep.
class Reader {
 public:
  explicit Reader(ByteView text) : text_(text) {}

  void read(int times) {
    if (text_.empty()) {
      readings.open = true;
      return;
    }
    add(text_[0], 1);
    if (!is_lead(text_[0])) return;
    std::array<bool, std::tuple_size_v<decltype(readings.all)>> settled{};
    for (int inner = 0; inner < times; ++inner) {   // an escape's own signs are spelled one time less
      const size_t before = readings.count;
      for (size_t i = 0; i < before; ++i) {
        if (settled[i] || !is_lead(readings.all[i].value)) continue;
        nested_ = false;
        escape(readings.all[i].value, readings.all[i].size, inner);
        settled[i] = !nested_;
      }
    }
  }

  Readings readings;

 private:
  void add(char value, size_t size) {
    const bool in_secrets = value > 0 && static_cast<uint8_t>(value) < 0x80;
    if (size > kSpelledByteMost || (size > 1 && !in_secrets)) return;
    for (size_t i = 0; i < readings.count; ++i)
      if (readings.all[i].value == value && readings.all[i].size == size) return;
    if (readings.count == readings.all.size()) readings.many = true;
    else readings.all[readings.count++] = {value, static_cast<uint8_t>(size)};
  }

  /// What follows a lead that ends before `at`.
  void escape(char lead, size_t at, int times) {
    if (at >= text_.size()) return ends_at(at);
    const char next = text_[at];
    if (lead == '%') return hex(at);
    if (lead == '\\' && next == 'x') return hex(at + 1);
    if (lead == '\\' && next == 'u') return word(at, "u00") ? hex(at + 3) : void();
    if (lead == '\\') return is_word(next) ? void() : signs(at, times, [&](char sign, size_t end) {
      if (!is_word(sign)) add(sign, end);
    });
    if (is_word(next)) return name(at, times);
    signs(at, times, [&](char sign, size_t end) {
      if (sign == '#') number(end, times);
    });
  }

  void ends_at(size_t at) { readings.open |= at < kSpelledByteMost; }

  /// Calls `then` with each sign that may be read at `at`, and where it ends.
  template <class Then>
  void signs(size_t at, int times, const Then& then) {
    if (at >= text_.size()) return ends_at(at);
    nested_ |= is_lead(text_[at]);
    if (!is_lead(text_[at]) || times == 0) return then(text_[at], at + 1);
    Reader inner(text_.substr(at));
    inner.read(times);
    if (inner.readings.open) ends_at(at);
    readings.many |= inner.readings.many;
    for (size_t i = 0; i < inner.readings.count; ++i) then(inner.readings.all[i].value, at + inner.readings.all[i].size);
  }

  /// Whether these letters and digits stand at `at`; the text may end within.
  bool word(size_t at, std::string_view letters) {
    const ByteView there = text_.substr(at, letters.size());
    if (there == letters) return true;
    if (at + there.size() == text_.size() && letters.starts_with(there)) ends_at(text_.size());
    return false;
  }

  void hex(size_t at) {
    unsigned value = 0;
    for (size_t end = at + 2; at < end; ++at) {
      if (at >= text_.size()) return ends_at(at);
      const int digit = hex_of(text_[at]);
      if (digit < 0) return;
      value = value * 16 + static_cast<unsigned>(digit);
    }
    add(static_cast<char>(value), at);
  }

  void number(size_t at, int times) {
    if (at >= text_.size()) return ends_at(at);
    const bool in_hex = (text_[at] | 0x20) == 'x';
    if (in_hex) ++at;
    const size_t first = at;
    while (at < text_.size() && text_[at] == '0' && at - first <= kZerosMost) ++at;
    unsigned value = 0;
    for (; at < text_.size() && value < 256; ++at) {
      const int digit = hex_of(text_[at]);
      if (digit < 0 || (digit > 9 && !in_hex)) break;
      value = value * (in_hex ? 16 : 10) + static_cast<unsigned>(digit);
    }
    if (at >= text_.size()) return ends_at(at);
    if (at > first && value < 256) semicolon(at, static_cast<char>(value), times);
  }

  void name(size_t at, int times) {
    for (const Name& each : kNames)
      if (each.name[0] == text_[at] && word(at, each.name)) semicolon(at + each.name.size(), each.byte, times);
  }

  void semicolon(size_t at, char value, int times) {
    signs(at, times, [&](char sign, size_t end) {
      if (sign == ';') add(value, end);
    });
  }

  ByteView text_;
  bool nested_ = false;   // the last escape may be read in more ways deeper
};

}  // namespace

Readings readings_at(ByteView text) {
  Reader reader(text);
  reader.read(kSpelledTimes);
  return reader.readings;
}

namespace {

// ---- the whole of it -----------------------------------------------------------------------------

/// Places in a text, each once, ascending. Only a secret of backslashes, percents or ampersands has more than one.
struct Places {
  static constexpr size_t kMost = 16;
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

Seen goes_on(ByteView text, size_t at, ByteView secret, size_t* end, bool folded) {
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
      const Readings readings = readings_at(text.substr(place));
      open |= readings.open;
      if (readings.many) return *end = place, Seen::yes;
      for (const Reading& each : readings)
        if ((folded ? lower(each.value) : each.value) == byte && !next.add(place + each.size)) return *end = place, Seen::yes;
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
