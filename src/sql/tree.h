// The parser's tree. It alone knows libpg_query, whose answer is read as JSON: names of nodes and fields are the same in
// 15 and 17, while the numbers of its protobuf are not.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"

namespace gatehouse::sql {

/// Node is a value of the tree. Nodes stand in document order: a parent before its children, `end` just after the last
/// of them, so that no walk needs recursion.
struct Node {
  enum class Type : uint8_t { object, list, text, other };
  ByteView key;     // the field's name; empty in a list
  ByteView value;   // of scalars, raw: without quotes, escapes kept
  uint32_t parent = 0;
  uint32_t end = 0;
  Type type = Type::other;

  /// A node of the grammar ("SelectStmt") rather than a field of one.
  bool is_kind() const { return type == Type::object && !key.empty() && key.front() >= 'A' && key.front() <= 'Z'; }
};

/// Tree holds one text's parse; memory is reused by the next. One thread. C code jumps (setjmp) only within itself.
class Tree {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr size_t kNodesMax = 1 << 18;

  Tree() = default;
  ~Tree();
  Tree(const Tree&) = delete;

  /// parse returns false for what PostgreSQL's grammar does not know, and when memory ends. The text lives as long as
  /// the tree is asked.
  bool parse(const std::string& text);

  /// wrong_at: where in the text that was not parsed a word stands which the grammar has not at its place, whatever follows;
  /// kNowhere: there is none, or the text only ends too early.
  static constexpr size_t kNowhere = SIZE_MAX;
  size_t wrong_at() const { return wrong_at_; }

  const std::vector<Node>& nodes() const { return nodes_; }
  const Node& operator[](uint32_t index) const { return nodes_[index]; }

  /// child finds the field of an object; kNone when it is not there (false, 0 and empty are left out).
  uint32_t child(uint32_t of, ByteView key) const;
  ByteView text(uint32_t of, ByteView key) const;
  bool is_true(uint32_t of, ByteView key) const { return text(of, key) == "true"; }
  /// first and next walk the children of a node; kNone after the last.
  uint32_t first(uint32_t of) const { return of != kNone && nodes_[of].end > of + 1 ? of + 1 : kNone; }
  uint32_t next(uint32_t of) const {
    return nodes_[of].end < nodes_[nodes_[of].parent].end ? nodes_[of].end : kNone;
  }

  /// behind is the text from where a node begins on; all of it for nodes without a place.
  ByteView behind(uint32_t node) const;

  /// in_quotes: the name of a column or a table (its last part) stands in double quotes in the text; not in others, see rewrite().
  bool in_quotes(uint32_t node) const;

  /// same tells whether two parts are equal but for where they stand in the text.
  bool same(uint32_t a, uint32_t b) const;

 private:
  bool read(ByteView json);
  void drop();

  ByteView text_;          // whose parse it is
  char* json_ = nullptr;   // libpg_query's, which the nodes look into
  char* stderr_ = nullptr;
  size_t wrong_at_ = kNowhere;
  std::vector<Node> nodes_;
};

/// operator_of is the operator of an A_Expr, "~~" and the like, raw; its last text for several.
ByteView operator_of(const Tree& tree, uint32_t node);

/// last_name is a ColumnRef's own name, without its table's; empty for `t.*`. table_of is the name before it; empty when it stands
/// alone, as is_alone tells. last_function is what a FuncCall calls, without its schema. All raw.
ByteView last_name(const Tree& tree, uint32_t column);
ByteView table_of(const Tree& tree, uint32_t column);
bool is_alone(const Tree& tree, uint32_t column);
ByteView last_function(const Tree& tree, uint32_t call);

/// bare is an expression without casts and collations around it, which leave a value what it is, or make the statement fail.
uint32_t bare(const Tree& tree, uint32_t node);

/// folded is a text with ASCII letters in lower case.
std::string folded(ByteView text);

/// unescaped is a text of the tree without its JSON escapes.
std::string unescaped(ByteView raw);

}  // namespace gatehouse::sql
