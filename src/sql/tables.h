// What each statement and each listed function of PostgreSQL does.
#pragma once

#include "sql/statement.h"

namespace gatehouse::sql {

struct Meaning {
  Effect effect = Effect::unknown;
  uint32_t flags = 0;
};

/// statement_meaning is about a node of the grammar whose name ends in "Stmt"; one that is not known is unknown.
Meaning statement_meaning(ByteView node);

/// function_meaning: read without flags for one that is not listed. Names in lower case; `package` is the name before it, or empty.
Meaning function_meaning(ByteView package, ByteView name);

/// setting_is_privilege: SET of this name takes rights, or what guards the server's data; any case.
bool setting_is_privilege(ByteView name);

}  // namespace gatehouse::sql
