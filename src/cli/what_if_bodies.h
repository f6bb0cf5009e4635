// The bodies of recorded exchanges through a candidate's guards and masks, as far as the records hold them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/exchange_then.h"
#include "cli/records.h"
#include "cli/what_if.h"
#include "cli/what_if_answer.h"

namespace gatehouse::cli {

/// BodiesOutcome is what came of looking at one exchange's bodies.
struct BodiesOutcome {
  enum class Looked : uint8_t { nothing_to, yes, no };   // nothing_to: no guard and no mask would have looked, nor did then
  Looked request = Looked::nothing_to, answer = Looked::nothing_to;
  std::string request_not, answer_not;       // why not
  bool erased = false;                       // secrets were taken out of the request: there what was found then counts, too
  std::vector<GuardFinding> found_anew, found_no_more;   // in either
  Reason answer_was = Reason::none;          // why the answer was refused
  AnswerNow now;                             // of the answer

  bool answer_changes() const { return answer == Looked::yes && (answer_was != now.reason || now.body_changes()); }
  bool head_changes() const { return answer == Looked::yes && now.reason == Reason::none && now.head_changes(); }
};

/// Judged is one exchange: what is known of it, and what would become of it.
struct Judged {
  Row row;
  WhatIfOutcome outcome;
  BodiesOutcome bodies;
  bool changes() const {
    return outcome.changes() || bodies.answer_changes() || bodies.head_changes() || !bodies.found_anew.empty() ||
           !bodies.found_no_more.empty();
  }
};

/// WhatIfBodies reads the records of a batch of exchanges twice: what there is, then the bodies. Memory: the heads of a batch;
/// kLive exchanges at once, what they hold of bodies kHeldMost together or one alone. What finds no room waits for the next pass.
/// One thread.
class WhatIfBodies {
 public:
  static constexpr size_t kBatch = 1024;
  static constexpr size_t kLive = 64;
  static constexpr uint64_t kHeldMost = uint64_t{128} << 20;

  /// All outlive this; `what_if` judges by the same candidate.
  WhatIfBodies(const RecordsPlace& place, const config::Snapshot& candidate, const Candidate& names, WhatIf& what_if);
  ~WhatIfBodies();

  /// wanted: there is something to look at, in the records at least.
  bool wanted(const Judged& one) const;

  /// look judges again those of the batch that are wanted(), by what their bodies hold. An ExitCode.
  int look(std::vector<Judged>& batch);

 private:
  struct Run;
  int read_what_there_is(std::vector<Judged>& batch);
  int read_bodies();
  void plan(Run& run);
  void plan_request(Run& run);
  void plan_answer(Run& run);
  bool begin(Run& run);
  void see(Run& run, const record::RecordView& view);
  void end(Run& run);
  Inspected inspect(Run& run);
  void settle(Run& run);
  policy::Facts facts_of(const Run& run) const;

  const RecordsPlace& place_;
  const config::Snapshot& snapshot_;
  const Candidate& names_;
  WhatIf& what_if_;
  Tools tools_;
  std::map<ExchangeId, std::unique_ptr<Run>> runs_;
  size_t live_ = 0;
  uint64_t held_ = 0;
};

}  // namespace gatehouse::cli
