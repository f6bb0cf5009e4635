// Names of members whose siblings continue one another, and of the offsets beside them. Included by mask/*.cc only.
#pragma once

#include "base/bytes.h"

namespace gatehouse::mask {

/// is_text_name: services call the texts that they cut a document into by this name: text, chunks, content, delta and so on.
bool is_text_name(ByteView name);

/// Offset is what a number beside a text says of where it stands in the document that was cut.
enum class Offset : uint8_t { none, start, end };
Offset offset_name(ByteView name);

}  // namespace gatehouse::mask
