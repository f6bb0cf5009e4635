// Old records deleted while the gateway runs: a pass now and then, on a job thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "config/config.h"
#include "control/job_thread.h"
#include "control/log.h"
#include "record/believed_clock.h"
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

/// clock_slack is how far (ns) the clock may be from when it was believed last, at a start that nobody else vouches for: what it
/// costs where it is wrong is records that are that much too young.
WallNs clock_slack(WallNs keep);

/// Retention sweeps the folder of records. Control thread; the passes run on a thread of their own.
class Retention {
 public:
  /// `notify` as JobThread. `log` outlives this. `synchronised` is asked on the job thread.
  Retention(int notify, Log& log, bool (*synchronised)() = record::clock_synchronised)
      : thread_(notify), log_(log), synchronised_(synchronised) {}

  /// look begins a pass when one is due: commands are looked for every few seconds, size every minute, age every minute to every
  /// hour, as it is short or long; age not while the clock is in doubt, as a clock that is ahead would have all records deleted:
  /// more than an hour ahead of the time that passed since the start; or, at the start, more than clock_slack ahead of when it was
  /// believed last, until the kernel calls it synchronised or a person confirms it.
  /// `attest` has a tombstone signed, on the job thread; empty: nobody signs. What it captures is its own.
  void look(const config::RecordSettings& records, MonotonicNs now, WallNs wall, record::Attest attest);
  /// in_doubt: nothing is deleted by age, though records.keep says so.
  bool in_doubt() const { return is_ahead_ || doubt_.has_value(); }
  void collect() { thread_.collect(); }
  void stop() { thread_.stop(); }

 private:
  struct Pass;
  void ended(const Pass& pass, WallNs wall);
  void tell_doubt(const Pass& pass);

  JobThread thread_;
  Log& log_;
  bool (*const synchronised_)();
  ClockWatch clock_;
  bool believed_ = false;        // the clock, once: then it goes on as time does
  std::optional<record::Doubt> doubt_;   // said once
  bool is_ahead_ = false;        // of the clock: said once
  bool running_ = false;
  MonotonicNs next_look_ = 0, next_size_ = 0, next_age_ = 0;
  std::string last_error_;   // said once
};

}  // namespace gatehouse::control
