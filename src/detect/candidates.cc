#include "detect/candidates.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/letters.h"
#include "detect/hits.h"
#include "detect/literals.h"

namespace gatehouse::detect {
namespace {

// What is looked through ahead may be a text that detectors look at anyway; less costs a start each time.
constexpr size_t kAheadLeast = 2048, kAheadMost = 64 * 1024;

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
  bool counts = false;
  each_literal(document, at, [&](size_t row) { counts = counts || (rows >> row & 1) != 0; });
  return counts;
}

}  // namespace

void Candidates::start(ByteView document, const Wanted& wanted) {
  document_ = document;
  from_ = until_ = 0;
  reader_.reset();
  words_.trim();
  hits_.trim();
  all_ = wanted.has(Detector::custom);   // an escape may hide any character of theirs
  if (all_) return;
  const size_t blocks = (document.size() + kLaneBytes - 1) / kLaneBytes * kLanes + kLanes;   // a string's first block may be any
  words_.resize(blocks / 64 + 1);
  for (uint64_t& word : words_) word = 0;
  hits_.resize(blocks);
  called_ = wanted.called != nullptr ? wanted.called : &called_for(wanted.set, &own_);
}

/// Looks through what is there up to `end`, from the block of `begin` on if nobody asked for what is before it; and ahead, the
/// farther the longer everything is asked for.
void Candidates::mark(size_t begin, size_t end) {
  if (begin >= until_) {
    from_ = until_ = begin / 64 * 64;
    ahead_ = kAheadLeast;
    reader_.emplace(document_.substr(from_), called_->needs);
  }
  end = std::max(end, until_ + ahead_);
  ahead_ = std::min(2 * ahead_, kAheadMost);
  for (size_t count; until_ < end && (count = reader_->next()) != 0;) {
    for (size_t i = 0; i < count; ++i, until_ += kLaneBytes) {
      const size_t first = until_ / 64, bit = first % 64;
      const uint64_t marked = mark_blocks((*reader_)[i], first);
      words_[first / 64] |= marked << bit;
      if (bit > 64 - kLanes) words_[first / 64 + 1] |= marked >> (64 - bit);
    }
  }
}

/// Marks kLanes blocks from the first on; returns which have a sign.
uint8_t Candidates::mark_blocks(const Hits& hits, size_t first) {
  unsigned marked = hits.has_sure;
  uint64_t* const out = hits_.data() + first;
  std::memcpy(out, hits.sure, sizeof hits.sure);
  for (unsigned rest = hits.has_literal | hits.has_escape; rest != 0; rest &= rest - 1) {
    const auto b = static_cast<size_t>(std::countr_zero(rest));
    const size_t base = (first + b) * 64;
    uint64_t found = hits.sure[b];
    for (uint64_t bits = hits.escape[b] & ~found; bits != 0; bits &= bits - 1)
      if (escape_counts(document_, base + static_cast<size_t>(std::countr_zero(bits)))) found |= bits & -bits;
    for (uint64_t bits = hits.literal[b] & ~found; bits != 0; bits &= bits - 1)
      if (literal_counts(document_, base + static_cast<size_t>(std::countr_zero(bits)), called_->rows)) found |= bits & -bits;
    out[b] = found;
    marked |= static_cast<unsigned>(found != 0) << b;
  }
  return static_cast<uint8_t>(marked);
}

}  // namespace gatehouse::detect
