#include "mask/marks.h"

#include <algorithm>

namespace gatehouse::mask {
namespace {

/// Of two that are the same the one with a replacement is first, whichever was noted first.
bool before(const Mark& a, const Mark& b) {
  if (a.offset != b.offset) return a.offset < b.offset;
  return a.length != b.length ? a.length > b.length : a.text_length > b.text_length;
}

/// Of two marks that overlap, `a` the earlier one: does b decide?
bool stronger(const Plan::State& plan, const Mark& b, const Mark& a) {
  if ((a.detector == detect::Detector::field) != (b.detector == detect::Detector::field))
    return b.detector == detect::Detector::field;   // a path
  if (a.rule != b.rule) return plan.rules[b.rule].rank < plan.rules[a.rule].rank;
  return b.weight > a.weight;
}

}  // namespace

void settle_marks(const Plan::State& plan, Room<Mark>* marks) {
  Mark* const first = marks->begin();
  size_t kept = 0, i = 0;
  const size_t count = marks->size();
  for (i = 1; i < count && first[i - 1].end() <= first[i].offset; ++i) {}
  if (i >= count) return;  // as they should be
  std::stable_sort(first, marks->end(), before);
  for (i = 0; i < count; ++i) {
    const Mark next = first[i];
    if (kept == 0 || next.offset >= first[kept - 1].end()) {
      first[kept++] = next;
      continue;
    }
    Mark& last = first[kept - 1];
    const uint64_t offset = last.offset, end = std::max(last.end(), next.end());
    if (stronger(plan, next, last)) last = next;
    last.offset = offset;
    last.length = static_cast<uint32_t>(end - offset);
  }
  marks->resize(kept);
}

}  // namespace gatehouse::mask
