#include "detect/iban.h"

#include <algorithm>

#include "base/letters.h"
#include "detect/alone.h"
#include "detect/emphasis.h"
#include "detect/finder.h"

namespace gatehouse::detect {
namespace {

constexpr size_t kSeparatorMost = 3;   // bytes
constexpr size_t kWrittenMax = 64;  // 34 characters and what stands between groups

struct Country {
  char name[3];
  uint8_t length;
};
constexpr Country kCountries[] = {
    {"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22}, {"BH", 22}, {"BI", 27},
    {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24}, {"DE", 22}, {"DJ", 27}, {"DK", 18}, {"DO", 28},
    {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18}, {"FK", 18}, {"FO", 18}, {"FR", 27}, {"GB", 22}, {"GE", 22}, {"GI", 23},
    {"GL", 18}, {"GR", 27}, {"GT", 28}, {"HN", 28}, {"HR", 21}, {"HU", 28}, {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26},
    {"IT", 27}, {"JO", 30}, {"KW", 30}, {"KZ", 20}, {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20}, {"LU", 20}, {"LV", 21},
    {"LY", 25}, {"MC", 27}, {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MN", 20}, {"MR", 27}, {"MT", 31}, {"MU", 30}, {"NI", 28},
    {"NL", 18}, {"NO", 15}, {"OM", 23}, {"PK", 24}, {"PL", 28}, {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22},
    {"RU", 33}, {"SA", 24}, {"SC", 31}, {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"SO", 23}, {"ST", 25},
    {"SV", 28}, {"TL", 23}, {"TN", 24}, {"TR", 26}, {"UA", 29}, {"VA", 22}, {"VG", 24}, {"XK", 20}, {"YE", 30},
};

char capital(char c) { return static_cast<char>(c & ~0x20); }
bool has_digit(ByteView text) {
  unsigned any = 0;
  for (const char c : text) any |= static_cast<unsigned>(is_digit(c));
  return any != 0;
}
bool is_part(char c) { return is_digit(c) || is_ascii_letter(c); }

/// By both letters: how long an account number is; 0 when a country has none.
struct Lengths {
  uint8_t of[26 * 26] = {};
  constexpr Lengths() {
    for (const Country& country : kCountries) of[(country.name[0] - 'A') * 26 + country.name[1] - 'A'] = country.length;
  }
};
constexpr Lengths kLengths;

size_t length_of(char a, char b) { return kLengths.of[(a - 'A') * 26 + b - 'A']; }

/// Two digits behind two letters where a word begins.
bool may_begin(ByteView text, size_t at) {
  char kind;
  const size_t gap = is_digit(text[at + 2]) ? 0 : separator_at(text, at + 2, &kind);
  if (at + 4 + gap > text.size() || !is_digit(text[at + 2 + gap]) || !is_digit(text[at + 3 + gap])) return false;
  if (at == 0) return true;
  if (alone_left(text, at) || text[at - 1] == '#' || text[at - 1] == '/') return true;   // :59:/DE44… of payments
  if (text[at - 1] != '-' || at < 4 || ((text[at] | text[at + 1]) & 0x20) != 0) return false;
  const ByteView word = text.substr(at - 4, 3);   // "konto-DE44", not "x-DE44"
  return std::all_of(word.begin(), word.end(), is_ascii_letter) && word_names(text, at - 1, true);
}

/// Remainder is what is left of the digits so far, letters as two, divided by 97.
class Remainder {
 public:
  void push(char c) {
    if (value_ >= kMany) value_ %= 97;
    if (is_digit(c)) value_ = value_ * 10 + static_cast<unsigned>(c - '0');
    else value_ = value_ * 100 + static_cast<unsigned>(capital(c) - 'A') + 10;
  }
  unsigned value() const { return static_cast<unsigned>(value_ % 97); }

 private:
  static constexpr uint64_t kMany = 100'000'000'000'000'000;
  uint64_t value_ = 0;
};

}  // namespace

size_t iban_end(ByteView text, size_t at, bool* cut) {
  *cut = false;
  if (at + 4 > text.size() || !is_ascii_letter(text[at]) || !is_ascii_letter(text[at + 1])) return 0;
  const size_t length = length_of(capital(text[at]), capital(text[at + 1]));
  if (length == 0 || !may_begin(text, at)) return 0;
  char first[4];
  Remainder remainder;
  size_t count = 0, i = at;
  for (; count < length; ++i) {
    if (i < text.size() && !is_part(text[i])) {
      if (count == 0 || !is_part(text[i - 1])) return 0;
      char kind;
      size_t gap = separator_at(text, i, &kind);
      if (i + gap < text.size() && !is_part(text[i + gap])) gap = marked_gap(text, i);
      if (gap == 0) return 0;
      i += gap;
    }
    if (i >= text.size()) {
      *cut = true;
      return 0;
    }
    if (!is_part(text[i])) return 0;
    if (count < 4) first[count] = text[i];
    else remainder.push(text[i]);
    ++count;
  }
  for (const char c : first) remainder.push(c);
  if (i + kEmphasisMax >= text.size()) *cut = true;
  if (remainder.value() != 1 || !(alone_right(text, i) || text[i] == '/')) return 0;
  return i;
}

bool inside_iban(ByteView text, size_t begin, size_t end) {
  size_t least = begin > kWrittenMax ? begin - kWrittenMax : 0;
  // Two digits stand behind the letters that it begins with. Where there is none, these are text[begin] and the next one, and what
  // is between is one separator.
  if (!has_digit(text.substr(least, begin - least))) least = std::max(least, begin - std::min(begin, 2 + kSeparatorMost));
  for (size_t at = begin; at-- > least;) {
    char kind;
    if (!is_part(text[at]) && separator_before(text, at + 1, &kind) == 0) {
      if ((static_cast<uint8_t>(text[at]) & 0xc0) != 0x80 && static_cast<uint8_t>(text[at]) < 0xc0) return false;
      continue;
    }
    // Two letters, and a digit or a separator behind them: text[begin] is a digit.
    if (!is_ascii_letter(text[at]) || !is_ascii_letter(text[at + 1]) || is_ascii_letter(text[at + 2])) continue;
    bool cut;
    if (iban_end(text, at, &cut) >= end) return true;
  }
  return false;
}

size_t find_iban(Sight& sight, size_t at) {
  const size_t length = is_digit(sight.text[at]) ? 4 : 6;
  if (at + 1 < length) return at + 1;
  const size_t begin = at + 1 - length;
  bool cut;
  const size_t end = iban_end(sight.text, begin, &cut);
  if (cut || (end != 0 && end + 2 * kEmphasisMax >= sight.text.size())) sight.hold(begin - std::min(begin, kEmphasisMax));
  if (end == 0) return at + 1;
  size_t from = begin, to = end;
  take_in(sight.text, sight.from, is_emphasis, &from, &to);
  sight.add(begin < sight.from ? begin : from, to, Detector::iban, Evidence::mod97);
  return end;
}

}  // namespace gatehouse::detect
