// What stands on both sides of the border between two texts. Included by mask/*.cc only.
#pragma once

#include "base/bytes.h"
#include "detect/signs.h"

namespace gatehouse::mask {

inline constexpr size_t kShownBytes = 64;   // of a text, on one side of a border

/// Side is the end or the beginning of a text: kShownBytes, or all of it and zeros behind.
struct Side {
  const char* bytes;
  size_t size;
  ByteView view() const { return {bytes, size}; }
};

// What is said is the same whether `wide` instructions are used or not.

/// may_be_near tells whether any sign of a value is near the border between two texts, which may overlap: without one no value goes
/// over it.
bool may_be_near(const Side& left, const Side& right, bool wide = detect::has_avx512);
/// may_span tells whether a value may go over the border between two texts that do not overlap, as far as it is seen from here.
bool may_span(const Side& left, const Side& right, bool wide = detect::has_avx512);
/// may_be_named tells whether the left text ends with words that may name what the right one begins with.
bool may_be_named(const Side& left, const Side& right, bool wide = detect::has_avx512);
/// What may_span() leaves out: the heads of keys, names in quotes.
bool may_span_short(const Side& left, const Side& right, bool wide = detect::has_avx512);
/// The same for texts that may be short, and be parts of an address, or of a number of which no part is without digits.
bool may_span_few(const Side& left, const Side& right, bool wide = detect::has_avx512);

}  // namespace gatehouse::mask
