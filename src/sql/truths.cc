#include "sql/truths.h"

#include <algorithm>

#include "sql/terms.h"
#include "sql/words.h"

namespace gatehouse::sql {
namespace {

constexpr ByteView kFlags[] = {"active", "enabled", "disabled", "hidden", "visible", "flag", "done", "valid", "public", "private",
                               "dirty", "stale", "current", "latest", "live", "locked", "read", "seen", "online"};

// Flags that may be when something came to be so, as those in -ed may.
constexpr ByteView kTimes[] = {"seen", "read", "latest", "current"};

// Words in -ed that hardly anybody counts in, and some that are none.
constexpr ByteView kStates[] = {"deleted", "archived", "enabled", "disabled", "published", "verified", "approved", "removed",
                                "processed", "completed", "finished", "purged", "trashed", "activated", "indexed", "embedded",
                                "chunked", "parsed", "ingested", "synced", "expired", "revoked"};
constexpr ByteView kNoStates[] = {"feed", "seed", "speed", "need", "breed", "bed", "red"};

// What gives 0 and 1 of 0 and 1.
constexpr ByteView kAlike[] = {"abs", "sign", "ifnull", "nvl", "isnull"};

// Flags are kept as small numbers; what is compared with greater ones is none, whatever it is called (created, in seconds).
constexpr long double kFlagsEnd = 1'000'000;

ByteView trimmed(ByteView text) {
  constexpr ByteView kBlanks = " \t\n\r\f\v";
  const size_t begin = text.find_first_not_of(kBlanks);
  return begin == ByteView::npos ? ByteView() : text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

/// A name that asks: is_public, hasText.
bool asks(ByteView column) {
  const std::string name = folded(column);
  for (const ByteView front : {"is_", "has_", "was_", "can_"})
    if (name.starts_with(front)) return true;
  for (const ByteView front : {"is", "has"})
    if (column.starts_with(front) && column.size() > front.size() && column[front.size()] >= 'A' && column[front.size()] <= 'Z')
      return true;
  return false;
}

/// What the name of a column says: is_public, hasText, deleted.
Boolean boolean_named(ByteView column) {
  const std::string name = folded(column);
  if (asks(column) || name.ends_with("_flag") || among(ByteView(name), kFlags) || among(ByteView(name), kStates))
    return Boolean::sure;
  if (!name.ends_with("ed")) return Boolean::no;
  return among(ByteView(name).substr(name.rfind('_') + 1), kNoStates) ? Boolean::no : Boolean::may;
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

Boolean boolean_of(const Tree& tree, uint32_t term) {
  for (int steps = 0; steps < 4; ++steps) {   // coalesce(deleted, 0), abs(deleted)
    const uint32_t call = tree.child(term, "FuncCall"), choice = tree.child(term, "CoalesceExpr");
    const bool same = choice != Tree::kNone || (call != Tree::kNone && among(ByteView(folded(last_function(tree, call))), kAlike));
    const uint32_t first = same ? tree.first(tree.child(choice != Tree::kNone ? choice : call, "args")) : Tree::kNone;
    if (first == Tree::kNone) break;
    term = bare(tree, first);
  }
  const uint32_t column = tree.child(term, "ColumnRef"), expression = tree.child(term, "A_Expr");
  if (expression != Tree::kNone && name_of(tree, expression).starts_with("->")) {   // meta->>'deleted'
    const uint32_t key = tree.child(bare(tree, tree.child(expression, "rexpr")), "A_Const");
    return boolean_named(unescaped(tree.text(tree.child(key, "sval"), "sval")));
  }
  if (column == Tree::kNone) return Boolean::no;
  const Boolean named = boolean_named(last_name(tree, column));
  const uint32_t around = tree[term].parent;   // {"arg": {"ColumnRef": ...}, "typeName": ...}
  const bool cast = tree[term].key == "arg" && tree[around].key == "TypeCast" && last_type(tree, around) == "int4";
  return cast && named == Boolean::no ? Boolean::may : named;
}

bool may_be_time(ByteView column) {
  const std::string name = folded(column);
  return !asks(column) && (name.ends_with("ed") || among(ByteView(name), kTimes));
}

bool may_be_both(const Tree& tree, uint32_t term) {
  const Boolean flag = boolean_of(tree, term);
  return flag == Boolean::sure || (flag == Boolean::may && tree[term].key == "arg");
}

std::optional<bool> truth_of(Boolean flag, const Value& value) {
  if (value.rank == Value::Rank::text) return truth_of(value.text);
  if (value.rank != Value::Rank::number) return std::nullopt;
  if (!value.written.empty()) return truth_of(value.written);
  if ((value.number != 0 && value.number != 1) || flag == Boolean::no) return std::nullopt;
  return value.number == 1;
}

bool may_be_truth(Boolean flag, const Value& value) {
  if (truth_of(flag, value)) return true;
  if (value.rank != Value::Rank::number || flag == Boolean::no) return false;
  return value.number > -kFlagsEnd && (flag == Boolean::sure ? value.number < kFlagsEnd : value.number <= 2);
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
