// One run: ring, clients, the clock of arrivals, the turn.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "load/checks.h"
#include "load/client.h"
#include "load/origin.h"
#include "load/plan.h"
#include "load/usage.h"
#include "tls/settings.h"

namespace gatehouse::load {

/// RunWish is what a run is to do.
struct RunWish {
  Url url;
  const tls::ClientSettings* tls = nullptr;   // https only; outlives the run
  std::string server_name;
  uint32_t connections = 64;
  bool new_connections = false;
  MonotonicNs duration = 10 * kNsPerSecond;   // of each step
  MonotonicNs warmup = 0;
  MonotonicNs timeout = 30 * kNsPerSecond;    // of one request
  uint64_t requests = 0;                      // 0: duration decides
  std::vector<double> rates;                  // arrivals a second, one for each step; empty: closed loop
  Mode mode = Mode::plain;
  uint32_t mode_connections = 0;              // how many behave so
  uint64_t pace = 1024;                       // bytes a second of the slow modes
  std::vector<int> pids;                      // processes to watch
  std::function<void(const class Run&)> every_second;
};

/// Step is one stretch of the run with its own rate (0: closed loop).
struct Step {
  double rate = 0;
  MonotonicNs begin = 0;
  MonotonicNs end = kNever;
  Tally tally;
};

/// Run does the whole run on the calling thread. Latency counts from the intended send time: when a
/// request was due in the open loop, when its connection became free in the closed one.
class Run {
 public:
  Run(uring::Ring& ring, const RunWish& wish, const Plan& plan, Checks& checks, Origin* origin);
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  /// go returns when all is done (without clients: when the origin is interrupted), or when `signals` (a
  /// descriptor, -1: none) became readable.
  void go(int signals);

  const std::vector<Step>& steps() const { return steps_; }
  const Tally& side() const { return side_; }    // clients in a mode, while others are plain
  Tally total() const;
  double seconds() const;                        // measured ones
  double elapsed() const;                        // of them, so far
  const UsageSpan& usage() const { return usage_; }
  bool interrupted() const { return interrupted_; }
  uint64_t clients_open() const;

  // For clients.
  const RunWish& wish() const { return wish_; }
  const Plan& plan() const { return plan_; }
  Checks& checks() { return checks_; }
  net::Links& links() { return *links_; }
  TimingWheel& wheel() { return wheel_; }
  http::ResponseHead& head() { return head_; }
  ByteSpan scratch() { return {scratch_.get(), kScratchBytes}; }
  MonotonicNs clock() const;
  Tally& tally(const Client& client, MonotonicNs intended);
  MonotonicNs end_of(MonotonicNs intended) const;
  void freed(uint32_t client) { freed_.push_back(client); }
  void opened(Client& client);

 private:
  static constexpr size_t kScratchBytes = 128 * 1024;
  enum class Stage : uint8_t { connecting, running, draining, done };

  void turn(MonotonicNs until);
  void take(const uring::Completion& completion);
  void timers();
  void dispatch(MonotonicNs now);
  void dispatch_open(MonotonicNs now);
  void give(Client& client, MonotonicNs intended, MonotonicNs now);
  void plan_steps(MonotonicNs start);
  MonotonicNs due(uint64_t arrival) const;
  MonotonicNs wake() const;
  bool advance_stage(MonotonicNs now);
  void end_window();
  void wind_down();

  uring::Ring& ring_;
  RunWish wish_;
  const Plan& plan_;
  Checks& checks_;
  Origin* origin_;
  TimingWheel wheel_;
  std::unique_ptr<net::Links> links_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<uint32_t> touched_, stepping_;
  std::vector<uint32_t> freed_;           // without a request since the last turn
  std::vector<uint32_t> free_;            // open loop: plain clients without a request
  std::deque<MonotonicNs> waiting_;       // open loop: due, no client free
  std::vector<Step> steps_;
  Tally warmup_, side_;
  UsageSpan usage_;
  http::ResponseHead head_;
  std::unique_ptr<char[]> scratch_ = std::make_unique<char[]>(kScratchBytes + kSimdPadding);
  Stage stage_ = Stage::connecting;
  MonotonicNs connect_until_ = 0;
  MonotonicNs drain_until_ = 0;
  MonotonicNs next_second_ = 0;
  uint64_t sent_ = 0;
  uint64_t measured_ = 0;                 // requests that count, sent or due since the warm-up
  size_t arrival_step_ = 0;
  uint64_t arrivals_ = 0;                 // of the step
  bool measuring_ = false;
  bool interrupted_ = false;
  bool crowded_ = false;                  // the last turn had as many completions as it could take
};

}  // namespace gatehouse::load
