#include "sql/condition.h"

#include <algorithm>

#include "sql/every_text.h"
#include "sql/like.h"
#include "sql/terms.h"

namespace gatehouse::sql {
namespace {

/// A range without ends holds everything: '(,)', int4range(NULL, NULL).
bool is_endless(const Tree& tree, uint32_t side) {
  const uint32_t node = bare(tree, side);
  const ByteView text = tree.text(tree.child(tree.child(node, "A_Const"), "sval"), "sval");
  const bool range = text.size() >= 3 && text.find(',') != ByteView::npos;
  if (range && folded(text).find_first_not_of("([,)] -infinity") == ByteView::npos) return true;
  const uint32_t list = tree.child(tree.child(node, "FuncCall"), "args");
  if (list == Tree::kNone) return false;
  for (uint32_t i = tree.first(list); i != Tree::kNone; i = tree.next(i)) {
    Value end;
    const bool is_value = value_of(tree, bare(tree, i), &end);
    const bool borders = !end.text.empty() && end.text.find_first_not_of("[]()") == ByteView::npos;   // the third argument
    if (is_value && !end.is_end() && !borders) return false;
    if (!is_value && !tree.is_true(tree.child(bare(tree, i), "A_Const"), "isnull")) return false;
  }
  return true;
}

/// NULL, or a row of nothing else.
bool is_nothing(const Tree& tree, uint32_t side) {
  const uint32_t node = bare(tree, side), list = tree.child(tree.child(node, "RowExpr"), "args");
  if (list == Tree::kNone) return tree.is_true(tree.child(node, "A_Const"), "isnull");
  for (uint32_t i = tree.first(list); i != Tree::kNone; i = tree.next(i))
    if (!tree.is_true(tree.child(bare(tree, i), "A_Const"), "isnull")) return false;
  return true;
}

/// Two names of one column: a.id and id, which means no other.
bool same_column(const Tree& tree, uint32_t left, uint32_t right) {
  ByteView last[2];
  size_t fields[2] = {};
  for (size_t side = 0; side < 2; ++side) {
    const uint32_t list = tree.child(tree.child(side == 0 ? left : right, "ColumnRef"), "fields");
    for (uint32_t k = tree.first(list); k != Tree::kNone; k = tree.next(k), ++fields[side])
      last[side] = tree.text(tree.child(k, "String"), "sval");
  }
  return !last[0].empty() && last[0] == last[1] && (fields[0] == 1 || fields[1] == 1);
}

/// Whatever a CASE meets, it gives the same constant.
bool always_same(const Tree& tree, uint32_t node) {
  const uint32_t otherwise = tree.child(node, "defresult"), list = tree.child(node, "args");
  if (otherwise == Tree::kNone || list == Tree::kNone || tree.child(otherwise, "A_Const") == Tree::kNone) return false;
  for (uint32_t k = tree.first(list); k != Tree::kNone; k = tree.next(k)) {
    const uint32_t result = tree.child(tree.child(k, "CaseWhen"), "result");
    if (result == Tree::kNone || !tree.same(result, otherwise)) return false;
  }
  return true;
}

/// A number that makes `op` give the same for all: id * 0, id & 0, id % 1, id ^ 0, 1 ^ id.
bool is_levelled(const Tree& tree, uint32_t node, bool* of_values) {
  const ByteView name = operator_of(tree, node);
  if (name != "*" && name != "\\u0026" && name != "&" && name != "%" && name != "^") return false;
  for (const char* side : {"lexpr", "rexpr"}) {
    Value constant;
    const uint32_t at = tree.child(node, side);
    if (at == Tree::kNone || !value_of(tree, bare(tree, at), &constant) || constant.rank == Value::Rank::text) continue;
    *of_values = true;
    const bool one = name == "%" || (name == "^" && tree[at].key == "lexpr");
    if (constant.number == (one ? 1 : 0) || (name == "%" && constant.number == -1)) return true;
  }
  return false;
}

/// `|| 1` and `&& 1`: MySQL's OR and AND. So is `|| id`, and `tenant || x = y`, of which the comparison is a part there.
bool is_or_elsewhere(const Tree& tree, uint32_t node) {
  const ByteView name = operator_of(tree, node);
  if (name != "||" && name != "&&" && name != "\\u0026\\u0026") return false;
  if (name == "||" && tree.child(tree.child(node, "rexpr"), "ColumnRef") != Tree::kNone) return true;
  const bool first = tree[tree[node].parent].key == "lexpr";
  if (name == "||" && first && tree.child(tree.child(node, "lexpr"), "ColumnRef") != Tree::kNone) return true;
  for (const char* side : {"lexpr", "rexpr"}) {
    const uint32_t constant = tree.child(bare(tree, tree.child(node, side)), "A_Const");
    const ByteView text = tree.text(tree.child(constant, "sval"), "sval");
    if (tree.child(constant, "ival") != Tree::kNone || tree.child(constant, "fval") != Tree::kNone ||
        tree.child(constant, "boolval") != Tree::kNone || (!text.empty() && text[0] >= '0' && text[0] <= '9')) return true;
  }
  return false;
}

/// A list of values that has none: ARRAY[], '{}'.
bool is_empty_list(const Tree& tree, uint32_t right) {
  const uint32_t array = tree.child(right, "A_ArrayExpr");
  if (array != Tree::kNone) return tree.child(array, "elements") == Tree::kNone;
  return tree.text(tree.child(tree.child(right, "A_Const"), "sval"), "sval") == "{}";
}

/// A value that has no members: '{}', '[]' and '' as texts, ARRAY[], jsonb_build_object().
bool is_memberless(const Tree& tree, uint32_t side) {
  const uint32_t node = bare(tree, side), array = tree.child(node, "A_ArrayExpr"), call = tree.child(node, "FuncCall");
  if (array != Tree::kNone) return tree.child(array, "elements") == Tree::kNone;
  if (call != Tree::kNone) return tree.child(call, "args") == Tree::kNone && last_function(tree, call).starts_with("json");
  const uint32_t text = tree.child(tree.child(node, "A_Const"), "sval");
  if (text == Tree::kNone) return false;
  std::string members;
  for (const char c : tree.text(text, "sval"))
    if (c != ' ') members += c;
  return members.empty() || members == "{}" || members == "[]";
}

/// Everything contains nothing, as a filter has it that was made of no clauses: x @> '{}', '{}' <@ x, x ?& '{}'.
bool contains_nothing(const Tree& tree, uint32_t node, uint32_t left, uint32_t right) {
  const ByteView name = operator_of(tree, node);
  if (name == "\\u003c@") return is_memberless(tree, left);
  return (name == "@\\u003e" || name == "?\\u0026" || name == "?&") && is_memberless(tree, right);
}

/// power(id, 0) is 1.
bool is_power_of_nothing(const Tree& tree, uint32_t call, bool* of_values) {
  const std::string name = folded(last_function(tree, call));
  if (name != "power" && name != "pow") return false;
  const uint32_t list = tree.child(call, "args"), first = list == Tree::kNone ? list : tree.first(list);
  const uint32_t second = first == Tree::kNone ? first : tree.next(first);
  Value exponent;
  if (second == Tree::kNone || !value_of(tree, bare(tree, second), &exponent)) return false;
  *of_values = true;
  return exponent.rank == Value::Rank::number && exponent.number == 0;
}

/// Every text has the empty one: starts_with(x, ''), strpos(x, ''), position('' in x), whose arguments are turned;
/// regexp_like(x, '.*').
bool looks_for_nothing(const Tree& tree, uint32_t call) {
  const ByteView name = last_function(tree, call);
  const bool expression = name == "regexp_like";
  if (name != "starts_with" && name != "strpos" && name != "position" && !expression) return false;
  const uint32_t list = tree.child(call, "args"), first = list == Tree::kNone ? list : tree.first(list);
  const uint32_t second = first == Tree::kNone ? first : tree.next(first);
  if (second == Tree::kNone) return false;
  const uint32_t text = tree.child(tree.child(bare(tree, second), "A_Const"), "sval");
  if (text == Tree::kNone) return false;
  return expression ? fits_every_text(unescaped(tree.text(text, "sval"))) : tree.text(text, "sval").empty();
}

}  // namespace

bool Condition::any(const Tree& tree, uint32_t node, uint32_t base) const {
  for (uint32_t i = tree.first(node); i != Tree::kNone; i = tree.next(i))
    if (known(i, base)) return true;
  return false;
}

bool Condition::compares(const Tree& tree, uint32_t node, uint32_t base) {
  const uint32_t left = tree.child(node, "lexpr"), right = tree.child(node, "rexpr");
  doubtful_ |= is_or_elsewhere(tree, node);
  if (left == Tree::kNone || right == Tree::kNone) return known(left, base) || known(right, base);
  if (!known(left, base) && !known(right, base)) return false;
  const uint32_t l = bare(tree, left), r = bare(tree, right);
  if (tree.same(l, r) || same_column(tree, l, r)) return false;
  if (fits_all(tree, node, right, &of_values_) || is_levelled(tree, node, &of_values_)) return false;
  const ByteView kind = tree.text(node, "kind"), name = operator_of(tree, node);
  const bool equal = name == "=" && kind == "AEXPR_OP";
  const bool compared = equal || (kind == "AEXPR_OP" && (name.starts_with("\\u003c") || name.starts_with("\\u003e")));
  const bool like = kind == "AEXPR_LIKE" || kind == "AEXPR_ILIKE";   // name LIKE name || '%'
  if ((compared || like) && (of_itself(tree, l, r) || of_itself(tree, r, l))) return false;
  if (!leaves_itself_out(tree, node) && same_row(tree, l, r)) return false;
  const bool batch = kind == "AEXPR_OP_ANY" && name == "=" && array_query(tree, r) != Tree::kNone;   // as IN
  if (is_whole(tree, l, base, equal)) return false;
  if (batch ? is_whole_query(tree, array_query(tree, r)) : is_whole(tree, r, base, equal)) return false;
  if (gives_itself(tree, l, r) || gives_itself(tree, r, l)) return false;
  if (kind == "AEXPR_DISTINCT" && is_nothing(tree, right)) return false;   // IS NOT NULL
  if ((name == "\\u003c@" && is_endless(tree, r)) || (name == "@\\u003e" && is_endless(tree, l))) return false;
  if (kind == "AEXPR_OP_ALL" && is_empty_list(tree, r)) return false;
  if (kind == "AEXPR_OP" && contains_nothing(tree, node, left, right)) return false;
  uint32_t list = tree.child(tree.child(right, "List"), "items");   // IN and BETWEEN
  if (list == Tree::kNone && (kind == "AEXPR_OP_ANY" || kind == "AEXPR_OP_ALL"))
    list = tree.child(tree.child(r, "A_ArrayExpr"), "elements");
  for (uint32_t i = list == Tree::kNone ? list : tree.first(list); i != Tree::kNone; i = tree.next(i))
    if (same_row(tree, l, bare(tree, i)) || of_itself(tree, l, bare(tree, i))) return false;
  return known(left, base) || known(right, base);
}

/// A name of the table, or of what gives each row of it.
bool Condition::is_own(ByteView table) const {
  if (table.empty() || table == alias_) return true;
  return std::any_of(sources_.begin(), sources_.end(), [&](const Source& each) { return each.itself && each.name == table; });
}

/// Two ColumnRefs are one column of one row: t.id and u.id, where each row of t is one of u; a name without its table's.
bool Condition::one_column(const Tree& tree, uint32_t a, uint32_t b) const {
  const ByteView one = last_name(tree, a), other = last_name(tree, b);
  if (one.empty() && other.empty() && !sources_.empty()) return is_own(table_of(tree, a)) && is_own(table_of(tree, b));   // t.*
  if (one.empty() || other.empty()) return tree.same(a, b);
  if (one != other) return is_alone(tree, a) && is_alone(tree, b) && is_own(one) && is_own(other) && !sources_.empty();   // t = u
  return tree.same(a, b) || is_alone(tree, a) || is_alone(tree, b) || (is_own(table_of(tree, a)) && is_own(table_of(tree, b)));
}

/// As Tree::same, of one row by whatever name.
bool Condition::same_row(const Tree& tree, uint32_t a, uint32_t b) const {
  const uint32_t a_first = a, b_first = b, a_end = tree[a].end, b_end = tree[b].end;
  while (true) {
    while (a < a_end && tree[a].key == "location") ++a;
    while (b < b_end && tree[b].key == "location") ++b;
    if (a >= a_end || b >= b_end) return a >= a_end && b >= b_end;
    if (tree[a].type != tree[b].type || tree[a].value != tree[b].value) return false;
    if (a != a_first && b != b_first && tree[a].key != tree[b].key) return false;
    const bool column = tree[a].key == "ColumnRef" && tree[b].key == "ColumnRef";
    if (column && !one_column(tree, a, b)) return false;
    a = column ? tree[a].end : a + 1;
    b = column ? tree[b].end : b + 1;
  }
}

/// Snowflake's EQUAL_NULL(id, id).
bool Condition::equals_itself(const Tree& tree, uint32_t call) const {
  if (folded(last_function(tree, call)) != "equal_null") return false;
  const uint32_t list = tree.child(call, "args"), first = list == Tree::kNone ? list : tree.first(list);
  const uint32_t second = first == Tree::kNone ? first : tree.next(first);
  if (second == Tree::kNone) return false;
  const uint32_t l = bare(tree, first), r = bare(tree, second);
  return same_column(tree, l, r) || same_row(tree, l, r);
}

/// A comparison that no thing has with itself: <, >, <>, IS DISTINCT FROM.
bool Condition::leaves_itself_out(const Tree& tree, uint32_t expression) const {
  const ByteView kind = tree.text(expression, "kind"), name = operator_of(tree, expression);
  return kind == "AEXPR_DISTINCT" || (kind == "AEXPR_OP" && (name == "\\u003c" || name == "\\u003e" || name == "\\u003c\\u003e"));
}

/// A column and what is made of it and of constants, one side each: id = id + 0, coalesce(id, 0) = id, which hold for all rows
/// or for none.
bool Condition::of_itself(const Tree& tree, uint32_t column, uint32_t other) const {
  const uint32_t one = tree.child(column, "ColumnRef");
  if (last_name(tree, one).empty() || tree.child(other, "ColumnRef") != Tree::kNone) return false;
  bool same = false;
  for (uint32_t i = other; i < tree[other].end; ++i) {
    const ByteView kind = tree[i].key;
    if (kind == "FuncCall" || kind == "SubLink" || kind == "ParamRef") return false;
    if (kind != "ColumnRef") continue;
    if (!one_column(tree, one, i)) return false;
    same = true;
  }
  return same;
}

/// A column of what the statement joins its table with.
bool Condition::is_of_others(const Tree& tree, uint32_t column) const {
  ByteView table = table_of(tree, column);
  if (table.empty() && is_alone(tree, column)) table = last_name(tree, column);   // a whole row of it
  if (table.empty() || table == alias_) return false;
  if (depth_ > 0 && sources_.size() == 1) return false;   // SELECT d.id FROM docs d WHERE d.age > 5: the table, by another name
  for (const Source& source : sources_)
    if (source.name == table) return true;
  return false;
}

bool Condition::of_kind(const Tree& tree, uint32_t node, uint32_t base) {
  const ByteView kind = tree[node].key;
  if (kind == "ColumnRef" && as_texts_ && is_alone(tree, node) && tree.in_quotes(node)) return false;
  if (kind == "ColumnRef") return last_name(tree, node) != "tableoid" && (sources_.empty() || !is_of_others(tree, node));
  if (kind == "FuncCall") {
    const ByteView name = last_function(tree, node);
    if (name == "pg_typeof" || name == "isfinite" || looks_for_nothing(tree, node) || equals_itself(tree, node) ||
        is_power_of_nothing(tree, node, &of_values_)) return false;
  }
  if (kind == "CurrentOfExpr") return true;
  if (kind == "A_Expr") return compares(tree, node, base);
  if (kind == "CaseExpr" && always_same(tree, node)) return false;
  if (kind == "SubLink") return sub_select(tree, node, base);
  if (kind == "NullTest") return tree.text(node, "nulltesttype") == "IS_NULL" && any(tree, node, base);
  const uint32_t list = tree.child(node, "args");
  if (kind == "MinMaxExpr") {   // greatest(true, id = 5)
    for (uint32_t i = tree.first(list); i != Tree::kNone; i = tree.next(i))
      if (tree.child(tree.child(i, "A_Const"), "boolval") != Tree::kNone) return false;
  }
  const ByteView operation = kind == "BoolExpr" ? tree.text(node, "boolop") : ByteView();
  if (operation == "NOT_EXPR" && list != Tree::kNone) {   // NOT (id IS NULL) is IS NOT NULL; NOT t.id <> u.id
    const uint32_t inner = tree.first(list), compared = tree.child(inner, "A_Expr");
    const uint32_t left = tree.child(compared, "lexpr"), right = tree.child(compared, "rexpr");
    if (left != Tree::kNone && right != Tree::kNone && same_row(tree, bare(tree, left), bare(tree, right))) return false;
    return any(tree, node, base) && tree.child(inner, "NullTest") == Tree::kNone;
  }
  if (kind == "BooleanTest" && tree.text(node, "booltesttype") == "IS_NOT_UNKNOWN") return false;
  if (operation == "OR_EXPR" && list != Tree::kNone) {
    for (uint32_t i = tree.first(list); i != Tree::kNone; i = tree.next(i))
      if (!known(i, base)) return false;
    return true;
  }
  return any(tree, node, base);
}

/// Some name stands in double quotes and alone, as texts do elsewhere.
bool Condition::has_texts(const Tree& tree, uint32_t at) const {
  for (uint32_t i = at; i < tree[at].end; ++i)
    if (tree[i].key == "ColumnRef" && is_alone(tree, i) && tree.in_quotes(i)) return true;
  return false;
}

bool Condition::judge(const Tree& tree, uint32_t at) {
  varies_.assign(tree[at].end - at, 0);
  for (uint32_t i = tree[at].end; i-- > at;) {   // children first: they stand behind
    if (tree[i].type == Node::Type::object || tree[i].type == Node::Type::list)
      varies_[i - at] = tree[i].is_kind() ? of_kind(tree, i, at) : any(tree, i, at);
  }
  if (doubtful_ || varies_[0] == 0) return false;
  rows_.name(alias_);
  if (!rows_.asks(tree, at)) return true;
  of_values_ = true;
  return rows_.left_out(tree, at, varies_, at);
}

bool Condition::chooses(const Tree& tree, uint32_t statement, uint32_t at) {
  of_values_ = doubtful_ = false;
  quoted_ = as_texts_ = false;
  searched_ = 0;
  if (at == Tree::kNone) return false;
  known_ctes_ = &ctes_;
  ctes_read_ = false;
  read_sources(tree, statement);
  judged_ = Tree::kNone;
  if (!judge(tree, at)) return false;
  const bool texts = has_texts(tree, at);
  const bool queries = std::any_of(tree.nodes().begin() + at, tree.nodes().begin() + tree[at].end,
                                   [](const Node& node) { return node.key == "SubLink"; });
  if (sources_.empty() && !texts && !queries) judged_ = at;
  if (!texts || tree.in_quotes(tree.child(statement, "relation"))) return true;
  as_texts_ = true;
  quoted_ = !judge(tree, at);
  as_texts_ = false;
  return true;
}

}  // namespace gatehouse::sql
