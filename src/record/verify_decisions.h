// Decision records held against the request records that they go with, in the other epoch of the same worker.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "record/reader.h"

namespace gatehouse::record {

/// DecisionProof takes the records of all epochs, each epoch's in order. That a decision names another record is said at once; that
/// one of both is missing is said by settle(), where it can be known. Memory: what waits for its other half, at most kWaitingMax.
/// One thread.
class DecisionProof {
 public:
  using Report = std::function<void(const Damage&)>;
  static constexpr size_t kWaitingMax = 1 << 18;

  /// `report` outlives this.
  explicit DecisionProof(const Report& report) : report_(report) {}

  void see(const RecordView& record);

  /// leave: records of this epoch may be missing, which is said elsewhere or no finding: none of it is missed here.
  void leave(const Epoch& epoch) { left_.insert(worker_of(epoch)); }

  /// settle says what is missing. `ended` are all epochs, `erased` what tombstones say; note takes what could not be judged.
  void settle(const std::vector<Reader::Ended>& ended, const Erased& erased, const std::function<void(std::string)>& note);

  uint64_t decisions() const { return decisions_; }
  uint64_t bound() const { return bound_; }   // of them, whose request record is here and the one that they name

 private:
  struct Half {
    Chain chain{};           // of the request, or that the decision names
    bool names = false;      // the decision names one
    bool went_on = false;    // of the request: something of its body or answer was recorded
    bool answered = false;   // of the request: something that its origin said
    std::string file;
    uint64_t place = 0, sequence = 0;
  };
  struct Waiting {
    std::map<ExchangeId, Half> requests, decisions;
    bool whole = false, decisions_whole = false;   // ended, and nothing at the end can be missing
    bool marked = false;     // request records say that they have decisions: those of earlier gateways do not
    bool too_many = false;
    size_t count() const { return requests.size() + decisions.size(); }
  };

  /// worker_of is the worker's own epoch of both.
  static Epoch worker_of(const Epoch& epoch);
  void see_request(const RecordView& record, Waiting& waiting);
  void see_more(const RecordView& record);
  void see_decision(const RecordView& record, Waiting& waiting);
  void match(const RecordView& record, const Half& request, const Half& decision);
  void bound_memory(Waiting& waiting);
  void missing(const Epoch& epoch, const std::map<ExchangeId, Half>& halves, const char* one, const char* what);

  const Report& report_;
  std::map<Epoch, Waiting> waiting_;
  std::set<Epoch> left_;
  size_t total_ = 0;
  uint64_t decisions_ = 0, bound_ = 0;
};

}  // namespace gatehouse::record
