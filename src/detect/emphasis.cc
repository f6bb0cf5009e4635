#include "detect/emphasis.h"

#include <algorithm>

#include "base/letters.h"
#include "detect/alone.h"

namespace gatehouse::detect {
namespace {

constexpr size_t kOpenRuns = 4;   // runs of marks in one another

size_t run_at(ByteView text, size_t at, size_t end) {
  size_t count = 1;
  while (at + count < end && text[at + count] == text[at]) ++count;
  return count;
}

}  // namespace

bool emphasised_left(ByteView text, size_t begin) {
  size_t at = begin;
  while (at > 0 && begin - at < kEmphasisMax && text[at - 1] == '_') --at;
  return begin - at < kEmphasisMax && (at == 0 || (!is_digit(text[at - 1]) && letter_before(text, at) == 0));
}
bool emphasised_right(ByteView text, size_t end) {
  size_t at = end;
  while (at < text.size() && at - end < kEmphasisMax && text[at] == '_') ++at;
  return at - end < kEmphasisMax && (at == text.size() || (!is_digit(text[at]) && letter_at(text, at) == 0));
}

size_t marked_gap(ByteView text, size_t at) {
  const size_t ends = emphasis_at(text, at);
  char kind;
  const size_t separator = separator_at(text, at + ends, &kind);
  const size_t begins = separator == 0 ? 0 : emphasis_at(text, at + ends + separator);
  const size_t length = ends + separator + begins;
  if (at + length >= text.size()) return length;
  return separator != 0 || joins(text.substr(at, ends)) ? length : 0;
}

void take_in(ByteView text, size_t from, bool (*is_mark)(char), size_t* begin, size_t* end) {
  ByteView open[kOpenRuns];
  size_t count = 0;
  for (size_t at = *begin; at < *end;) {
    if (!is_mark(text[at])) {
      ++at;
      continue;
    }
    const ByteView run = text.substr(at, run_at(text, at, *end));
    if (count > 0 && open[count - 1] == run) --count;
    else if (count < kOpenRuns) open[count++] = run;
    at += run.size();
  }
  if (count == 0) return;
  const ByteView first = open[0], last = open[count - 1];
  const size_t before = *begin, behind = *end + last.size();
  if (before >= from + first.size() && text.substr(before - first.size(), first.size()) == first &&
      (before == first.size() || text[before - first.size() - 1] != first[0]))
    *begin -= first.size();
  else if (text.substr(*end, last.size()) == last && (behind == text.size() || text[behind] != last[0]))
    *end = behind;
}

}  // namespace gatehouse::detect
