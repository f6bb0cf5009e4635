// Words that name a kind of value: near it in a text, or in the name of the key or column that it stands in.
#pragma once

#include "detect/detect.h"

namespace gatehouse::detect {

/// kReach is how far before a value a word may stand that names it.
inline constexpr size_t kReach = 40;

/// named_before returns which detectors the words before text[at] name, within kReach and without another number of four digits
/// or more, or another line's words, between.
DetectorSet named_before(ByteView text, size_t at);

/// behind_sign: '#' stands right before text[at], behind a word that names one of `detectors` ("SSN#…", "passport #…"). Without
/// the word what follows is the number of something else.
bool behind_sign(ByteView text, size_t at, DetectorSet detectors);

}  // namespace gatehouse::detect
