// Whose column a name in a query is that stands without its table's.
#pragma once

#include "sql/tree.h"

namespace gatehouse::sql {

/// Written is the table that a statement writes, as it is named there.
struct Written {
  ByteView schema, name;
};

/// is_inner: the column `name`, which stands alone in the query at `select`, is surely one of what that query reads from. SQL takes
/// the row's own column otherwise, without a word: in DELETE FROM docs WHERE id IN (SELECT id FROM x), where x has no id, it is
/// docs.id, which is always in it. Shown is it of the table itself, of queries and functions in FROM and of WITH whose columns are
/// named, and where the query says it elsewhere with its table (x.id), or by USING (id). `column` is one of the table that is
/// written. Bounded: what would take more than 50,000 steps or stands in more than four queries is not shown.
bool is_inner(const Tree& tree, uint32_t select, ByteView name, const Written& written);

}  // namespace gatehouse::sql
