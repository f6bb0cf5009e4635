#include <cstdlib>

#include "detect/iban.h"
#include "detect/numbers.h"

namespace gatehouse::detect {
namespace {

constexpr size_t kCardMin = 13, kCardMax = 19;

bool luhn(const char* digits, size_t count) {
  static constexpr uint8_t kTwice[10] = {0, 2, 4, 6, 8, 1, 3, 5, 7, 9};
  unsigned sum = 0;
  size_t i = count;
  for (; i >= 2; i -= 2) sum += static_cast<unsigned>(digits[i - 1] - '0') + kTwice[digits[i - 2] - '0'];
  if (i == 1) sum += static_cast<unsigned>(digits[0] - '0');
  return sum % 10 == 0;
}

/// Issuer identification numbers, as ranges of the first six digits, and the lengths issued.
struct Issuer {
  uint32_t from, to;
  uint32_t lengths;  // bit n: n digits
};
constexpr uint32_t lengths(unsigned from, unsigned to) { return ((1u << (to + 1)) - 1) & ~((1u << from) - 1); }
constexpr Issuer kIssuers[] = {
    {400000, 499999, 1u << 13 | 1u << 16 | 1u << 19},                            // Visa
    {510000, 559999, 1u << 16}, {222100, 272099, 1u << 16},                      // Mastercard
    {220000, 220499, lengths(16, 19)},                                           // Mir
    {340000, 349999, 1u << 15}, {370000, 379999, 1u << 15},                      // American Express
    {601100, 601199, lengths(16, 19)}, {644000, 659999, lengths(16, 19)},        // Discover
    {352800, 358999, lengths(16, 19)},                                           // JCB
    {300000, 305999, lengths(14, 19)}, {309500, 309599, lengths(14, 19)},        // Diners Club
    {360000, 369999, lengths(14, 19)}, {380000, 399999, lengths(14, 19)},
    {501800, 501899, lengths(13, 19)}, {502000, 502099, lengths(13, 19)},        // Maestro
    {503800, 503899, lengths(13, 19)}, {561200, 561299, lengths(13, 19)},
    {589300, 589399, lengths(13, 19)}, {630400, 630499, lengths(13, 19)},
    {639000, 639099, lengths(13, 19)}, {675900, 675999, lengths(13, 19)},
    {676100, 676399, lengths(13, 19)},
    {620000, 629999, lengths(16, 19)}, {810000, 819999, lengths(16, 19)},        // UnionPay
    {508500, 508999, 1u << 16}, {606985, 607984, 1u << 16},                      // RuPay
    {608001, 608500, 1u << 16}, {979200, 979289, 1u << 16},                      // and Troy
};

/// How cards are written when other numbers stand beside them: in one piece, in fours, 4-6-5, 4-6-4, 6-13, 8-8.
bool usual_grouping(const Sequence& groups, size_t count) {
  for (size_t i = 2; i < count; ++i)
    if (groups[i].before != groups[1].before) return false;
  if (count == 1) return true;
  const uint32_t first = groups[0].size(), second = groups[1].size();
  if (count == 2) return (first == 6 && second == 13) || (first == 8 && second == 8);
  if (count == 3 && first == 4 && second == 6) return groups[2].size() == 5 || groups[2].size() == 4;
  for (size_t i = 0; i + 1 < count; ++i)
    if (groups[i].size() != 4) return false;
  return groups[count - 1].size() <= 4;
}

}  // namespace

bool is_card(const char* digits, size_t count) {
  if (count < kCardMin || count > kCardMax) return false;
  uint32_t head = 0;
  for (size_t i = 0; i < 6; ++i) head = head * 10 + static_cast<uint32_t>(digits[i] - '0');
  for (const Issuer& issuer : kIssuers)
    if (head >= issuer.from && head <= issuer.to && (issuer.lengths >> count & 1) != 0) return luhn(digits, count);
  return false;
}

size_t find_card(Sight& sight, const Sequence& groups) {
  const uint32_t head = groups[0].size();
  const bool first = !holds(groups[0].before);
  // Inside a longer run only the usual ways to write a card count: most groups begin none.
  if (groups[0].before == '.' || head > kCardMax || (!first && head != 4 && head != 6 && head != 8 && head < kCardMin)) return 0;
  size_t length = head, best = 0;
  bool dots = false, others = false;
  for (size_t i = 0; i < groups.count(); ++i) {
    if (i > 0) {
      if (!holds(groups[i].before) || length + groups[i].size() > kCardMax) break;
      length += groups[i].size();
      (groups[i].before == '.' ? dots : others) = true;
      if (dots && others) break;
    }
    if (length < kCardMin) continue;
    const char after = groups.after(i);
    if (after == '.' && (dots || groups[i + 1].size() > 2)) continue;  // 4111111111111111.00 is one, 4.111 is none
    const bool whole = first && !dots && !holds(after);
    char digits[kCardMax];
    if ((whole || usual_grouping(groups, i + 1)) && unbound(groups, i + 1) &&
        is_card(digits, groups.digits(i + 1, digits, kCardMax)) &&
        !inside_iban(groups.text(), groups[0].begin, groups[i].end))
      best = i + 1;
  }
  if (best != 0) sight.add(groups[0].begin, groups[best - 1].end, Detector::payment_card, Evidence::luhn);
  return best;
}

namespace {

/// False for most numbers that are no card, at little cost.
bool may_be_card(ByteView number) {
  size_t length = 0;  // of the part before the point, the sign included
  while (length < number.size() && number[length] != '.' && (number[length] | 0x20) != 'e') ++length;
  if (length >= kCardMin && length <= kCardMax + 1) return true;
  for (; length < number.size(); ++length)
    if ((number[length] | 0x20) == 'e') return true;
  return false;
}

bool number_is_card(ByteView number) {
  size_t at = !number.empty() && number[0] == '-' ? 1 : 0;
  char digits[kCardMax];
  size_t count = 0;      // significant digits kept
  long zeros = 0;        // zeros seen behind them
  long point = 0;        // power of ten of the last digit seen
  bool fraction = false;
  for (; at < number.size(); ++at) {
    const char c = number[at];
    if (c == '.') {
      fraction = true;
      continue;
    }
    if (!is_digit(c)) break;
    if (fraction) --point;
    if (c == '0') {
      if (count != 0) ++zeros;
      continue;
    }
    if (count + static_cast<size_t>(zeros) >= kCardMax) return false;
    for (; zeros > 0; --zeros) digits[count++] = '0';
    digits[count++] = c;
  }
  if (count == 0) return false;
  if (at < number.size()) {  // an exponent; far ones are no card whatever they are
    const ByteView text = number.substr(at + 1);
    const bool negative = text[0] == '-';
    long value = 0;
    for (const char c : text.substr(is_digit(text[0]) ? 0 : 1)) value = value < 1'000'000'000 ? value * 10 + (c - '0') : value;
    point += negative ? -value : value;
  }
  point += zeros;
  if (point < 0 || static_cast<size_t>(point) + count > kCardMax) return false;
  for (; point > 0; --point) digits[count++] = '0';
  return is_card(digits, count);
}

}  // namespace

bool is_card_number(ByteView number) { return may_be_card(number) && number_is_card(number); }

}  // namespace gatehouse::detect
