#include "mask/detect.h"

#include <algorithm>
#include <bit>

#include "mask/candidates.h"
#include "mask/finder.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kSliceBlocks = 16;

/// Puts values in order and joins what overlaps: leftmost first, then longest.
void merge(Room<Found>* found) {
  const auto before = [](const Found& a, const Found& b) { return a.begin != b.begin ? a.begin < b.begin : a.end > b.end; };
  if (!std::is_sorted(found->begin(), found->end(), before)) std::sort(found->begin(), found->end(), before);
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

size_t detect(const Text& text, const Wanted& wanted, Room<Found>* found) {
  found->clear();
  Sight sight{text.bytes, text.from, text.field, text.open, wanted, found, text.bytes.size()};
  const bool emails = wanted.has(Detector::email);
  const bool numbers = wanted.any_of(set_of(Detector::payment_card) | set_of(Detector::us_ssn));
  Signs signs[kSliceBlocks];
  Runs runs;
  const ByteView bytes = text.bytes;
  const size_t blocks = (bytes.size() + 63) / 64;
  size_t run_end = 0;
  for (size_t first = 0; first < blocks; first += kSliceBlocks) {
    const size_t count = std::min(blocks - first, kSliceBlocks);
    read_signs(bytes.data() + first * 64, count, signs);
    for (size_t i = 0; i < count; ++i) {
      const size_t base = (first + i) * 64;
      const size_t left = bytes.size() - base;
      const uint64_t inside = left >= 64 ? ~uint64_t{0} : (uint64_t{1} << left) - 1;
      signs[i].at &= inside;
      signs[i].digit &= inside;
      for (uint64_t bits = emails ? signs[i].at : 0; bits != 0; bits &= bits - 1)
        find_email(sight, base + static_cast<size_t>(std::countr_zero(bits)));
      if (!numbers) continue;
      const bool next_digit = left > 64 && bytes[base + 64] >= '0' && bytes[base + 64] <= '9';
      for (uint64_t bits = runs.ends(signs[i], next_digit); bits != 0; bits &= bits - 1) {
        const size_t at = base + static_cast<size_t>(std::countr_zero(bits));
        if (at >= run_end) run_end = find_numbers(sight, at);
      }
    }
  }
  merge(found);
  return sight.tail;
}

}  // namespace gatehouse::mask
