// Old records deleted while the gateway runs: a pass now and then, on a job thread.
#pragma once

#include <functional>
#include <string>

#include "config/config.h"
#include "control/job_thread.h"
#include "control/log.h"
#include "record/retention.h"

namespace gatehouse::control {

/// Retention sweeps the folder of records. Control thread; the passes run on a thread of their own.
class Retention {
 public:
  /// `notify` as JobThread. `log` outlives this.
  Retention(int notify, Log& log) : thread_(notify), log_(log) {}

  /// look begins a pass when one is due: commands are looked for every few seconds, size every minute, age every minute to every
  /// hour, as it is short or long. `attest` has a tombstone signed, on the job thread; empty: nobody signs. What it captures is
  /// its own.
  void look(const config::RecordSettings& records, MonotonicNs now, WallNs wall, record::Attest attest);
  void collect() { thread_.collect(); }
  void stop() { thread_.stop(); }

 private:
  struct Pass;
  void ended(const Pass& pass, WallNs wall);

  JobThread thread_;
  Log& log_;
  bool running_ = false;
  MonotonicNs next_look_ = 0, next_size_ = 0, next_age_ = 0;
  std::string last_error_;   // said once
};

}  // namespace gatehouse::control
