// What two texts that follow one another share. Included by mask/*.cc only.
#pragma once

#include "base/room.h"
#include "mask/strip.h"

namespace gatehouse::mask {

inline constexpr size_t kHeadingBytes = 256;   // of the lines that a service sets before its texts

/// longest_overlap returns how long the longest end of `before` is that `text` begins with, on character borders. `failure` is
/// memory for it. Linear.
size_t longest_overlap(ByteView before, ByteView text, Room<uint32_t>* failure);

/// last_units returns how many bytes the last `units` of a text are; SIZE_MAX when it has fewer. wide: characters beyond U+FFFF
/// count twice (UTF-16).
size_t last_units(ByteView text, uint64_t units, bool wide);

/// may_share_lines tells at a glance, from the first bytes of two texts (64 each, or all there are), whether shared_lines() may be
/// more than 0.
bool may_share_lines(ByteView a, ByteView b);
/// shared_lines returns how many bytes of whole lines, at most kHeadingBytes, two texts begin with: headings that a service repeats
/// before each text of a section. 0 when there is no word in them, or one of the texts is nothing else.
size_t shared_lines(ByteView a, ByteView b);

}  // namespace gatehouse::mask
