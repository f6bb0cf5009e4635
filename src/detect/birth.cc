// Dates of birth: a date is one when something says so.
#include <algorithm>

#include "detect/alone.h"
#include "detect/dates.h"
#include "detect/numbers.h"
#include "detect/words.h"

namespace gatehouse::detect {
namespace {

constexpr unsigned kYearsMax = 2012;  // of a date that nothing but its row speaks for

/// Whether a date may begin at text[at].
bool may_begin(ByteView text, size_t at) {
  if (at > 0 && (is_digit(text[at - 1]) || letter_before(text, at) != 0)) {
    const bool escaped = at > 1 && text[at - 2] == '\\' && !is_digit(text[at - 1]);
    if (!escaped) return false;
  }
  return is_digit(text[at]) || is_ascii_letter(text[at]) || static_cast<uint8_t>(text[at]) == 0xc3;
}

/// A digit right behind makes it another number; a time does not.
bool ends_well(ByteView text, size_t end) { return end >= text.size() || !is_digit(text[end]); }

/// The first date in [at, limit); its end, 0 when there is none.
size_t first_date(ByteView text, size_t at, size_t limit, size_t* begin) {
  for (; at < limit; ++at) {
    if (!may_begin(text, at)) continue;
    const Date date = date_at(text, at);
    if (date.end == 0 || !ends_well(text, date.end)) continue;
    *begin = at;
    return date.end;
  }
  return 0;
}

/// More text may turn what begins behind text[at] into a date.
void hold_date(Sight& sight, size_t at) {
  for (; sight.open && at < sight.text.size(); ++at) {
    if (!may_begin(sight.text, at) || !may_be_date(sight.text, at)) continue;
    sight.hold(at);
    return;
  }
}

/// Passes back over what stands between two cells of a row: blanks, bars, commas, tags.
size_t cell_before(ByteView text, size_t at, bool* other) {
  const size_t begin = at;
  for (size_t tags = 0; at > 0 && begin - at < 20;) {
    const char c = text[at - 1];
    if (c == '>' && tags < 3) {
      size_t open = at - 1;
      while (open > 0 && at - open < 20 && text[open] != '<') --open;
      if (text[open] != '<') return at;
      at = open;
      ++tags;
    } else if (c == ' ' || c == '|' || c == ',' || c == ';' || c == '\t' || c == '"' || c == '\n' || c == '\'') {
      --at;
    } else {
      break;
    }
  }
  *other = begin != at;
  return at;
}

/// What is left of 123-45-6789 when a border cut it.
bool ends_ssn(ByteView text) {
  static constexpr ByteView kForm = "ddd-dd-dddd";
  const ByteView form = kForm.substr(kForm.size() - text.size());
  for (size_t i = 0; i < text.size(); ++i)
    if (form[i] == 'd' ? !is_digit(text[i]) : text[i] != '-') return false;
  return true;
}

/// Whether an SSN or an insurance number ends before text[end].
bool personal_before(ByteView text, size_t end) {
  if (end >= 11) {
    const ByteView last = text.substr(end - 11, 11);
    char digits[9];
    size_t count = 0;
    for (size_t i = 0; i < 11; ++i)
      if (is_digit(last[i]) && count < 9) digits[count++] = last[i];
    if (count == 9 && (last[3] == '-' || last[3] == ' ') && last[6] == last[3] && (is_ssn(digits) || is_itin(digits)) &&
        (end == 11 || !is_digit(text[end - 12])))
      return true;
  }
  if (end >= 6 && end < 11 && ends_ssn(text.substr(0, end))) return true;
  if (end < 9 || static_cast<unsigned char>(text[end - 1] - 'A') >= 4) return false;
  size_t digits = 0, at = end - 1;
  for (char kind; at > 0 && digits < 6; ) {
    if (is_digit(text[at - 1])) {
      ++digits;
      --at;
      continue;
    }
    const size_t length = separator_before(text, at, &kind);
    if (length == 0) return false;
    at -= length;
  }
  if (digits != 6) return false;
  char kind;
  if (at > 0 && !is_ascii_letter(text[at - 1])) at -= separator_before(text, at, &kind);
  return at >= 2 && is_ascii_letter(text[at - 1]) && is_ascii_letter(text[at - 2]);
}

}  // namespace

/// Called where a word such as "born" begins: the first date behind it.
size_t find_birth(Sight& sight, size_t at) {
  const ByteView text = sight.text;
  if ((text[at] == 'u' || text[at] == 'U') && letter_before(text, at) != 0) return at + 1;   // "ur.", and not "our."
  met(sight, at);
  size_t begin = at, from = at;
  while (from < text.size() && letter_at(text, from) != 0 && from - at < 24) from += letter_at(text, from);
  if (from == at) ++from;
  const size_t limit = from + kReach < text.size() ? from + kReach : text.size();
  if (from + kReach + kDateMax > text.size()) hold_date(sight, from);
  const size_t end = first_date(text, from, limit, &begin);
  // A point in time of these days is no birthday, though "born" stands before it.
  const ByteView behind = text.substr(end);
  const bool clock = behind.size() > 2 && behind[0] == ' ' && is_digit(behind[1]) && is_digit(behind[2]);
  const bool timed = clock || behind.starts_with('T');
  if (end == 0 || (timed && date_at(text, begin).year > kYearsMax)) return at + 1;
  sight.add(begin, end, Detector::date_of_birth, Evidence::near_word);
  return at + 1;
}

void name_birth(Sight& sight) {
  for (size_t at = sight.from, begin, end; at < sight.text.size(); at = end) {
    end = first_date(sight.text, at, sight.text.size(), &begin);
    if (end == 0) break;
    sight.add(begin, end, Detector::date_of_birth, Evidence::field_name);
  }
  hold_date(sight, sight.text.size() - std::min(sight.text.size(), kDateMax));
}

/// 1944年1月8日生: called at the 日.
size_t find_born_on(Sight& sight, size_t at) {
  const size_t least = at > 24 ? at - 24 : 0;
  for (size_t begin = at; begin > least; --begin) {
    if (!may_begin(sight.text, begin - 1)) continue;
    if (date_at(sight.text, begin - 1).end == at + 3) sight.add(begin - 1, at + 3, Detector::date_of_birth, Evidence::near_word);
  }
  return at + 1;
}

size_t find_birth_in_row(Sight& sight, const Sequence& groups) {
  if (groups.count() < 3 || groups[0].size() > 4 || groups[2].size() > 4) return 0;
  if ((groups[0].size() == 4) == (groups[2].size() == 4)) return 0;
  bool other = false;
  const size_t cell = cell_before(sight.text, groups[0].begin, &other);
  if (!other || !personal_before(sight.text, cell)) return 0;
  const Date date = date_at(sight.text, groups[0].begin);
  if (date.end != groups[2].end || date.year < 100 || date.year > kYearsMax || !ends_well(sight.text, date.end)) return 0;
  if (date.end < sight.text.size() && (sight.text[date.end] == 'T' || letter_at(sight.text, date.end) != 0)) return 0;
  sight.add(groups[0].begin, date.end, Detector::date_of_birth, Evidence::near_word);
  return 3;
}

}  // namespace gatehouse::detect
