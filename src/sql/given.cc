#include "sql/given.h"

#include <utility>

#include "sql/literal.h"
#include "sql/ranges.h"
#include "sql/terms.h"
#include "sql/words.h"

namespace gatehouse::sql {
namespace {

constexpr uint32_t kNone = Tree::kNone;

// What makes a value of values, and tells the time.
constexpr ByteView kMakers[] = {"now", "transaction_timestamp", "statement_timestamp", "clock_timestamp", "date_trunc", "date",
                                "timezone", "to_timestamp", "to_date", "lower", "upper", "concat", "md5", "sha256", "encode",
                                "decode", "string_to_array", "regexp_split_to_array", "jsonb_build_object", "json_build_object",
                                "to_jsonb", "getdate", "curdate", "current_date", "current_timestamp", "unix_timestamp",
                                "date_sub", "date_add", "dateadd", "array"};

/// Units of intervals, and how many digits make a number of them longer than anybody keeps rows: a hundred years and more.
constexpr std::pair<ByteView, size_t> kUnits[] = {
    {"microsecond", 19}, {"millisecond", 16}, {"second", 11}, {"minute", 9}, {"hour", 7}, {"day", 6}, {"week", 5},
    {"month", 4},        {"year", 3},         {"decade", 2}};

}  // namespace

bool is_short(ByteView text, bool* plain) {
  size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  *plain = digits > 0 && digits < text.size() && text[digits] == ' ';
  if (!*plain) return false;
  std::string unit = folded(text.substr(digits + 1));
  if (unit.ends_with('s')) unit.pop_back();
  for (const auto& [name, most] : kUnits)
    if (unit == name) return digits < most;
  *plain = false;
  return false;
}

Is value_at(const Tree& tree, uint32_t node, bool* of_values) {
  if (node == kNone) return Is::nothing;
  Value value;
  const uint32_t inner = bare(tree, node);
  bool interval = false;
  for (uint32_t at = node; at != inner;) {
    const uint32_t cast = tree.child(at, "TypeCast");
    interval |= last_type(tree, cast) == "interval";
    at = tree.child(cast != kNone ? cast : tree.child(at, "CollateClause"), "arg");
  }
  const uint32_t constant = tree.child(inner, "A_Const");   // most are one, of which no more is asked
  if (!interval && (tree.child(constant, "ival") != kNone || tree.child(constant, "sval") != kNone)) return Is::known;
  if (!interval && value_of(tree, inner, &value)) return Is::known;
  bool any = false;
  for (uint32_t i = node; i < tree[node].end; ++i) {
    if (!tree[i].is_kind()) continue;
    const ByteView kind = tree[i].key;
    if (kind == "ParamRef" || kind == "SQLValueFunction") any = true;
    else if (kind == "FuncCall") {
      const std::string name = folded(last_function(tree, i));
      const uint32_t first = tree.first(tree.child(i, "args"));
      const bool named = name == "make_interval" && first != kNone && tree.child(first, "NamedArgExpr") != kNone;
      if (!named && !among(name, kMakers)) return Is::nothing;
      any = true;
    } else if (kind == "A_Const") {
      if (tree.is_true(i, "isnull")) return Is::nothing;
      const uint32_t cast = tree[tree[i].parent].parent;   // {"arg": {"A_Const": ...}, "typeName": ...}
      if (cast != kNone && tree[cast].key == "TypeCast" && last_type(tree, cast) == "interval") {
        bool plain = false;
        const bool near = is_short(unescaped(tree.text(tree.child(i, "sval"), "sval")), &plain);
        *of_values |= !plain;
        if (!near) return Is::nothing;
        any = true;
        continue;
      }
      if (!value_of(tree, tree[i].parent, &value)) continue;
      if (value.is_end() || tree.text(tree.child(i, "ival"), "ival").size() > 10) return Is::nothing;
      const bool times = tree[tree[i].parent].parent != kNone && operator_of(tree, tree[tree[i].parent].parent) == "*";
      if (times && tree.text(tree.child(i, "ival"), "ival").size() > 3) return Is::nothing;   // 100000 * interval '1 day'
    } else if (kind == "NamedArgExpr") {   // make_interval(days => 30)
      const ByteView digits = tree.text(tree.child(tree.child(tree.child(i, "arg"), "A_Const"), "ival"), "ival");
      if (tree.text(i, "name") == "years" || digits.size() > 3) return Is::nothing;
    } else if (kind != "TypeCast" && kind != "TypeName" && kind != "CollateClause" && kind != "String" && kind != "A_Expr" &&
               kind != "A_ArrayExpr" && kind != "Integer" && kind != "List") {
      return Is::nothing;
    }
  }
  return any ? Is::unknown : Is::nothing;
}

bool is_joined_text(const Tree& tree, uint32_t node, bool* of_values) {
  if (tree.child(node, "A_Expr") == kNone) return false;
  for (uint32_t i = node; i < tree[node].end; ++i) {
    if (!tree[i].is_kind() || tree[i].key == "String") continue;
    if (tree[i].key == "A_Expr" && tree.text(i, "kind") == "AEXPR_OP" && operator_of(tree, i) == "||" &&
        tree.child(i, "lexpr") != kNone) continue;
    const std::string text = unescaped(tree.text(tree.child(i, "sval"), "sval"));
    const char first = text.empty() ? '\0' : text[0];
    if (tree[i].key != "A_Const" || !is_plain(first) || first == '-' || (first >= '0' && first <= '9')) return false;
  }
  *of_values = true;   // a digit or a letter
  return true;
}

bool is_dated_range(const Tree& tree, uint32_t node, bool* of_values) {
  constexpr ByteView kRanges[] = {"tsrange", "tstzrange", "daterange"};
  const uint32_t call = tree.child(node, "FuncCall"), list = tree.child(call, "args");
  if (call == kNone || !among(last_function(tree, call), kRanges) || count(tree, list) < 2) return false;
  *of_values = true;
  for (uint32_t index = 0; index < 2; ++index) {
    const ByteView text = tree.text(tree.child(tree.child(bare(tree, member(tree, list, index)), "A_Const"), "sval"), "sval");
    int year = 0;
    for (size_t i = 0; i < 4 && i < text.size(); ++i) year = text[i] >= '0' && text[i] <= '9' ? 10 * year + text[i] - '0' : 0;
    const bool dated = text.size() >= 10 && text[4] == '-' && text.find_first_not_of("0123456789-:. T+Z") == ByteView::npos;
    if (!dated || year <= kFirstYear || year >= kLastYear) return false;
  }
  return true;
}

bool is_array_of_values(const Tree& tree, uint32_t node, bool* of_values) {
  const uint32_t list = tree.child(tree.child(node, "A_ArrayExpr"), "elements");
  for (uint32_t k = tree.first(list); k != kNone; k = tree.next(k))
    if (value_at(tree, k, of_values) == Is::nothing) return false;
  return list != kNone;
}

bool is_truth(const Tree& tree, uint32_t node) { return tree.child(tree.child(node, "A_Const"), "boolval") != kNone; }

}  // namespace gatehouse::sql
