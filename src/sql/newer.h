// The grammar of PostgreSQL 16 and 17 in that of 15, so that one verdict table holds whichever libpg_query is there.
#pragma once

#include <string>

#include "sql/scan.h"

namespace gatehouse::sql {

/// Newer is what was left out of a text and has to be said besides.
struct Newer {
  bool by_source = false;   // MERGE ... WHEN NOT MATCHED BY SOURCE: rows that nothing is joined with, so all but some
  bool hidden = false;      // calls in RETURNING, which are not seen
};

/// write_for_older writes a text without what 15's grammar does not know: MERGE ... NOT MATCHED BY SOURCE or TARGET and RETURNING,
/// GRANT ... WITH INHERIT, SET, REVOKE ... OPTION FOR, IS JSON (as IS NOT NULL), queries in FROM without a name. False: it has
/// nothing of these. For texts that do not parse, within Limits. Linear.
bool write_for_older(ByteView text, std::string* out, Newer* found);

}  // namespace gatehouse::sql
