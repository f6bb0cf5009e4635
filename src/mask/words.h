// Words that name a kind of value: near it in a text, or in the name of the key or column that it stands in.
#pragma once

#include "mask/detect.h"

namespace gatehouse::mask {

/// kReach is how far before a value a word may stand that names it.
inline constexpr size_t kReach = 40;

/// named_before returns which detectors the words before text[at] name, within kReach and without another number of four digits
/// or more, or another line's words, between.
DetectorSet named_before(ByteView text, size_t at);

}  // namespace gatehouse::mask
