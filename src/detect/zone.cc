// The machine-readable zone of passports, identity cards and visas (ICAO Doc 9303, parts 4 to 7), line by line: each is a value, so
// that it does not matter what stands between two of them.
#include "base/letters.h"
#include "detect/finder.h"

namespace gatehouse::detect {
namespace {

constexpr size_t kWide = 44, kMiddle = 36, kNarrow = 30;   // characters of a line of a passport, a card of two lines, one of three
constexpr size_t kRunMax = 3 * kNarrow;                    // all lines, nothing between them
constexpr size_t kChecked = 28;                            // of a line with three check digits, up to the last of them

constexpr bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_zone(char c) { return is_digit(c) || is_capital(c) || c == '<'; }

/// The digit that checks what is before it: weights of 7, 3 and 1, letters from 10 on.
bool checks(ByteView text, char digit) {
  static constexpr unsigned kWeights[] = {7, 3, 1};
  unsigned sum = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const unsigned value = is_digit(c) ? static_cast<unsigned>(c - '0') : is_capital(c) ? static_cast<unsigned>(c - 'A') + 10 : 0;
    sum += value * kWeights[i % 3];
  }
  return digit == static_cast<char>('0' + sum % 10);
}

/// YYMMDD, of which a day or a month may be unknown, and its digit.
bool is_date(ByteView text) {
  const ByteView date = text.substr(0, 6);
  for (const char c : date)
    if (!is_digit(c) && c != '<') return false;
  return (date[2] <= '1' || date[2] == '<') && (date[4] <= '3' || date[4] == '<') && checks(date, text[6]);
}

bool is_sex(char c) { return c == 'M' || c == 'F' || c == '<' || c == 'X'; }

bool is_state(ByteView text) {
  for (const char c : text)
    if (!is_capital(c) && c != '<') return false;
  return is_capital(text[0]);
}

/// ERIKSSON<<ANNA<MARIA<<<<: nothing else, and fillers up to the end but of the longest names.
bool is_names(ByteView text) {
  for (const char c : text)
    if (!is_capital(c) && c != '<') return false;
  return is_capital(text[0]) && text.find("<<") != ByteView::npos;
}

/// Whether a line has its length, or lost some fillers: a part of one is none, as what else it says would stay.
bool is_whole(ByteView line) {
  if (line.size() == kWide || line.size() == kMiddle) return true;
  return line.size() > kChecked && line.size() < kWide && line[kChecked] == '<' &&
         line.find_first_not_of("<0123456789", kChecked) == ByteView::npos;
}

/// Number, state, birth, sex, expiry: the second line of a passport, a visa, or a card of two lines.
bool is_number_line(ByteView line) {
  return is_whole(line) && is_state(line.substr(10, 3)) && is_date(line.substr(13, 7)) &&
         is_sex(line[20]) && is_date(line.substr(21, 7)) && checks(line.substr(0, 9), line[9]);
}

/// P<UTOERIKSSON<<ANNA<MARIA<<<<…
bool is_name_line(ByteView line) {
  const bool passport = (line[0] == 'P' || line[0] == 'V') && line.size() >= kMiddle && line.size() <= kWide;
  const bool card = ByteView("ACI").find(line[0]) != ByteView::npos && line.size() == kMiddle;
  return (passport || card) && (is_capital(line[1]) || line[1] == '<') && is_state(line.substr(2, 3)) && is_names(line.substr(5));
}

/// The three of a card: I<UTOD231458907<<<…, 7408122F1204159UTO<<<…, and names.
bool is_card_line(ByteView line) {
  if (line.size() != kNarrow || line.find('<') == ByteView::npos) return false;
  const bool number = ByteView("ACI").find(line[0]) != ByteView::npos && (is_capital(line[1]) || line[1] == '<') &&
                      is_state(line.substr(2, 3)) && checks(line.substr(5, 9), line[14]);
  const bool dates = is_date(line) && is_sex(line[7]) && is_date(line.substr(8, 7)) && is_state(line.substr(15, 3));
  return number || dates || (line.ends_with("<<<") && is_names(line));
}

/// Adds text[begin, begin + width) and so on; whether any is a line.
bool add_lines(Sight& sight, size_t begin, size_t end, size_t width) {
  bool any = false;
  for (; begin < end; begin += width) {
    const ByteView line = sight.text.substr(begin, width);
    const bool number = is_number_line(line);
    if (!number && !is_name_line(line) && !is_card_line(line)) continue;
    sight.add(begin, begin + width, Detector::passport, number ? Evidence::checksum : Evidence::structure);
    any = true;
  }
  return any;
}

}  // namespace

/// Called at fillers, and in words as long as the number's line has.
size_t find_zone(Sight& sight, size_t at) {
  const ByteView text = sight.text;
  if (!is_zone(text[at])) return at + 1;
  size_t begin = at, end = at;
  while (begin > 0 && at - begin <= kRunMax && is_zone(text[begin - 1])) --begin;
  while (end < text.size() && end - begin <= kRunMax && is_zone(text[end])) ++end;
  const size_t size = end - begin;
  if (size > kRunMax) return end;   // so is what of it stands behind
  if (end == text.size()) sight.hold(begin);
  if (size < kChecked || letter_before(text, begin) != 0 || letter_at(text, end) != 0) return end;
  for (const size_t width : {kWide, kMiddle, kNarrow})
    if (size % width == 0 && add_lines(sight, begin, end, width)) return end;
  add_lines(sight, begin, end, size);
  return end;
}

}  // namespace gatehouse::detect
