#include "sql/condition.h"

#include <algorithm>

#include "sql/like.h"

namespace gatehouse::sql {
namespace {

/// A range without ends holds everything: '(,)', int4range(NULL, NULL).
bool is_endless(const Tree& tree, uint32_t side) {
  const uint32_t node = bare(tree, side);
  const ByteView text = tree.text(tree.child(tree.child(node, "A_Const"), "sval"), "sval");
  if (text.size() >= 3 && text.find(',') != ByteView::npos && text.find_first_not_of("([,)] ") == ByteView::npos) return true;
  const uint32_t list = tree.child(tree.child(node, "FuncCall"), "args");
  if (list == Tree::kNone) return false;
  for (uint32_t i = tree.first(list); i != Tree::kNone; i = tree.next(i))
    if (!tree.is_true(tree.child(bare(tree, i), "A_Const"), "isnull")) return false;
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

ByteView last_name(const Tree& tree, uint32_t column) {
  ByteView last;
  const uint32_t list = tree.child(column, "fields");
  for (uint32_t k = tree.first(list); k != Tree::kNone; k = tree.next(k)) last = tree.text(tree.child(k, "String"), "sval");
  return last;
}

bool is_alone(const Tree& tree, uint32_t column) {
  const uint32_t first = tree.first(tree.child(column, "fields"));
  return first != Tree::kNone && tree.next(first) == Tree::kNone;
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

/// A number that makes `op` give the same for all: id * 0, id & 0, id % 1.
bool is_levelled(const Tree& tree, uint32_t node, bool* of_values) {
  const ByteView name = operator_of(tree, node);
  if (name != "*" && name != "\\u0026" && name != "&" && name != "%") return false;
  for (const char* side : {"lexpr", "rexpr"}) {
    const uint32_t constant = tree.child(bare(tree, tree.child(node, side)), "A_Const");
    const uint32_t whole = tree.child(constant, "ival"), other = tree.child(constant, "fval");
    if (whole == Tree::kNone && other == Tree::kNone) continue;
    *of_values = true;
    const ByteView digits = whole != Tree::kNone ? tree.text(whole, "ival") : tree.text(other, "fval");
    if (name == "%" ? digits == "1" : digits.find_first_not_of("0.") == ByteView::npos) return true;
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

ByteView last_function(const Tree& tree, uint32_t call) {
  ByteView last;
  for (uint32_t k = tree.first(tree.child(call, "funcname")); k != Tree::kNone; k = tree.next(k))
    last = tree.text(tree.child(k, "String"), "sval");
  return last;
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

/// Every text has the empty one: starts_with(x, ''), strpos(x, ''), position('' in x), whose arguments are turned.
bool looks_for_nothing(const Tree& tree, uint32_t call) {
  const ByteView name = last_function(tree, call);
  if (name != "starts_with" && name != "strpos" && name != "position") return false;
  const uint32_t list = tree.child(call, "args"), first = list == Tree::kNone ? list : tree.first(list);
  const uint32_t second = first == Tree::kNone ? first : tree.next(first);
  if (second == Tree::kNone) return false;
  const uint32_t text = tree.child(tree.child(bare(tree, second), "A_Const"), "sval");
  return text != Tree::kNone && tree.text(text, "sval").empty();
}

/// LIMIT that is one: a number up to 999,999, or a parameter; not WITH TIES, of which there may be any number.
bool is_limited(const Tree& tree, uint32_t select) {
  const uint32_t limit = tree.child(select, "limitCount");
  if (limit == Tree::kNone || tree.text(select, "limitOption") == "LIMIT_OPTION_WITH_TIES") return false;
  const uint32_t count = bare(tree, limit), whole = tree.child(tree.child(count, "A_Const"), "ival");
  if (whole != Tree::kNone) return tree.text(whole, "ival").size() <= 6;
  return tree.child(count, "ParamRef") != Tree::kNone;
}

/// LIMIT 0, which leaves nothing.
bool is_none(const Tree& tree, uint32_t select) {
  const uint32_t whole = tree.child(tree.child(tree.child(select, "limitCount"), "A_Const"), "ival");
  return whole != Tree::kNone && tree.text(whole, "ival").empty();
}

/// A sub-select whose rows are left out, or may be: NOT IN, <> ALL, whatever is more than AND and OR up to the statement.
bool is_negated(const Tree& tree, uint32_t link, uint32_t base) {
  if (tree.text(link, "subLinkType") == "ALL_SUBLINK") return true;
  for (uint32_t up = tree[link].parent; up != Tree::kNone && up >= base; up = tree[up].parent) {
    if (!tree[up].is_kind()) continue;
    const ByteView op = tree[up].key == "BoolExpr" ? tree.text(up, "boolop") : ByteView();
    if (op != "AND_EXPR" && op != "OR_EXPR") return true;
  }
  return false;
}

/// What of a query may make it give nothing, whatever its condition says.
bool may_be_empty(const Tree& tree, uint32_t select) {
  const uint32_t offset = tree.child(select, "limitOffset");
  const uint32_t whole = tree.child(tree.child(offset, "A_Const"), "ival");
  if (offset != Tree::kNone && (whole == Tree::kNone || !tree.text(whole, "ival").empty())) return true;
  const ByteView op = tree.text(select, "op");
  if (op == "SETOP_EXCEPT" || op == "SETOP_INTERSECT") return true;
  return tree.child(select, "havingClause") != Tree::kNone || is_none(tree, select);
}

/// The name before a column's, of its table; empty when it stands alone.
ByteView table_of(const Tree& tree, uint32_t column) {
  ByteView last, before;
  const uint32_t list = tree.child(column, "fields");
  for (uint32_t k = tree.first(list); k != Tree::kNone; k = tree.next(k)) {
    before = last;
    last = tree.text(tree.child(k, "String"), "sval");
  }
  return before;
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
  if (compared && (of_itself(tree, l, r) || of_itself(tree, r, l))) return false;
  if (!leaves_itself_out(tree, node) && same_row(tree, l, r)) return false;
  if (is_whole(tree, l, base, equal) || is_whole(tree, r, base, equal)) return false;
  if (gives_itself(tree, l, r) || gives_itself(tree, r, l)) return false;
  if (kind == "AEXPR_DISTINCT" && is_nothing(tree, right)) return false;   // IS NOT NULL
  if ((name == "\\u003c@" && is_endless(tree, r)) || (name == "@\\u003e" && is_endless(tree, l))) return false;
  if (kind == "AEXPR_OP_ALL" && is_empty_list(tree, r)) return false;
  if (kind == "AEXPR_OP" && contains_nothing(tree, node, left, right)) return false;
  uint32_t list = tree.child(tree.child(right, "List"), "items");   // IN and BETWEEN
  if (list == Tree::kNone && (kind == "AEXPR_OP_ANY" || kind == "AEXPR_OP_ALL"))
    list = tree.child(tree.child(r, "A_ArrayExpr"), "elements");
  for (uint32_t i = list == Tree::kNone ? list : tree.first(list); i != Tree::kNone; i = tree.next(i))
    if (same_row(tree, l, bare(tree, i))) return false;
  return known(left, base) || known(right, base);
}

/// One side of a comparison is a sub-select of all rows. What is equal to one value of them may be one row.
bool Condition::is_whole(const Tree& tree, uint32_t side, uint32_t base, bool equal) const {
  const uint32_t link = tree.child(side, "SubLink");
  if (link == Tree::kNone || known(link, base)) return false;
  const uint32_t select = tree.child(tree.child(link, "subselect"), "SelectStmt");
  const bool one = tree.text(link, "subLinkType") == "EXPR_SUBLINK";
  const uint32_t where = tree.child(select, "whereClause");
  if (one && equal) return where != Tree::kNone && is_whole_query(tree, select);   // (SELECT max(u.id) FROM t u WHERE u.id = t.id)
  if (one && (known(where, base) || is_limited(tree, select))) return false;
  return reads_it_again(tree, select);
}

bool Condition::reads_it_again(const Tree& tree, uint32_t select) const {
  for (uint32_t i = select; select != Tree::kNone && i < tree[select].end; ++i)
    if (tree[i].key == "relname" && (tree[i].value == relation_ || is_whole_cte(tree, tree[i].value))) return true;
  return false;
}

/// A query that stands outside of the condition gives all rows of the table.
bool Condition::is_whole_query(const Tree& tree, uint32_t select) const {
  constexpr uint32_t kDepthMax = 4;
  if (select == Tree::kNone || is_limited(tree, select)) return false;
  if (depth_ >= kDepthMax) return true;
  if (!reads_it_again(tree, select)) return false;
  const uint32_t where = tree.child(select, "whereClause");
  if (where == Tree::kNone) return true;
  Condition inner;
  inner.relation_ = relation_;
  inner.alias_ = alias_;
  inner.depth_ = depth_ + 1;
  inner.known_ctes_ = known_ctes_;
  inner.read_from(tree, tree.child(select, "fromClause"));
  std::erase_if(inner.sources_, [](const Source& each) { return !each.itself; });   // columns of others choose
  const bool chosen = inner.judge(tree, where);
  of_values_ |= inner.of_values_;
  return !chosen;
}

bool Condition::is_whole_of(const Tree& tree, uint32_t statement, uint32_t select) {
  of_values_ = doubtful_ = false;
  known_ctes_ = &ctes_;
  ctes_read_ = false;
  read_sources(tree, statement);
  return is_whole_query(tree, select);
}

bool Condition::is_whole_cte(const Tree& tree, ByteView name) const {
  bool whole = false;
  if (known_ctes_ == &ctes_ && !ctes_read_) read_ctes(tree);
  for (Cte& each : *known_ctes_) {
    if (each.name != name) continue;
    if (!each.looked) {
      each.looked = true;
      each.whole = is_whole_query(tree, each.select);
    }
    whole |= each.whole;
  }
  return whole;
}

void Condition::read_ctes(const Tree& tree) const {
  ctes_.clear();
  ctes_read_ = true;
  for (uint32_t i = 0; i < tree.nodes().size(); ++i)
    if (tree[i].key == "ctename")
      ctes_.push_back({tree[i].value, tree.child(tree.child(tree[i].parent, "ctequery"), "SelectStmt")});
}

void Condition::read_sources(const Tree& tree, uint32_t statement) {
  sources_.clear();
  const uint32_t table = tree.child(statement, "relation");
  relation_ = tree.text(table, "relname");
  const uint32_t alias = tree.child(table, "alias");
  alias_ = alias != Tree::kNone ? tree.text(alias, "aliasname") : relation_;
  uint32_t from = tree.child(statement, "usingClause");
  for (const char* name : {"fromClause", "sourceRelation"})
    if (from == Tree::kNone) from = tree.child(statement, name);
  read_from(tree, from);
}

void Condition::read_from(const Tree& tree, uint32_t from) {
  for (uint32_t i = from; from != Tree::kNone && i < tree[from].end;) {
    const bool query = tree[i].key == "RangeSubselect";
    if (query || tree[i].key == "RangeVar") {
      const ByteView name = tree.text(i, "relname"), given = tree.text(tree.child(i, "alias"), "aliasname");
      const bool itself = query ? is_whole_query(tree, tree.child(tree.child(i, "subquery"), "SelectStmt"))
                                : name == relation_ || is_whole_cte(tree, name);
      sources_.push_back({given.empty() ? name : given, itself});
    } else if (tree[i].key == "RangeFunction") {
      sources_.push_back({tree.text(tree.child(i, "alias"), "aliasname"), false});
    }
    i = query || tree[i].key == "RangeFunction" ? tree[i].end : i + 1;
  }
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

/// A query that gives the row's own column back: id = (SELECT t.id), id IN (SELECT t.id FROM b), id IN (VALUES (id)).
bool Condition::gives_itself(const Tree& tree, uint32_t column, uint32_t side) const {
  const uint32_t one = tree.child(column, "ColumnRef"), link = tree.child(side, "SubLink");
  if (one == Tree::kNone || link == Tree::kNone) return false;
  return gives_itself(tree, one, tree.child(tree.child(link, "subselect"), "SelectStmt"), tree.child(link, "subselect"));
}

bool Condition::gives_itself(const Tree& tree, uint32_t column, uint32_t select, uint32_t all) const {
  const bool alone = tree.child(select, "fromClause") == Tree::kNone;
  for (uint32_t i = all; all != Tree::kNone && i < tree[all].end; ++i) {
    if (tree[i].key != "ColumnRef" || last_name(tree, i) != last_name(tree, column)) continue;
    const auto gives = [&](uint32_t up) { return tree[up].key == "targetList" || tree[up].key == "valuesLists"; };
    uint32_t up = tree[i].parent;   // what is given, not what a condition says
    while (up > all && !gives(up) && tree[up].key != "whereClause") up = tree[up].parent;
    const ByteView table = table_of(tree, i);
    const bool outside = alone || (!table.empty() && table == alias_ && !names(tree, select, table));
    if (up > all && gives(up) && outside) return true;
  }
  return false;
}

/// A query has a table of this name.
bool Condition::names(const Tree& tree, uint32_t select, ByteView table) const {
  for (uint32_t i = select; select != Tree::kNone && i < tree[select].end; ++i)
    if ((tree[i].key == "relname" || tree[i].key == "aliasname") && tree[i].value == table) return true;
  return false;
}

/// A query that looks at the row: a column of the table, or one that may be.
bool Condition::looks_outside(const Tree& tree, uint32_t select) const {
  for (uint32_t i = select; select != Tree::kNone && i < tree[select].end; ++i)
    if (tree[i].key == "ColumnRef" && !last_name(tree, i).empty())
      if (is_alone(tree, i) || table_of(tree, i) == alias_) return true;
  return false;
}

/// A column of what the statement joins its table with.
bool Condition::is_of_others(const Tree& tree, uint32_t column) const {
  ByteView table = table_of(tree, column);
  if (table.empty() && is_alone(tree, column)) table = last_name(tree, column);   // a whole row of it
  if (table.empty() || table == alias_) return false;
  for (const Source& source : sources_)
    if (source.name == table) return true;
  return false;
}

bool Condition::sub_select(const Tree& tree, uint32_t node, uint32_t base) {
  constexpr uint32_t kSearchedMax = 8;
  const uint32_t select = tree.child(tree.child(node, "subselect"), "SelectStmt");
  const uint32_t where = tree.child(select, "whereClause");
  const ByteView kind = tree.text(node, "subLinkType");
  if (is_negated(tree, node, base)) {   // what leaves out nothing
    of_values_ |= tree.child(select, "limitCount") != Tree::kNone || where != Tree::kNone;
    if ((where != Tree::kNone && !known(where, base)) || may_be_empty(tree, select)) return false;
    if (where != Tree::kNone && (++searched_ > kSearchedMax || !rows_.taken(tree, where, varies_, base))) return false;
  }
  if (is_whole_query(tree, select)) return false;
  if (kind != "ANY_SUBLINK" && kind != "ALL_SUBLINK") return known(where, base) && looks_outside(tree, select);
  const uint32_t test = tree.child(node, "testexpr");
  return known(test, base) && !gives_itself(tree, tree.child(test, "ColumnRef"), select, tree.child(node, "subselect"));
}

bool Condition::of_kind(const Tree& tree, uint32_t node, uint32_t base) {
  const ByteView kind = tree[node].key;
  if (kind == "ColumnRef" && as_texts_ && is_alone(tree, node) && tree.in_quotes(node)) return false;
  if (kind == "ColumnRef") return last_name(tree, node) != "tableoid" && (sources_.empty() || !is_of_others(tree, node));
  if (kind == "FuncCall" && (last_function(tree, node) == "pg_typeof" || looks_for_nothing(tree, node))) return false;
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
  if (!Rows::asks(tree, at)) return true;
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
  if (!judge(tree, at)) return false;
  if (!has_texts(tree, at) || tree.in_quotes(tree.child(statement, "relation"))) return true;
  as_texts_ = true;
  quoted_ = !judge(tree, at);
  as_texts_ = false;
  return true;
}

}  // namespace gatehouse::sql
