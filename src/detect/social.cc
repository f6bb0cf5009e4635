#include "detect/alone.h"
#include "detect/numbers.h"
#include "detect/words.h"

namespace gatehouse::detect {
namespace {

/// Whether three groups of 3, 2 and 4 digits stand apart from longer numbers.
bool apart_324(const Sequence& groups) {
  if (groups.count() < 3 || groups[0].size() != 3 || groups[1].size() != 2 || groups[2].size() != 4) return false;
  const char sign = groups[1].before;
  if (groups[2].before != sign || !holds(sign) || !unbound(groups, 3)) return false;
  const char before = groups[0].before, after = groups.after(2);
  const auto ties = [&](char c) { return c == '-' || c == '/' || c == '.' || (c == ' ' && sign == ' '); };
  return !ties(before) && !ties(after);
}

constexpr DetectorSet kNamed = set_of(Detector::us_ssn) | set_of(Detector::us_itin) | set_of(Detector::uk_nhs);

/// One piece of so many digits, or the groups of a usual spelling, with nothing tied to it.
bool piece(const Sequence& groups, uint32_t size) {
  return groups[0].size() == size && !holds(groups[0].before) && groups[0].before != '/' && groups.after(0) != '-' &&
         groups.after(0) != '/' && groups.after(0) != '.' && alone_right(groups.text(), groups[0].end) &&
         (alone_left(groups.text(), groups[0].begin) || behind_sign(groups.text(), groups[0].begin, kNamed));
}

/// Prefixes that are given out; TN was, for those who had no number yet.
bool is_prefix(char first, char second) {
  const ByteView both[] = {"BG", "GB", "KN", "NK", "NT", "ZZ"};
  const char pair[] = {static_cast<char>(first & ~0x20), static_cast<char>(second & ~0x20)};
  for (const ByteView none : both)
    if (ByteView(pair, 2) == none) return false;
  return ByteView("DFIQUV").find(pair[0]) == ByteView::npos && ByteView("DFIOQUV").find(pair[1]) == ByteView::npos;
}

/// How many groups are the six digits of an insurance number: 6, 3-3 or 2-2-2.
size_t six_digits(const Sequence& groups) {
  if (groups[0].size() == 6) return 1;
  if (groups.count() >= 2 && groups[0].size() == 3 && groups[1].size() == 3) return 2;
  const bool twos = groups.count() >= 3 && groups[0].size() == 2 && groups[1].size() == 2 && groups[2].size() == 2;
  return twos && groups[1].before == groups[2].before ? 3 : 0;
}

}  // namespace

bool is_itin(const char* digits) {
  const int group = (digits[3] - '0') * 10 + digits[4] - '0';
  return digits[0] == '9' && group >= 50 && group != 66 && group != 67 && group != 68 && group != 69 && group != 89 && group != 93;
}

bool is_nhs(const char* digits) {
  int sum = 0;
  for (int i = 0; i < 9; ++i) sum += (digits[i] - '0') * (10 - i);
  const int check = 11 - sum % 11;
  return check != 10 && check % 11 == digits[9] - '0' && !(digits[0] == '0' && digits[1] == '0');
}

bool is_ssn(const char* digits) {
  const auto is = [&](size_t at, ByteView value) { return ByteView(digits + at, value.size()) == value; };
  return !is(0, "000") && !is(0, "666") && digits[0] != '9' && !is(3, "00") && !is(5, "0000");
}

// SSN and ITIN: 3-2-4 as such, one piece of nine or dots when something names it; an ITIN always. Returns the groups taken.
size_t find_social(Sight& sight, const Sequence& groups) {
  const bool three = apart_324(groups), one = !three && piece(groups, 9);
  if (!three && !one) return 0;
  const size_t count = three ? 3 : 1;
  char digits[9];
  groups.digits(count, digits, 9);
  const bool sure = three && groups[1].before != '.';
  for (const Detector detector : {Detector::us_ssn, Detector::us_itin}) {
    if (!sight.wanted.has(detector) || !(detector == Detector::us_ssn ? is_ssn(digits) : is_itin(digits))) continue;
    Evidence evidence = Evidence::structure;
    if ((!sure || detector == Detector::us_itin) && !sight.named(detector, groups[0].begin, &evidence)) continue;
    sight.add(groups[0].begin, groups[count - 1].end, detector, evidence);
    return count;
  }
  return 0;
}

// An NHS number: ten digits of which the last checks the others; 3-3-4 as such, one piece when something names it.
size_t find_nhs(Sight& sight, const Sequence& groups) {
  if (!sight.wanted.has(Detector::uk_nhs)) return 0;
  const bool three = groups.count() >= 3 && groups[0].size() == 3 && groups[1].size() == 3 && groups[2].size() == 4 &&
                     (groups[1].before == ' ' || groups[1].before == '-') && groups[2].before == groups[1].before;
  const size_t count = three ? 3 : 1;
  if (!three && !piece(groups, 10)) return 0;
  if (three && (holds(groups[0].before) || groups.after(2) == groups[1].before || !unbound(groups, 3))) return 0;
  char digits[10];
  if (groups.digits(count, digits, 10) != 10 || !is_nhs(digits)) return 0;
  Evidence evidence = Evidence::checksum;
  const bool given_out = digits[0] == '4' || digits[0] == '6' || digits[0] == '7' || digits[0] == '9';
  const bool usual = three && groups[1].before == ' ' && given_out;
  if (!sight.named(Detector::uk_nhs, groups[0].begin, &evidence) && !usual) return 0;
  sight.add(groups[0].begin, groups[count - 1].end, Detector::uk_nhs, Evidence::checksum);
  return count;
}

// Two letters, six digits, a letter from A to D, in one piece or in groups. In small letters, in two groups, or without the last
// letter only when something names it.
size_t find_insurance(Sight& sight, const Sequence& groups) {
  const ByteView text = sight.text;
  if (groups[0].before != '\0') return 0;
  const size_t count = six_digits(groups);
  if (count == 0 || groups.after(count - 1) != '\0') return 0;
  char kind;
  size_t begin = groups[0].begin;
  if (begin < 2) return 0;
  if (!is_ascii_letter(text[begin - 1])) begin -= separator_before(text, begin, &kind);
  if (begin < 2 || !is_ascii_letter(text[begin - 1]) || !is_ascii_letter(text[begin - 2])) return 0;
  begin -= 2;
  if (!alone_left(text, begin) && !behind_sign(text, begin, set_of(Detector::uk_nino))) return 0;
  if (!is_prefix(text[begin], text[begin + 1])) return 0;
  size_t end = groups[count - 1].end, last = end + separator_at(text, end, &kind);
  const bool letter = last < text.size() && static_cast<unsigned char>((text[last] | 0x20) - 'a') < 4;
  const bool suffix = letter && alone_right(text, last + 1);
  const bool capitals = ((text[begin] | text[begin + 1] | (suffix ? text[last] : 0)) & 0x20) == 0;
  if (!suffix && !alone_right(text, end)) return 0;
  Evidence evidence = Evidence::structure;
  if ((!suffix || !capitals || count == 2) && !sight.named(Detector::uk_nino, begin, &evidence)) return 0;
  sight.add(begin, suffix ? last + 1 : end, Detector::uk_nino, evidence);
  return count;
}

}  // namespace gatehouse::detect
