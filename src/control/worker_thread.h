// A worker on its thread, and the queues between it and the control thread.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "control/log.h"
#include "proxy/messages.h"
#include "telemetry/metrics.h"
#include "uring/ring.h"

namespace gatehouse::control {

/// WorkerStart is what a worker thread is made of.
struct WorkerStart {
  uint32_t index = 0;
  int cpu = -1;                                // pinned to it; -1: not
  ByteSpan records;                            // its ring for record::RingLog
  record::Sealer* sealer = nullptr;            // beside it, when records are sealed
  telemetry::WorkerMetrics* metrics = nullptr;
  LogQueue* log_lines = nullptr;
  int control_ring = -1;
  uring::RingFeatures ring_off;                // what the ring is to do without
  const config::Snapshot* snapshot = nullptr;  // the first one
  identity::LedgerRef ledger;                  // likewise
};

/// WorkerThread owns the thread, its ring (opened there) and its queues. Control thread.
class WorkerThread {
 public:
  /// start runs the thread, which accepts on nothing until it is told; await waits until it is ready, or fails with
  /// what the kernel refused.
  static std::unique_ptr<WorkerThread> start(WorkerStart start);
  Result<Done, std::string> await();
  ~WorkerThread();
  WorkerThread(const WorkerThread&) = delete;

  /// tell queues a message; when the worker's queue is full it waits here until flush().
  void tell(proxy::ToWorker message);
  void flush();
  /// told says that the worker has something to look at: ring its doorbell.
  bool take_told() { return std::exchange(told_, false); }

  bool hear(proxy::ToControl& message) { return outbox_.pop(message); }

  uint32_t number() const { return start_.index; }
  const telemetry::WorkerMetrics& metrics() const { return *start_.metrics; }
  int ring() const { return ring_; }
  const std::string& features() const { return features_; }
  bool ended() const { return ended_.load(std::memory_order_acquire); }
  void join() { thread_.join(); }

 private:
  explicit WorkerThread(WorkerStart start) : start_(std::move(start)) {}
  void run();

  WorkerStart start_;
  proxy::WorkerQueue inbox_{256};
  proxy::ControlQueue outbox_{1024};
  std::deque<proxy::ToWorker> waiting_;
  bool told_ = false;
  int ring_ = -1;
  std::string features_;
  std::string error_;                          // why it is not ready
  std::atomic<bool> ready_{false};             // or failed
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

}  // namespace gatehouse::control
