// Names of members whose siblings continue one another, and of the offsets beside them. Included by mask/*.cc only.
#pragma once

#include "base/bytes.h"

namespace gatehouse::mask {

/// is_text_name: services call the texts that they cut a document into by this name: text, chunks, content, delta and so on.
bool is_text_name(ByteView name);

/// Offset is what a number beside a text says of where it stands in the document that was cut.
enum class Offset : uint8_t { none, start, end };
Offset offset_name(ByteView name);

/// The path of a value as a number: of a member by its key, of an array's elements all the same. Values of one path continue one
/// another.
uint64_t member_path(uint64_t path, ByteView key);
uint64_t element_path(uint64_t path);

}  // namespace gatehouse::mask
