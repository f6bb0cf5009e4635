// Does every text fit a regular expression?
#pragma once

#include "base/bytes.h"

namespace gatehouse::sql {

/// fits_every_text tells whether PostgreSQL's `~` finds `expression` in every text, the empty one too: some alternative of it may
/// match nothing, as `x*`, `x|`, `(a?b*){0,}`, `^`, or takes all between both ends, as `^.*$`. Back references, conditions
/// ahead and what nests deeper than 16 groups count as matching nothing. Linear.
bool fits_every_text(ByteView expression);

}  // namespace gatehouse::sql
