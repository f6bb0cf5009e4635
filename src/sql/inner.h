// Whose column a name in a query is that stands without its table's.
#pragma once

#include "sql/tree.h"

namespace gatehouse::sql {

/// may_be_inner: the column `name`, which stands alone in the query at `select`, may be one of what that query reads from. SQL
/// takes the row's own column otherwise, without a word: in DELETE FROM docs WHERE id IN (SELECT id FROM (VALUES (1)) v) it is
/// docs.id, which is always in it. It may be one of any table, whose columns nobody here knows, but for catalogs and `dual`; of
/// queries, functions and values in FROM and of WITH the statement says which columns they have. Bounded: `*steps` counts what is
/// looked at, for all that is asked of one condition; beyond kInnerStepsMax nothing may be, nor in more than four queries.
inline constexpr uint32_t kInnerStepsMax = 100'000;
bool may_be_inner(const Tree& tree, uint32_t select, ByteView name, uint32_t* steps);

}  // namespace gatehouse::sql
