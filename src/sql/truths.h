// Texts and numbers that stand for true and false: a column compared with nothing else may be one of two values.
#pragma once

#include <optional>

#include "sql/ranges.h"

namespace gatehouse::sql {

/// truth_of reads what PostgreSQL takes for a boolean where a text stands: 't', 'true', 'yes', 'on', '1' and their beginnings, in
/// any case, blanks aside (utils/adt/bool.c); nullopt: no boolean is written so.
std::optional<bool> truth_of(ByteView text);

/// truth_of reads a value that the term at `term` is compared with: texts as above; 0 and 1 where the term's name says that it is
/// true or false (is_deleted, archived), as MySQL and SQLite keep these.
std::optional<bool> truth_of(const Tree& tree, uint32_t term, const Value& value);

/// is_flag: a term's name says that it is true or false. may_be_truth: a value that truth_of() reads, or a number below a million
/// beside such a name, which is 0 or 1 whatever it is compared with. prints_truth: 'true' or 'false', as booleans are printed.
bool is_flag(const Tree& tree, uint32_t term);
bool may_be_truth(const Tree& tree, uint32_t term, const Value& value);
bool prints_truth(const Value& value, bool truth);

/// is_of_truth: a text that stands in true or false as they are printed: 't', 'alse'. A pattern of it may be one of a boolean.
bool is_of_truth(ByteView text);

/// lists_truths: how many booleans an array's text lists, '{t,f}', '[0:1]={t,NULL}'; 0: none, or there is something else in it.
size_t lists_truths(ByteView text);

/// has_lone_digits: no digit of an array's text stands beside another one or a letter, so that one of the same shape (shape.h) may
/// list 0 and 1.
bool has_lone_digits(ByteView text);

}  // namespace gatehouse::sql
