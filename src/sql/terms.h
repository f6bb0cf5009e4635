// Parts of expressions that conditions are made of.
#pragma once

#include <string>

#include "sql/tree.h"

namespace gatehouse::sql {

/// kind_of is the grammar's name of an expression; empty for none.
ByteView kind_of(const Tree& tree, uint32_t node);

/// name_of is the operator of an A_Expr, of which some characters are escaped in the tree. negates: it is NOT of another, as !~ is.
std::string name_of(const Tree& tree, uint32_t expression);
bool negates(ByteView name);

/// elements_of are those of IN (...), of = ANY (ARRAY[...]) and of <> ALL (ARRAY[...]); kNone for other A_Exprs.
uint32_t elements_of(const Tree& tree, uint32_t expression);

/// ends_of are the two of BETWEEN; kNone for other A_Exprs.
uint32_t ends_of(const Tree& tree, uint32_t expression);

/// members_of are those of ROW(...), (a, b) and ARRAY[...]; kNone for other terms.
uint32_t members_of(const Tree& tree, uint32_t node);

/// array_query is the SelectStmt of ARRAY(SELECT ...); kNone for other terms.
uint32_t array_query(const Tree& tree, uint32_t node);

/// is_if: a FuncCall is IF(condition, a, b) of other dialects; its three arguments are all that it has.
bool is_if(const Tree& tree, uint32_t call);

/// member is one of a list, kNone behind the last; count is how many there are.
uint32_t member(const Tree& tree, uint32_t list, uint32_t index);
uint32_t count(const Tree& tree, uint32_t list);

/// is_key: a column that names rows (id, doc_id, key, ctid) or is PostgreSQL's own (xmin): who leaves out one, or begins at the
/// first one, has all rows but that.
bool is_key(ByteView column);

/// last_type is the name of the type that a TypeCast casts to, without its schema, in lower case.
std::string last_type(const Tree& tree, uint32_t cast);

/// is_cast_to_text: some of the casts around a term without them makes a text of it (x::text, CAST(x AS varchar(9))).
bool is_cast_to_text(const Tree& tree, uint32_t term);

}  // namespace gatehouse::sql
