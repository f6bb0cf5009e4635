#include "mask/border.h"

#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "mask/words.h"

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

/// Where `is` holds among the last `count` bytes of a side, or the first.
template <Bytes (*is)(Bytes)>
inline uint64_t at_end(const Side& side, size_t count) {
  return where<is>(side, side.size - (count < side.size ? count : side.size)) & last(side, count);
}
template <Bytes (*is)(Bytes)>
inline uint64_t at_begin(const Side& side, size_t count) {
  return where<is>(side, 0, count) & first(count);
}

bool is_blank_byte(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// The bytes of the word that the left side ends with, and of the one that the right side begins with.
uint64_t last_word(const Side& left) {
  const uint64_t blanks = where<is_blank>(left);
  return first(left.size) & ~first(64 - static_cast<size_t>(std::countl_zero(blanks)));
}
uint64_t first_word(const Side& right) {
  const uint64_t blanks = where<is_blank>(right);
  return first(right.size) & first(static_cast<size_t>(std::countr_zero(blanks)));
}

bool two_together(uint64_t dashes) { return (dashes & dashes >> 1) != 0; }
bool two_dashes(const Side& side, uint64_t within) { return two_together(where<is_dash>(side) & within); }

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

}  // namespace

namespace {

/// Where no blank stands at the border: the word around it has a sign, or is long.
bool may_cut_word(const Side& left, const Side& right) {
  if (left.size == 0 || is_blank_byte(left.bytes[left.size - 1]) || right.size == 0 || is_blank_byte(right.bytes[0])) return false;
  const uint64_t word = last_word(left), rest = first_word(right);
  return std::popcount(word) + std::popcount(rest) >= static_cast<int>(kTokenLong) || (where<is_sign>(left) & word) != 0 ||
         (where<is_sign>(right) & rest) != 0 || two_dashes(left, word) || two_dashes(right, rest);
}

}  // namespace

bool may_be_near(const Side& left, const Side& right) {
  return at_end<is_sign>(left, kNear) != 0 || where<is_sign>(right) != 0 || may_cut_word(left, right);
}

bool may_span(const Side& left, const Side& right) {
  if (may_cut_word(left, right)) return true;
  // Behind a blank: numbers, and dates with the name of a month; addresses; what is named; keys.
  const uint64_t digits = at_end<is_digit>(left, kDigitReach), behind = at_begin<is_digit>(right, kDateReach);
  if ((behind & first(kDigitReach)) != 0 || (digits != 0 && behind != 0)) return true;
  if (at_end<is_of_address>(left, kNear) != 0 || where<is_of_address>(right) != 0) return true;
  if (at_end<is_naming>(left, kNear) != 0 || at_begin<is_naming>(right, kDigitReach) != 0) return true;
  if (two_together(at_end<is_dash>(left, kNear)) || two_dashes(right, first(right.size))) return true;
  if (digits != 0 && may_end_account(right.view())) return true;
  return may_write_at(left.view(), at_end<is_bracket>(left, kNear)) || may_write_at(right.view(), where<is_bracket>(right));
}

bool may_be_named(const Side& left, const Side& right) {
  if (at_begin<is_decimal>(right, kNamedReach) == 0) return false;
  const auto is_letter = [](char c) { return static_cast<uint8_t>((c | 0x20) - 'a') < 26 || static_cast<uint8_t>(c) >= 0x80; };
  size_t word = 0;   // that the border cuts
  if (left.size != 0 && is_letter(left.bytes[left.size - 1]))
    while (word < right.size && is_letter(right.bytes[word])) ++word;
  if (word == 0) return named_before(left.view(), left.size) != 0;
  char both[2 * kShownBytes];
  std::memcpy(both, left.bytes, left.size);
  std::memcpy(both + left.size, right.bytes, word);
  return named_before({both, left.size + word}, left.size + word) != 0;
}

bool may_span_short(const Side& left, const Side& right) {
  return two_together(at_end<is_dash>(left, kNear)) || two_dashes(right, first(right.size)) ||
         (left.bytes[left.size - 1] == '-' && right.bytes[0] == '-') || at_end<is_quote>(left, kNear) != 0;
}

bool may_span_few(const Side& left, const Side& right) {
  if (at_end<is_digit>(left, kDigitReach) != 0 && at_begin<is_digit>(right, kDigitReach) != 0) return true;
  const uint64_t word = last_word(left), near = last(left, kNear);
  if (word == first(left.size) || first_word(right) == first(right.size)) return true;
  if (((where<is_of_written>(left) & (word | near)) | where<is_of_written>(right)) == 0) return false;
  if ((where<is_of_address>(left) & (word | near)) != 0 || where<is_of_address>(right) != 0) return true;
  return may_write_at(left.view(), where<is_bracket>(left) & near) || may_write_at(right.view(), where<is_bracket>(right));
}

}  // namespace gatehouse::mask
