// Forged tokens are cheap to make and dear to check: what one source may fail.
#pragma once

#include <cstdint>
#include <vector>

#include "base/address.h"
#include "base/reason.h"
#include "base/time.h"

namespace gatehouse::identity {

/// costs_signature says whether a token that is refused for this reason was worth a check of its signature.
bool costs_signature(Reason reason);

/// FailureBudget counts failed checks by source address (IPv6: by network of 64 bits). A source may fail `burst`
/// times at once and an eighth of that each second from then on; over it, its tokens are not checked at all.
/// Bounded: of many sources, those with the smallest debt are forgotten first. One worker's, one thread.
class FailureBudget {
 public:
  using Source = Sender;

  explicit FailureBudget(uint64_t seed);

  bool allows(const Source& source, uint32_t burst, MonotonicNs now) const;
  void failed(const Source& source, uint32_t burst, MonotonicNs now);

 private:
  static constexpr size_t kWays = 4;
  static constexpr size_t kSets = 1024;
  static constexpr MonotonicNs kWindow = 8 * kNsPerSecond;   // in which a whole burst is given back

  /// Debt is paid back by time alone: at `paid` nothing is left of it.
  struct Debt {
    Source source{};
    MonotonicNs paid = 0;
  };
  static MonotonicNs cost(uint32_t burst) { return kWindow / (burst == 0 ? 1 : burst); }
  size_t set_of(const Source& source) const;

  std::vector<Debt> debts_;
  MonotonicNs all_paid_ = 0;   // no source owes anything from here on: the usual case costs one comparison
  const uint64_t seed_;
};

}  // namespace gatehouse::identity
