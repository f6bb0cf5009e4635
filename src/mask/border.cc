#include "mask/border.h"

#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "detect/words.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kNear = 24;         // before the border; gaps in values are shorter
constexpr size_t kDigitReach = 12;   // likewise between the groups of a number
constexpr size_t kDateReach = 32;    // "12 de" "septiembre de 1980"
constexpr size_t kNamedReach = 48;   // of a number behind the word that names it
constexpr size_t kTokenLong = 20;    // letters without a blank that may be a key

/// Sixteen bytes at a time. Each of these is 0 for a zero.
using Bytes = uint8_t __attribute__((vector_size(16)));

Bytes is_blank(Bytes b) { return Bytes((b == ' ') | (b == '\n') | (b == '\r') | (b == '\t')); }
/// Bytes that values have and words do not; the last three begin blanks, dashes and wide forms beyond ASCII.
Bytes is_sign(Bytes b) {
  return Bytes((b == '@') | (b == ':') | (b == '=') | (b == '(') | (b == '[') | (b == '%') | (b == '&') | (b == 0xc2) |
         (b == 0xe2) | (b == 0xef) | (b - '0' < 10));
}
Bytes is_decimal(Bytes b) { return Bytes(b - '0' < 10); }
/// With what begins blanks, dashes and wide forms beyond ASCII.
Bytes is_digit(Bytes b) { return Bytes((b - '0' < 10) | (b == 0xc2) | (b == 0xe2) | (b == 0xef)); }
Bytes is_naming(Bytes b) { return Bytes((b == ':') | (b == '=')); }
Bytes is_dash(Bytes b) { return Bytes(b == '-'); }
Bytes is_of_address(Bytes b) { return Bytes((b == '@') | (b == '%') | (b == '&')); }
Bytes is_of_written(Bytes b) { return Bytes((b == '@') | (b == '%') | (b == '&') | (b == '(') | (b == '[') | (b == '{')); }
Bytes is_bracket(Bytes b) { return Bytes((b == '(') | (b == '[') | (b == '{')); }
Bytes is_quote(Bytes b) { return Bytes((b == '"') | (b == '\'') | (b == '{')); }

uint64_t mask_of(Bytes bytes) {
#if defined(__SSE2__)
  return static_cast<uint32_t>(_mm_movemask_epi8(reinterpret_cast<__m128i>(bytes)));
#else
  uint64_t mask = 0;
  for (size_t i = 0; i < sizeof bytes; ++i) mask |= static_cast<uint64_t>(bytes[i] >> 7) << i;
  return mask;
#endif
}

/// Where `is` holds among the bytes [from, until), and their neighbours within sixteen: bit i speaks of byte i.
template <Bytes (*is)(Bytes)>
inline uint64_t where(const Side& side, size_t from = 0, size_t until = kShownBytes) {
  uint64_t mask = 0;
  for (size_t at = from / sizeof(Bytes) * sizeof(Bytes); at < until; at += sizeof(Bytes)) {
    Bytes bytes;
    std::memcpy(&bytes, side.bytes + at, sizeof bytes);
    mask |= mask_of(is(bytes)) << at;
  }
  return mask;
}

inline uint64_t first(size_t count) { return count == 0 ? 0 : ~uint64_t{0} >> (64 - count); }
/// The last `count` bytes of a side.
uint64_t last(const Side& side, size_t count) {
  return first(side.size) & ~first(side.size - (count < side.size ? count : side.size));
}

/// Narrow is a side looked at for one kind of bytes at a time.
class Narrow {
 public:
  explicit Narrow(const Side& side) : side_(side) {}
  const Side& side() const { return side_; }
  template <Bytes (*is)(Bytes)>
  uint64_t all() const { return where<is>(side_); }
  /// Where `is` holds among the last `count` bytes of the side, or the first.
  template <Bytes (*is)(Bytes)>
  uint64_t at_end(size_t count) const {
    return where<is>(side_, side_.size - (count < side_.size ? count : side_.size)) & last(side_, count);
  }
  template <Bytes (*is)(Bytes)>
  uint64_t at_begin(size_t count) const { return where<is>(side_, 0, count) & first(count); }

 private:
  const Side& side_;
};

#if defined(__x86_64__)

/// Wide is a side of which all is looked at at once: kShownBytes are readable.
class Wide {
 public:
  explicit Wide(const Side& side) : side_(side) { look(); }
  const Side& side() const { return side_; }
  template <Bytes (*is)(Bytes)>
  uint64_t all() const {
    if constexpr (is == is_blank) return blank_;
    else if constexpr (is == is_sign) return named_ | bracket_ | address_ | digit_;
    else if constexpr (is == is_decimal) return decimal_;
    else if constexpr (is == is_digit) return digit_;
    else if constexpr (is == is_naming) return named_;
    else if constexpr (is == is_dash) return dash_;
    else if constexpr (is == is_of_address) return address_;
    else if constexpr (is == is_of_written) return address_ | bracket_ | curly_;
    else if constexpr (is == is_bracket) return bracket_ | curly_;
    else return quote_ | curly_;
  }
  template <Bytes (*is)(Bytes)>
  uint64_t at_end(size_t count) const { return all<is>() & last(side_, count); }
  template <Bytes (*is)(Bytes)>
  uint64_t at_begin(size_t count) const { return all<is>() & first(count); }

 private:
  __attribute__((target("avx512bw"))) void look() {
    const __m512i bytes = _mm512_loadu_si512(side_.bytes);
    const auto is = [&](char c) __attribute__((target("avx512bw"), always_inline)) {
      return static_cast<uint64_t>(_mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(c)));
    };
    decimal_ = _mm512_cmplt_epu8_mask(_mm512_sub_epi8(bytes, _mm512_set1_epi8('0')), _mm512_set1_epi8(10));
    digit_ = decimal_ | is('\xc2') | is('\xe2') | is('\xef');
    blank_ = is(' ') | is('\n') | is('\r') | is('\t');
    named_ = is(':') | is('=');
    dash_ = is('-');
    address_ = is('@') | is('%') | is('&');
    bracket_ = is('(') | is('[');
    curly_ = is('{');
    quote_ = is('"') | is('\'');
  }

  const Side& side_;
  uint64_t blank_, decimal_, digit_, named_, dash_, address_, bracket_, curly_, quote_;
};

#else
using Wide = Narrow;
#endif

bool is_blank_byte(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// The bytes of the word that the left side ends with, and of the one that the right side begins with.
template <typename Seen>
uint64_t last_word(const Seen& left) {
  const uint64_t blanks = left.template all<is_blank>();
  return first(left.side().size) & ~first(64 - static_cast<size_t>(std::countl_zero(blanks)));
}
template <typename Seen>
uint64_t first_word(const Seen& right) {
  const uint64_t blanks = right.template all<is_blank>();
  return first(right.side().size) & first(static_cast<size_t>(std::countr_zero(blanks)));
}

bool two_together(uint64_t dashes) { return (dashes & dashes >> 1) != 0; }
template <typename Seen>
bool two_dashes(const Seen& side, uint64_t within) { return two_together(side.template all<is_dash>() & within); }
/// How many bytes a word has: its bits stand together.
size_t length_of(uint64_t word) {
  return word == 0 ? 0 : 64 - static_cast<size_t>(std::countl_zero(word)) - static_cast<size_t>(std::countr_zero(word));
}

/// Whether "(at)" may stand here: its end may be hidden.
bool may_write_at(ByteView text, uint64_t brackets) {
  for (; brackets != 0; brackets &= brackets - 1) {
    const auto at = static_cast<size_t>(std::countr_zero(brackets));
    if (at + 1 == text.size() || (text[at + 1] | 0x20) == 'a') return true;
  }
  return false;
}

/// Whether the text begins with a few capitals, as some accounts and insurance numbers end: AB 12 34 56 C.
bool may_end_account(ByteView text) {
  size_t at = 0, count = 0;
  while (at < text.size() && (text[at] == ' ' || text[at] == '\n')) ++at;
  for (; at < text.size() && text[at] >= 'A' && text[at] <= 'Z'; ++at) ++count;
  return count >= 1 && count <= 4 && (at == text.size() || (text[at] | 0x20) < 'a' || (text[at] | 0x20) > 'z');
}

/// The questions, of sides that were looked at in either way.
template <typename Seen>
struct Border {
  const Seen left, right;

  Border(const Side& before, const Side& behind) : left(before), right(behind) {}

  /// Where no blank stands at the border: the word around it has a sign, or is long.
  bool may_cut_word() const {
    const Side &before = left.side(), &behind = right.side();
    if (before.size == 0 || is_blank_byte(before.bytes[before.size - 1]) || behind.size == 0 || is_blank_byte(behind.bytes[0]))
      return false;
    const uint64_t word = last_word(left), rest = first_word(right);
    return length_of(word) + length_of(rest) >= kTokenLong || (left.template all<is_sign>() & word) != 0 ||
           (right.template all<is_sign>() & rest) != 0 || two_dashes(left, word) || two_dashes(right, rest);
  }

  bool may_be_near() const {
    return left.template at_end<is_sign>(kNear) != 0 || right.template all<is_sign>() != 0 || may_cut_word();
  }

  bool may_span() const {
    if (may_cut_word()) return true;
    // Behind a blank: numbers, and dates with the name of a month; addresses; what is named; keys.
    const uint64_t digits = left.template at_end<is_digit>(kDigitReach), behind = right.template at_begin<is_digit>(kDateReach);
    if ((behind & first(kDigitReach)) != 0 || (digits != 0 && behind != 0)) return true;
    if (left.template at_end<is_of_address>(kNear) != 0 || right.template all<is_of_address>() != 0) return true;
    if (left.template at_end<is_naming>(kNear) != 0 || right.template at_begin<is_naming>(kDigitReach) != 0) return true;
    if (two_together(left.template at_end<is_dash>(kNear)) || two_dashes(right, first(right.side().size))) return true;
    if (digits != 0 && may_end_account(right.side().view())) return true;
    return may_write_at(left.side().view(), left.template at_end<is_bracket>(kNear)) ||
           may_write_at(right.side().view(), right.template all<is_bracket>());
  }

  bool may_span_short() const {
    const Side &before = left.side(), &behind = right.side();
    return two_together(left.template at_end<is_dash>(kNear)) || two_dashes(right, first(behind.size)) ||
           (before.bytes[before.size - 1] == '-' && behind.bytes[0] == '-') || left.template at_end<is_quote>(kNear) != 0;
  }

  bool may_span_few() const {
    if (left.template at_end<is_digit>(kDigitReach) != 0 && right.template at_begin<is_digit>(kDigitReach) != 0) return true;
    const uint64_t word = last_word(left), near = last(left.side(), kNear);
    if (word == first(left.side().size) || first_word(right) == first(right.side().size)) return true;
    if (((left.template all<is_of_written>() & (word | near)) | right.template all<is_of_written>()) == 0) return false;
    if ((left.template all<is_of_address>() & (word | near)) != 0 || right.template all<is_of_address>() != 0) return true;
    return may_write_at(left.side().view(), left.template all<is_bracket>() & near) ||
           may_write_at(right.side().view(), right.template all<is_bracket>());
  }
};

}  // namespace

bool may_be_near(const Side& left, const Side& right, bool wide) {
  return wide ? Border<Wide>(left, right).may_be_near() : Border<Narrow>(left, right).may_be_near();
}

bool may_span(const Side& left, const Side& right, bool wide) {
  return wide ? Border<Wide>(left, right).may_span() : Border<Narrow>(left, right).may_span();
}

bool may_be_named(const Side& left, const Side& right, bool wide) {
  const uint64_t digits =
      wide ? Wide(right).at_begin<is_decimal>(kNamedReach) : Narrow(right).at_begin<is_decimal>(kNamedReach);
  if (digits == 0) return false;
  const auto is_letter = [](char c) { return static_cast<uint8_t>((c | 0x20) - 'a') < 26 || static_cast<uint8_t>(c) >= 0x80; };
  size_t word = 0;   // that the border cuts
  if (left.size != 0 && is_letter(left.bytes[left.size - 1]))
    while (word < right.size && is_letter(right.bytes[word])) ++word;
  if (word == 0) return detect::named_before(left.view(), left.size) != 0;
  char both[2 * kShownBytes];
  std::memcpy(both, left.bytes, left.size);
  std::memcpy(both + left.size, right.bytes, word);
  return detect::named_before({both, left.size + word}, left.size + word) != 0;
}

bool may_span_short(const Side& left, const Side& right, bool wide) {
  return wide ? Border<Wide>(left, right).may_span_short() : Border<Narrow>(left, right).may_span_short();
}

bool may_span_few(const Side& left, const Side& right, bool wide) {
  return wide ? Border<Wide>(left, right).may_span_few() : Border<Narrow>(left, right).may_span_few();
}

}  // namespace gatehouse::mask
