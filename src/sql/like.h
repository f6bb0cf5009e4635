// Is every text like a pattern?
#pragma once

#include "sql/tree.h"

namespace gatehouse::sql {

/// fits_all tells whether the comparison `node` (an A_Expr, its right side is `right`) holds for every text: LIKE, ILIKE and
/// SIMILAR TO with a pattern of % alone, ~ with one that finds something in each (every_text.h), ^@ '', one of a list of such
/// patterns, a pattern that is computed. `*of_values` is set where another text at the same place may answer otherwise.
bool fits_all(const Tree& tree, uint32_t node, uint32_t right, bool* of_values);

/// pattern_of is what LIKE ... ESCAPE compares with, which is a call; `right` itself where it is none.
uint32_t pattern_of(const Tree& tree, uint32_t right);

/// is_joined_pattern: a pattern that is a parameter, or made of some and constants ($1 || '%'), or begins with a letter.
bool is_joined_pattern(const Tree& tree, uint32_t node);

}  // namespace gatehouse::sql
