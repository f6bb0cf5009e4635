// JSON strings, for what tools read from us.
#pragma once

#include <string>

#include "base/bytes.h"

namespace gatehouse::config {

/// append_json writes a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD, so that the
/// result is always valid JSON.
void append_json(std::string& out, ByteView text);

/// printable is the text as it may go to a terminal: control, bidirectional and broken bytes become
/// \x.. or \u{....}; tabs become one space.
std::string printable(ByteView text);

}  // namespace gatehouse::config
