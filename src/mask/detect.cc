#include "mask/detect.h"

#include <algorithm>
#include <bit>

#include "mask/candidates.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kSliceBlocks = 16;

/// Puts values in order and joins what overlaps: leftmost first, then longest.
void merge(Room<Found>* found) {
  std::sort(found->begin(), found->end(), [](const Found& a, const Found& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
  });
  size_t kept = 0;
  for (size_t i = 0; i < found->size(); ++i) {
    const Found& next = (*found)[i];
    if (kept == 0 || next.begin >= (*found)[kept - 1].end) {
      (*found)[kept++] = next;
      continue;
    }
    Found& last = (*found)[kept - 1];
    if (next.end > last.end) {
      last.end = next.end;
      last.several = true;
    }
  }
  found->resize(kept);
}

}  // namespace

void detect(ByteView text, const Wanted& wanted, Room<Found>* found) {
  found->clear();
  Signs signs[kSliceBlocks];
  Runs runs;
  const size_t blocks = (text.size() + 63) / 64;
  size_t run_end = 0;
  bool sorted = true;
  for (size_t first = 0; first < blocks; first += kSliceBlocks) {
    const size_t count = std::min(blocks - first, kSliceBlocks);
    read_signs(text.data() + first * 64, count, signs);
    for (size_t i = 0; i < count; ++i) {
      const size_t base = (first + i) * 64;
      const size_t left = text.size() - base;
      const uint64_t inside = left >= 64 ? ~uint64_t{0} : (uint64_t{1} << left) - 1;
      signs[i].at &= inside;
      signs[i].digit &= inside;
      if (wanted.email) {
        for (uint64_t bits = signs[i].at; bits != 0; bits &= bits - 1) {
          Found email;
          if (!find_email(text, base + static_cast<size_t>(std::countr_zero(bits)), &email)) continue;
          sorted = sorted && (found->empty() || found->back().end <= email.begin);
          found->push(email);
        }
      }
      if (!wanted.numbers()) continue;
      const bool next_digit = left > 64 && text[base + 64] >= '0' && text[base + 64] <= '9';
      for (uint64_t bits = runs.ends(signs[i], next_digit); bits != 0; bits &= bits - 1) {
        const size_t at = base + static_cast<size_t>(std::countr_zero(bits));
        if (at < run_end) continue;
        const size_t before = found->size();
        run_end = find_numbers(text, at, wanted, found);
        if (before > 0 && found->size() > before && (*found)[before].begin < (*found)[before - 1].end) sorted = false;
      }
    }
  }
  if (!sorted) merge(found);
}

}  // namespace gatehouse::mask
