#include "config/nearest.h"

#include <algorithm>
#include <array>

namespace gatehouse::config {
namespace {

constexpr size_t kLongest = 64;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c == '_' ? '-' : c; }

/// distance is Damerau's (optimal string alignment), blind to letter case and to '_' against '-'.
size_t distance(ByteView a, ByteView b) {
  std::array<std::array<size_t, kLongest + 1>, 3> rows{};
  size_t* before = rows[0].data();
  size_t* last = rows[1].data();
  size_t* row = rows[2].data();
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
      const bool swapped =
          i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    size_t* const oldest = before;
    before = last;
    last = row;
    row = oldest;
  }
  return last[b.size()];
}

}  // namespace

ByteView nearest(ByteView typed, std::span<const ByteView> words) {
  if (typed.size() > kLongest) return {};
  ByteView best;
  size_t best_distance = std::max<size_t>(1, typed.size() / 3) + 1;
  for (const ByteView word : words) {
    if (word.size() > kLongest) continue;
    const size_t apart = distance(typed, word);
    if (apart < best_distance) best = word, best_distance = apart;
  }
  return best;
}

std::string listed(std::span<const ByteView> words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

}  // namespace gatehouse::config
