// The text of a raw JSON string, and how it stands in the body. Included by mask/*.cc only.
#pragma once

#include "base/room.h"
#include "mask/editor.h"

namespace gatehouse::mask {

/// read_json reads the raw string [begin, end) of `bytes`, whose byte 0 stands at `base` in the body; `escapes` are the positions
/// of its escape
/// sequences. The piece is of the raw bytes themselves when there are none, else of *plain and *bends.
Piece read_json(const char* bytes, size_t begin, size_t end, const uint32_t* escapes, size_t count, uint64_t base,
                Room<char>* plain, Room<Bend>* bends);

}  // namespace gatehouse::mask
