// Words: the nearest valid one for one that is not.
#pragma once

#include <span>
#include <string>

#include "base/bytes.h"

namespace gatehouse::config {

/// nearest returns the word that `typed` was most likely meant to be: the fewest letters inserted,
/// left out, changed or swapped, at most a third of the word; empty when nothing is near.
ByteView nearest(ByteView typed, std::span<const ByteView> words);

/// listed writes words for people: "a, b or c".
std::string listed(std::span<const ByteView> words);

}  // namespace gatehouse::config
