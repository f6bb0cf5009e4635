// What the sources of Flows share: heads of texts in flow_heads.cc, borders and overlaps in flow_borders.cc, the rest in flows.cc.
// Included by mask/flow*.cc only.
#pragma once

#include "base/bytes.h"
#include "base/limits.h"
#include "base/room.h"

namespace gatehouse::mask {

inline constexpr size_t kLongRaw = 512;      // raw bytes of a text that is not joined beyond its ends

inline bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// set_text copies a text; kSimdPadding readable behind.
inline void set_text(ByteView text, Room<char>* out) {
  out->clear();
  out->append(text.data(), text.size());
  out->reserve(kSimdPadding);
}

/// word_line returns the bytes of the line of one word that a service set before a text, and its end of line: docling repeats
/// headings there. 0: there is none.
size_t word_line(ByteView text);

/// ends_in_jwt: a web token is cut where the text ends; its rest would be one line.
bool ends_in_jwt(ByteView text);

}  // namespace gatehouse::mask
