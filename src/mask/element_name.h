// What a tag calls its element. Included by mask/*.cc only.
#pragma once

#include "base/ascii.h"

namespace gatehouse::mask {

inline constexpr size_t kElementName = 64;    // bytes in which the name of an element ends

/// element_name is the name of the element that a tag begins, without its space of names; empty when it ends one.
inline ByteView element_name(ByteView tag) {
  tag = tag.substr(0, kElementName);
  size_t end = 1;
  while (end < tag.size() && (is_word(tag[end]) || tag[end] == '-' || tag[end] == '.' || tag[end] == ':')) ++end;
  ByteView name = tag.substr(1, end - 1);
  if (const size_t space = name.rfind(':'); space != ByteView::npos) name.remove_prefix(space + 1);
  return end < tag.size() && tag[end] == '/' ? ByteView() : name;
}

}  // namespace gatehouse::mask
