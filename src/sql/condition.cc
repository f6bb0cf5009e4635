#include "sql/condition.h"

namespace gatehouse::sql {

bool Condition::any(const Tree& tree, uint32_t node, uint32_t base) const {
  for (uint32_t i = tree.first(node); i != Tree::kNone; i = tree.next(i))
    if (known(i, base)) return true;
  return false;
}

bool Condition::compares(const Tree& tree, uint32_t node, uint32_t base) const {
  const uint32_t left = tree.child(node, "lexpr"), right = tree.child(node, "rexpr");
  if (left == Tree::kNone || right == Tree::kNone) return known(left, base) || known(right, base);
  if (tree.same(left, right)) return false;
  const ByteView kind = tree.text(node, "kind");
  if (kind == "AEXPR_LIKE" || kind == "AEXPR_ILIKE" || kind == "AEXPR_SIMILAR") {
    const uint32_t text = tree.child(tree.child(tree.child(right, "A_Const"), "sval"), "sval");
    if (text != Tree::kNone && tree[text].value.find_first_not_of('%') == ByteView::npos) return false;
  }
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
