#include <cstdlib>
#include <cstring>

#include "mask/finder.h"
#include "mask/iban.h"
#include "mask/letters.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kCardMin = 13, kCardMax = 19;

bool luhn(const char* digits, size_t count) {
  unsigned sum = 0;
  for (size_t i = 0; i < count; ++i) {
    unsigned digit = static_cast<unsigned>(digits[count - 1 - i] - '0');
    if (i % 2 == 1) digit = digit < 5 ? digit * 2 : digit * 2 - 9;
    sum += digit;
  }
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
};

/// Group is digits that stand together in a run.
struct Group {
  uint32_t begin, end;
  char before;  // what sets it apart from the group before; 0 for the first of the run
  uint32_t size() const { return end - begin; }
};
constexpr size_t kGroupsMax = kCardMax;  // a card has no more, however it is written

/// A word that stands right at a number: "VISA4111…" names it, "a4111…" makes it part of something else,
/// such as a hash. Letters of which one is no hexadecimal digit, with no digit beyond, are a word.
bool word_names(ByteView text, size_t at, bool leftwards) {
  bool plain = false;
  for (size_t steps = 0; steps < 16; ++steps) {
    if (leftwards ? at == 0 : at == text.size()) return plain;
    const char c = leftwards ? text[at - 1] : text[at];
    if (is_digit(c)) return false;
    if (!is_ascii_letter(c)) return plain;
    plain = plain || !is_hex_letter(c);
    leftwards ? --at : ++at;
  }
  return false;
}

bool left_is_free(ByteView text, size_t begin) {
  if (begin == 0) return true;
  const char c = text[begin - 1];
  if (is_ascii_letter(c)) return word_names(text, begin, true);
  if (c == '+') return false;                                    // a telephone number
  return !(c == '.' && begin > 1 && is_digit(text[begin - 2]));  // a fraction
}

bool right_is_free(ByteView text, size_t end) {
  return end == text.size() || !is_ascii_letter(text[end]) || word_names(text, end, false);
}

/// How cards are written when other numbers stand beside them: in one piece, in fours, 4-6-5, 4-6-4, 6-13, 8-8.
bool usual_grouping(const Group* groups, size_t count) {
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

/// Run is one run of digits with single separators between, and its groups as they come.
class Run {
 public:
  /// text[at] is of the run, or of a character right behind one of its digits.
  Run(ByteView text, size_t at) : text_(text) {
    for (size_t back = 0; back < 4 && at > 0 && (at >= text.size() || !is_digit(text[at])); ++back) --at;
    begin_ = end_ = at;
    if (at >= text.size() || !is_digit(text[at])) return;
    for (size_t step; (step = step_left()) != 0;) begin_ -= step;
    for (size_t step; (step = step_right()) != 0;) end_ += step;
    next_ = begin_;
    fill();
  }

  size_t end() const { return end_; }
  bool done() const { return count_ == 0; }
  void drop(size_t groups) {
    for (; groups > 0 && count_ > 0; --groups) {
      std::memmove(groups_, groups_ + 1, --count_ * sizeof(Group));
      fill();
    }
  }

  /// The number of groups from the first one on that are a card, 0 when it begins none.
  size_t card() const {
    // Inside a longer run only the usual ways to write a card count: most groups begin none.
    const uint32_t head = groups_[0].size();
    if (groups_[0].begin != begin_ && head != 4 && head != 6 && head != 8 && head < kCardMin) return 0;
    char digits[kCardMax];
    size_t length = 0, best = 0;
    for (size_t i = 0; i < count_; ++i) {
      const Group& group = groups_[i];
      if (length + group.size() > kCardMax) break;
      std::memcpy(digits + length, text_.data() + group.begin, group.size());
      length += group.size();
      const bool whole = groups_[0].begin == begin_ && group.end == end_;
      if (length >= kCardMin && (whole || usual_grouping(groups_, i + 1)) && free(0, i) && is_card(digits, length) &&
          !inside_iban(text_, groups_[0].begin, group.end))
        best = i + 1;
    }
    return best;
  }

  /// Whether the first three groups are an SSN that belongs to no longer number.
  bool ssn() const {
    if (count_ < 3 || groups_[0].size() != 3 || groups_[1].size() != 2 || groups_[2].size() != 4) return false;
    const char sign = groups_[1].before;
    if (groups_[2].before != sign || !free(0, 2)) return false;
    const char before = groups_[0].before, after = count_ > 3 ? groups_[3].before : '\0';
    if (before == '-' || after == '-' || (sign == ' ' && (before != '\0' || after != '\0'))) return false;
    char digits[9];
    std::memcpy(digits, text_.data() + groups_[0].begin, 3);
    std::memcpy(digits + 3, text_.data() + groups_[1].begin, 2);
    std::memcpy(digits + 5, text_.data() + groups_[2].begin, 4);
    return is_ssn(digits);
  }

  size_t begin() const { return groups_[0].begin; }
  size_t end(size_t groups) const { return groups_[groups - 1].end; }

 private:
  /// One digit further, or one separator with a digit behind it; 0 at the border of the run.
  size_t step_left() const {
    char kind;
    if (begin_ == 0 || is_digit(text_[begin_ - 1])) return begin_ == 0 ? 0 : 1;
    const size_t length = separator_before(text_, begin_, &kind);
    return length != 0 && begin_ > length && is_digit(text_[begin_ - length - 1]) ? length + 1 : 0;
  }
  size_t step_right() const {
    char kind;
    if (end_ == text_.size() || is_digit(text_[end_])) return end_ == text_.size() ? 0 : 1;
    const size_t length = separator_at(text_, end_, &kind);
    return length != 0 && end_ + length < text_.size() && is_digit(text_[end_ + length]) ? length + 1 : 0;
  }

  bool free(size_t first, size_t last) const {
    return (groups_[first].begin != begin_ || left_is_free(text_, begin_)) &&
           (groups_[last].end != end_ || right_is_free(text_, end_));
  }

  void fill() {
    while (count_ < kGroupsMax && next_ < end_) {
      char before = '\0';
      if (next_ != begin_) next_ += separator_at(text_, next_, &before);
      const size_t begin = next_;
      while (next_ < end_ && is_digit(text_[next_])) ++next_;
      groups_[count_++] = {static_cast<uint32_t>(begin), static_cast<uint32_t>(next_), before};
    }
  }

  ByteView text_;
  size_t begin_, end_, next_ = 0;
  size_t count_ = 0;
  Group groups_[kGroupsMax];
};

}  // namespace

bool is_card(const char* digits, size_t count) {
  if (count < kCardMin || count > kCardMax) return false;
  uint32_t head = 0;
  for (size_t i = 0; i < 6; ++i) head = head * 10 + static_cast<uint32_t>(digits[i] - '0');
  for (const Issuer& issuer : kIssuers)
    if (head >= issuer.from && head <= issuer.to && (issuer.lengths >> count & 1) != 0) return luhn(digits, count);
  return false;
}

bool is_ssn(const char* digits) {
  const auto is = [&](size_t at, ByteView value) { return ByteView(digits + at, value.size()) == value; };
  return !is(0, "000") && !is(0, "666") && digits[0] != '9' && !is(3, "00") && !is(5, "0000");
}

size_t find_numbers(Sight& sight, size_t at) {
  Run run(sight.text, at);
  while (!run.done()) {
    const size_t card = sight.wanted.has(Detector::payment_card) ? run.card() : 0;
    if (card != 0) {
      sight.add(run.begin(), run.end(card), Detector::payment_card, Evidence::luhn);
      run.drop(card);
    } else if (sight.wanted.has(Detector::us_ssn) && run.ssn()) {
      sight.add(run.begin(), run.end(3), Detector::us_ssn, Evidence::structure);
      run.drop(3);
    } else {
      run.drop(1);
    }
  }
  return run.end();
}

namespace {

/// False for most numbers that are no card, at little cost.
bool may_be_card(ByteView number) {
  if (number.find_first_of("eE") != ByteView::npos) return true;
  size_t length = 0;  // of the part before the point, the sign included
  while (length < number.size() && number[length] != '.') ++length;
  return length >= kCardMin && length <= kCardMax + 1;
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

bool detect_number(ByteView number, ByteView, const Wanted& wanted, Found* found) {
  if (!wanted.has(Detector::payment_card) || !may_be_card(number) || !number_is_card(number)) return false;
  *found = {0, static_cast<uint32_t>(number.size()), Detector::payment_card, Evidence::luhn, false, false, 0};
  return true;
}

}  // namespace gatehouse::mask
