// Telling another machine of each signed head: who sets the records back here cannot reach it there.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "control/front.h"
#include "control/job_thread.h"
#include "control/log.h"
#include "tls/settings.h"

namespace gatehouse::control {

/// WitnessStats is one reading; totals since start.
struct WitnessStats {
  bool on = false;
  uint64_t sent = 0;          // heads that it took
  uint64_t failures = 0;      // requests that failed; each is tried again
  uint64_t waiting = 0;       // heads that it has not taken yet
  uint64_t dropped = 0;       // heads given up because too many waited: later ones say all that they said
  MonotonicNs lag = 0;        // how long the oldest of them waits
  std::string error;          // of the last request, until one works. Printable
};

/// Witness POSTs heads, one behind the other in one body as they stand in a file, to records.witness. Any 2xx means that they
/// are kept. One request at a time; after a failure later and later, up to a minute. Never waited for. Control thread.
class Witness {
 public:
  static constexpr size_t kWaitingMax = 4096;          // heads
  static constexpr size_t kWaitingBytesMax = 64 << 20;
  static constexpr size_t kAtOnce = 1 << 20;           // bytes of one request, but for one head that is larger

  Witness(uring::Ring& ring, Front& front, JobThread& lookups, Log& log)
      : ring_(ring), front_(front), lookups_(lookups), log_(log) {}

  /// configure takes the URL, empty: none. What waits goes to the new one.
  void configure(const std::string& url);
  bool on() const { return !url_.host.empty(); }

  void add(std::vector<std::string> heads);
  /// poll sends what waits, when it is time; next says when that is.
  void poll();
  MonotonicNs next() const { return running_ || waiting_.empty() || !on() ? kNever : schedule_.due(); }

  /// finish sends what waits; blocks for kFinishPatience at most. Only when no turn will follow. False: not all was taken.
  bool finish();
  static constexpr MonotonicNs kFinishPatience = 3 * kNsPerSecond;

  WitnessStats stats() const;

 private:
  struct Waiting {
    std::string head;
    MonotonicNs since;
  };

  std::string body(size_t* heads) const;
  const tls::ClientSettings* settings(std::string* why);
  void send();
  void answered(const KeyFetch& answer);
  void failed(const std::string& why);
  void taken(size_t heads);

  uring::Ring& ring_;
  Front& front_;
  JobThread& lookups_;
  Log& log_;
  FetchUrl url_;                       // no host: there is no witness
  std::unique_ptr<tls::ClientSettings> tls_;
  std::deque<Waiting> waiting_;
  size_t waiting_bytes_ = 0;
  size_t under_way_ = 0;               // heads of the request that runs: the first ones
  bool running_ = false;
  size_t tries_ = 0;
  KeySchedule schedule_{0};
  WitnessStats stats_;
};

}  // namespace gatehouse::control
