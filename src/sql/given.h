// What is given in a statement: values that are the same for every row.
#pragma once

#include "sql/tree.h"

namespace gatehouse::sql {

/// Is says of a term whether it is a value: none (nothing), a constant, or one that is known when it runs (a parameter, the time).
enum class Is : uint8_t { nothing, known, unknown };

/// value_at tells whether a term is the same for every row: a constant, or what is made of parameters, constants and the time. What
/// ends its type is none, nor is an interval of a hundred years. `*of_values` is set, here and below, where other values at the
/// same places may be answered otherwise.
Is value_at(const Tree& tree, uint32_t node, bool* of_values);

/// is_short: '30 days', a number and a unit, shorter than a hundred years. `*plain` is whether it is written so, so that another
/// number of as many digits is answered alike.
bool is_short(ByteView text, bool* plain);

/// is_joined_text: 'x' || 'y', each of which begins with a letter: MySQL's OR of what is false there.
bool is_joined_text(const Tree& tree, uint32_t node, bool* of_values);

/// is_dated_range: tstzrange('2024-01-01', '2024-02-01'), from one day to another.
bool is_dated_range(const Tree& tree, uint32_t node, bool* of_values);

/// is_array_of_values: ARRAY['a', $1], of one value at least.
bool is_array_of_values(const Tree& tree, uint32_t node, bool* of_values);

/// is_truth: TRUE or FALSE.
bool is_truth(const Tree& tree, uint32_t node);

}  // namespace gatehouse::sql
