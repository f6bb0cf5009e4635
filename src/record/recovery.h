// What an earlier process left: rings that hold records no segment has, exchanges nobody closed.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "record/folder.h"
#include "record/head.h"

namespace gatehouse::record {

/// Recovered is what the new process has to know.
struct Recovered {
  struct Last {
    ExchangeId process;
    Chain chain{};
    uint64_t segment_bytes = 0, offset = 0, sequence = 0;   // where it ended
    std::vector<HeadDigest> digests;   // of records that no head had digests of, where the scope asks for them
  };
  std::map<uint32_t, Last> last;   // by worker: the latest epoch and its last chain value
  ExchangeId latest;               // the latest process; the next one's id must sort behind it
  std::vector<std::string> notes;  // for the start-up log
};

/// Scope says of which processes' epochs a folder is made whole.
struct Scope {
  std::set<ExchangeId> beside;    // lived at the same time as the latest: each may have left something open
  std::set<ExchangeId> not_these; // alive, or somebody else's
  const ExchangeId* only = nullptr;   // of this one alone
  uint64_t ring_bytes = 16 << 20;     // of each ring: no more was on its way to the disk at once
  bool digests = false;               // heads are signed: what the strict heads of a process lack is digested, for the next head
  bool has(const ExchangeId& process) const {
    return not_these.count(process) == 0 && (only == nullptr || *only == process);
  }
};

/// recover makes every epoch of the folder whole: records that are only in a ring go to segments, a
/// torn tail is set aside, each exchange without a close gets one (reason process_ended), an end
/// record follows, the ring is removed. May be repeated after any interruption. The caller holds the
/// locks of both folders. What is outside of `scope` is not touched.
/// Torn is also what has a hole: after a loss of power (there is no ring) pages of the last writes may be there or not,
/// in any mixture, and what follows the first hole was never durable. A hole with more records behind it than were on
/// their way at once is no torn write: it stays, as damage that verify names.
Result<Recovered, std::string> recover(const Descriptor& folder, const Descriptor& rings, WallNs now, const Scope& scope = {});

}  // namespace gatehouse::record
