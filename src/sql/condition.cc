#include "sql/condition.h"

#include <algorithm>

#include "sql/every_text.h"

namespace gatehouse::sql {
namespace {

/// The constant text that an expression compares with: the last one in it, as in SIMILAR TO, which is a call.
const Node* constant_text(const Tree& tree, uint32_t node) {
  const Node* found = nullptr;
  for (uint32_t i = node; i < tree[node].end; ++i)
    if (tree[i].key == "sval" && tree[i].type == Node::Type::text) found = &tree[i];
  return found;
}

/// Every constant text of an expression without names and parameters is made of % alone: '%' || ''.
bool joins_to_any(const Tree& tree, uint32_t node) {
  bool any = false;
  for (uint32_t i = node; i < tree[node].end; ++i) {
    if (tree[i].key == "ColumnRef" || tree[i].key == "ParamRef" || tree[i].key == "SubLink") return false;
    if (tree[i].key != "sval" || tree[i].type != Node::Type::text || tree[tree[tree[i].parent].parent].key != "A_Const") continue;
    if (tree[i].value.find_first_not_of('%') != ByteView::npos) return false;
    any = true;
  }
  return any;
}

/// The pattern of LIKE ... ESCAPE, which is a call.
uint32_t without_escape(const Tree& tree, uint32_t right) {
  const uint32_t call = tree.child(right, "FuncCall"), names = tree.child(call, "funcname");
  ByteView last;
  for (uint32_t k = tree.first(names); k != Tree::kNone; k = tree.next(k)) last = tree.text(tree.child(k, "String"), "sval");
  const uint32_t first = tree.first(tree.child(call, "args"));
  return last == "like_escape" && first != Tree::kNone ? first : right;
}

/// A list of patterns, ARRAY['%'] or '{%}': one that every text fits is enough.
bool lists_any(const Tree& tree, uint32_t right) {
  for (uint32_t i = right; i < tree[right].end; ++i) {
    if (tree[i].key != "sval" || tree[i].type != Node::Type::text) continue;
    ByteView value = tree[i].value;
    while (!value.empty()) {
      const size_t end = std::min(value.find_first_of(",{}"), value.size());
      if (end > 0 && value.substr(0, end).find_first_not_of("%\\\"") == ByteView::npos) return true;
      value.remove_prefix(std::min(end + 1, value.size()));
    }
  }
  return false;
}

/// Every text is like this one: of LIKE and SIMILAR TO, or of a regular expression.
bool fits_all(const Tree& tree, uint32_t node, uint32_t right, bool* of_values) {
  const ByteView kind = tree.text(node, "kind");
  const ByteView name = operator_of(tree, node);
  const bool like = kind == "AEXPR_LIKE" || kind == "AEXPR_ILIKE" || kind == "AEXPR_SIMILAR";
  const bool listed = (kind == "AEXPR_OP_ANY" || kind == "AEXPR_OP_ALL") && name.find('~') != ByteView::npos;
  const bool expression = kind == "AEXPR_OP" && (name == "~" || name == "~*" || name == "~~" || name == "~~*");
  if (listed) return lists_any(tree, right);
  if (!like && !expression) return false;
  right = bare(tree, without_escape(tree, bare(tree, right)));
  if (kind != "AEXPR_SIMILAR" && tree.child(right, "A_Const") == Tree::kNone) return joins_to_any(tree, right);
  const Node* text = constant_text(tree, right);
  if (text == nullptr) return tree.child(tree.child(right, "A_Const"), "sval") != Tree::kNone;   // an empty text is left out
  const ByteView value = text->value;
  if (!expression || name.starts_with("~~")) return value.find_first_not_of('%') == ByteView::npos;
  *of_values |= value.find('{') != ByteView::npos;
  return fits_every_text(unescaped(value));
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

/// Whether two ColumnRefs may be one column: the same name, unless both say of which table.
bool may_be_one(const Tree& tree, uint32_t a, uint32_t b) {
  const auto is_alone = [&](uint32_t column) {
    const uint32_t first = tree.first(tree.child(column, "fields"));
    return first != Tree::kNone && tree.next(first) == Tree::kNone;
  };
  return last_name(tree, a) == last_name(tree, b) && (tree.same(a, b) || is_alone(a) || is_alone(b));
}

/// A column and an operation on it with constants alone, one side each: id = id + 0, which holds for all rows or for none.
bool of_itself(const Tree& tree, uint32_t column, uint32_t other) {
  const uint32_t one = tree.child(column, "ColumnRef");
  if (last_name(tree, one).empty() || tree.child(other, "A_Expr") == Tree::kNone) return false;
  bool same = false;
  for (uint32_t i = other; i < tree[other].end; ++i) {
    const ByteView kind = tree[i].key;
    if (kind == "FuncCall" || kind == "SubLink" || kind == "ParamRef" || kind == "CaseExpr") return false;
    if (kind != "ColumnRef") continue;
    if (!may_be_one(tree, one, i)) return false;
    same = true;
  }
  return same;
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

/// `|| 1` and `&& 1`: MySQL's OR and AND.
bool is_or_elsewhere(const Tree& tree, uint32_t node) {
  const ByteView name = operator_of(tree, node);
  if (name != "||" && name != "&&" && name != "\\u0026\\u0026") return false;
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

/// LIMIT that is one: not ALL, not more than 999,999.
bool is_limited(const Tree& tree, uint32_t select) {
  const uint32_t limit = tree.child(select, "limitCount");
  if (limit == Tree::kNone) return false;
  const uint32_t constant = tree.child(bare(tree, limit), "A_Const");
  if (tree.is_true(constant, "isnull") || tree.child(constant, "fval") != Tree::kNone) return false;
  return tree.text(tree.child(constant, "ival"), "ival").size() <= 6;
}

/// LIMIT 0, which leaves nothing.
bool is_none(const Tree& tree, uint32_t select) {
  const uint32_t whole = tree.child(tree.child(tree.child(select, "limitCount"), "A_Const"), "ival");
  return whole != Tree::kNone && tree.text(whole, "ival").empty();
}

/// A sub-select whose rows are left out: NOT IN, <> ALL.
bool is_negated(const Tree& tree, uint32_t link) {
  if (tree.text(link, "subLinkType") == "ALL_SUBLINK") return true;
  uint32_t up = tree[link].parent;
  while (up != Tree::kNone && !tree[up].is_kind()) up = tree[up].parent;
  return up != Tree::kNone && tree.text(up, "boolop") == "NOT_EXPR";
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
  const uint32_t l = bare(tree, left), r = bare(tree, right);
  if (tree.same(l, r) || same_column(tree, l, r)) return false;
  if (fits_all(tree, node, right, &of_values_) || is_levelled(tree, node, &of_values_)) return false;
  const ByteView kind = tree.text(node, "kind"), name = operator_of(tree, node);
  const bool equal = name == "=" && kind == "AEXPR_OP";
  const bool compared = equal || (kind == "AEXPR_OP" && (name.starts_with("\\u003c") || name.starts_with("\\u003e")));
  if (compared && (of_itself(tree, l, r) || of_itself(tree, r, l))) return false;
  if (equal && joins_itself(tree, l, r)) return false;
  if (is_whole(tree, l, base, equal) || is_whole(tree, r, base, equal)) return false;
  if (kind == "AEXPR_DISTINCT" && tree.is_true(tree.child(right, "A_Const"), "isnull")) return false;   // IS NOT NULL
  if (kind == "AEXPR_OP_ALL" && is_empty_list(tree, r)) return false;
  uint32_t list = tree.child(tree.child(right, "List"), "items");   // IN and BETWEEN
  if (list == Tree::kNone && kind == "AEXPR_OP_ANY") list = tree.child(tree.child(r, "A_ArrayExpr"), "elements");
  for (uint32_t i = list == Tree::kNone ? list : tree.first(list); i != Tree::kNone; i = tree.next(i))
    if (tree.same(left, i)) return false;
  return known(left, base) || known(right, base);
}

/// One side of a comparison is a sub-select of all rows. What is equal to one value of them may be one row.
bool Condition::is_whole(const Tree& tree, uint32_t side, uint32_t base, bool equal) const {
  const uint32_t link = tree.child(side, "SubLink");
  if (link == Tree::kNone || known(link, base)) return false;
  const uint32_t select = tree.child(tree.child(link, "subselect"), "SelectStmt");
  const bool one = tree.text(link, "subLinkType") == "EXPR_SUBLINK";
  if (one && (equal || known(tree.child(select, "whereClause"), base) || is_limited(tree, select))) return false;
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
  inner.depth_ = depth_ + 1;
  inner.known_ctes_ = known_ctes_;
  return !inner.judge(tree, where);
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

/// t.id = u.id, where each row of t is one of u.
bool Condition::joins_itself(const Tree& tree, uint32_t left, uint32_t right) const {
  const uint32_t one = tree.child(left, "ColumnRef"), other = tree.child(right, "ColumnRef");
  if (sources_.empty() || one == Tree::kNone || other == Tree::kNone) return false;
  if (last_name(tree, one) != last_name(tree, other)) return false;
  for (const Source& source : sources_)
    if (source.itself && (table_of(tree, one) == source.name) != (table_of(tree, other) == source.name)) return true;
  return false;
}

/// A column of what the statement joins its table with.
bool Condition::is_of_others(const Tree& tree, uint32_t column) const {
  const ByteView table = table_of(tree, column);
  if (table.empty() || table == alias_) return false;
  for (const Source& source : sources_)
    if (source.name == table) return true;
  return false;
}

bool Condition::sub_select(const Tree& tree, uint32_t node, uint32_t base) {
  const uint32_t select = tree.child(tree.child(node, "subselect"), "SelectStmt");
  const uint32_t where = tree.child(select, "whereClause");
  const bool limited = known(where, base) || is_limited(tree, select);
  const ByteView kind = tree.text(node, "subLinkType");
  const auto reads_nothing_else = [&] {
    const uint32_t from = tree.first(tree.child(select, "fromClause"));
    return from != Tree::kNone && tree.next(from) == Tree::kNone && tree.text(tree.child(from, "RangeVar"), "relname") == relation_;
  };
  if (is_negated(tree, node)) {   // what leaves out nothing
    of_values_ |= tree.child(select, "limitCount") != Tree::kNone;
    if ((where != Tree::kNone && !known(where, base)) || is_none(tree, select)) return false;
  }
  if (kind != "ANY_SUBLINK" && kind != "ALL_SUBLINK") {
    const uint32_t alone = tree.child(where, "A_Expr");   // d.id = docs.id: each row finds itself
    const ByteView name = last_name(tree, tree.child(tree.child(alone, "lexpr"), "ColumnRef"));
    const bool same = !name.empty() && name == last_name(tree, tree.child(tree.child(alone, "rexpr"), "ColumnRef"));
    return limited && !(same && operator_of(tree, alone) == "=" && reads_nothing_else());
  }
  if (!known(tree.child(node, "testexpr"), base)) return false;
  return limited || select == Tree::kNone || !reads_it_again(tree, select);
}

bool Condition::of_kind(const Tree& tree, uint32_t node, uint32_t base) {
  const ByteView kind = tree[node].key;
  if (kind == "ColumnRef") return sources_.empty() || !is_of_others(tree, node);
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
  if (operation == "NOT_EXPR" && list != Tree::kNone)   // NOT (id IS NULL) is IS NOT NULL
    return any(tree, node, base) && tree.child(tree.first(list), "NullTest") == Tree::kNone;
  if (kind == "BooleanTest" && tree.text(node, "booltesttype") == "IS_NOT_UNKNOWN") return false;
  if (operation == "OR_EXPR" && list != Tree::kNone) {
    for (uint32_t i = tree.first(list); i != Tree::kNone; i = tree.next(i))
      if (!known(i, base)) return false;
    return true;
  }
  return any(tree, node, base);
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
  if (at == Tree::kNone) return false;
  known_ctes_ = &ctes_;
  ctes_read_ = false;
  read_sources(tree, statement);
  return judge(tree, at);
}

}  // namespace gatehouse::sql
