// What is left of a value that is masked in part.
#pragma once

#include "detect/detect.h"

namespace gatehouse::mask {

/// Part is a value after partial masking; at most kPartMax bytes.
inline constexpr size_t kPartMax = 384;

/// partial writes to `out` (room for kPartMax) and returns the length:
///   e-mail        first character, last label of the domain     j***@***.com
///   numbers       last four digits or letters; separators stay  ***-**-6789   **** **** **** 1111
///   others        ***
size_t partial(ByteView value, detect::Detector detector, char* out);

/// partial_field masks the text of a whole field: as partial() when it is one e-mail address, SSN or card and
/// nothing else; otherwise the first and the last character of a text of eight characters or more stay
/// (J******e), and shorter ones become ***. A text that already has one of these forms stays as it is, so
/// that masking twice is masking once. The text needs kSimdPadding readable bytes behind it.
size_t partial_field(ByteView text, Room<detect::Found>* room, char* out);

}  // namespace gatehouse::mask
