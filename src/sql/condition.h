// Does a condition choose rows?
#pragma once

#include "sql/tree.h"

namespace gatehouse::sql {

/// Condition judges conditions of DELETE, UPDATE and MERGE. One that is the same for every row chooses nothing:
/// no column in it (1=1, NOT false, 'a'='a', $1 = $2, random() < 2), a thing compared with itself (id = id), LIKE '%',
/// IS NOT NULL (keys never are), `x OR true`, a whole sub-select that looks at no column outside (EXISTS (SELECT 1)),
/// IN (SELECT ... ) of the same table without a condition of its own, EXISTS of a row with the same key, two alternatives that
/// leave nothing out (a = 1 OR a <> 1), id = id + 0, texts that all fit ('%' || '', '[^x]*'); casts and collations aside. What
/// only data could tell (id > 0) counts as a choice.
class Condition {
 public:
  /// chooses: is the part of the tree at `at` a condition that depends on the row? `relation` is the name of the
  /// table that is written.
  bool chooses(const Tree& tree, uint32_t at, ByteView relation);

 private:
  bool of_kind(const Tree& tree, uint32_t node, uint32_t base) const;
  bool any(const Tree& tree, uint32_t node, uint32_t base) const;
  bool known(uint32_t node, uint32_t base) const { return node != Tree::kNone && varies_[node - base]; }
  bool compares(const Tree& tree, uint32_t node, uint32_t base) const;
  bool sub_select(const Tree& tree, uint32_t node, uint32_t base) const;

  std::vector<char> varies_;
  ByteView relation_;
};

}  // namespace gatehouse::sql
