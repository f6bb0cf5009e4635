#include "control/worker_thread.h"

#include <pthread.h>
#include <sched.h>

#include "crypto/digest.h"
#include "worker/worker.h"

namespace gatehouse::control {

namespace {

std::string feature_words(const uring::RingFeatures& features) {
  std::string words;
  const auto add = [&words](bool in_use, const char* name) {
    if (in_use) words.append(words.empty() ? "" : " ").append(name);
  };
  add(features.defer_taskrun, "defer_taskrun");
  add(features.no_sqarray, "no_sqarray");
  add(features.registered_ring, "registered_ring");
  add(features.restricted, "restricted");
  return words;
}

}  // namespace

std::unique_ptr<WorkerThread> WorkerThread::start(WorkerStart start) {
  std::unique_ptr<WorkerThread> worker(new WorkerThread(std::move(start)));
  worker->thread_ = std::thread([self = worker.get()] { self->run(); });
  return worker;
}

Result<Done, std::string> WorkerThread::await() {
  ready_.wait(false);
  if (!error_.empty()) return Failure{error_};
  return Done{};
}

WorkerThread::~WorkerThread() {
  if (thread_.joinable()) thread_.join();
}

void WorkerThread::run() {
  const auto say_ready = [this] {
    ready_.store(true);
    ready_.notify_one();
  };
  pthread_setname_np(pthread_self(), ("worker-" + std::to_string(start_.index)).c_str());
  if (start_.cpu >= 0) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<size_t>(start_.cpu), &set);
    sched_setaffinity(0, sizeof set, &set);  // only a hint: it works without
  }
  uring::RingOptions options;
  options.off = start_.ring_off;
  options.sockets = worker::sockets_for(start_.snapshot->limits.connections);
  auto ring = uring::Ring::open(options);
  if (!ring) {
    error_ = ring.error();
    ended_.store(true, std::memory_order_release);
    return say_ready();
  }
  ring_ = (*ring)->descriptor();
  features_ = feature_words((*ring)->features());
  const auto log = record::RingLog::open(start_.records, start_.sealer);
  const auto decisions = start_.decisions.empty() ? nullptr : record::RingLog::open(start_.decisions, start_.decision_sealer);
  {
    worker::WorkerParts parts;
    parts.index = start_.index;
    parts.ring = ring->get();
    parts.log = log.get();
    parts.decisions = decisions.get();
    parts.urge = start_.urge;
    parts.metrics = start_.metrics;
    parts.inbox = &inbox_;
    parts.outbox = &outbox_;
    parts.log_lines = start_.log_lines;
    parts.control_ring = start_.control_ring;
    parts.connections_max = worker::connections_of(options.sockets);
    parts.snapshot = start_.snapshot;
    parts.ledger = std::move(start_.ledger);
    parts.seed = crypto::random_u64();
    worker::Worker worker(parts);
    say_ready();
    while (worker.turn(kNever)) {
    }
  }
  ended_.store(true, std::memory_order_release);
  if (start_.control_ring >= 0) {
    // One more turn of the ring carries the last doorbell.
    (*ring)->ring_doorbell(start_.control_ring, start_.index);
    std::array<uring::Completion, 16> rest;
    (*ring)->wait(rest, 0);
  }
}

void WorkerThread::tell(proxy::ToWorker message) {
  waiting_.push_back(std::move(message));
  flush();
}

void WorkerThread::flush() {
  while (!waiting_.empty() && inbox_.push(std::move(waiting_.front()))) {
    waiting_.pop_front();
    told_ = true;
  }
}

}  // namespace gatehouse::control
