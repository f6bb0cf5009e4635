#include "mask/iban.h"

#include "mask/letters.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kIbanMin = 15, kIbanMax = 34;
constexpr size_t kWrittenMax = kIbanMax + 12;  // with spaces

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
bool is_part(char c) { return is_digit(c) || is_capital(c); }

/// Two letters and two digits where a word begins.
bool may_begin(ByteView text, size_t at) {
  if (at > 0 && (is_digit(text[at - 1]) || is_ascii_letter(text[at - 1]))) return false;
  return at + 4 < text.size() && is_capital(text[at]) && is_capital(text[at + 1]) && is_digit(text[at + 2]) &&
         is_digit(text[at + 3]);
}

unsigned push(unsigned remainder, char c) {
  if (is_digit(c)) return (remainder * 10 + static_cast<unsigned>(c - '0')) % 97;
  return (remainder * 100 + static_cast<unsigned>(c - 'A') + 10) % 97;
}

/// Whether some IBAN that begins at `at` reaches to `end` or beyond.
bool reaches(ByteView text, size_t at, size_t end) {
  unsigned remainder = 0;  // of all behind the first four characters
  size_t count = 4;
  for (size_t i = at + 4; i < text.size() && count <= kIbanMax; ++i) {
    if (text[i] == ' ' && i + 1 < text.size() && is_part(text[i + 1])) continue;
    if (!is_part(text[i])) return false;
    remainder = push(remainder, text[i]);
    ++count;
    const bool border = i + 1 == text.size() || !(is_digit(text[i + 1]) || is_ascii_letter(text[i + 1]));
    if (i + 1 < end || !border || count < kIbanMin) continue;
    unsigned whole = remainder;
    for (size_t k = at; k < at + 4; ++k) whole = push(whole, text[k]);
    if (whole == 1) return count <= kIbanMax;
  }
  return false;
}

}  // namespace

bool inside_iban(ByteView text, size_t begin, size_t end) {
  const size_t least = begin > kWrittenMax ? begin - kWrittenMax : 0;
  for (size_t at = begin; at-- > least;) {
    if (!is_part(text[at]) && text[at] != ' ') return false;
    if (may_begin(text, at) && reaches(text, at, end)) return true;
  }
  return false;
}

}  // namespace gatehouse::mask
