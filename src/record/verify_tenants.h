// What verify says of tenants: what of their records was opened, what nobody can open, and what lacks their key.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "record/reader.h"
#include "record/verify.h"

namespace gatehouse::record {

inline constexpr size_t kTenantsToldMax = 4 * kTenantsMax;   // names that are counted each for itself; the rest as one

/// TenantProof judges the records of all epochs. What snapshot records demand of routes (`tenants=route:tenant`) holds for the
/// exchanges that began under them, and for all that an exchange seals. Memory bounded. One thread.
class TenantProof {
 public:
  using Report = std::function<void(const Damage&)>;

  /// `report` outlives this.
  TenantProof(const Report& report, size_t followed_max) : report_(report), followed_max_(followed_max) {}

  void see(const RecordView& record);

  /// finish tells of secrets that were given and opened nothing of their tenant: wrong keys. One of a tenant that opened some of
  /// his records but not all is none: his key was another at another time.
  void finish();

  /// tenants is what was counted, by name.
  const std::map<std::string, TenantVerified>& tenants() const { return tenants_; }

  /// unfollowed is how many exchanges of tenants began while as many as are followed were open: that what they left behind their
  /// request records is sealed with their tenant's key is not proved.
  uint64_t unfollowed() const { return unfollowed_; }

 private:
  struct State {
    std::map<uint64_t, std::map<std::string, std::string, std::less<>>> versions;   // route to tenant, by snapshot version
    bool told = false;
  };

  void learn(const RecordView& record, State& state);
  void count(const RecordView& record);
  std::string demanded(const RecordView& record, const State& state) const;

  const Report& report_;
  size_t followed_max_;
  uint64_t unfollowed_ = 0;
  std::map<Epoch, State> states_;
  std::map<ExchangeId, std::string> open_;   // whose the exchanges are that have begun and not closed
  std::map<std::string, TenantVerified> tenants_;
  std::map<std::string, Damage> wrong_;      // the first record of each tenant that a given secret of his did not open
};

}  // namespace gatehouse::record
