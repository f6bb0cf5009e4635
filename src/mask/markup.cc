#include "mask/markup.h"

#include <algorithm>
#include <bit>
#include <iterator>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/letters.h"
#include "codec/charset.h"

namespace gatehouse::mask {
namespace {

using Kind = Seen::Kind;

constexpr ByteView kWithin[] = {"a",    "abbr", "b",    "bdi",   "bdo",  "big", "cite", "code",   "data",   "del", "dfn",
                                "em",   "font", "i",    "ins",   "kbd",  "label", "mark", "nobr", "q",      "rt",  "ruby",
                                "s",    "samp", "small", "span", "strike", "strong", "sub", "sup", "time",  "tt",  "u",
                                "var",  "wbr"};
static_assert(std::is_sorted(std::begin(kWithin), std::end(kWithin)));
constexpr size_t kWithinMax = 6;

struct Name {
  ByteView name;
  ByteView text;
};
constexpr Name kNames[] = {
    {"amp", "&"},     {"lt", "<"},          {"gt", ">"},          {"quot", "\""},        {"apos", "'"},         {"commat", "@"},
    {"period", "."},  {"plus", "+"},        {"colon", ":"},       {"sol", "/"},          {"lowbar", "_"},       {"num", "#"},
    {"lpar", "("},    {"rpar", ")"},        {"equals", "="},      {"comma", ","},        {"nbsp", "\xc2\xa0"},  {"shy", "\xc2\xad"},
    {"hyphen", "\xe2\x80\x90"}, {"dash", "\xe2\x80\x90"}, {"ndash", "\xe2\x80\x93"}, {"mdash", "\xe2\x80\x94"},
    {"minus", "\xe2\x88\x92"},  {"ensp", "\xe2\x80\x82"}, {"emsp", "\xe2\x80\x83"},  {"thinsp", "\xe2\x80\x89"},
    {"zwnj", "\xe2\x80\x8c"},  {"zwj", "\xe2\x80\x8d"}, {"lrm", "\xe2\x80\x8e"}, {"rlm", "\xe2\x80\x8f"},
    {"ZeroWidthSpace", "\xe2\x80\x8b"}, {"NoBreak", "\xe2\x81\xa0"}};
constexpr size_t kNameMax = 14;
constexpr size_t kDigitsMax = 7;
constexpr ByteView kComment = "<!--", kCdata = "<![CDATA[";
constexpr size_t kTagNameMax = 48;   // what is longer, or has two colons, is a value in angle brackets

bool is_name_byte(char c) { return is_ascii_letter(c) || is_digit(c) || c == ':' || c == '-' || c == '_' || c == '.'; }
bool is_white(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

bool stands_within(ByteView name) {
  if (name.size() > kWithinMax) return false;
  char small[kWithinMax];
  for (size_t i = 0; i < name.size(); ++i) small[i] = static_cast<char>(name[i] | (is_ascii_letter(name[i]) ? 0x20 : 0));
  return std::binary_search(std::begin(kWithin), std::end(kWithin), ByteView(small, name.size()));
}

size_t write_utf8(uint32_t code, char* out) {
  const auto tail = [&](unsigned shift) { return static_cast<char>(0x80 | (code >> shift & 0x3f)); };
  if (code < 0x80) {
    out[0] = static_cast<char>(code);
    return 1;
  }
  if (code < 0x800) {
    out[0] = static_cast<char>(0xc0 | code >> 6);
    out[1] = tail(0);
    return 2;
  }
  if (code < 0x10000) {
    out[0] = static_cast<char>(0xe0 | code >> 12);
    out[1] = tail(6);
    out[2] = tail(0);
    return 3;
  }
  out[0] = static_cast<char>(0xf0 | code >> 18);
  out[1] = tail(12);
  out[2] = tail(6);
  out[3] = tail(0);
  return 4;
}

unsigned hex_value(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  return is_hex_letter(c) ? static_cast<unsigned>((c | 0x20) - 'a') + 10 : 16;
}

/// What a text that ended is when more of it would be needed.
Seen cut(bool last) { return {last ? Kind::none : Kind::incomplete, 0}; }

Seen see_number(ByteView text, bool last, char* out, size_t* length) {
  size_t at = 2;
  if (at == text.size()) return cut(last);
  const bool hex = (text[at] | 0x20) == 'x';
  if (hex) ++at;
  const size_t first = at;
  uint32_t code = 0;
  for (; at < text.size() && at - first < kDigitsMax; ++at) {
    const unsigned value = hex_value(text[at]);
    if (value >= (hex ? 16U : 10U)) break;
    code = code * (hex ? 16 : 10) + value;
  }
  if (at == text.size() && !last && at - first < kDigitsMax) return {Kind::incomplete, 0};
  if (at == first || code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return {};
  if (at == text.size() && !last) return {Kind::incomplete, 0};
  if (at < text.size() && text[at] == ';') ++at;
  *length = write_utf8(code, out);
  return {Kind::whole, at};
}

/// The comment that begins `text`. One without tags shows nothing, and may stand within a word; of one with tags, or a longer one,
/// the mark is a tag.
Seen see_comment(ByteView text, size_t most, bool last, bool* within) {
  for (size_t at = kComment.size(); at < std::min(most, text.size()); ++at) {
    if (text[at] == '<') return {Kind::whole, kComment.size()};
    *within = text[at] == '>' && text.substr(0, at).ends_with("--");
    if (*within) return {Kind::whole, at + 1};
  }
  if (!last && text.size() < most) return {Kind::incomplete, 0};
  return {Kind::whole, kComment.size()};
}

}  // namespace

#if defined(__x86_64__)

#define AVX512 __attribute__((target("avx512bw")))

namespace {

struct Signs {
  __m512i tag, reference, mark, behind;
};
AVX512 inline uint64_t find_in(const Signs& signs, __m512i block, __m512i next) {
  const uint64_t marks = _mm512_cmpeq_epi8_mask(block, signs.mark);
  return _mm512_cmpeq_epi8_mask(block, signs.tag) | _mm512_cmpeq_epi8_mask(block, signs.reference) |
         _mm512_mask_cmpeq_epi8_mask(marks, next, signs.behind);
}

}  // namespace

/// Without a branch for the marks: ';' is what texts hold many of.
AVX512 size_t find_markup(ByteView text, size_t from) {
  const Signs signs{_mm512_set1_epi8('<'), _mm512_set1_epi8('&'), _mm512_set1_epi8(';'), _mm512_set1_epi8('b')};
  const char* const bytes = text.data();
  const size_t size = text.size();
  for (; from + 64 < size; from += 64) {
    const uint64_t found = find_in(signs, _mm512_loadu_si512(bytes + from), _mm512_loadu_si512(bytes + from + 1));
    if (found != 0) return from + static_cast<size_t>(std::countr_zero(found));
  }
  if (from >= size) return size;
  const uint64_t there = ~uint64_t{0} >> (64 - (size - from)), next = there >> 1;   // where a byte follows; the last may be a mark
  const __m512i block = _mm512_maskz_loadu_epi8(there, bytes + from);
  const uint64_t last = (there ^ next) & _mm512_cmpeq_epi8_mask(block, signs.mark);
  const uint64_t found = last | find_in(signs, block, _mm512_maskz_loadu_epi8(next, bytes + from + 1));
  return found == 0 ? size : from + static_cast<size_t>(std::countr_zero(found));
}

#else
size_t find_markup(ByteView, size_t from) { return from; }   // every place may be one
#endif

Seen see_tag(ByteView text, size_t most, bool last, bool* within) {
  *within = false;
  if (text.size() < 2) return cut(last);
  if (text.starts_with(kComment)) return see_comment(text, most, last, within);
  if (text.starts_with(kCdata)) return {Kind::whole, kCdata.size()};
  if (kComment.starts_with(text) || kCdata.starts_with(text)) return cut(last);
  const bool declares = text[1] == '!' || text[1] == '?';
  size_t at = text[1] == '/' || declares ? 2 : 1;
  if (at == text.size()) return cut(last);
  if (!is_ascii_letter(text[at])) return {};
  const size_t name = at;
  size_t colons = 0;
  for (; at < text.size() && at < most && is_name_byte(text[at]); ++at) {
    colons += text[at] == ':';
    if (colons > 1 || at - name >= kTagNameMax) return {};
  }
  if (at == text.size()) return at < most ? cut(last) : Seen{};
  if (!is_white(text[at]) && text[at] != '/' && text[at] != '>') return {};
  *within = text[1] == '?' || (!declares && stands_within(text.substr(name, at - name)));
  char quote = '\0';
  for (; at < text.size() && at < most; ++at) {
    const char c = text[at];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '>') {
      return {Kind::whole, at + 1};
    } else if (c == '<') {
      return {};
    }
  }
  return at < most ? cut(last) : Seen{};
}

Seen see_reference(ByteView text, bool last, char* out, size_t* length) {
  if (text.size() < 2) return cut(last);
  if (text[1] == '#') return see_number(text, last, out, length);
  size_t at = 1;
  while (at < text.size() && at <= kNameMax && is_ascii_letter(text[at])) ++at;
  if (at == text.size()) return at <= kNameMax ? cut(last) : Seen{};
  if (text[at] != ';') return {};
  const ByteView name = text.substr(1, at - 1);
  for (const Name& each : kNames) {
    if (each.name != name) continue;
    each.text.copy(out, each.text.size());
    *length = each.text.size();
    return {Kind::whole, at + 1};
  }
  return {};
}

Seen see_percent(ByteView text, bool last, char* out, size_t* length) {
  size_t count = 1;   // of the character's bytes
  for (size_t i = 0; i < count; ++i) {
    const ByteView rest = text.substr(3 * i, 3);
    for (size_t at = 0; at < rest.size(); ++at)
      if (at == 0 ? rest[at] != '%' : hex_value(rest[at]) > 15) return {};
    if (rest.size() < 3) return cut(last);
    out[i] = static_cast<char>(hex_value(rest[1]) << 4 | hex_value(rest[2]));
    const auto byte = static_cast<uint8_t>(out[i]);
    if (i == 0) count = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    else if ((byte & 0xc0) != 0x80) return {};
  }
  if (count > 1 && !codec::is_utf8({out, count})) return {};
  *length = count;
  return {Kind::whole, 3 * count};
}

}  // namespace gatehouse::mask
