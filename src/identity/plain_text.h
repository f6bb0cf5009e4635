// Inside identity/: which claim texts may go on into logs, headers and onto a person's screen.
#pragma once

#include "base/bytes.h"

namespace gatehouse::identity {

/// is_plain_text is false for text with control characters (C0, DEL, C1), line and paragraph separators,
/// or invisible characters that reorder or hide text (bidirectional controls, zero-width space and
/// joins of words, byte order mark, tags), or with a space at either end (an HTTP field loses those, so
/// " admin" would become "admin" on its way). `text` is valid UTF-8.
bool is_plain_text(ByteView text);

}  // namespace gatehouse::identity
