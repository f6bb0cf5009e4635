// Names with stars.
#pragma once

#include "base/bytes.h"

namespace gatehouse {

/// glob_matches compares a name with a pattern in which * stands for any text, none too. Every byte counts as it is; at
/// most pattern times name steps.
bool glob_matches(ByteView pattern, ByteView name);

}  // namespace gatehouse
