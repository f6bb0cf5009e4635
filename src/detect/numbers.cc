#include "detect/numbers.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/letters.h"
#include "detect/custom_scan.h"
#include "detect/dates.h"
#include "detect/emphasis.h"
#include "detect/secrets.h"

namespace gatehouse::detect {
namespace {

/// How far a decision about a group reads to the right, and what may stand behind the last one.
constexpr size_t kNumberReach = 128, kNumberRight = 24;
constexpr size_t kEmphasisedMax = kNumberReach - kNumberRight;   // bytes of a value with emphasis in it

constexpr unsigned kDot = 1, kHyphen = 2, kSlash = 4, kSpace = 8;
unsigned gap_of(char before) {
  return before == '.' ? kDot : before == '-' ? kHyphen : before == '/' ? kSlash : before == ' ' ? kSpace : 0;
}

bool left_is_free(ByteView text, size_t begin) {
  if (begin == 0) return true;
  const char c = text[begin - 1];
  if (is_ascii_letter(c)) return word_names(text, begin, true) || (begin > 1 && text[begin - 2] == '\\' && (c == 'n' || c == 't'));
  if (c == '+') return false;                                    // a telephone number
  return !(c == '.' && begin > 1 && is_digit(text[begin - 2]));  // a fraction
}

bool right_is_free(ByteView text, size_t end) {
  return end == text.size() || !is_ascii_letter(text[end]) || word_names(text, end, false);
}

/// The text's end may have cut the sequence: holds what begins at its first group, when more text could change that.
void hold_open(Sight& sight, const Sequence& groups) {
  size_t begin = groups[0].begin;
  const size_t size = sight.text.size();
  if (begin + kNumberReach <= size || (size > kNumberRight && !groups.reaches(size - kNumberRight))) return;
  const auto belongs = [](char c) { return c == '(' || c == '+' || is_emphasis(c); };
  for (size_t back = 0; back < 4 && begin > sight.from && belongs(sight.text[begin - 1]); ++back) --begin;
  sight.hold(begin);
}

using Part = size_t (*)(Sight&, const Sequence&);
struct Row {
  DetectorSet detectors;
  size_t least;  // digits
  Part find;
  unsigned behind;  // gaps before a group at which no value begins
};
constexpr Row kRows[] = {{set_of(Detector::payment_card), 13, find_card, kDot},
                         {set_of(Detector::us_ssn) | set_of(Detector::us_itin), 9, find_social, kDot | kHyphen | kSlash},
                         {set_of(Detector::uk_nhs), 10, find_nhs, kDot | kHyphen | kSpace},
                         {set_of(Detector::date_of_birth), 6, find_birth_in_row, kDot | kHyphen | kSlash},
                         {set_of(Detector::uk_nino), 6, find_insurance, kDot | kHyphen | kSlash | kSpace},
                         {set_of(Detector::phone), 7, find_phone, kDot | kHyphen}};
constexpr size_t kLeast = 6;   // digits

/// What begins at the first group; how many groups that takes, 0 when nothing does.
[[gnu::always_inline]] inline size_t find_first(Sight& sight, const Sequence& groups) {
  size_t taken = 0;
  const size_t digits = groups.left();
  const unsigned before = gap_of(groups[0].before);
  for (const Row& row : kRows)
    if (taken == 0 && digits >= row.least && (before & row.behind) == 0 && sight.wanted.any_of(row.detectors))
      taken = row.find(sight, groups);
  return taken;
}

/// Too few digits are left for any, and the text's end is far.
bool is_over(const Sight& sight, const Sequence& groups) {
  return groups.left() < kLeast && !groups.more() && (!sight.open || groups.end() + kNumberReach <= sight.text.size());
}

/// Whether one of eight bytes is a mark of emphasis.
bool has_emphasis(uint64_t bytes) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  uint64_t any = 0;
  for (const char mark : {'*', '_', '`', '~'}) {
    const uint64_t zero = bytes ^ kOnes * static_cast<uint8_t>(mark);
    any |= (zero - kOnes) & ~zero;
  }
  return (any & kOnes << 7) != 0;
}

/// Whether marks of emphasis stand near text[begin, end): within eight bytes, in which three signs have room, or two beyond ASCII.
bool near_emphasis(ByteView text, size_t begin, size_t end) {
  uint64_t left = 0, right = 0;
  const size_t before = std::min<size_t>(begin, 8), behind = std::min<size_t>(text.size() - end, 8);
  if (before == 8) std::memcpy(&left, text.data() + begin - 8, 8);
  else std::memcpy(&left, text.data() + begin - before, before);
  if (behind == 8) std::memcpy(&right, text.data() + end, 8);
  else std::memcpy(&right, text.data() + end, behind);
  return has_emphasis(left) || has_emphasis(right);
}

/// The values with emphasis in them that begin before text[end], in the sequence around text[at].
[[gnu::cold, gnu::noinline]] void find_emphasised(Sight& sight, size_t at, size_t end) {
  std::optional<Sequence> own;
  std::optional<Sequence>& last = sight.emphasised != nullptr ? *sight.emphasised : own;
  if (!last || !last->go_on(sight, at)) last.emplace(sight, at, Emphasis::passed);
  for (Sequence& groups = *last; !groups.done() && groups[0].begin < end;) {
    if (is_over(sight, groups)) return;
    if (sight.open) hold_open(sight, groups);
    const size_t there = sight.found->size();
    const size_t taken = find_first(sight, groups);
    if (sight.found->size() > there) {
      Found& found = sight.found->back();
      const ByteView value = sight.text.substr(found.begin, found.end - found.begin);
      size_t from = found.begin, to = found.end;
      if (value.size() > kEmphasisedMax || std::none_of(value.begin(), value.end(), is_emphasis)) {
        sight.found->resize(there);   // the other has it
      } else {
        take_in(sight.text, sight.from, is_emphasis, &from, &to);
        found.begin = static_cast<uint32_t>(from);
        found.end = static_cast<uint32_t>(to);
        sight.taken = to;
      }
    }
    groups.drop(taken == 0 ? 1 : taken);
  }
}

}  // namespace

bool unbound(const Sequence& groups, size_t count) {
  return (holds(groups[0].before) || left_is_free(groups.text(), groups[0].begin)) &&
         (holds(groups.after(count - 1)) || right_is_free(groups.text(), groups[count - 1].end));
}

size_t find_numbers(Sight& sight, size_t at) {
  Sequence groups(sight, at);
  // Signs behind a sequence call once more.
  if (groups.done() || (!groups.more() && groups.end() <= sight.seen)) return groups.end();
  const size_t begin = groups[0].begin;
  while (!groups.done() && !is_over(sight, groups)) {
    if (sight.open) hold_open(sight, groups);
    const size_t there = sight.found->size();   // what cells hold was found first
    const size_t taken = find_first(sight, groups);
    if (taken != 0 && sight.found->size() > there) sight.taken = sight.found->back().end;
    groups.drop(taken == 0 ? 1 : taken);
  }
  if (near_emphasis(sight.text, begin, groups.end())) find_emphasised(sight, begin, groups.end());
  return groups.end();
}

bool detect_number(ByteView number, ByteView field, const Wanted& wanted, Found* found) {
  *found = {0, static_cast<uint32_t>(number.size()), Detector::payment_card, Evidence::luhn, false, false, 0};
  if (wanted.has(Detector::payment_card) && is_card_number(number)) return true;
  if (wanted.has(Detector::custom) && wanted.custom != nullptr && wanted.custom->in_number(number, field, found)) return true;
  if (secret_number(number, field, wanted, found)) return true;
  if (field.empty() || number.size() < 7 || number.size() > 15) return false;
  if (number.find_first_not_of("0123456789") != ByteView::npos) return false;
  const DetectorSet names = named_by_field(field) & wanted.set;
  if (names == 0) return false;
  const std::string zeros(number.size() < 9 ? 9 - number.size() : 0, '0');
  const std::string nine = zeros + std::string(number);
  found->evidence = Evidence::field_name;
  const auto is = [&](Detector detector, bool judged) {
    if (!judged || (names & set_of(detector)) == 0) return false;
    found->detector = detector;
    return true;
  };
  return is(Detector::us_ssn, nine.size() == 9 && is_ssn(nine.data())) ||
         is(Detector::us_itin, nine.size() == 9 && is_itin(nine.data())) ||
         is(Detector::uk_nhs, number.size() == 10 && is_nhs(number.data())) ||
         is(Detector::date_of_birth, number.size() == 8 && date_at(number, 0).end == 8) || is(Detector::phone, true) ||
         is(Detector::passport, number.size() <= 9);
}

}  // namespace gatehouse::detect
