// Detectors of one's own, as configured.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"

namespace gatehouse::detect {

/// Checksum is a test on the letters and digits of a value that a custom detector's pattern or word matched.
enum class Checksum : uint8_t {
  none,
  luhn,   // over all digits, the last one checks (ISO/IEC 7812-1)
  mod97,  // ISO 7064 mod 97-10: letters are 10 to 35; the whole leaves 1, as it stands or with its first four moved behind (IBAN)
  mod11,  // weights 2, 3, 4 … from the right, the check digit (10 is X) weighs 1; the sum leaves 0 (ISBN-10, NHS number)
};

/// checksum_from_name reads "none", "luhn", "mod97", "mod11".
bool checksum_from_name(ByteView name, Checksum* out);
bool checksum_holds(Checksum checksum, ByteView value);

/// CustomDetector finds what a pattern matches, or the words of a list.
struct CustomDetector {
  std::string name;                  // [a-z][a-z0-9_]*, at most 64 bytes, not a name of a shipped detector
  std::string pattern;               // PCRE, by code points; `.` matches LF too, ^ and $ match at lines; at most kCustomMax bytes
  std::vector<std::string> words;    // the deny list; either a pattern or words
  bool caseless = true;              // of pattern and words
  bool whole_words = true;           // of words: no letter, digit or '_' stands right before or behind
  Checksum checksum = Checksum::none;
  std::vector<std::string> nearby;   // one of these must stand before or behind, or in the field's name; caseless
  uint32_t distance = 40;            // at most so many bytes between value and nearby word, 1 to kNearbyMax
};

inline constexpr size_t kCustomDetectorsMax = 64;  // bits of a set
inline constexpr size_t kCustomMax = 1024;         // bytes of a value
inline constexpr size_t kCustomWordsMax = 10'000;  // of one detector
inline constexpr size_t kCustomWordMax = 128;      // bytes of a word
inline constexpr size_t kNearbyMax = 40;           // bytes from a value to a word nearby

}  // namespace gatehouse::detect
