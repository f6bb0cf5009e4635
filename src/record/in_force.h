// Which configuration the newest records of an earlier process were written under.
#pragma once

#include <optional>
#include <string>

#include "record/folder.h"
#include "record/layout.h"

namespace gatehouse::record {

/// InForce is what requests and snapshots in the records say of the configuration in force.
struct InForce {
  uint64_t version = 0;       // the highest one; 0: its newest segments do not say
  std::string policy_hash;    // of that version
  bool signed_heads = false;  // the process signed heads
};

/// latest_process is the newest process other than `own` that wrote records of workers in the folder; nil where there is none.
ExchangeId latest_process(const Descriptor& folder, const ExchangeId& own);

/// read_in_force looks into the newest segments of each of its workers, as many as there may be without a request or snapshot in
/// them: at most kInForceSegments. Its rings must have been recovered. Blocks for disk.
InForce read_in_force(const Descriptor& folder, const ExchangeId& process);
inline constexpr uint32_t kInForceSegments = 3;

}  // namespace gatehouse::record
