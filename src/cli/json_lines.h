// JSON from the gateway as lines for people.
#pragma once

#include <string>

#include "base/bytes.h"

namespace gatehouse::cli {

/// json_lines writes a JSON document for a terminal: an object as "key: value" lines (lists joined, inner
/// objects dotted), a list of objects as one line each, the id first, long values left out. Text that is not JSON comes back as
/// it is; nothing unprintable leaves.
std::string json_lines(ByteView document);

}  // namespace gatehouse::cli
