// What a set costs, told without a clock: refusing a set must not depend on how busy a machine is, and every machine and
// every run must say the same. cost.h measures; the figures agree within a factor of about three for usual patterns. What
// measures far more than is reckoned is not known; what is reckoned far too dear is, such as e.{20}q: dear only where q is
// frequent.
#pragma once

#include <vector>

#include "pattern/database.h"

namespace gatehouse::pattern {

/// kReckonedBase is what a set costs beside its patterns, in ns per KiB.
inline constexpr uint32_t kReckonedBase = 40;

/// Reckoned is one pattern's share in ns per KiB of text, from what every match must contain, how far its repeats reach,
/// and what cost_sample() makes it do.
struct Reckoned {
  uint32_t ns_per_kib = 0;     // kCostUnknown: it could not be confirmed within the limits
  uint32_t literal = 0;        // literal.h
  uint32_t hits_per_mib = 0;   // in ordinary text
  bool approximate = false;    // confirmed by PCRE2
};

/// reckon scans the sample once with a compiled set; a pattern's id is its index. After one that could not be confirmed
/// nothing is known of what the others find.
std::vector<Reckoned> reckon(std::span<const Pattern> patterns, const Database& database);

/// described says it in one line: "3400 ns per KiB, no plain text that every match contains, ...".
std::string described(const Reckoned& cost);

}  // namespace gatehouse::pattern
