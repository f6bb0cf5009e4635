#include "sql/terms.h"

#include "sql/words.h"

namespace gatehouse::sql {

ByteView kind_of(const Tree& tree, uint32_t node) {
  const uint32_t inner = tree.first(node);
  return inner == Tree::kNone ? ByteView() : tree[inner].key;
}

std::string name_of(const Tree& tree, uint32_t expression) { return unescaped(operator_of(tree, expression)); }

bool negates(ByteView name) { return name.starts_with('!') && name.size() > 1; }

uint32_t elements_of(const Tree& tree, uint32_t expression) {
  const ByteView kind = tree.text(expression, "kind");
  const uint32_t right = tree.child(expression, "rexpr");
  if (kind == "AEXPR_IN") return tree.child(tree.child(right, "List"), "items");
  const std::string name = name_of(tree, expression);
  const bool listed = (kind == "AEXPR_OP_ANY" && name == "=") || (kind == "AEXPR_OP_ALL" && name == "<>");
  return listed ? tree.child(tree.child(bare(tree, right), "A_ArrayExpr"), "elements") : Tree::kNone;
}

uint32_t ends_of(const Tree& tree, uint32_t expression) {
  const ByteView kind = tree.text(expression, "kind");
  if (kind != "AEXPR_BETWEEN" && kind != "AEXPR_NOT_BETWEEN") return Tree::kNone;
  return tree.child(tree.child(tree.child(expression, "rexpr"), "List"), "items");
}

uint32_t members_of(const Tree& tree, uint32_t node) {
  const uint32_t row = tree.child(tree.child(node, "RowExpr"), "args");
  return row != Tree::kNone ? row : tree.child(tree.child(node, "A_ArrayExpr"), "elements");
}

uint32_t array_query(const Tree& tree, uint32_t node) {
  const uint32_t link = tree.child(node, "SubLink");
  if (link == Tree::kNone || tree.text(link, "subLinkType") != "ARRAY_SUBLINK") return Tree::kNone;
  return tree.child(tree.child(link, "subselect"), "SelectStmt");
}

bool is_if(const Tree& tree, uint32_t call) {
  const std::string name = folded(last_function(tree, call));
  return (name == "if" || name == "iff" || name == "iif") && count(tree, tree.child(call, "args")) == 3;
}

uint32_t member(const Tree& tree, uint32_t list, uint32_t index) {
  uint32_t at = tree.first(list);
  while (at != Tree::kNone && index-- > 0) at = tree.next(at);
  return at;
}

uint32_t count(const Tree& tree, uint32_t list) {
  uint32_t total = 0;
  for (uint32_t i = tree.first(list); i != Tree::kNone; i = tree.next(i)) ++total;
  return total;
}

bool is_key(ByteView column) {
  constexpr ByteView kSystem[] = {"ctid", "rowid", "xmin", "xmax", "cmin", "cmax"};
  const std::string name = folded(column);
  if (among(ByteView(name), kSystem)) return true;
  for (const ByteView end : {"id", "uuid", "guid", "pk", "key"}) {
    if (name == end) return true;
    if (name.size() > end.size() && name.ends_with(end) && name[name.size() - end.size() - 1] == '_') return true;
  }
  return column.ends_with("Id");
}

std::string last_type(const Tree& tree, uint32_t cast) {
  ByteView last;
  const uint32_t names = tree.child(tree.child(cast, "typeName"), "names");
  for (uint32_t k = tree.first(names); k != Tree::kNone; k = tree.next(k)) last = tree.text(tree.child(k, "String"), "sval");
  return folded(last);
}

bool is_cast_to_text(const Tree& tree, uint32_t term) {
  constexpr ByteView kTexts[] = {"text", "varchar", "bpchar", "char", "name", "citext", "string", "nvarchar"};
  while (tree[term].key == "arg") {   // {"TypeCast": {"arg": ..., "typeName": ...}}, also of a collation
    const uint32_t around = tree[term].parent;
    if (tree[around].key == "TypeCast" && among(ByteView(last_type(tree, around)), kTexts)) return true;
    if (tree[around].key != "TypeCast" && tree[around].key != "CollateClause") return false;
    term = tree[around].parent;
  }
  return false;
}

}  // namespace gatehouse::sql
