// What the sources of Flows share: heads of texts in flow_heads.cc, borders and overlaps in flow_borders.cc, the rest in flows.cc.
// Included by mask/flow*.cc only.
#pragma once

#include <algorithm>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/room.h"
#include "mask/strip.h"

namespace gatehouse::mask {

inline constexpr size_t kLongRaw = 512;      // raw bytes of a text that is not joined beyond its ends

inline bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// characters counts those of a text: 255 at a time, so that each sum fits a byte, and many are added at once.
inline size_t characters(ByteView text) {
  size_t count = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.size() - at < 255 ? text.size() : at + 255;
    uint8_t some = 0;
    for (; at < end; ++at) some = static_cast<uint8_t>(some + !inside_character(text[at]));
    count += some;
  }
  return count;
}

/// set_text copies a text; kSimdPadding readable behind.
inline void set_text(ByteView text, Room<char>* out) {
  out->clear();
  out->append(text.data(), text.size());
  out->reserve(kSimdPadding);
}

}  // namespace gatehouse::mask
