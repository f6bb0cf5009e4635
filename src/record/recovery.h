// What an earlier process left: rings that hold records no segment has, exchanges nobody closed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "record/folder.h"
#include "record/layout.h"

namespace gatehouse::record {

/// Recovered is what the new process has to know.
struct Recovered {
  struct Last {
    ExchangeId process;
    Chain chain{};
  };
  std::map<uint32_t, Last> last;   // by worker: the latest epoch and its last chain value
  ExchangeId latest;               // the latest process; the next one's id must sort behind it
  std::vector<std::string> notes;  // for the start-up log
};

/// recover makes every epoch of the folder whole: records that are only in a ring go to segments, a
/// torn tail is set aside, each exchange without a close gets one (reason process_ended), an end
/// record follows, the ring is removed. May be repeated after any interruption. The caller holds the
/// locks of both folders.
Result<Recovered, std::string> recover(const Descriptor& folder, const Descriptor& rings, WallNs now);

}  // namespace gatehouse::record
