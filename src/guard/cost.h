// What the patterns of guards cost: reckoned when they are compiled, the same everywhere; or measured, for people.
#pragma once

#include <string>
#include <vector>

#include "pattern/cost.h"

namespace gatehouse::guard {

class Set;

/// PatternCost is one pattern's share. Figures are ns per KiB of text (pattern/reckon.h).
struct PatternCost {
  size_t guard = 0;
  size_t entry = 0;              // of the guard's patterns; of its sets when it is a shipped one
  bool shipped = false;
  std::string name;              // of a shipped one, else its text, cut
  uint32_t ns_per_kib = 0;
  std::string words;             // for people
};

/// Cost is what a set's patterns are reckoned to cost, once for all texts that they look at.
struct Cost {
  struct Share {
    std::string name;            // as PatternCost has it
    uint32_t ns_per_kib = 0;
  };
  struct Guard {
    uint32_t ns_per_kib = 0;     // alone; 0 without patterns
    size_t patterns = 0;
    std::vector<Share> each;     // of its patterns, in their order
    PatternCost dearest;
  };
  uint32_t ns_per_kib = 0;       // of all guards together; pattern::kCostUnknown: beyond the limits of confirmation
  size_t patterns = 0;
  std::vector<Guard> guards;     // by guard
  std::vector<PatternCost> dearest;   // of all, at most three, the dearest first
};

struct Patterns;
Cost reckon(const Patterns& patterns, size_t guards);

/// Measured is what scanning costs here and now, in ns per KiB. Some milliseconds; not for workers.
struct Measured {
  uint32_t all = 0;
  std::vector<uint32_t> guards;
};
Measured measure(const Set& set, const pattern::Now& now);

}  // namespace gatehouse::guard
