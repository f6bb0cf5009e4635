// What `gatehouse records what-if` prints: exchanges that would change, then counts. Never a value out of a body.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/what_if_bodies.h"

namespace gatehouse::cli {

/// WhatIfReport writes to stdout as it sees exchanges, and counts.
class WhatIfReport {
 public:
  /// `bodies`: they were looked at, which the counts then tell of.
  WhatIfReport(const Candidate& candidate, bool json, bool bodies) : candidate_(candidate), json_(json), bodies_(bodies) {}

  void see(const Judged& one);
  void sum() const;
  bool any() const { return changed_ > 0; }

 private:
  /// Bodies counts those of one kind.
  struct Bodies {
    uint64_t looked = 0;
    std::map<std::string, uint64_t> not_looked;
    void see(BodiesOutcome::Looked looked_at, const std::string& why_not);
    std::string text() const;
    std::string json() const;
  };

  std::vector<std::string> rules_of(const WhatIfOutcome& outcome) const;
  std::vector<std::string> names_of(uint64_t bits, const std::vector<ByteView>& names) const;
  void count(const Judged& one);
  void print(const Judged& one) const;
  void print_bodies(const BodiesOutcome& bodies) const;
  void print_json(const Judged& one) const;
  std::string bodies_json(const BodiesOutcome& bodies) const;
  void sum_json() const;

  const Candidate& candidate_;
  bool json_, bodies_;
  uint64_t judged_ = 0, changed_ = 0, verdicts_ = 0, origins_ = 0, masks_ = 0, guards_ = 0, heads_ = 0, refused_ = 0;
  uint64_t anew_ = 0, no_longer_ = 0, otherwise_ = 0, erased_ = 0;
  Bodies requests_, answers_;
  std::map<std::string, uint64_t> not_judged_;
};

}  // namespace gatehouse::cli
