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

/// Every text is like this one: of LIKE and SIMILAR TO, or of a regular expression.
bool fits_all(const Tree& tree, uint32_t node, uint32_t right) {
  const ByteView kind = tree.text(node, "kind");
  const ByteView name = operator_of(tree, node);
  const bool like = kind == "AEXPR_LIKE" || kind == "AEXPR_ILIKE" || kind == "AEXPR_SIMILAR";
  const bool expression = kind == "AEXPR_OP" && (name == "~" || name == "~*" || name == "~~" || name == "~~*");
  if (!like && !expression) return false;
  if (kind != "AEXPR_SIMILAR" && tree.child(right, "A_Const") == Tree::kNone) return false;
  const Node* text = constant_text(tree, right);
  if (text == nullptr) return tree.child(tree.child(right, "A_Const"), "sval") != Tree::kNone;   // an empty text is left out
  const ByteView value = text->value;
  if (!expression || name.starts_with("~~")) return value.find_first_not_of('%') == ByteView::npos;
  const bool empty_alone = value.find('$') != ByteView::npos && value.find('*') == ByteView::npos;   // ^$
  return value.find_first_not_of("^.*$?()|") == ByteView::npos && !empty_alone;
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

}  // namespace

bool Condition::any(const Tree& tree, uint32_t node, uint32_t base) const {
  for (uint32_t i = tree.first(node); i != Tree::kNone; i = tree.next(i))
    if (known(i, base)) return true;
  return false;
}

bool Condition::compares(const Tree& tree, uint32_t node, uint32_t base) const {
  const uint32_t left = tree.child(node, "lexpr"), right = tree.child(node, "rexpr");
  if (left == Tree::kNone || right == Tree::kNone) return known(left, base) || known(right, base);
  if (tree.same(left, right) || same_column(tree, left, right) || fits_all(tree, node, right)) return false;
  const ByteView kind = tree.text(node, "kind");
  if (kind == "AEXPR_DISTINCT" && tree.is_true(tree.child(right, "A_Const"), "isnull")) return false;   // IS NOT NULL
  const uint32_t list = tree.child(tree.child(right, "List"), "items");   // IN and BETWEEN
  for (uint32_t i = list == Tree::kNone ? list : tree.first(list); i != Tree::kNone; i = tree.next(i))
    if (tree.same(left, i)) return false;
  return known(left, base) || known(right, base);
}

bool Condition::sub_select(const Tree& tree, uint32_t node, uint32_t base) const {
  const uint32_t select = tree.child(tree.child(node, "subselect"), "SelectStmt");
  const bool limited = known(tree.child(select, "whereClause"), base) || tree.child(select, "limitCount") != Tree::kNone;
  const ByteView kind = tree.text(node, "subLinkType");
  if (kind != "ANY_SUBLINK" && kind != "ALL_SUBLINK") return limited;
  if (!known(tree.child(node, "testexpr"), base)) return false;
  if (limited || select == Tree::kNone) return true;
  for (uint32_t i = select; i < tree[select].end; ++i)
    if (tree[i].key == "relname" && tree[i].value == relation_) return false;
  return true;
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
  if (operation == "OR_EXPR" && list != Tree::kNone) {
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
