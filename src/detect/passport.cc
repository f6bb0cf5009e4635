// Passport numbers: nothing but a word or a field's name tells them.
#include "detect/alone.h"
#include "detect/finder.h"
#include "detect/words.h"

namespace gatehouse::detect {
namespace {

constexpr size_t kLeast = 6, kMost = 10, kDigitsLeast = 4;
constexpr size_t kLookBehind = 16;  // the longest number, a blank in it, and what follows

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
bool is_part(char c) { return is_digit(c) || is_capital(c); }

/// The word of capitals and digits at text[at]: C01X00T47, 123456789, 12AB34567; its end, 0 when it is no passport number.
size_t number_end(ByteView text, size_t at) {
  size_t end = at, digits = 0;
  for (; end < text.size() && is_part(text[end]) && end - at <= kMost; ++end) digits += is_digit(text[end]);
  if (end - at >= 2 && end - at <= 3 && digits <= 1 && end < text.size() && text[end] == ' ') {  // AB 1234567
    size_t behind = end + 1;
    while (behind < text.size() && is_digit(text[behind]) && behind - end <= 8) ++behind;
    if (behind - end - 1 >= kLeast && alone_right(text, behind)) return behind;
  }
  const bool enough = digits >= kDigitsLeast || (end - at == 9 && digits >= 2);
  return end - at >= kLeast && end - at <= kMost && enough && alone_right(text, end) ? end : 0;
}

bool is_date_like(ByteView text, size_t at, size_t end) {
  return end - at == 8 && (text.substr(at, 2) == "19" || text.substr(at, 2) == "20");
}

bool begins(ByteView text, size_t at) {
  return is_part(text[at]) && (alone_left(text, at) || behind_sign(text, at, set_of(Detector::passport)));
}

/// More text may make a number of a word that begins near the end.
void hold_number(Sight& sight, size_t at) {
  const size_t least = sight.text.size() > kLookBehind ? sight.text.size() - kLookBehind : 0;
  for (at = at > least ? at : least; sight.open && at < sight.text.size(); ++at) {
    if (!begins(sight.text, at)) continue;
    sight.hold(at);
    return;
  }
}

}  // namespace

/// Called where a word such as "passport" begins: the first number behind it.
size_t find_passport(Sight& sight, size_t at) {
  const ByteView text = sight.text;
  met(sight, at);
  size_t from = at;
  while (from < text.size() && letter_at(text, from) != 0 && from - at < 24) from += letter_at(text, from);
  if (from == at) ++from;
  const size_t limit = from + kReach < text.size() ? from + kReach : text.size();
  for (size_t begin = from; begin < limit; ++begin) {
    if (!begins(text, begin)) continue;
    const size_t end = number_end(text, begin);
    if (end == 0 || is_date_like(text, begin, end)) continue;
    sight.add(begin, end, Detector::passport, Evidence::near_word);
    break;
  }
  hold_number(sight, from);
  return at + 1;
}

void name_passport(Sight& sight) {
  for (size_t at = sight.from; at < sight.text.size(); ++at) {
    if (!is_part(sight.text[at]) || !alone_left(sight.text, at)) continue;
    const size_t end = number_end(sight.text, at);
    if (end == 0) continue;
    sight.add(at, end, Detector::passport, Evidence::field_name);
    at = end - 1;
  }
  hold_number(sight, sight.from);
}

}  // namespace gatehouse::detect
