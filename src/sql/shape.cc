#include "sql/shape.h"

#include "base/byte_set.h"
#include "sql/ranges.h"
#include "sql/scan.h"

namespace gatehouse::sql {
namespace {

constexpr size_t kDigitsMax = 9;   // 999,999,999 and less is a whole number of 32 bits

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

constexpr ByteSet kBorders(" \t\r\n(),;=<>+*/");                 // between these a number is one
constexpr ByteSet kPlain(" \t\r\n(),;=<>+*/-.:?%![]|^");          // what else may stand outside strings
constexpr ByteSet kNumber(" 0123456789.eE+-");                   // what a number in a string is made of

/// Shaper walks a text once and changes it where it stands.
class Shaper {
 public:
  explicit Shaper(std::string& text) : text_(text) {}

  bool run() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\'') {
        if (!string()) return false;
      } else if (is_letter(c)) {
        if (!word()) return false;
      } else if (is_digit(c)) {
        number();
      } else if (c == '$') {
        if (!is_digit(next())) return false;
        for (++at_; at_ < text_.size() && is_digit(text_[at_]);) ++at_;
      } else {
        if (!kPlain.has(c) || (c == '-' && next() == '-') || (c == '/' && next() == '*')) return false;
        ++at_;
      }
    }
    return changed_;
  }

 private:
  /// A string from `from` on is a number that is long, or has an exponent.
  bool is_long_number(size_t from) const {
    if (from == text_.size() || !kNumber.has(text_[from])) return false;   // most strings
    size_t end = from;
    bool exponent = false, date = false;
    for (; end < text_.size() && kNumber.has(text_[end]); ++end) {
      exponent |= (text_[end] | 0x20) == 'e';
      date |= text_[end] == '-' && end > from && is_digit(text_[end - 1]);   // 2024-01-01
    }
    return end < text_.size() && text_[end] == '\'' && !date && (exponent || end - from > kDigitsMax);
  }

  char next() const { return at_ + 1 < text_.size() ? text_[at_ + 1] : '\0'; }

  /// A string from `from` on begins with a year; 0: it does not.
  int year(size_t from) const {
    if (from + 4 >= text_.size() || text_[from + 4] != '-') return 0;
    int number = 0;
    for (size_t i = from; i < from + 4; ++i) {
      if (!is_digit(text_[i])) return 0;
      number = 10 * number + (text_[i] - '0');
    }
    return number;
  }

  /// A string; '' inside it begins another. False: it has no end, or a backslash, or is a number that may be the last of its type.
  bool string() {
    if (is_long_number(at_ + 1)) return false;
    const size_t begin = at_ + 1;
    const int dated = year(begin);
    if (dated != 0 && (dated <= 1970 || dated >= kLastYear)) return false;
    for (++at_; at_ < text_.size() && text_[at_] != '\'';) {
      if (text_[at_] == '\\') return false;
      const size_t from = at_;
      bool digit = false;
      for (; at_ < text_.size() && (is_digit(text_[at_]) || (is_letter(text_[at_]) && text_[at_] != '_')); ++at_)
        digit |= is_digit(text_[at_]);
      if (digit) ones(from);
      if (at_ == from) ++at_;
    }
    if (at_ == text_.size()) return false;
    if (dated != 0) text_[begin] = '2', text_[begin + 1] = '0';   // a year of rows, as the one that it stands for
    ++at_;
    return true;
  }

  /// A name or a word of the grammar. False: it may belong to a string behind it, or judges numbers.
  bool word() {
    const size_t from = at_;
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
    if (at_ < text_.size() && (text_[at_] == '\'' || text_[at_] == '$')) return false;
    return !is_word(ByteView(text_).substr(from, at_ - from), "FLOAT");
  }

  void number() {
    const size_t from = at_;
    const char before = from > 0 ? text_[from - 1] : ' ';
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    const char behind = at_ < text_.size() ? text_[at_] : ' ';
    if (kBorders.has(before) && kBorders.has(behind) && at_ - from <= kDigitsMax) ones(from);
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;   // 1e5, 0x1f
  }

  void ones(size_t from) {
    for (size_t i = from; i < at_; ++i) {
      changed_ |= text_[i] != '1';
      text_[i] = '1';
    }
  }

  std::string& text_;
  size_t at_ = 0;
  bool changed_ = false;
};

}  // namespace

bool shape_of(ByteView text, std::string* out) {
  out->assign(text);
  return Shaper(*out).run();
}

}  // namespace gatehouse::sql
