// Hostile text -> JSON text that is also safe on a terminal.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace gatehouse::telemetry {

/// append_json_text appends `text` as the inside of a JSON string (without quotes): valid JSON (RFC 8259
/// section 7) for any bytes. Escaped as \uXXXX: control bytes (C0, DEL, C1) and characters that change the
/// direction, join, hide or break lines. Bytes that are no UTF-8 become U+FFFD. At most `limit` bytes are
/// appended, never half a character or escape. Returns false when something was left out.
bool append_json_text(std::string& out, ByteView text, size_t limit = SIZE_MAX);

/// write_json_text does the same into memory; returns the bytes written. *whole tells if all fitted.
size_t write_json_text(ByteSpan out, ByteView text, bool* whole);

/// append_display_text appends text for people, on one line: the same dangerous characters as above appear
/// as <U+001B>, broken bytes as U+FFFD; quotes and backslashes stay. At most `limit` bytes; false when cut.
bool append_display_text(std::string& out, ByteView text, size_t limit = SIZE_MAX);

}  // namespace gatehouse::telemetry
