// CPU and memory, of ourselves and of processes that are watched, from the scheduler's own counts.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"

namespace gatehouse::load {

/// OwnUsage is this thread's time on a core, and waiting for one that somebody else used.
struct OwnUsage {
  uint64_t cpu_ns = 0;
  uint64_t waiting_ns = 0;
};
OwnUsage own_usage();

/// ProcessUsage sums over processes and their children, with what threads took that have ended; not what children took that have.
struct ProcessUsage {
  uint64_t cpu_ns = 0;
  uint64_t rss_bytes = 0;
  bool alive = true;   // all of them could be read
};
ProcessUsage process_usage(const std::vector<int>& pids);

/// UsageSpan is what was used in the measured stretch.
struct UsageSpan {
  MonotonicNs began = 0, ended = 0;
  OwnUsage own_before, own_after;
  ProcessUsage before, after;
  uint64_t rss_max_bytes = 0;

  double wall() const { return ended > began ? static_cast<double>(ended - began) : 0; }
  double cpu_share() const;       // of one core, 0..1
  double waiting_share() const;
  uint64_t process_cpu_ns() const;   // 0: nothing, or a process ended meanwhile and took its count with it
};

}  // namespace gatehouse::load
