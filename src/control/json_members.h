// Members of the JSON objects that the admin socket answers.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/time.h"

namespace gatehouse::control {

/// add_text and add_time append a member to `out`, which ends within an object; a time of 0 is none, and nothing is added.
void add_text(std::string& out, ByteView name, ByteView value);
void add_time(std::string& out, ByteView name, WallNs wall);

}  // namespace gatehouse::control
