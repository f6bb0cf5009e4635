// What a candidate policy says of exchanges that were recorded. Pure: it asks policy::decide and compares.
#pragma once

#include <string>
#include <vector>

#include "cli/record_row.h"
#include "policy/policy.h"

namespace gatehouse::cli {

/// Candidate is what of a configuration decides. Views what a snapshot holds, which outlives it.
struct Candidate {
  const policy::RuleSet* rules = nullptr;
  const policy::RouteTable* route_table = nullptr;   // null: rules say where requests go
  std::vector<ByteView> routes, origins;             // names, by index
  std::vector<uint32_t> route_origins;               // by route
  bool by_host = false;                              // some route looks at hosts, which only sealed heads tell
  std::vector<ByteView> guards, masks;               // names, by bit
  uint64_t request_guards = 0;                       // those that look at requests
};

/// Outcome of one exchange: what was, and what would be.
struct WhatIfOutcome {
  const char* not_judged = nullptr;   // why not; the rest is then empty
  enum class Verdict : uint8_t { allow, deny, hold };
  Verdict was = Verdict::deny, would = Verdict::deny;
  Reason was_reason = Reason::none, would_reason = Reason::none;   // of refusals
  bool was_asked = false, would_ask = false;      // a person
  policy::Decision decision;                      // the candidate's
  ByteView origin;                                // where it would go; empty unless allowed or held
  uint32_t route = policy::kNoRoute;              // the candidate's
  bool verdict_changes = false, origin_changes = false, masks_change = false, guards_change = false;

  bool changes() const { return verdict_changes || origin_changes || masks_change || guards_change; }
};

/// Inspected is what the candidate's guards say of a request that they looked at again.
struct Inspected {
  Reason reason = Reason::none;   // why it is refused: by a guard, by policy or by a bound
  bool asks = false;              // one of them wants a person to look at it
};

/// WhatIf judges recorded exchanges by one candidate. One thread.
class WhatIf {
 public:
  explicit WhatIf(const Candidate& candidate) : candidate_(candidate) {}

  /// judge takes groups, path and client as they were recorded, and a person's grant as given. Guards count by what `inspected`
  /// says; null: by what they found then, those that have not looked at the request being taken to find nothing: guards_change
  /// tells. Masks are compared by their names. A caller who showed a certificate counts as bound to it. Views in the outcome live
  /// as long as the candidate.
  WhatIfOutcome judge(const Row& row, const Inspected* inspected = nullptr);

  /// identity is that of the row judged last, as far as it was proved.
  const identity::Identity& identity() const { return identity_; }

 private:
  bool take_identity(const Row& row);
  const char* take_route(const Row& row, policy::Facts* facts) const;
  void decide(const Row& row, policy::Facts facts, const Inspected* inspected, WhatIfOutcome* out) const;
  void compare(const Row& row, WhatIfOutcome* out) const;

  const Candidate& candidate_;
  identity::Identity identity_;   // reused
};

}  // namespace gatehouse::cli
