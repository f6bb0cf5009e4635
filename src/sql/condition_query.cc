// Which queries give the row itself: those of the table that is written, of what it is joined with, of a WITH.
#include "sql/condition.h"
#include "sql/inner.h"
#include "sql/terms.h"
#include "sql/truths.h"

namespace gatehouse::sql {
namespace {

/// LIMIT that is one: a number up to 999,999, or a parameter; not WITH TIES, of which there may be any number.
bool is_limited(const Tree& tree, uint32_t select) {
  const uint32_t limit = tree.child(select, "limitCount");
  if (limit == Tree::kNone || tree.text(select, "limitOption") == "LIMIT_OPTION_WITH_TIES") return false;
  const uint32_t count = bare(tree, limit);
  Value value;   // SQLite's LIMIT -1 is none
  if (value_of(tree, count, &value)) return value.rank == Value::Rank::number && value.number >= 0 && value.number < 1'000'000;
  return tree.child(count, "ParamRef") != Tree::kNone;
}

/// LIMIT 0, which leaves nothing.
bool is_none(const Tree& tree, uint32_t select) {
  Value count;
  return value_of(tree, tree.child(select, "limitCount"), &count) && count.rank == Value::Rank::number && count.number == 0;
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

/// What is left out is one row of each group: id NOT IN (SELECT min(id) FROM t GROUP BY sha).
bool keeps_one_of_each(const Tree& tree, uint32_t link, uint32_t select) {
  const uint32_t groups = tree.child(select, "groupClause"), target = tree.first(tree.child(select, "targetList"));
  const uint32_t call = tree.child(tree.child(tree.child(target, "ResTarget"), "val"), "FuncCall");
  const uint32_t given = tree.child(tree.first(tree.child(call, "args")), "ColumnRef");
  const uint32_t asked = tree.child(tree.child(link, "testexpr"), "ColumnRef");
  const ByteView name = last_function(tree, call);
  if ((name != "min" && name != "max") || given == Tree::kNone || asked == Tree::kNone) return false;
  if (last_name(tree, given) != last_name(tree, asked)) return false;
  for (uint32_t i = groups; groups != Tree::kNone && i < tree[groups].end; ++i)
    if (tree[i].key == "ColumnRef") return true;
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

/// A query without GROUP BY that gives a row whatever its condition says, as aggregates do; so does GROUP BY ().
bool may_be_one_row(const Tree& tree, uint32_t select) {
  const uint32_t groups = tree.child(select, "groupClause");
  for (uint32_t i = groups; groups != Tree::kNone && i < tree[groups].end; ++i)
    if (tree[i].key == "GroupingSet") return true;
  if (groups != Tree::kNone) return false;
  if (tree.child(select, "havingClause") != Tree::kNone) return true;
  for (const char* given : {"targetList", "sortClause"}) {
    const uint32_t list = tree.child(select, given);
    for (uint32_t i = list; list != Tree::kNone && i < tree[list].end; ++i) {
      if (!tree[i].is_kind()) continue;
      bool plain = false;
      for (const ByteView kind :
           {"ResTarget", "SortBy", "ColumnRef", "A_Star", "String", "A_Const", "TypeCast", "TypeName", "Integer"})
        plain |= tree[i].key == kind;
      if (!plain) return true;
    }
  }
  return false;
}

/// A query of one SELECT without anything behind its condition.
bool is_simple(const Tree& tree, uint32_t select) {
  for (const char* part : {"groupClause", "havingClause", "limitCount", "limitOffset", "withClause", "larg", "valuesLists",
                           "distinctClause", "windowClause"})
    if (tree.child(select, part) != Tree::kNone) return false;
  return tree.child(select, "fromClause") != Tree::kNone && tree.child(select, "whereClause") != Tree::kNone;
}

}  // namespace

/// One side of a comparison is a sub-select of all rows. What is equal to one value of them may be one row.
bool Condition::is_whole(const Tree& tree, uint32_t side, uint32_t base, bool equal) const {
  const uint32_t link = tree.child(side, "SubLink");
  if (link == Tree::kNone || known(link, base)) return false;
  const uint32_t select = tree.child(tree.child(link, "subselect"), "SelectStmt");
  const bool one = tree.text(link, "subLinkType") == "EXPR_SUBLINK";
  const uint32_t where = tree.child(select, "whereClause");
  if (one && equal) return where != Tree::kNone && is_whole_query(tree, select);   // (SELECT max(u.id) FROM t u WHERE u.id = t.id)
  if (one && is_limited(tree, select)) return false;
  if (one && known(where, base)) return !names_row(tree, select) && is_whole_query(tree, select);
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
  const uint32_t where = tree.child(select, "whereClause"), from = tree.child(select, "fromClause");
  if (known_ctes_ == &ctes_ && !ctes_read_) read_ctes(tree);   // which the inner one looks into
  Condition inner;
  inner.relation_ = relation_;
  inner.alias_ = alias_;
  inner.depth_ = depth_ + 1;
  inner.known_ctes_ = known_ctes_;
  inner.known_steps_ = known_steps_;
  inner.read_from(tree, from);
  std::erase_if(inner.sources_, [](const Source& each) { return !each.itself; });   // columns of others choose
  inner.strict_ = strict_;
  const bool by_where = where != Tree::kNone && inner.judge(tree, where) && (!strict_ || inner.is_shown(tree, where));
  const bool chosen = by_where || inner.joins_choose(tree, from);
  of_values_ |= inner.of_values_;
  return !chosen;
}

/// Joins of a query choose rows of the table: all of them are inner ones, and what some is on names the table and chooses.
bool Condition::joins_choose(const Tree& tree, uint32_t from) {
  for (uint32_t i = from; from != Tree::kNone && i < tree[from].end; ++i) {
    if (tree[i].key == "jointype" && tree[i].value != "JOIN_INNER") return false;
    if (tree[i].key == "lateral" || tree[i].key == "RangeFunction") return false;   // may give the row back
  }
  for (uint32_t i = from; from != Tree::kNone && i < tree[from].end;) {
    const uint32_t quals = tree[i].key == "JoinExpr" ? tree.child(i, "quals") : Tree::kNone;
    bool named = false;
    for (uint32_t k = quals; quals != Tree::kNone && k < tree[quals].end; ++k)
      named |= tree[k].key == "ColumnRef" && !table_of(tree, k).empty() && is_own(table_of(tree, k));
    if (named && judge(tree, quals) && (!strict_ || is_shown(tree, quals))) return true;
    i = tree[i].key == "RangeSubselect" || tree[i].key == "SubLink" ? tree[i].end : i + 1;
  }
  return false;
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
      const bool lateral = query && tree.is_true(i, "lateral");   // (SELECT t.id), which is the row again
      const bool itself = query ? lateral || is_whole_query(tree, tree.child(tree.child(i, "subquery"), "SelectStmt"))
                                : name == relation_ || is_whole_cte(tree, name);
      sources_.push_back({given.empty() ? name : given, itself});
    } else if (tree[i].key == "RangeFunction") {
      sources_.push_back({tree.text(tree.child(i, "alias"), "aliasname"), false});
    }
    i = query || tree[i].key == "RangeFunction" ? tree[i].end : i + 1;
  }
}

/// A query that gives the row's own column back: id = (SELECT t.id), id IN (SELECT t.id FROM b), id IN (VALUES (id)).
bool Condition::gives_itself(const Tree& tree, uint32_t column, uint32_t side) const {
  const uint32_t one = tree.child(column, "ColumnRef"), link = tree.child(side, "SubLink");
  if (one == Tree::kNone || link == Tree::kNone) return false;
  return gives_itself(tree, one, tree.child(tree.child(link, "subselect"), "SelectStmt"), tree.child(link, "subselect"));
}

bool Condition::gives_itself(const Tree& tree, uint32_t column, uint32_t select, uint32_t all) const {
  for (uint32_t i = all; all != Tree::kNone && i < tree[all].end; ++i) {
    if (tree[i].key != "ColumnRef" || last_name(tree, i) != last_name(tree, column)) continue;
    const auto gives = [&](uint32_t up) { return tree[up].key == "targetList" || tree[up].key == "valuesLists"; };
    uint32_t up = tree[i].parent;   // what is given, not what a condition says
    while (up > all && !gives(up) && tree[up].key != "whereClause") up = tree[up].parent;
    const ByteView table = table_of(tree, i);
    const bool alone = up > all && tree.child(tree[up].parent, "fromClause") == Tree::kNone;   // also VALUES (id) within FROM
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

/// A query that names the row by the table's own name.
bool Condition::names_row(const Tree& tree, uint32_t select) const {
  bool named = false;
  for (uint32_t i = select; select != Tree::kNone && i < tree[select].end; ++i) {
    named |= tree[i].key == "ColumnRef" && table_of(tree, i) == alias_;
    if (tree[i].key != "RangeVar") continue;
    const uint32_t alias = tree.child(i, "alias");
    if ((alias != Tree::kNone ? tree.text(alias, "aliasname") : tree.text(i, "relname")) == alias_) return false;   // another one
  }
  return named;
}

/// A query that looks at the row: a column of the table, or one that may be.
bool Condition::looks_outside(const Tree& tree, uint32_t select) const {
  for (uint32_t i = select; select != Tree::kNone && i < tree[select].end; ++i)
    if (tree[i].key == "ColumnRef" && !last_name(tree, i).empty())
      if (is_alone(tree, i) || table_of(tree, i) == alias_) return true;
  return false;
}

bool Condition::sub_select(const Tree& tree, uint32_t node, uint32_t base) {
  constexpr uint32_t kSearchedMax = 8;
  const uint32_t select = tree.child(tree.child(node, "subselect"), "SelectStmt");
  const uint32_t where = tree.child(select, "whereClause");
  const ByteView kind = tree.text(node, "subLinkType");
  const bool negated = is_negated(tree, node, base);
  if (negated) {   // what leaves out nothing
    of_values_ |= tree.child(select, "limitCount") != Tree::kNone || where != Tree::kNone;
    if ((where != Tree::kNone && !known(where, base)) || may_be_empty(tree, select)) return false;
    if (where != Tree::kNone && (++searched_ > kSearchedMax || !rows_.taken(tree, where, varies_, base))) return false;
  }
  if (!(negated && keeps_one_of_each(tree, node, select)) && is_whole_query(tree, select)) return false;
  if (kind != "ANY_SUBLINK" && kind != "ALL_SUBLINK") return known(where, base) && looks_outside(tree, select);
  const uint32_t test = tree.child(node, "testexpr");
  return known(test, base) && !gives_itself(tree, tree.child(test, "ColumnRef"), select, tree.child(node, "subselect"));
}

/// A table of a query goes by this name, so that it means no row outside.
bool Condition::shadows(const Tree& tree, uint32_t select, ByteView name) const {
  for (uint32_t i = select; select != Tree::kNone && i < tree[select].end; ++i) {
    if (tree[i].key == "aliasname" && tree[i].value == name) return true;
    if (tree[i].key == "relname" && tree[i].value == name && tree.child(tree[i].parent, "alias") == Tree::kNone) return true;
  }
  return false;
}

/// A column with the name of the row's table, or of one whose rows are its, which is no table of the query.
bool Condition::is_outside(const Tree& tree, uint32_t column, uint32_t select) const {
  const ByteView table = table_of(tree, column);
  return !table.empty() && is_own(table) && !shadows(tree, select, table);
}

/// What a query reads from may be made of the row: (SELECT t.id) s, unnest(ARRAY[id]) u, also by way of a WITH of its own.
bool Condition::gives_back(const Tree& tree, uint32_t select) const {
  for (const char* part : {"fromClause", "withClause"}) {
    const uint32_t from = tree.child(select, part);
    for (uint32_t i = from; from != Tree::kNone && i < tree[from].end; ++i) {
      if (tree[i].key != "ColumnRef") continue;
      uint32_t up = tree[i].parent;
      const auto reads = [](ByteView key) {
        return key == "SelectStmt" || key == "larg" || key == "rarg" || key == "RangeFunction";
      };
      while (up > from && !reads(tree[up].key)) up = tree[up].parent;
      if (up <= from) continue;   // what a join is on
      const bool alone = is_alone(tree, i) && tree.child(up, "fromClause") == Tree::kNone;
      if (alone || table_of(tree, i) == alias_ || is_outside(tree, i, select)) return true;
    }
  }
  return false;
}

/// d.parent = t.id, where d is the table itself: two columns of two rows. Not where names may be other columns' ones, as those of
/// docs AS d(x), joins and queries WITH are.
bool Condition::is_child(const Tree& tree, uint32_t select, uint32_t inner, uint32_t outer) const {
  const uint32_t from = tree.child(select, "fromClause");
  const ByteView name_in = last_name(tree, inner), name_out = last_name(tree, outer);
  if (name_in.empty() || folded(name_in) == folded(name_out) || table_of(tree, outer) != alias_) return false;
  for (const Node& node : tree.nodes())
    if (node.key == "ctename" && node.value == relation_) return false;
  bool found = false;
  for (uint32_t i = tree.first(from); i != Tree::kNone; i = tree.next(i)) {
    const uint32_t table = tree.child(i, "RangeVar"), alias = tree.child(table, "alias");
    if (table == Tree::kNone || tree.child(alias, "colnames") != Tree::kNone) return false;
    const ByteView name = alias != Tree::kNone ? tree.text(alias, "aliasname") : tree.text(table, "relname");
    found |= name == table_of(tree, inner) && tree.text(table, "relname") == relation_;
  }
  return found;
}

/// The column of the row that a query in EXISTS compares with one of its own; of the same table, which it must be ordered by, too,
/// or where it is another column that is compared.
ByteView Condition::key_of(const Tree& tree, uint32_t select) const {
  if (gives_back(tree, select)) return {};
  const bool again = reads_it_again(tree, select);
  ByteView key;
  bool ordered = !again;
  std::vector<uint32_t> parts{tree.child(select, "whereClause")};
  while (!parts.empty()) {
    const uint32_t node = bare(tree, parts.back());
    parts.pop_back();
    const uint32_t all = tree.child(node, "BoolExpr"), compared = tree.child(node, "A_Expr");
    if (all != Tree::kNone && tree.text(all, "boolop") == "AND_EXPR") {
      const uint32_t list = tree.child(all, "args");
      for (uint32_t i = tree.first(list); i != Tree::kNone; i = tree.next(i)) parts.push_back(i);
    }
    if (compared == Tree::kNone || tree.text(compared, "kind") != "AEXPR_OP") continue;
    const uint32_t left = tree.child(bare(tree, tree.child(compared, "lexpr")), "ColumnRef");
    const uint32_t right = tree.child(bare(tree, tree.child(compared, "rexpr")), "ColumnRef");
    if (left == Tree::kNone || right == Tree::kNone) continue;
    const auto outside = [&](uint32_t column) {
      const ByteView table = table_of(tree, column);
      return table == alias_ || (table.empty() && !last_name(tree, column).empty());
    };
    if (outside(left) == outside(right)) continue;
    const ByteView name = operator_of(tree, compared);
    ordered |= name == "\\u003c" || name == "\\u003e" || name == "\\u003c\\u003e";
    if (name != "=") continue;
    key = last_name(tree, outside(left) ? left : right);
    ordered |= is_child(tree, select, outside(left) ? right : left, outside(left) ? left : right);
  }
  return ordered && !shadows(tree, select, alias_) && gives_others(tree, select, Tree::kNone, key) ? key : ByteView();
}

/// id = (SELECT b.id FROM b WHERE b.x = t.x), of another table.
bool Condition::is_keyed(const Tree& tree, uint32_t side) const {
  const uint32_t link = tree.child(side, "SubLink"), select = tree.child(tree.child(link, "subselect"), "SelectStmt");
  if (link == Tree::kNone || tree.text(link, "subLinkType") != "EXPR_SUBLINK" || !is_simple(tree, select)) return false;
  const uint32_t target = tree.child(tree.first(tree.child(select, "targetList")), "ResTarget");
  const uint32_t given = tree.child(tree.child(target, "val"), "ColumnRef");
  if (given == Tree::kNone || is_alone(tree, given) || is_outside(tree, given, select)) return false;
  return !reads_it_again(tree, select) && !key_of(tree, select).empty();
}

/// (SELECT count(*) FROM b WHERE b.x = t.id) > 3, of another table: as EXISTS and NOT EXISTS are. Nothing is known of two of them.
Condition::Grasp Condition::grasp_count(const Tree& tree, uint32_t left, uint32_t right, ByteView name) {
  const uint32_t link = tree.child(bare(tree, left), "SubLink"), select = tree.child(tree.child(link, "subselect"), "SelectStmt");
  Value than;
  if (link == Tree::kNone || tree.text(link, "subLinkType") != "EXPR_SUBLINK" || !is_simple(tree, select)) return {};
  if (!value_of(tree, bare(tree, right), &than) || than.rank != Value::Rank::number) return {};
  const uint32_t target = tree.child(tree.first(tree.child(select, "targetList")), "ResTarget");
  const uint32_t call = tree.child(tree.child(target, "val"), "FuncCall");
  if (call == Tree::kNone || last_function(tree, call) != "count" || !tree.is_true(call, "agg_star")) return {};
  for (const char* part : {"over", "agg_filter"})
    if (tree.child(call, part) != Tree::kNone) return {};
  of_values_ = true;
  const bool fits = name == "=" || (name == ">" && than.number >= 0) || (name == ">=" && than.number >= 1) ||
                    (name == "<>" && than.number == 0);
  if (!fits || reads_it_again(tree, select)) return {};
  const ByteView key = key_of(tree, select);
  return key.empty() ? Grasp{} : Grasp{2, kNever, key, true};
}

/// No query in a sub-select gives the row's own column, which a name alone is where nothing that its query reads from can have it.
/// Of the outermost one that is what it gives at `index`, kNone: whatever that is.
bool Condition::gives_others(const Tree& tree, uint32_t select, uint32_t index, ByteView column) const {
  constexpr uint32_t kListsMax = 16;
  uint32_t lists = 0;
  for (uint32_t i = select; i < tree[select].end;) {
    if (++*known_steps_ > kInnerStepsMax) return false;
    const ByteView key = tree[i].key;
    if (key == "whereClause" || key == "havingClause" || key == "quals") {   // what only leaves out
      i = tree[i].end;
      continue;
    }
    const uint32_t query = tree[i].parent;
    if (key == "targetList" && !(query == select && index == Tree::kNone)) {
      const bool outermost = query == select || tree[query].key == "larg" || tree[query].key == "rarg";
      const bool one = outermost && index != Tree::kNone;
      const uint32_t given = one ? member(tree, i, index) : i;
      *known_steps_ += one ? index : tree[i].end - i;
      for (uint32_t k = given; given != Tree::kNone && k < tree[given].end; ++k) {
        if (tree[k].key != "ColumnRef" || !is_alone(tree, k) || folded(last_name(tree, k)) != folded(column)) continue;
        if (++lists > kListsMax || !may_be_inner(tree, query, last_name(tree, k), known_steps_)) return false;
      }
    }
    ++i;
  }
  return true;
}

/// A column that is one of what a query gives: IN, = ANY (ARRAY(SELECT ...)). keeps: one row of each group is left out.
Condition::Grasp Condition::grasp_among(const Tree& tree, uint32_t test, uint32_t select, bool negated, bool keeps) {
  const uint32_t row = members_of(tree, test);
  uint32_t one = row == Tree::kNone ? test : tree.first(row);
  ByteView column = term_of(tree, one).column;
  if (row == Tree::kNone && !negated && may_be_both(tree, bare(tree, test))) return {};   // both may be given
  for (uint32_t index = 0; !column.empty() && !negated && !gives_others(tree, select, index, column); ++index) {
    one = row == Tree::kNone ? row : tree.next(one);
    column = one == Tree::kNone ? ByteView() : term_of(tree, one).column;
  }
  if (column.empty() || gives_back(tree, select)) return {};
  const bool from = tree.child(select, "fromClause") != Tree::kNone;
  for (const char* given : {"targetList", "valuesLists"}) {   // the row's own values
    const uint32_t list = tree.child(select, given);
    for (uint32_t i = list; list != Tree::kNone && i < tree[list].end; ++i)
      if (tree[i].key == "ColumnRef" && (!from || is_outside(tree, i, select))) return {};
  }
  if (negated && reads_it_again(tree, select) && !is_limited(tree, select) && !keeps) return {};
  return {static_cast<uint8_t>(negated ? 1 : 2), negated ? kNever : kEqual, column, true};
}

Condition::Grasp Condition::grasp_query(const Tree& tree, uint32_t link, bool negated) {
  const uint32_t select = tree.child(tree.child(link, "subselect"), "SelectStmt");
  const ByteView kind = tree.text(link, "subLinkType");
  const uint8_t level = negated ? 1 : 2, use = negated ? kNever : kEqual;
  if (kind == "EXISTS_SUBLINK") {
    const ByteView key = may_be_one_row(tree, select) ? ByteView() : key_of(tree, select);
    return key.empty() ? Grasp{} : Grasp{level, use, key, true};
  }
  const uint32_t operators = tree.child(link, "operName"), test = tree.child(link, "testexpr");
  const std::string name =
      operators == Tree::kNone ? "=" : unescaped(tree.text(tree.child(tree.first(operators), "String"), "sval"));
  const bool keeps = keeps_one_of_each(tree, link, select);
  if (kind == "ALL_SUBLINK" && name == "<>" && keeps && !negated) {
    const Grasp left = grasp_among(tree, test, select, true, true);
    return left.level == 0 ? Grasp{} : Grasp{2, kNever, left.column, true};
  }
  if (kind != "ANY_SUBLINK" || name != "=" || !operator_of(tree, link).empty()) return {};
  return grasp_among(tree, test, select, negated, keeps);
}

}  // namespace gatehouse::sql
