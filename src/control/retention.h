// Old records deleted while the gateway runs: a pass now and then, on a job thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "config/config.h"
#include "control/job_thread.h"
#include "control/log.h"
#include "record/retention.h"

namespace gatehouse::control {

/// ClockWatch compares a wall clock with the time that passes. Control thread.
class ClockWatch {
 public:
  /// ahead is by how much (ns) the clock was set forward since the first call: how much further it came than time did. Below 0:
  /// back.
  int64_t ahead(MonotonicNs now, WallNs wall) {
    if (!begun_) begun_ = {now, wall};
    return static_cast<int64_t>((wall - begun_->second) - (now - begun_->first));
  }

 private:
  std::optional<std::pair<MonotonicNs, WallNs>> begun_;
};

/// Retention sweeps the folder of records. Control thread; the passes run on a thread of their own.
class Retention {
 public:
  /// `notify` as JobThread. `log` outlives this.
  Retention(int notify, Log& log) : thread_(notify), log_(log) {}

  /// look begins a pass when one is due: commands are looked for every few seconds, size every minute, age every minute to every
  /// hour, as it is short or long; age not while the clock is more than an hour ahead of the time that passed since the start, as
  /// whoever sets a clock forward would have all records deleted. `attest` has a tombstone signed, on the job thread; empty:
  /// nobody signs. What it captures is its own.
  void look(const config::RecordSettings& records, MonotonicNs now, WallNs wall, record::Attest attest);
  void collect() { thread_.collect(); }
  void stop() { thread_.stop(); }

 private:
  struct Pass;
  void ended(const Pass& pass, WallNs wall);

  JobThread thread_;
  Log& log_;
  ClockWatch clock_;
  bool is_ahead_ = false;        // of the clock: said once
  bool running_ = false;
  MonotonicNs next_look_ = 0, next_size_ = 0, next_age_ = 0;
  std::string last_error_;   // said once
};

}  // namespace gatehouse::control
