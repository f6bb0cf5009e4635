// What stands in the place of a value. Included by mask/*.cc only.
#pragma once

#include "detect/detect.h"
#include "mask/piece.h"
#include "mask/plan.h"

namespace gatehouse::mask {

/// append_found writes the replacement of a value that a detector found. whole: `value` is all of it; else partial and hash redact.
void append_found(const Rule& rule, const detect::Found& found, ByteView value, bool whole, Style style, Room<char>* out);

/// append_field writes the replacement of a whole text that a path names; kSimdPadding readable behind it. Of drop and null
/// nothing.
void append_field(const Rule& rule, ByteView text, Style style, Room<detect::Found>* scratch, Room<char>* out);

/// append_redacted writes "[redacted:name]", or the text of replace, or nothing for drop and null.
void append_redacted(const Rule& rule, Style style, Room<char>* out);

/// normal_form writes what is hashed of a value (out has room for the value's size) and returns its length: an address in lower
/// case, of
/// numbers letters and digits only, else the value without white space around it.
size_t normal_form(ByteView value, detect::Detector detector, char* out);

}  // namespace gatehouse::mask
