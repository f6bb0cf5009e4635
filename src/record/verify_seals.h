// The sealed parts of records: what was opened, what was not, and what should have been sealed.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "record/reader.h"
#include "record/tier.h"
#include "record/verify.h"

namespace gatehouse::record {

/// Demands is what the configuration in force demands of records, as the last snapshot record of an epoch says.
struct Demands {
  bool known = false;       // there was such a record
  bool sealed = false;      // records must be sealed
  bool all = false;         // who called, too
  uint64_t auditors = 0;    // that can open, at least
  bool heads = false, strict = false;
};

/// read_demands reads the sections `demands` of a snapshot record, records.NAME=VALUE as the configuration writes it; what is not
/// known is passed over.
Demands read_demands(ByteView payload);

/// SealProof judges the records of all epochs. One thread.
class SealProof {
 public:
  using Report = std::function<void(const Damage&)>;

  /// `report` outlives this.
  explicit SealProof(const Report& report) : report_(report) {}

  void see(const RecordView& record, const std::vector<Recipient>& recipients);

  /// beside_damaged: what `records rewrap` laid beside a segment is not as it was written.
  void beside_damaged() { beside_damaged_ = true; }

  const TierVerified& operations() const { return operations_; }
  const TierVerified& auditor() const { return auditor_; }
  bool heads_demanded() const { return heads_demanded_; }
  /// judge_keys says which of the given keys nothing here was sealed for; `tell` takes the sentence.
  void judge_keys(const OpenKeys& keys, const std::function<void(std::string)>& tell) const;
  /// strict_demanded says whether a configuration of this epoch demanded digests.
  bool strict_demanded(const Epoch& epoch) const {
    const auto state = states_.find(epoch);
    return state != states_.end() && state->second.strict;
  }

 private:
  struct State {
    Demands demands;
    bool sealing = false;             // a keys record was seen
    bool strict = false;              // a snapshot record demanded digests
    bool ending = false;              // recovery closed what was open: nothing of a worker follows
    uint64_t key_epoch = 0;           // of the last keys record
    bool told_wrong_key = false, told_no_keys = false, told_clear = false, told_section = false, told_auditors = false;
  };

  void count(const RecordView& record, Tier tier, Seal seal, TierVerified* counts, State& state);
  void look_into(const RecordView& record, State& state);
  void judge_clear(const RecordView& record, State& state, Tier found, bool who);
  void judge_place(const RecordView& record, State& state);
  void tell(const RecordView& record, Change change, std::string what);

  const Report& report_;
  std::map<Epoch, State> states_;
  TierVerified operations_, auditor_;
  std::set<KeyBytes> recipients_;   // of all segments, also those that `records rewrap` let in
  bool heads_demanded_ = false;
  bool beside_damaged_ = false;
};

}  // namespace gatehouse::record
