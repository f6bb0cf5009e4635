// How a replacement is written where it stands. Included by mask/*.cc only.
#pragma once

#include "base/room.h"
#include "mask/piece.h"

namespace gatehouse::mask {

/// write_styled appends text as `style` wants it. What is not UTF-8 comes out as '?'.
void write_styled(ByteView text, Style style, Room<char>* out);

}  // namespace gatehouse::mask
