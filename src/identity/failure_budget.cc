#include "identity/failure_budget.h"

#include <algorithm>

namespace gatehouse::identity {

bool costs_signature(Reason reason) {
  for (const Reason each : {Reason::token_signature, Reason::token_audience, Reason::token_expired, Reason::token_not_yet,
                            Reason::token_claims, Reason::token_groups, Reason::token_overage, Reason::token_condition,
                            Reason::token_binding, Reason::saml_malformed, Reason::saml_signature, Reason::saml_conditions,
                            Reason::saml_expired, Reason::saml_replayed})
    if (reason == each) return true;
  return false;
}

FailureBudget::FailureBudget(uint64_t seed) : debts_(kWays * kSets), seed_(seed | 1) {}

size_t FailureBudget::set_of(const Source& source) const {
  uint64_t mixed = (source[0] ^ seed_) * 0x9e3779b97f4a7c15;
  mixed = (mixed ^ source[1] ^ mixed >> 29) * (seed_ ^ 0xbf58476d1ce4e5b8);
  return (mixed >> 40) % kSets * kWays;
}

bool FailureBudget::allows(const Source& source, uint32_t burst, MonotonicNs now) const {
  if (all_paid_ <= now) return true;
  const Debt* const set = &debts_[set_of(source)];
  for (size_t i = 0; i < kWays; ++i)
    if (set[i].source == source) return set[i].paid + cost(burst) <= now + kWindow;
  return true;
}

void FailureBudget::failed(const Source& source, uint32_t burst, MonotonicNs now) {
  Debt* const set = &debts_[set_of(source)];
  Debt* place = &set[0];
  for (size_t i = 0; i < kWays; ++i) {
    if (set[i].source == source) {
      place = &set[i];
      break;
    }
    if (set[i].paid < place->paid) place = &set[i];
  }
  if (place->source != source) *place = {source, 0};
  place->paid = std::max(place->paid, now) + cost(burst);
  all_paid_ = std::max(all_paid_, place->paid);
}

}  // namespace gatehouse::identity
