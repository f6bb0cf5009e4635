// What scanning with a set costs: measured over a sample of what chunking services are sent, with a clock that the
// caller gives; and what can be told without a clock.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "pattern/database.h"

namespace gatehouse::pattern {

using Now = std::function<MonotonicNs()>;

/// kCostUnknown: the sample could not be scanned within the limits of confirm.h, so nobody's texts could.
inline constexpr uint32_t kCostUnknown = UINT32_MAX;

/// cost_sample is 64 KiB, a quarter each: prose in lines, JSON with escapes, text beyond ASCII, logs. Always the same.
ByteView cost_sample();

struct PatternCost {
  uint32_t ns_per_kib = 0;    // alone
  uint32_t literal = 0;       // literal.h: what every match must contain, in bytes
  uint32_t hits_per_mib = 0;  // ends of matches in the sample: ordinary text hits
  bool approximate = false;   // confirmed by PCRE2
};

struct SetCost {
  uint32_t ns_per_kib = 0;
  std::vector<PatternCost> patterns;  // in the list's order
};

/// ns_per_kib scans the sample a few times and takes the fastest. Milliseconds; not for workers.
uint32_t ns_per_kib(const Database& database, const Now& now);

/// cost compiles the set and each pattern alone, and measures all.
Result<SetCost, CompileError> cost(std::span<const Pattern> patterns, const Now& now);

/// over_budget says in one line by how much a set is over and which patterns are the dearest; nullopt when it is not.
std::optional<std::string> over_budget(const SetCost& cost, std::span<const Pattern> patterns, uint32_t ns_per_kib);

}  // namespace gatehouse::pattern
