#include "sql/condition.h"

namespace gatehouse::sql {

namespace {

/// The operator of an expression, "~~" and the like; its last text for several.
ByteView operator_of(const Tree& tree, uint32_t node) {
  ByteView last;
  const uint32_t names = tree.child(node, "name");
  for (uint32_t k = tree.first(names); k != Tree::kNone; k = tree.next(k)) last = tree.text(tree.child(k, "String"), "sval");
  return last;
}

/// The constant text that an expression compares with: the last one in it, as in SIMILAR TO, which is a call.
const Node* constant_text(const Tree& tree, uint32_t node) {
  const Node* found = nullptr;
  for (uint32_t i = node; i < tree[node].end; ++i)
    if (tree[i].key == "sval" && tree[i].type == Node::Type::text) found = &tree[i];
  return found;
}

/// A node without casts and collations around it, which leave a value what it is, or make the statement fail.
uint32_t bare(const Tree& tree, uint32_t node) {
  for (;;) {
    uint32_t inner = tree.child(tree.child(node, "TypeCast"), "arg");
    if (inner == Tree::kNone) inner = tree.child(tree.child(node, "CollateClause"), "arg");
    if (inner == Tree::kNone) return node;
    node = inner;
  }
}

/// An expression that is found in every text, an empty one too: each piece of it may be left out. Groups, alternatives,
/// counts and ends of lines are not looked into.
bool may_be_empty(ByteView expression) {
  while (expression.starts_with('^')) expression.remove_prefix(1);
  for (size_t i = 0; i < expression.size();) {
    if (ByteView("(|)$^{").find(expression[i]) != ByteView::npos) return false;
    if (expression[i] == '[') {
      size_t end = i + 1;
      if (end < expression.size() && expression[end] == '^') ++end;
      if (end < expression.size() && expression[end] == ']') ++end;
      while (end < expression.size() && expression[end] != ']') ++end;
      i = end + 1;
    } else {
      i += expression.substr(i).starts_with("\\\\") ? 3 : 1;   // a backslash, as JSON has it
    }
    if (i >= expression.size() || (expression[i] != '*' && expression[i] != '?')) return false;
    while (i < expression.size() && (expression[i] == '*' || expression[i] == '?')) ++i;
  }
  return true;
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

/// Every text is like this one: of LIKE and SIMILAR TO, or of a regular expression.
bool fits_all(const Tree& tree, uint32_t node, uint32_t right) {
  const ByteView kind = tree.text(node, "kind");
  const ByteView name = operator_of(tree, node);
  const bool like = kind == "AEXPR_LIKE" || kind == "AEXPR_ILIKE" || kind == "AEXPR_SIMILAR";
  const bool expression = kind == "AEXPR_OP" && (name == "~" || name == "~*" || name == "~~" || name == "~~*");
  if (!like && !expression) return false;
  right = bare(tree, without_escape(tree, bare(tree, right)));
  if (kind != "AEXPR_SIMILAR" && tree.child(right, "A_Const") == Tree::kNone) return joins_to_any(tree, right);
  const Node* text = constant_text(tree, right);
  if (text == nullptr) return tree.child(tree.child(right, "A_Const"), "sval") != Tree::kNone;   // an empty text is left out
  const ByteView value = text->value;
  if (!expression || name.starts_with("~~")) return value.find_first_not_of('%') == ByteView::npos;
  const bool empty_alone = value.find('$') != ByteView::npos && value.find('*') == ByteView::npos;   // ^$
  return (value.find_first_not_of("^.*$?()|") == ByteView::npos && !empty_alone) || may_be_empty(value);
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

/// One of two comparisons of the same values holds always: a = 1 and a <> 1, or one and NOT of it.
bool complete_each_other(const Tree& tree, uint32_t a, uint32_t b) {
  const auto negated = [&](uint32_t node) {
    const uint32_t expression = tree.child(node, "BoolExpr");
    return tree.text(expression, "boolop") == "NOT_EXPR" ? tree.first(tree.child(expression, "args")) : Tree::kNone;
  };
  if (const uint32_t inner = negated(b); inner != Tree::kNone && tree.same(a, inner)) return true;
  if (const uint32_t inner = negated(a); inner != Tree::kNone && tree.same(b, inner)) return true;
  const uint32_t one = tree.child(a, "A_Expr"), other = tree.child(b, "A_Expr");
  for (const char* side : {"lexpr", "rexpr"}) {
    const uint32_t left = tree.child(one, side), right = tree.child(other, side);
    if (left == Tree::kNone || right == Tree::kNone || !tree.same(left, right)) return false;
  }
  const std::string name = unescaped(operator_of(tree, one)), against = unescaped(operator_of(tree, other));   // < is \u003c
  constexpr ByteView kPairs[][2] = {{"=", "<>"}, {"<", ">="}, {"<=", ">"}, {"<=", ">="}};
  for (const auto& pair : kPairs)
    if ((name == pair[0] && against == pair[1]) || (name == pair[1] && against == pair[0])) return true;
  return false;
}

constexpr uint32_t kAlternativesMax = 64;   // that are compared with each other

/// Two of the alternatives are all there is.
bool leaves_nothing_out(const Tree& tree, uint32_t list) {
  uint32_t seen[kAlternativesMax];
  uint32_t count = 0;
  for (uint32_t i = tree.first(list); i != Tree::kNone; i = tree.next(i)) {
    if (count == kAlternativesMax) {   // a long list of values is one; what excludes a value among them is not looked at further
      if (unescaped(operator_of(tree, tree.child(i, "A_Expr"))) == "<>" || tree.child(i, "BoolExpr") != Tree::kNone) return true;
      continue;
    }
    for (uint32_t k = 0; k < count; ++k)
      if (complete_each_other(tree, seen[k], i)) return true;
    seen[count++] = i;
  }
  return false;
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

}  // namespace

bool Condition::any(const Tree& tree, uint32_t node, uint32_t base) const {
  for (uint32_t i = tree.first(node); i != Tree::kNone; i = tree.next(i))
    if (known(i, base)) return true;
  return false;
}

bool Condition::compares(const Tree& tree, uint32_t node, uint32_t base) const {
  const uint32_t left = tree.child(node, "lexpr"), right = tree.child(node, "rexpr");
  if (left == Tree::kNone || right == Tree::kNone) return known(left, base) || known(right, base);
  const uint32_t l = bare(tree, left), r = bare(tree, right);
  if (tree.same(l, r) || same_column(tree, l, r) || fits_all(tree, node, right)) return false;
  if (operator_of(tree, node) == "=" && (of_itself(tree, l, r) || of_itself(tree, r, l))) return false;
  const ByteView kind = tree.text(node, "kind");
  if (kind == "AEXPR_DISTINCT" && tree.is_true(tree.child(right, "A_Const"), "isnull")) return false;   // IS NOT NULL
  uint32_t list = tree.child(tree.child(right, "List"), "items");   // IN and BETWEEN
  if (list == Tree::kNone && kind == "AEXPR_OP_ANY") list = tree.child(tree.child(r, "A_ArrayExpr"), "elements");
  for (uint32_t i = list == Tree::kNone ? list : tree.first(list); i != Tree::kNone; i = tree.next(i))
    if (tree.same(left, i)) return false;
  return known(left, base) || known(right, base);
}

bool Condition::sub_select(const Tree& tree, uint32_t node, uint32_t base) const {
  const uint32_t select = tree.child(tree.child(node, "subselect"), "SelectStmt");
  const bool limited = known(tree.child(select, "whereClause"), base) || tree.child(select, "limitCount") != Tree::kNone;
  const ByteView kind = tree.text(node, "subLinkType");
  const auto reads_nothing_else = [&] {
    const uint32_t from = tree.first(tree.child(select, "fromClause"));
    return from != Tree::kNone && tree.next(from) == Tree::kNone && tree.text(tree.child(from, "RangeVar"), "relname") == relation_;
  };
  const auto reads_it_again = [&] {
    for (uint32_t i = select; i < tree[select].end; ++i)
      if (tree[i].key == "relname" && tree[i].value == relation_) return true;
    return false;
  };
  if (kind != "ANY_SUBLINK" && kind != "ALL_SUBLINK") {
    const uint32_t alone = tree.child(tree.child(select, "whereClause"), "A_Expr");   // d.id = docs.id: each row finds itself
    const ByteView name = last_name(tree, tree.child(tree.child(alone, "lexpr"), "ColumnRef"));
    const bool same = !name.empty() && name == last_name(tree, tree.child(tree.child(alone, "rexpr"), "ColumnRef"));
    return limited && !(same && operator_of(tree, alone) == "=" && reads_nothing_else());
  }
  if (!known(tree.child(node, "testexpr"), base)) return false;
  return limited || select == Tree::kNone || !reads_it_again();
}

bool Condition::of_kind(const Tree& tree, uint32_t node, uint32_t base) const {
  const ByteView kind = tree[node].key;
  if (kind == "ColumnRef" || kind == "CurrentOfExpr") return true;
  if (kind == "A_Expr") return compares(tree, node, base);
  if (kind == "CaseExpr" && always_same(tree, node)) return false;
  if (kind == "SubLink") return sub_select(tree, node, base);
  if (kind == "NullTest") return tree.text(node, "nulltesttype") == "IS_NULL" && any(tree, node, base);
  const ByteView operation = kind == "BoolExpr" ? tree.text(node, "boolop") : ByteView();
  const uint32_t list = operation.empty() ? Tree::kNone : tree.child(node, "args");
  if (operation == "NOT_EXPR" && list != Tree::kNone)   // NOT (id IS NULL) is IS NOT NULL
    return any(tree, node, base) && tree.child(tree.first(list), "NullTest") == Tree::kNone;
  if (kind == "BooleanTest" && tree.text(node, "booltesttype") == "IS_NOT_UNKNOWN") return false;
  if (operation == "OR_EXPR" && list != Tree::kNone) {
    if (leaves_nothing_out(tree, list)) return false;
    for (uint32_t i = tree.first(list); i != Tree::kNone; i = tree.next(i))
      if (!known(i, base)) return false;
    return true;
  }
  return any(tree, node, base);
}

bool Condition::chooses(const Tree& tree, uint32_t at, ByteView relation) {
  if (at == Tree::kNone) return false;
  relation_ = relation;
  varies_.assign(tree[at].end - at, 0);
  for (uint32_t i = tree[at].end; i-- > at;) {   // children first: they stand behind
    if (tree[i].type == Node::Type::object || tree[i].type == Node::Type::list)
      varies_[i - at] = tree[i].is_kind() ? of_kind(tree, i, at) : any(tree, i, at);
  }
  return varies_[0] != 0;
}

}  // namespace gatehouse::sql
