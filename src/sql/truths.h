// Texts and numbers that stand for true and false: a column compared with nothing else may be one of two values.
#pragma once

#include <optional>

#include "sql/ranges.h"

namespace gatehouse::sql {

/// truth_of reads what PostgreSQL takes for a boolean where a text stands: 't', 'true', 'yes', 'on', '1' and their beginnings, in
/// any case, blanks aside (utils/adt/bool.c); nullopt: no boolean is written so.
std::optional<bool> truth_of(ByteView text);

/// Boolean is how sure it is that a term is true or false, kept as 0 or 1: `sure` by its name (is_old, deleted, active), whatever
/// number below a million it is compared with; `may` by a name that counts and times have, too (failed, tokens_used, created),
/// or by a cast to int4, the one number that PostgreSQL makes of a boolean: beside numbers up to 2 it is one.
enum class Boolean : uint8_t { no, may, sure };

/// boolean_of is about the term at `term`, without casts around it, of which it looks at the one right around.
Boolean boolean_of(const Tree& tree, uint32_t term);

/// may_be_time: a column that is a flag by its name may as well be when something came to be so: deleted < $1, seen < now(). Not
/// is_deleted.
bool may_be_time(ByteView column);

/// may_be_both: values of the term at `term` that nobody sees here may be both booleans: of a flag, and of a number that a cast
/// makes; not of what is in -ed, which holds ids and counts, too (assigned IN (SELECT ...)).
bool may_be_both(const Tree& tree, uint32_t term);

/// truth_of reads a value that a term is compared with: texts as above; 0 and 1 beside a flag, as MySQL and SQLite keep these.
std::optional<bool> truth_of(Boolean flag, const Value& value);

/// may_be_truth: a value that truth_of() reads, or a number beside a flag, which is 0 or 1 whatever it is compared with.
/// prints_truth: 'true' or 'false', as booleans are printed.
bool may_be_truth(Boolean flag, const Value& value);
bool prints_truth(const Value& value, bool truth);

/// is_of_truth: a text that stands in true or false as they are printed: 't', 'alse'. A pattern of it may be one of a boolean.
bool is_of_truth(ByteView text);

/// lists_truths: how many booleans an array's text lists, '{t,f}', '[0:1]={t,NULL}'; 0: none, or there is something else in it.
size_t lists_truths(ByteView text);

/// has_lone_digits: no digit of an array's text stands beside another one or a letter, so that one of the same shape (shape.h) may
/// list 0 and 1.
bool has_lone_digits(ByteView text);

}  // namespace gatehouse::sql
