// Writing JSON by hand, for answers that are mostly text.
#pragma once

#include <string>

#include "base/bytes.h"

namespace gatehouse::web {

/// append_json_string appends `text` as a JSON string with its quotes. Bytes from 0x80 go through as they
/// are, so `text` must be UTF-8 for the result to be JSON.
void append_json_string(std::string& out, ByteView text);

/// append_ascii_string does the same for bytes that nobody has checked: all but printable ASCII becomes '?'.
void append_ascii_string(std::string& out, ByteView text);

}  // namespace gatehouse::web
