// How often one kind of log line is written, whoever causes it.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace gatehouse::telemetry {

/// LogPace lets one line through a second, and counts the others: a line that strangers can cause must not fill the disk.
/// A value; one thread.
class LogPace {
 public:
  /// due says whether to write now; *left_out is then how many were left out since the line before.
  bool due(MonotonicNs now, uint64_t* left_out) {
    if (now < next_) {
      ++left_out_;
      return false;
    }
    next_ = now + kNsPerSecond;
    *left_out = left_out_;
    left_out_ = 0;
    return true;
  }

 private:
  MonotonicNs next_ = 0;
  uint64_t left_out_ = 0;
};

}  // namespace gatehouse::telemetry
