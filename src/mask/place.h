// Where a text stands, kept small: what siblings have in common once, and the numbers that tell them apart.
#pragma once

#include "base/bytes.h"

namespace gatehouse::mask {

/// kNumber stands in a pattern for the next of a place's numbers. The byte occurs in no UTF-8 text.
inline constexpr char kNumber = '\xff';

/// Place is a pattern and its numbers: {"/\xff/text", {3}} is "/3/text"; {"row \xff email", {4}} is "row 4 email". A JSON
/// pointer's array steps are numbers. Views: who is given a place copies what it keeps.
struct Place {
  ByteView pattern;
  const uint64_t* numbers = nullptr;   // as many as there are kNumber in the pattern
  size_t count = 0;
};

/// kPlaceMax bounds a place that is written out, in bytes; a longer one is cut on a character border and ends in "…".
inline constexpr size_t kPlaceMax = 512;

/// write_place writes a place out to `out` (room for kPlaceMax) and returns its length.
size_t write_place(const Place& place, char* out);

}  // namespace gatehouse::mask
