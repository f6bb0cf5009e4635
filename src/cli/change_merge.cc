#include "cli/change_merge.h"

namespace gatehouse::cli {
namespace {

/// before: `a` ends where `b` has not begun. Two empty ones at one place are not before each other.
bool before(const MaskedPlace& a, const MaskedPlace& b) { return a.end <= b.begin && (a.begin != b.begin || a.end != b.end); }

/// alone: nothing that comes on the other side, known up to `known`, can overlap with it.
bool alone(const MaskedPlace& place, uint64_t known) {
  return place.end < known || known == UINT64_MAX || (place.end == known && place.begin < place.end);
}

}  // namespace

MaskedPlace place_of(const mask::Change& change, uint64_t base) {
  MaskedPlace out;
  out.begin = base + change.original_offset;
  out.end = out.begin + change.original_bytes;
  out.text = crypto::sha256(change.replacement);
  out.detector = change.detector;
  out.mask = change.mask;
  out.place = change.place;
  return out;
}

void ChangeMerge::pop(std::deque<Waiting>& from, How how) {
  if (!from.front().paired) see_(how, from.front().place);
  from.pop_front();
}

/// pair compares two that overlap, and lets go of the one that ends first.
void ChangeMerge::pair() {
  Waiting& was = was_.front();
  Waiting& would = would_.front();
  const bool same = was.place.begin == would.place.begin && was.place.end == would.place.end && was.place.text == would.place.text;
  if (!same) see_(How::otherwise, would.place);
  was.paired = would.paired = true;
  const uint64_t was_end = was.place.end, would_end = would.place.end;
  if (was_end <= would_end) was_.pop_front();
  if (would_end <= was_end) would_.pop_front();
}

void ChangeMerge::settle(uint64_t was_known, uint64_t would_known) {
  while (!was_.empty() || !would_.empty()) {
    if (!was_.empty() && !would_.empty()) {
      const MaskedPlace &was = was_.front().place, &would = would_.front().place;
      if (before(was, would)) pop(was_, How::no_longer);
      else if (before(would, was)) pop(would_, How::anew);
      else pair();
    } else if (!was_.empty()) {
      if (!alone(was_.front().place, would_known)) return;
      pop(was_, How::no_longer);
    } else {
      if (!alone(would_.front().place, was_known)) return;
      pop(would_, How::anew);
    }
  }
}

}  // namespace gatehouse::cli
