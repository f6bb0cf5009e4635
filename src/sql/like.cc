#include "sql/like.h"

#include <algorithm>
#include <string>

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

/// A value that is computed from constants alone, so that nobody sees it here: chr(37), concat('%').
bool is_computed(const Tree& tree, uint32_t node) {
  bool called = false;
  for (uint32_t i = node; i < tree[node].end; ++i) {
    if (tree[i].key == "ColumnRef" || tree[i].key == "ParamRef" || tree[i].key == "SubLink") return false;
    called |= tree[i].key == "FuncCall";
  }
  return called;
}

/// SIMILAR TO's pattern as a regular expression of the whole text.
std::string whole_expression(const std::string& similar) {
  std::string out = "^(";
  for (const char c : similar) {
    if (c == '.' || c == '^' || c == '$') out += '\\';
    if (c == '%') out += '.';
    out += c == '%' ? '*' : c == '_' ? '.' : c;
  }
  return out + ")$";
}

/// A regular expression without what PostgreSQL takes for how to read it: ***:x, ***=x.
std::string without_director(std::string expression) {
  const bool directed = expression.starts_with("***:") || expression.starts_with("***=");
  return directed ? expression.substr(4) : expression;
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

bool varies_at(const Tree& tree, uint32_t node) {
  for (uint32_t i = node; i < tree[node].end; ++i)
    for (const ByteView kind : {"ColumnRef", "ParamRef", "SubLink", "FuncCall"})
      if (tree[i].key == kind) return true;
  return false;
}

}  // namespace

uint32_t pattern_of(const Tree& tree, uint32_t right) {
  const uint32_t call = tree.child(right, "FuncCall"), names = tree.child(call, "funcname");
  ByteView last;
  for (uint32_t k = tree.first(names); k != Tree::kNone; k = tree.next(k)) last = tree.text(tree.child(k, "String"), "sval");
  const uint32_t first = tree.first(tree.child(call, "args"));
  return last == "like_escape" && first != Tree::kNone ? first : right;
}

bool is_joined_pattern(const Tree& tree, uint32_t node) {
  bool any = false, begun = false;
  for (uint32_t i = node; i < tree[node].end; ++i) {
    if (tree[i].key == "ColumnRef" || tree[i].key == "SubLink" || tree[i].key == "FuncCall") return false;
    any |= tree[i].key == "ParamRef";
    if (tree[i].key != "A_Const" || begun || any) continue;
    begun = true;
    const ByteView text = tree.text(tree.child(i, "sval"), "sval");
    any = !text.empty() && text[0] != '%' && text[0] != '_' && text[0] != '\\';
  }
  return any;
}

bool fits_all(const Tree& tree, uint32_t node, uint32_t right, bool* of_values) {
  const ByteView kind = tree.text(node, "kind");
  const ByteView name = operator_of(tree, node);
  const bool like = kind == "AEXPR_LIKE" || kind == "AEXPR_ILIKE" || kind == "AEXPR_SIMILAR";
  const bool listed = (kind == "AEXPR_OP_ANY" || kind == "AEXPR_OP_ALL") && name.find('~') != ByteView::npos;
  const bool expression = kind == "AEXPR_OP" && (name == "~" || name == "~*" || name == "~~" || name == "~~*");
  if (listed) return lists_any(tree, right);
  if (name == "^@")   // begins with nothing
    return !varies_at(tree, right) && tree.text(tree.child(tree.child(bare(tree, right), "A_Const"), "sval"), "sval").empty();
  if (kind == "AEXPR_OP" && name.starts_with("!~") && !name.starts_with("!~~")) {   // what nothing fits
    const Node* const text = constant_text(tree, right);
    return text != nullptr && text->value.find("(?") != ByteView::npos;
  }
  if (!like && !expression) return false;
  right = bare(tree, pattern_of(tree, bare(tree, right)));
  if (kind != "AEXPR_SIMILAR" && tree.child(right, "A_Const") == Tree::kNone)
    return joins_to_any(tree, right) || is_computed(tree, right);
  const Node* text = constant_text(tree, right);
  if (text == nullptr) return tree.child(tree.child(right, "A_Const"), "sval") != Tree::kNone;   // an empty text is left out
  const ByteView value = text->value;
  if (kind != "AEXPR_SIMILAR" && (!expression || name.starts_with("~~"))) return value.find_first_not_of('%') == ByteView::npos;
  *of_values |= value.find('{') != ByteView::npos;
  const std::string plain = unescaped(value);
  return fits_every_text(kind == "AEXPR_SIMILAR" ? whole_expression(plain) : without_director(plain));
}

}  // namespace gatehouse::sql
