// Workers with their record log, started and ended together; and the numbers that workers have.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "control/listeners.h"
#include "control/worker_thread.h"
#include "record/writer.h"

namespace gatehouse::control {

/// Place is what a worker's number stands for. Who has it next goes on with what the one before left: its counts, its
/// chain of records. Nobody has two.
struct Place {
  telemetry::WorkerMetrics metrics;
  LogQueue* log_lines = nullptr;
  WorkerThread* worker = nullptr;   // null: free
  uint64_t told_turns = 0;          // when the service manager was last told that all turn
  uint64_t turns = 0;               // seen last, and since when
  MonotonicNs since = 0;
  bool lost = false;                // its records did not end well: nobody gets it in this process
};

/// Places are all numbers that this process gave out. Control thread.
class Places {
 public:
  explicit Places(LogThread& log) : log_(log) {}

  /// at makes the place when there was none.
  Place& at(uint32_t number);
  /// worker is nullptr where nobody is.
  WorkerThread* worker(uint32_t number) const;
  /// taken are the numbers that a new worker must not get.
  std::vector<uint32_t> taken() const;
  /// working are the numbers that somebody has.
  std::vector<uint32_t> working() const;
  const std::vector<const telemetry::WorkerMetrics*>& metrics() const { return metrics_; }
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const auto& place : places_)
      if (place->worker != nullptr) visit(*place->worker);
  }

 private:
  LogThread& log_;
  std::vector<std::unique_ptr<Place>> places_;
  std::vector<const telemetry::WorkerMetrics*> metrics_;
};

/// free_numbers are the `count` lowest that are not taken (which is sorted).
std::vector<uint32_t> free_numbers(const std::vector<uint32_t>& taken, uint32_t count);

/// commits_now: some rule's records are durable before the answer leaves.
bool commits_now(const config::Config& config);

/// writer_options of a configuration, for workers with these numbers.
record::WriterOptions writer_options(const config::Config& config, const config::Snapshot& snapshot, std::vector<uint32_t> numbers);

/// start_writer is record::Writer::start, where a thread that cannot be had is an error, too.
Result<std::unique_ptr<record::Writer>, std::string> start_writer(const record::WriterOptions& options,
                                                                  const record::Beside& beside);

/// GenerationStart is what workers are started with; all of it but the snapshot outlives them.
struct GenerationStart {
  Places* places = nullptr;
  std::vector<int> cpus;
  int control_ring = -1;
  uring::RingFeatures ring_off;
  std::shared_ptr<const config::Snapshot> snapshot;   // the first one
  identity::LedgerRef ledger;                         // of now
};

/// Generation owns workers and their writer. They are ended before it goes. Control thread, but for close_records.
class Generation {
 public:
  enum class Stage : uint8_t {
    serving,    // takes new connections
    retiring,   // a later one does: ends what runs
    stopping,   // told to end at once
    closing,    // no worker is left: its records are ended, on a job thread
  };

  Generation(uint32_t number, std::vector<uint32_t> workers, std::shared_ptr<record::Writer> writer)
      : number_(number), workers_(std::move(workers)), writer_(std::move(writer)) {}
  Generation(const Generation&) = delete;

  /// start runs the threads; none accepts until accept(). After a failure some may run: tell them to stop.
  Result<Done, std::string> start(const GenerationStart& start);
  /// published: the first snapshot is kept by others from now on.
  void published() { first_ = nullptr; }
  /// accept: workers share the sockets of each listener. `with` is null or what they say `moved` of.
  void accept(const Listeners& listeners, const config::Snapshot* with = nullptr);
  void tell(const proxy::ToWorker& message);

  /// accepts: some of it may still accept.
  bool accepts() const { return let_go < threads_.size(); }

  /// ended: no thread runs any more. leave joins them and frees their places.
  bool ended() const;
  void leave(Places& places);

  /// close_records ends the records; false: not all could be written. Any thread, once, after leave().
  bool close_records() { return complete = writer_->stop(); }

  uint32_t number() const { return number_; }
  const std::vector<uint32_t>& workers() const { return workers_; }
  const std::vector<std::unique_ptr<WorkerThread>>& threads() const { return threads_; }
  const std::shared_ptr<record::Writer>& writer() const { return writer_; }

  Stage stage = Stage::serving;
  MonotonicNs deadline = kNever;   // of the stage
  uint32_t drained = 0;            // workers without anything left
  uint32_t let_go = 0;             // workers that accept nothing any more
  bool complete = false;           // all records were written
  record::WriterStats stats;       // from `closing` on: as it began

 private:
  const uint32_t number_;          // 1, 2, 3, ... within a process
  const std::vector<uint32_t> workers_;
  std::shared_ptr<record::Writer> writer_;
  std::shared_ptr<const config::Snapshot> first_;   // until it is published, or all threads have ended
  std::vector<std::unique_ptr<WorkerThread>> threads_;
};

}  // namespace gatehouse::control
