#include "sql/truths.h"

#include <algorithm>

#include "sql/terms.h"
#include "sql/words.h"

namespace gatehouse::sql {
namespace {

constexpr ByteView kFlags[] = {"active", "enabled", "disabled", "hidden", "visible", "flag", "done", "valid", "public", "private",
                               "dirty", "stale", "current", "latest", "live", "locked", "read", "seen", "online"};

// Flags are kept as small numbers; what is compared with greater ones is none, whatever it is called (created, in seconds).
constexpr long double kFlagsEnd = 1'000'000;

ByteView trimmed(ByteView text) {
  constexpr ByteView kBlanks = " \t\n\r\f\v";
  const size_t begin = text.find_first_not_of(kBlanks);
  return begin == ByteView::npos ? ByteView() : text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

/// The name of a column says that it is true or false: is_public, hasText, deleted.
bool is_flag(ByteView column) {
  const std::string name = folded(column);
  for (const ByteView front : {"is_", "has_", "was_", "can_"})
    if (name.starts_with(front)) return true;
  for (const ByteView front : {"is", "has"})
    if (column.starts_with(front) && column.size() > front.size() && column[front.size()] >= 'A' && column[front.size()] <= 'Z')
      return true;
  return name.ends_with("ed") || name.ends_with("_flag") || among(ByteView(name), kFlags);
}

}  // namespace

std::optional<bool> truth_of(ByteView text) {
  const std::string word = folded(trimmed(text));
  if (word.empty() || word.size() > 5) return std::nullopt;
  if (word == "1" || word == "on") return true;
  if (word == "0" || word == "of" || word == "off") return false;   // o alone is neither
  if (ByteView("true").starts_with(word) || ByteView("yes").starts_with(word)) return true;
  if (ByteView("false").starts_with(word) || ByteView("no").starts_with(word)) return false;
  return std::nullopt;
}

bool is_flag(const Tree& tree, uint32_t term) {
  const uint32_t column = tree.child(term, "ColumnRef");
  return column != Tree::kNone && is_flag(last_name(tree, column));
}

std::optional<bool> truth_of(const Tree& tree, uint32_t term, const Value& value) {
  if (value.rank == Value::Rank::text) return truth_of(value.text);
  if (value.rank != Value::Rank::number) return std::nullopt;
  if (!value.written.empty()) return truth_of(value.written);
  if ((value.number != 0 && value.number != 1) || !is_flag(tree, term)) return std::nullopt;
  return value.number == 1;
}

bool may_be_truth(const Tree& tree, uint32_t term, const Value& value) {
  if (truth_of(tree, term, value)) return true;
  return value.rank == Value::Rank::number && value.number < kFlagsEnd && value.number > -kFlagsEnd && is_flag(tree, term);
}

bool prints_truth(const Value& value, bool truth) {
  const ByteView printed = truth ? "true" : "false";
  return value.text.size() == printed.size() && folded(value.text) == printed;
}

bool is_of_truth(ByteView text) {
  const std::string word = folded(text);
  return !word.empty() && (ByteView("true").find(word) != ByteView::npos || ByteView("false").find(word) != ByteView::npos);
}

size_t lists_truths(ByteView text) {
  std::string plain;
  for (const char c : trimmed(text))
    if (c != '\\' && c != '"') plain += c;
  if (plain.starts_with('[')) plain.erase(0, plain.find('=') + 1);   // [0:1]={t,f}; all of it where there is no =
  ByteView rest = trimmed(plain);
  if (!rest.starts_with('{') || !rest.ends_with('}')) return 0;
  size_t count = 0;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find_first_of("{},"), rest.size());
    const ByteView member = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (member.empty() || folded(member) == "null") continue;
    if (!truth_of(member)) return 0;
    ++count;
  }
  return count;
}

bool has_lone_digits(ByteView text) {
  size_t run = 0;   // of letters and digits
  bool digit = false;
  for (const char c : text) {
    const bool number = c >= '0' && c <= '9', letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
    run = number || letter ? run + 1 : 0;
    digit = run > 0 && (digit || number);
    if (digit && run > 1) return false;
  }
  return true;
}

}  // namespace gatehouse::sql
