// International bank account numbers (ISO 13616).
#pragma once

#include "base/bytes.h"

namespace gatehouse::detect {

/// iban_end returns where the IBAN ends that begins at text[at]: a registered country's letters and length, check digits that hold,
/// capital or small letters, in one piece or in groups set apart by single spaces or dashes. 0 when none begins there. *cut: the
/// text ended before the number did, or right behind it.
size_t iban_end(ByteView text, size_t at, bool* cut);

/// inside_iban tells whether the bytes [begin, end) of a text lie within one: digits inside are no card.
bool inside_iban(ByteView text, size_t begin, size_t end);

}  // namespace gatehouse::detect
