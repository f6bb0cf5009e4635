#include "base/letters.h"
#include "detect/emphasis.h"
#include "detect/finder.h"

namespace gatehouse::detect {
namespace {

constexpr size_t kWordMax = 256;     // of an address's local part, a token
constexpr size_t kNumberMax = 96;
constexpr size_t kQuotedMax = 66;
constexpr size_t kAccountMax = 64;   // an IBAN in groups
constexpr size_t kInsuranceMax = 20; // AB 12 34 56 C

/// What the bytes of ASCII are to a tail that is read backwards.
constexpr uint8_t kLetter = 1, kDigit = 2, kWordSign = 4;   // kWordSign: digits, too
struct Classes {
  uint8_t of[256] = {};
  constexpr Classes() {
    for (int c = 0; c < 128; ++c) {
      const char ascii = static_cast<char>(c);
      of[c] = is_ascii_letter(ascii) ? kLetter : is_digit(ascii) ? kDigit | kWordSign : 0;
    }
    for (const char c : ByteView("._%+-':/=*`~<")) of[static_cast<uint8_t>(c)] = kWordSign;
  }
};
constexpr Classes kClasses;
inline bool is(char c, unsigned classes) { return (kClasses.of[static_cast<uint8_t>(c)] & classes) != 0; }

size_t word_begin(ByteView text, size_t end) {
  size_t begin = end;
  while (begin > 0 && end - begin < kWordMax) {
    if (is(text[begin - 1], kLetter | kWordSign)) {
      --begin;
      continue;
    }
    const size_t length = letter_before(text, begin);
    if (length == 0) break;
    begin -= length;
  }
  return begin;
}

/// The word that the text ends with, a blank behind it, and "(at" behind that.
size_t open_word(ByteView text) {
  size_t end = text.size();
  for (size_t back = 1; back <= 6 && back <= text.size(); ++back) {
    const char c = text[text.size() - back];
    if (c != '(' && c != '[') continue;
    end = text.size() - back;
    break;
  }
  while (end > 0 && text.size() - end < 8 && text[end - 1] == ' ') --end;
  return word_begin(text, end);
}

/// 年, 月 or 日 before text[end].
bool day_sign_before(ByteView text, size_t end) {
  if (end < 3) return false;
  const ByteView sign = text.substr(end - 3, 3);
  return sign == "\xe5\xb9\xb4" || sign == "\xe6\x9c\x88" || sign == "\xe6\x97\xa5";
}

size_t open_number(ByteView text) {
  size_t begin = text.size(), digit = text.size();
  for (size_t length; begin > 0 && text.size() - begin < kNumberMax; begin -= length) {
    const char c = text[begin - 1];
    char kind;
    if (is_digit(c) || c == '+' || c == '(') {
      length = 1;
      digit = begin - 1;
    } else if (c == ')' || c == '.' || c == '/' || is_emphasis(c)) {
      length = 1;
    } else if ((length = separator_before(text, begin, &kind)) == 0) {
      if (!day_sign_before(text, begin)) break;
      length = 3;
    }
  }
  while (digit > 0 && digit > begin && is_emphasis(text[digit - 1])) --digit;
  return digit;
}

/// Two letters that begin a word, with digits behind them, and words and numbers up to the end.
size_t open_account(ByteView text) {
  size_t found = text.size();
  char before = '\0';  // the character behind the present one
  for (size_t at = text.size(), length; at > 0 && text.size() - at < kAccountMax; at -= length) {
    const char c = text[at - 1];
    char kind;
    length = 1;
    if (!is(c, kLetter | kDigit)) {
      length = separator_before(text, at, &kind);
      if (length == 0 || before == ' ') break;
      before = ' ';
      continue;
    }
    before = c;
    const size_t begin = at - 1;
    if ((begin != 0 && is(text[begin - 1], kLetter | kDigit)) || begin + 2 > text.size() || !is(c, kLetter)) continue;
    if (begin + 2 < text.size() && is_ascii_letter(text[begin + 1]) && is_digit(text[begin + 2])) found = begin;
    else if (text.size() - begin <= kInsuranceMax && is_ascii_letter(text[begin + 1]) &&
             (begin + 2 == text.size() || separator_at(text, begin + 2, &kind) != 0)) found = begin;
  }
  return found;
}

/// A quotation mark with nothing but a name behind it: "john smith"@example.com.
size_t open_quoted(ByteView text) {
  const size_t least = text.size() > kQuotedMax ? text.size() - kQuotedMax : 0;
  size_t found = text.size();
  if (text.find('"', least) == ByteView::npos) return found;
  for (size_t at = text.size(); at > least;) {
    if (text[at - 1] == '"') {
      found = --at;
      continue;
    }
    const size_t length = text[at - 1] == ' ' || is(text[at - 1], kWordSign) ? 1 : letter_before(text, at);
    if (length == 0) break;
    at -= length;
  }
  return found;
}

}  // namespace

size_t open_tail(const Sight& sight) {
  size_t tail = open_word(sight.text);
  for (const size_t at : {open_number(sight.text), open_account(sight.text), open_quoted(sight.text)})
    if (at < tail) tail = at;
  return tail;
}

}  // namespace gatehouse::detect
