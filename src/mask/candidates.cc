#include "mask/candidates.h"

#include <bit>
#include <cstring>

#include "mask/letters.h"
#include "mask/literals.h"
#include "mask/signs.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kSliceBlocks = 64;

unsigned hex_value(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  return is_hex_letter(c) ? static_cast<unsigned>((c | 0x20) - 'a') + 10 : 0xffff;
}

/// Whether the escape \uXXXX at `at` may hide something that the pass would have seen.
bool escape_counts(ByteView document, size_t at) {
  if (at + 6 > document.size()) return true;  // the walk refuses it
  unsigned code = 0;
  for (size_t i = at + 2; i < at + 6; ++i) code = code << 4 | hex_value(document[i]);
  if (code < 0x80 || code > 0xffff) return true;
  const auto digit_at = [&](size_t i) { return i < document.size() && is_digit(document[i]); };
  if (digit_at(at + 6) || (at > 0 && is_digit(document[at - 1]))) return true;  // perhaps a separator
  // Letters of literals that are not ASCII, either case: é ö ø ü ğ, Cyrillic, Han and Kana.
  switch (code) {
    case 0xe9: case 0xc9: case 0xf6: case 0xd6: case 0xf8: case 0xd8: case 0xfc: case 0xdc: return true;
    default: return code >= 0x11e && !(code >= 0x2000 && code < 0x2e80);
  }
}

bool literal_counts(ByteView document, size_t at, Rows rows) {
  if ((rows_behind(document[at]) & rows) == 0) return false;
  bool counts = false;
  each_literal(document, at, [&](size_t row) { counts = counts || (rows >> row & 1) != 0; });
  return counts;
}

}  // namespace

void Candidates::mark(ByteView document, const Wanted& wanted) {
  const size_t blocks = (document.size() + 63) / 64, whole = document.size() / 64;
  words_.trim();
  words_.resize(blocks / 64 + 1);
  hits_.trim();
  if (wanted.has(Detector::custom)) {  // an escape may hide any character of theirs: every string is looked through
    for (uint64_t& word : words_) word = ~uint64_t{0};
    hits_.resize(blocks + 1);
    for (uint64_t& hits : hits_) hits = ~uint64_t{0};
    return;
  }
  hits_.resize(blocks + 1);
  hits_[blocks] = 0;
  const Rows rows = rows_for(wanted.set);
  const auto asked = [&](Sign sign) { return (rows & rows_at(sign)) != 0 ? ~uint64_t{0} : 0; };
  const uint64_t at = asked(Sign::at), run = asked(Sign::run), literal = asked(Sign::literal);
  Signs signs[kSliceBlocks];
  HitReader reader(needs_of(rows));
  char rest[64 + kHead] = {};
  std::memcpy(rest, document.data() + whole * 64, document.size() - whole * 64);
  for (size_t first = 0; first < blocks || first == 0; first += kSliceBlocks) {
    const size_t count = blocks - first < kSliceBlocks ? blocks - first : kSliceBlocks;
    const size_t inside = whole - first < count ? whole - first : count;
    read_signs(document.data() + first * 64, inside, signs);
    if (inside < count) read_signs(rest, 1, signs + inside);
    uint64_t marked = 0;
    for (size_t i = 0; i < count; ++i) {
      const size_t base = (first + i) * 64;
      const Hits hits = reader.next(signs[i], base + 64 < document.size() ? document[base + 64] : '\0');
      uint64_t found = (hits.at & at) | (hits.run & run) | hits.account | hits.colon | hits.token | hits.groups;
      for (uint64_t bits = hits.escape & ~found; bits != 0; bits &= bits - 1)
        if (escape_counts(document, base + static_cast<size_t>(std::countr_zero(bits)))) found |= bits & -bits;
      for (uint64_t bits = hits.literal & literal & ~found; bits != 0; bits &= bits - 1)
        if (literal_counts(document, base + static_cast<size_t>(std::countr_zero(bits)), rows)) found |= bits & -bits;
      hits_[first + i] = found;
      marked |= static_cast<uint64_t>(found != 0) << i;
    }
    words_[first / 64] = marked;
  }
  if (blocks % 64 == 0) words_[blocks / 64] = 0;
}

}  // namespace gatehouse::mask
