#include "mask/strip.h"

#include <algorithm>

#include "base/limits.h"

namespace gatehouse::mask {
namespace {

/// The last knot at or before a text offset; of several at the same offset the last.
const Knot* knot_of(const Knot* knots, size_t count, uint32_t at) {
  const Knot* const next = std::upper_bound(knots, knots + count, at, [](uint32_t a, const Knot& knot) { return a < knot.text; });
  return next == knots ? knots : next - 1;
}

}  // namespace

void add_knots(const Piece& piece, uint32_t base, size_t first, Room<Knot>* knots) {
  uint64_t raw = piece.at;
  uint32_t text = 0;
  const auto size = static_cast<uint32_t>(piece.bytes.size());
  const auto plain = [&](uint32_t until) {
    if (until == text) return;
    const bool goes_on =
        knots->size() > first && knots->back().atom == 0 && knots->back().raw + (base + text - knots->back().text) == raw;
    if (!goes_on) knots->push({raw, base + text, 0});
    raw += until - text;
    text = until;
  };
  for (size_t i = 0; i < piece.bend_count; ++i) {
    const Bend& bend = piece.bends[i];
    plain(bend.at);
    if (bend.text != 0) knots->push({raw, base + text, bend.raw});
    raw += bend.raw;
    text += bend.text;
  }
  plain(size);
}

RawRuns::RawRuns(const Knot* knots, size_t count, uint32_t begin, uint32_t end)
    : at_(knot_of(knots, count, begin)), last_(knots + count), begin_(begin), end_(end) {}

/// The next raw range within one knot.
bool RawRuns::stretch(uint64_t* raw, uint64_t* length) {
  while (begin_ < end_ && at_ != last_) {
    const Knot& knot = *at_;
    const uint32_t until = at_ + 1 == last_ ? end_ : std::min(end_, at_[1].text);
    ++at_;
    if (until <= begin_) continue;
    *raw = knot.atom != 0 ? knot.raw : knot.raw + (begin_ - knot.text);
    *length = knot.atom != 0 ? knot.atom : until - begin_;
    begin_ = until;
    return true;
  }
  return false;
}

bool RawRuns::next(uint64_t* raw, uint64_t* length) {
  if (!stretch(raw, length)) return false;
  while (begin_ < end_ && at_ != last_) {
    const Knot* const kept = at_;
    const uint32_t begin = begin_;
    uint64_t more = 0, count = 0;
    if (!stretch(&more, &count)) break;
    if (more != *raw + *length) {
      at_ = kept;
      begin_ = begin;
      break;
    }
    *length += count;
  }
  return true;
}

uint64_t raw_of(const Knot* knots, size_t count, uint32_t at) {
  const Knot* const knot = knot_of(knots, count, at);
  return knot->atom != 0 ? knot->raw : knot->raw + (at - knot->text);
}

void Strip::append(const Piece& piece) {
  add_knots(piece, static_cast<uint32_t>(text.size()), 0, &knots);
  text.append(piece.bytes.data(), piece.bytes.size());
  text.reserve(kSimdPadding);
}

void Strip::copy(const Strip& from, size_t begin, size_t end) {
  clear();
  if (begin >= end) return;
  text.append(from.text.data() + begin, end - begin);
  text.reserve(kSimdPadding);
  const Knot* const knots_end = from.knots.end();
  for (const Knot* knot = knot_of(from.knots.data(), from.knots.size(), static_cast<uint32_t>(begin));
       knot != knots_end && knot->text < end; ++knot) {
    Knot kept = *knot;
    if (kept.text < begin) {
      if (kept.atom == 0) kept.raw += begin - kept.text;
      kept.text = static_cast<uint32_t>(begin);
    }
    kept.text -= static_cast<uint32_t>(begin);
    knots.push(kept);
  }
}

void Strip::drop_front(size_t count) {
  if (count == 0) return;
  if (count == text.size()) return clear();
  std::memmove(text.data(), text.data() + count, text.size() - count);
  text.resize(text.size() - count);
  const Knot* const first = knot_of(knots.data(), knots.size(), static_cast<uint32_t>(count));
  size_t kept = 0;
  for (const Knot* knot = first; knot != knots.end(); ++knot, ++kept) {
    Knot moved = *knot;
    if (moved.text < count) {
      if (moved.atom == 0) moved.raw += count - moved.text;
      moved.text = static_cast<uint32_t>(count);
    }
    moved.text -= static_cast<uint32_t>(count);
    knots[kept] = moved;
  }
  knots.resize(kept);
}

}  // namespace gatehouse::mask
