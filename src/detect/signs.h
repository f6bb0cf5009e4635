// What each byte of a text is to the detectors: the cheap pass over everything, 64 bytes at a time.
#pragma once

#include "base/bytes.h"

namespace gatehouse::detect {

/// kLanes blocks of 64 bytes are read together.
inline constexpr size_t kLanes = 8;
inline constexpr size_t kLaneBytes = kLanes * 64;

/// Signs are what kLanes blocks hold; bit i of element b speaks of byte i of block b.
struct Signs {
  uint64_t at[kLanes];         // '@'
  uint64_t digit[kLanes];      // 0-9
  uint64_t between[kLanes];    // what stands between digits: space - . / and the backslash, which may escape a slash
  uint64_t colon[kLanes];      // ':'
  uint64_t hex[kLanes];        // 0-9 a-f A-F
  uint64_t token[kLanes];      // letters, digits, - and _
  uint64_t backslash[kLanes];
  uint64_t slash[kLanes];
  uint64_t dot[kLanes];        // '.'
  uint64_t letter_u[kLanes];   // 'u', behind a backslash an escaped character
  uint64_t two[kLanes];        // 0xc2, which begins U+00A0 (no-break space) and U+00AD (soft hyphen)
  uint64_t three[kLanes];      // 0xe2, which begins the other spaces and dashes beyond ASCII
  uint64_t literal[kLanes];    // may begin one of the literals of literals.h
  uint64_t emphasis[kLanes];   // * _ ` ~
};

/// SignSet is which signs are asked for. few: at, digit, between, backslash, slash, letter_u, two, three, emphasis, and of the
/// literals those that begin with a bracket; the others are 0, or what they are.
enum class SignSet : uint8_t { all, few };

/// read_signs classifies the first `count` * kLaneBytes bytes of a text, or all of it, with the widest instructions of this
/// machine, as if zeros followed it. Reads nothing behind the text.
void read_signs(ByteView text, size_t count, SignSet set, Signs* out);

/// has_avx512 is processor::has_avx512(), asked once.
extern const bool has_avx512;

}  // namespace gatehouse::detect
