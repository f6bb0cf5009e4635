// International bank account numbers (ISO 13616): digits inside a valid one are no card.
#pragma once

#include "base/bytes.h"

namespace gatehouse::mask {

/// inside_iban tells whether the bytes [begin, end) of a text lie within a valid IBAN, written in one piece
/// or in groups set apart by single spaces.
bool inside_iban(ByteView text, size_t begin, size_t end);

}  // namespace gatehouse::mask
