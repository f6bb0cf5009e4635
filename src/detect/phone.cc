// Telephone numbers: international ones by their plus, national ones by how they are grouped, others by a word near them.
#include <algorithm>

#include "detect/alone.h"
#include "detect/calling_codes.h"
#include "detect/numbers.h"

namespace gatehouse::detect {
namespace {

constexpr size_t kDigitsMax = 15, kGroupsMax = 8, kWrittenMax = 64;

/// Shape is a view of the groups that a number may be made of.
struct Shape {
  const Sequence& groups;
  ByteView text;

  uint32_t size(size_t i) const { return i < groups.count() ? groups[i].size() : 0; }
  char before(size_t i) const { return groups[i].before; }
  bool opened(size_t i) const { return groups[i].begin > 0 && text[groups[i].begin - 1] == '('; }
  bool closed(size_t i) const { return groups[i].end < text.size() && text[groups[i].end] == ')'; }
  char digit(size_t i, size_t k) const { return text[groups[i].begin + k]; }
  /// Digits of the groups [first, last).
  size_t digits(size_t first, size_t last) const {
    size_t sum = 0;
    for (size_t i = first; i < last; ++i) sum += size(i);
    return sum;
  }
  bool sizes(size_t first, std::initializer_list<uint32_t> wanted) const {
    for (const uint32_t one : wanted)
      if (size(first++) != one) return false;
    return true;
  }
  /// Whether the same sign stands before the groups (first, last).
  bool same(size_t first, size_t last) const {
    for (size_t i = first + 2; i < last; ++i)
      if (before(i) != before(first + 1)) return false;
    return true;
  }
};

/// +49 (0)30 1234567: the most groups that make a number of the country's length; `skip` digits come before its code.
size_t international(const Shape& shape, size_t skip) {
  char digits[kDigitsMax + 1];
  size_t count = 0, best = 0;
  CallingCode code;
  for (size_t i = 0; i < shape.groups.count() && i < kGroupsMax + 2; ++i) {
    if (i > 0 && shape.groups[i].end - shape.groups[0].begin > kWrittenMax) break;
    const bool trunk = i > 0 && shape.size(i) == 1 && shape.digit(i, 0) == '0' && shape.opened(i) && shape.closed(i);
    for (size_t k = i == 0 ? skip : 0; k < shape.size(i) && !trunk; ++k) {
      if (count == kDigitsMax) return best;
      digits[count++] = shape.digit(i, k);
    }
    if (code.digits == 0) code = calling_code(digits, count);
    if (code.digits == 0 && count >= 3) return 0;
    if (code.digits != 0 && count >= code.least && count <= code.most && !trunk) best = i + 1;
  }
  return best;
}

bool is_area(const Shape& shape, size_t i) { return shape.size(i) == 3 && shape.digit(i, 0) >= '2'; }

/// North America from the i-th group: (659) 692-3574, 659.692.3574, 659-6923574; 0 when it is none.
size_t north_america(const Shape& shape, size_t i) {
  if (i + 1 >= shape.groups.count() || !is_area(shape, i)) return 0;
  const bool paren = shape.opened(i) && shape.closed(i);
  if (paren && shape.sizes(i + 1, {7}) && shape.digit(i + 1, 0) >= '2') return 2;
  if (i + 2 >= shape.groups.count() || !is_area(shape, i + 1) || shape.size(i + 2) != 4) return 0;
  const char first = shape.before(i + 1), second = shape.before(i + 2);
  if (second == 'x' || second == '(' || second == ')') return 0;
  if (paren) return 3;
  if (first == second && first != '/') return 3;
  return second == '-' && (first == ' ' || first == '/') ? 3 : 0;
}

bool looks_like_date(const Shape& shape) {
  const auto at_most = [&](size_t i, int most) {
    if (shape.size(i) == 0 || shape.size(i) > 2) return false;
    const int value = shape.size(i) == 1 ? shape.digit(i, 0) - '0' : (shape.digit(i, 0) - '0') * 10 + shape.digit(i, 1) - '0';
    return value >= 1 && value <= most;
  };
  if (shape.groups.count() < 3 || shape.before(1) != shape.before(2)) return false;
  if (shape.size(0) == 4) return (shape.digit(0, 0) == '1' || shape.digit(0, 0) == '2') && at_most(1, 12) && at_most(2, 31);
  return at_most(0, 31) && at_most(1, 31) && (shape.size(2) == 4 || (shape.size(2) == 2 && shape.before(1) != ' '));
}

bool is_year(const Shape& shape, size_t i) {
  if (shape.size(i) != 4) return false;
  return shape.digit(i, 0) == '1' ? shape.digit(i, 1) >= '8' : shape.digit(i, 0) == '2' && shape.digit(i, 1) == '0';
}

/// 030 65125299, (0161) 496 0000, 06 24 63 48 38: a zero and the rest in one to five groups.
size_t trunk(const Shape& shape) {
  const uint32_t head = shape.size(0);
  if (head == 1 && shape.groups.count() > 2 && shape.digit(0, 0) == '0' && shape.before(1) == ' ' && shape.size(1) <= 4 &&
      (shape.before(2) == 'x' || shape.before(2) == '/')) {  // 0 30 / 12 34 56 78
    size_t count = 3;
    while (count < shape.groups.count() && shape.digits(0, count + 1) <= 12) ++count;
    return shape.digits(0, count) >= 8 ? count : 0;
  }
  if (head < 2 || head > 6 || shape.digit(0, 0) != '0' || shape.digit(0, 1) == '0') return 0;
  if (shape.sizes(0, {2, 2, 2, 2, 2}) && shape.same(0, 5)) return 5;
  const bool paren = shape.opened(0) && shape.closed(0);
  if (looks_like_date(shape) && !paren) return 0;
  size_t best = 0;
  for (size_t count = 2; count <= shape.groups.count() && count <= 6; ++count) {
    const size_t digits = shape.digits(0, count);
    if (digits > 12 || shape.size(count - 1) > 9 || shape.before(count - 1) == '.') break;
    if (digits < 9 || (head == 2 && shape.size(1) < 3)) continue;
    if (digits == 9 && head != 2 && !(count == 2 && shape.before(1) != '-')) continue;
    best = count;
  }
  return best;
}

/// Forms of single countries that no other number has: Brazil's (11) 91234-5678, Russia's 8 (912) 345-67-89, Australia's
/// 1300 123 456.
size_t of_one_country(const Shape& shape) {
  if (shape.opened(0) && shape.closed(0) && shape.size(0) == 2 && shape.digit(0, 0) > '0' && shape.digit(0, 1) > '0' &&
      (shape.sizes(1, {5, 4}) || shape.sizes(1, {4, 4})) && shape.before(2) == '-')
    return 3;
  const size_t at = shape.size(0) == 1 && (shape.digit(0, 0) == '8' || shape.digit(0, 0) == '7') ? 1 : 0;
  if (at + 4 <= shape.groups.count() && shape.opened(at) && shape.closed(at) && shape.sizes(at, {3, 3, 2, 2}) &&
      shape.before(at + 2) == shape.before(at + 3))
    return at + 4;
  if (shape.sizes(0, {4, 3, 3}) && shape.digit(0, 0) == '1' && shape.digit(0, 2) == '0' && shape.digit(0, 3) == '0' &&
      (shape.digit(0, 1) == '3' || shape.digit(0, 1) == '8') && shape.before(1) == ' ' && shape.before(2) == ' ')
    return 3;
  return 0;
}

/// 10.20.30.40
bool is_quad(const Shape& shape) {
  if (shape.groups.count() < 4) return false;
  for (size_t i = 0; i < 4; ++i)
    if (shape.size(i) > 3 || (i > 0 && shape.before(i) != '.')) return false;
  return true;
}

/// 14.995133: a fraction, whatever word stands before it.
bool is_decimal(const Shape& shape) {
  return shape.groups.count() == 2 && shape.before(1) == '.' && shape.size(0) <= 3 && shape.size(1) >= 5 &&
         (shape.digit(0, 0) != '0' || shape.size(0) == 1);
}

/// What something names a telephone number: the most groups of 7 to 15 digits.
size_t any_form(const Shape& shape) {
  if (looks_like_date(shape) || (is_year(shape, 0) && is_year(shape, 1)) || is_quad(shape) || is_decimal(shape)) return 0;
  size_t best = 0;
  for (size_t count = 1; count <= shape.groups.count() && count <= kGroupsMax; ++count) {
    const size_t digits = shape.digits(0, count);
    if (digits > kDigitsMax || (count > 1 && (shape.size(count - 1) > 8 || digits > 12))) break;
    if (shape.size(0) > 1 && digits >= 7) best = count;
  }
  return best;
}

/// Where an extension that follows text[end - 1] ends: "ext. 12", "x12", "Durchwahl 12"; `end` when there is none.
size_t extension_end(ByteView text, size_t end) {
  static constexpr ByteView kWords[] = {"extension", "ext.", "ext", "x", "durchwahl", "dw", "poste",
                                        "int.",      "interno", "ramal", "toestel"};
  size_t at = end;
  if (at < text.size() && text[at] == ',') ++at;
  while (at < text.size() && text[at] == ' ' && at - end < 3) ++at;
  for (const ByteView word : kWords) {
    size_t same = 0;
    while (same < word.size() && at + same < text.size() && (text[at + same] | 0x20) == (word[same] | 0x20)) ++same;
    if (same < word.size()) continue;
    size_t digit = at + same;
    while (digit < text.size() && (text[digit] == ' ' || text[digit] == ':') && digit - at - same < 2) ++digit;
    size_t last = digit;
    while (last < text.size() && is_digit(text[last]) && last - digit < 6) ++last;
    if (last > digit && alone_right(text, last)) return last;
  }
  return end;
}

/// Written is a number with the signs that belong to it.
struct Written {
  size_t begin = 0, end = 0;  // end 0: something ties it to a longer thing
};

/// Balances a parenthesis at the end.
size_t closing(const Shape& shape, size_t count, size_t begin, size_t end) {
  if (!shape.closed(count - 1)) return end;
  const ByteView inside = shape.text.substr(begin, end - begin);
  return inside.find('(') != ByteView::npos && inside.find(')') == ByteView::npos ? end + 1 : end;
}

Written written(const Shape& shape, size_t count, bool loose) {
  const ByteView text = shape.text;
  const char before = shape.before(0), after = shape.groups.after(count - 1);
  if (before == '-' || before == '.' || (before == '/' && !loose)) return {};
  if (after == '.' || after == '/' || (after == '-' && !loose)) return {};
  size_t begin = shape.groups[0].begin;
  const bool paren = shape.opened(0) && shape.closed(0);
  if (paren) --begin;
  if (begin > 0 && text[begin - 1] == '+') --begin;
  if (begin > 0 && text[begin - 1] == '(' && text[begin] == '+' && count > 1 && shape.closed(0)) --begin;
  const bool plus = text[begin] == '+' || (text[begin] == '(' && text[begin + 1] == '+');
  if (before == ' ' && !plus && !paren && !loose && shape.groups.count() > 1 && shape.before(1) == ' ') return {};
  if (!alone_left(text, begin) && !(plus && (text[begin - 1] == '/' || text[begin - 1] == ':'))) return {};
  const size_t end = extension_end(text, closing(shape, count, begin, shape.groups[count - 1].end));
  return alone_right(text, end) ? Written{begin, end} : Written{};
}

/// Adds the number if nothing ties it, and, when it is not `sure` by its form, something names it; the groups taken.
size_t take(Sight& sight, const Shape& shape, size_t count, bool sure, bool loose) {
  if (count == 0) return 0;
  const Written number = written(shape, count, loose);
  Evidence evidence = Evidence::structure;
  if (number.end == 0 || (!sure && !sight.named(Detector::phone, shape.groups[0].begin, &evidence))) return 0;
  sight.add(number.begin, number.end, Detector::phone, evidence);
  return count;
}

}  // namespace

size_t find_phone(Sight& sight, const Sequence& groups) {
  const Shape shape{groups, sight.text};
  const uint32_t begin = groups[0].begin;
  const char left = begin > 0 ? sight.text[begin - 1] : ' ';
  if (shape.size(0) > kDigitsMax || left == '.') return 0;
  if (left != '(' && left != '+' && !alone_left(sight.text, begin)) return 0;  // as written() would say
  if (left == '+') return take(sight, shape, international(shape, 0), true, true);
  // What is dialled before a code of a country: 00, 011 in North America.
  const bool abroad = shape.size(0) == 3 && shape.digit(0, 0) == '0' && shape.digit(0, 1) == '1' && shape.digit(0, 2) == '1';
  if (abroad || (shape.size(0) >= 2 && shape.digit(0, 0) == '0' && shape.digit(0, 1) == '0')) {
    const size_t count = international(shape, abroad ? 3 : 2);
    if (const size_t taken = take(sight, shape, count, count >= 3 && shape.size(0) <= 5, false); taken != 0) return taken;
  }
  size_t count = north_america(shape, 0);
  if (count == 0 && shape.sizes(0, {1}) && shape.digit(0, 0) == '1') {
    count = north_america(shape, 1);
    if (count != 0) ++count;
  }
  if (count == 0) count = trunk(shape);
  if (count == 0) count = of_one_country(shape);
  if (const size_t taken = take(sight, shape, count, true, false); taken != 0) return taken;
  return take(sight, shape, any_form(shape), false, true);
}

}  // namespace gatehouse::detect
