#include "detect/dates.h"

#include "base/letters.h"
#include "detect/literals.h"

namespace gatehouse::detect {
namespace {

/// The names of months, as fold() makes them, by what they begin with: longer words of letters are taken whole. Languages of
/// Europe, in Latin, Cyrillic and Greek letters.
constexpr ByteView kMonths[] = {
    "jan", "j\xe3\xa4n", "ene", "gen", "feb", "f\xe3\xa9v", "fev", "mar", "m\xe3\xa4r", "maa", "mrt", "apr", "avr", "abr", "may",
    "mai", "mag", "mei", "jun", "juin", "giu", "jul", "juil", "lug", "aug", "ao\xe3\xbb", "aou", "ago", "sep", "set", "oct",
    "okt", "out", "ott", "nov", "dec", "d\xe3\xa9" "c", "dez", "dic", "maj", "jui", "juny", "des", "ian", "iun", "iul", "noi",
    "sty", "lut", "kwi", "cze", "lip", "sie", "wrz", "pa\xe5\xba", "paz", "lis", "gru", "led", "\xe3\xbano", "uno", "b\xe5\xb9"
    "e", "bre", "dub", "kv\xe4\xbb", "kve", "\xe4\xad" "er", "cer", "srp", "z\xe3\xa1\xe5\xb9", "zar", "\xe5\xb9\xe3\xadj", "rij",
    "pro", "oca", "\xe5\xbfub", "sub", "nis", "haz", "tem", "a\xe4\xbfu", "agu", "eyl", "eki", "kas", "ara", "ocak", "tam", "hel",
    "huh", "tou", "kes", "hei", "elo", "syy", "lok", "jou", "m\xe3\xa1rc", "\xe3\xa1pr", "m\xe3\xa1j", "j\xe3\xban", "j\xe3\xbal",
    "szep", "\xf1\xaf\xf0\xbd\xf0\xb2", "\xf0\xaf\xf0\xbd\xf0\xb2", "\xf1\xa4\xf0\xb5\xf0\xb2", "\xf0\xbc\xf0\xb0\xf1\xa0",
    "\xf0\xb0\xf0\xbf\xf1\xa0", "\xf0\xbc\xf0\xb0", "\xf0\xb8\xf1\xae\xf0\xbd", "\xf0\xb8\xf1\xae\xf0\xbb",
    "\xf0\xb0\xf0\xb2\xf0\xb3", "\xf1\xa1\xf0\xb5\xf0\xbd", "\xf0\xa1\xf0\xb5\xf0\xbd", "\xf0\xbe\xf0\xba\xf1\xa2",
    "\xf0\xbd\xf0\xbe\xf1\xaf", "\xf0\xb4\xf0\xb5\xf0\xba", "\xf1\xa1\xf1\xb6\xf1\xa7", "\xf0\xbb\xf1\xae\xf1\xa2",
    "\xf0\xb1\xf0\xb5\xf1\xa0", "\xf0\xba\xf0\xb2\xf1\xb6", "\xf1\xa2\xf1\xa0\xf0\xb0", "\xf1\xa7\xf0\xb5\xf1\xa0",
    "\xf0\xbb\xf0\xb8\xf0\xbf", "\xf0\xb2\xf0\xb5\xf1\xa0", "\xf0\xb6\xf0\xbe\xf0\xb2", "\xf0\xbb\xf0\xb8\xf1\xa1",
    "\xf0\xb3\xf1\xa0\xf1\xa3", "\xee\xb9\xee\xb1\xee\xbd", "\xef\xa6\xee\xb5\xee\xb2", "\xee\xa6\xee\xb5\xee\xb2",
    "\xee\xbc\xee\xac\xef\xa1", "\xee\xbc\xee\xb1\xef\xa1", "\xee\xb1\xef\xa0\xef\xa1", "\xee\xbc\xee\xb1\xee\xb0",
    "\xee\xbc\xee\xb1\xee\xb9", "\xee\xb9\xee\xbf\xef\xad", "\xee\xb9\xee\xbf\xef\xa5", "\xee\xb1\xef\xad\xee\xb3",
    "\xee\xb1\xef\xa5\xee\xb3", "\xef\xa3\xee\xb5\xef\xa0", "\xee\xa3\xee\xb5\xef\xa0", "\xee\xbf\xee\xba\xef\xa4",
    "\xee\xbd\xee\xbf\xee\xb5", "\xee\xbd\xee\xbf\xee\xad", "\xee\xb4\xee\xb5\xee\xba"};

struct Number {
  unsigned value = 0;
  size_t end = 0;
  size_t size = 0;
};

Number number_at(ByteView text, size_t at, size_t most) {
  Number number;
  for (number.end = at; number.end < text.size() && is_digit(text[number.end]) && number.size <= most; ++number.end, ++number.size)
    number.value = number.value * 10 + static_cast<unsigned>(text[number.end] - '0');
  if (number.size > most) number.size = 0;
  return number;
}

bool is_year(const Number& number) {
  return number.size == 2 || (number.size == 4 && number.value >= 1850 && number.value < 2100);
}
bool is_day(const Number& number) { return number.size >= 1 && number.size <= 2 && number.value >= 1 && number.value <= 31; }
bool are_day_and_month(const Number& a, const Number& b) {
  return is_day(a) && is_day(b) && (a.value <= 12 || b.value <= 12);
}

size_t spaces(ByteView text, size_t at) {
  char kind;
  size_t end = at;
  for (size_t length; (length = separator_at(text, end, &kind)) != 0 && kind == ' ' && end - at < 8;) end += length;
  return end;
}

/// A word of letters whose beginning is the name of a month; 0 when there is none.
size_t month_end(ByteView text, size_t at) {
  if (at >= text.size() || letter_at(text, at) == 0) return 0;
  size_t end = at, letters = 0;
  for (size_t length; end < text.size() && letters < 12 && (length = letter_at(text, end)) != 0; ++letters) end += length;
  for (const ByteView month : kMonths) {
    if (static_cast<char>(fold(text[at])) != month[0] || end - at < month.size() || letters > 11) continue;
    size_t same = 0;
    while (same < month.size() && static_cast<char>(fold(text[at + same])) == month[same]) ++same;
    if (same == month.size()) return end;
  }
  return 0;
}

/// Words and signs between the parts of a written date: "th", "er", ".", ",", " of ", " de ", "-", "/".
size_t between(ByteView text, size_t at) {
  static constexpr ByteView kEnds[] = {"st", "nd", "rd", "th", "er", "."};
  static constexpr ByteView kWords[] = {"of ", "de ", "del "};
  size_t end = at;
  for (const ByteView word : kEnds)
    if (text.substr(end, word.size()) == word) {
      end += word.size();
      break;
    }
  if (end < text.size() && (text[end] == ',' || text[end] == '-' || text[end] == '/')) ++end;
  end = spaces(text, end);
  for (const ByteView word : kWords)
    if (text.substr(end, word.size()) == word) return spaces(text, end + word.size());
  return end;
}

/// 8 January 1944, from behind the day.
Date written(ByteView text, const Number& day) {
  const size_t month = is_day(day) ? between(text, day.end) : 0;
  const size_t end = month == 0 ? 0 : month_end(text, month);
  if (end == 0) return {};
  const Number year = number_at(text, between(text, end), 4);
  return is_year(year) ? Date{year.end, year.value} : Date{};
}

Date month_first(ByteView text, size_t at) {
  const size_t end = month_end(text, at);
  if (end == 0) return {};
  const Number day = number_at(text, between(text, end), 2);
  if (!is_day(day)) return {};
  const Number year = number_at(text, between(text, day.end), 4);
  return year.size == 4 && is_year(year) ? Date{year.end, year.value} : Date{};
}

/// 1944. január 8., from behind the year.
Date year_first(ByteView text, const Number& year) {
  const size_t end = year.size == 4 && is_year(year) ? month_end(text, between(text, year.end)) : 0;
  if (end == 0) return {};
  const Number day = number_at(text, between(text, end), 2);
  return is_day(day) ? Date{day.end, year.value} : Date{};
}

/// 1944年1月8日, from behind the year.
Date with_signs(ByteView text, const Number& year) {
  const auto sign = [&](size_t at, ByteView what) { return text.substr(at, what.size()) == what; };
  if (year.size != 4 || !sign(year.end, "\xe5\xb9\xb4")) return {};
  const Number month = number_at(text, spaces(text, year.end + 3), 2);
  if (!is_day(month) || !sign(month.end, "\xe6\x9c\x88")) return {};
  const Number day = number_at(text, spaces(text, month.end + 3), 2);
  if (!is_day(day) || !sign(day.end, "\xe6\x97\xa5")) return {};
  return {day.end + 3, year.value};
}

/// 19440108, 08011944 in one piece.
Date in_one(ByteView text, size_t at) {
  const Number head = number_at(text, at, 8);
  const auto part = [&](size_t from, size_t size) {
    Number number = number_at(text.substr(0, at + from + size), at + from, size);
    return number;
  };
  if (head.size != 8) return {};
  if (const Number year = part(0, 4); is_year(year) && part(4, 2).value >= 1 && part(4, 2).value <= 12 && is_day(part(6, 2)))
    return {head.end, year.value};
  if (const Number year = part(4, 4); is_year(year) && are_day_and_month(part(0, 2), part(2, 2))) return {head.end, year.value};
  return {};
}

}  // namespace

bool may_be_date(ByteView text, size_t at) { return is_digit(text[at]) || month_end(text, at) != 0; }

Date date_at(ByteView text, size_t at) {
  if (at >= text.size()) return {};
  if (!is_digit(text[at])) return month_first(text, at);
  const Number first = number_at(text, at, 4);
  if (first.size == 0) return in_one(text, at);
  if (const Date date = with_signs(text, first); date.end != 0) return date;
  if (const Date date = written(text, first); date.end != 0) return date;
  if (const Date date = year_first(text, first); date.end != 0) return date;
  if (first.end >= text.size()) return {};
  size_t gap = 1;
  const char sign = text[first.end];
  char kind;
  if (sign != '.' && sign != '/') gap = separator_at(text, first.end, &kind);
  if (gap == 0) return {};
  const ByteView separator = text.substr(first.end, gap);
  const auto next = [&](const Number& before, size_t most) {
    Number number;
    if (text.substr(before.end, gap) != separator) return number;
    size_t begin = before.end + gap;
    if (sign == '.') begin = spaces(text, begin);
    return number_at(text, begin, most);
  };
  const Number second = next(first, 2);
  if (second.size == 0) return {};
  const Number third = next(second, 4);
  if (third.size == 0) return {};
  if (first.size == 4) return is_year(first) && are_day_and_month(second, third) ? Date{third.end, first.value} : Date{};
  if (!are_day_and_month(first, second) || !is_year(third) || (third.size == 2 && separator == " ")) return {};
  return {third.end, third.value};
}

}  // namespace gatehouse::detect
