// One core's thread: ring, slabs, snapshot, sessions and the turn loop.
#pragma once

#include <memory>
#include <vector>

#include "proxy/session.h"

namespace gatehouse::worker {

/// kSpareLinks: half for clients that linger, half for idle origins.
inline constexpr uint32_t kSpareLinks = 64;
/// sockets_for is how many a ring must have for so many connections, each with one to an origin; at least those of
/// the default, so that a reload has room.
constexpr uint32_t sockets_for(uint32_t connections) {
  return (connections > Limits{}.connections ? connections : Limits{}.connections) * 2 + kSpareLinks;
}

/// connections_of is how many a ring with so many sockets was opened for.
constexpr uint32_t connections_of(uint32_t sockets) { return (sockets - kSpareLinks) / 2; }

/// WorkerParts is what a worker is given; all of it outlives the worker.
struct WorkerParts {
  uint32_t index = 0;
  uring::Ring* ring = nullptr;                 // opened on the worker's own thread
  record::RingLog* log = nullptr;
  record::RingLog* decisions = nullptr;        // null: decisions stand among the other records alone
  record::Urge* urge = nullptr;                // null: nobody hurries, records are durable when they are
  telemetry::WorkerMetrics* metrics = nullptr;
  proxy::WorkerQueue* inbox = nullptr;
  proxy::ControlQueue* outbox = nullptr;
  proxy::LogQueue* log_lines = nullptr;
  int control_ring = -1;                       // doorbell; -1: the control side looks by itself
  proxy::Descriptors listeners;                // to accept on at once; empty: none, until told
  const config::Snapshot* snapshot = nullptr;  // the first one
  identity::LedgerRef ledger;                  // the first one; null: nobody has a key, nobody is revoked
  size_t inspect_here = kInspectHere;   // bytes; larger bodies are inspected on a job thread
  uint32_t connections_max = UINT32_MAX;       // that the ring was opened for: no snapshot gives more
  uint64_t seed = 0;                           // secret random bits for exchange ids
};

/// Worker runs sessions. Only its own thread calls it. A turn: take all completions, mark operations
/// done, advance each touched session once, run timers, take messages, swap the snapshot, reclaim
/// what is closed. Submissions of a turn go to the kernel together at the start of the next.
class Worker {
 public:
  explicit Worker(const WorkerParts& parts);
  ~Worker();
  Worker(const Worker&) = delete;

  /// turn waits for work, at most until `until`, and does it. False once everything has ended.
  bool turn(MonotonicNs until);

  // What tests and the simulator check.
  uint32_t sessions() const { return sessions_.live(); }
  uint32_t links() const { return links_.live(); }
  size_t pools() const { return pools_.size(); }
  const proxy::Station& station() const { return station_; }
  bool draining() const { return station_.draining; }

 private:
  void take(const uring::Completion& completion);
  void accepted(const uring::Completion& completion);
  void arm_accepts();
  bool crowded() const;
  void begin_session(uint32_t listener, int descriptor);
  void turn_away(uint32_t listener, int descriptor, Reason reason);
  bool tell_turned_away(int descriptor, Reason reason);
  void touch(SlotId session);
  void step_touched();
  void timers();
  void messages();
  void publish(const config::Snapshot* snapshot);
  void bound_connections(uint32_t connections);
  void move_to(const proxy::Descriptors& listeners);
  bool accepts() const;
  bool empty() const;
  void inspected(proxy::Inspection& inspection);
  void proved(proxy::Proving& proving);
  void keys_asked(const proxy::ToWorker& message);
  void ledger_changed(identity::LedgerRef ledger);
  void show(const proxy::ToWorker& asked);
  void committed();
  MonotonicNs commit_look() const;
  void record_snapshots();
  bool settles();
  void let_go_of_old();
  void drop_unused_pools();
  void cancel_accepts();
  void retire();
  void start_drain();
  void stop_all();
  void gauges();
  net::OriginPool* pool_for(const config::Origin& origin, const Address& address, const Limits& limits);

  WorkerParts parts_;
  uring::Ring& ring_;
  TimingWheel wheel_;
  net::Links links_;
  proxy::Station station_;
  Slab<proxy::Session> sessions_;
  uint32_t clients_max_ = 0;       // links to clients, lingering ones included
  std::vector<SlotId> touched_;
  std::vector<SlotId> stepping_;
  std::vector<SlotId> gone_;
  std::vector<std::unique_ptr<proxy::Pinned>> snapshots_;   // the last is in force
  std::vector<std::unique_ptr<net::OriginPool>> pools_;
  /// Accepting is one descriptor; one that was left is accepted on until it is shut down, then its place is free.
  struct Accepting {
    uint32_t listener = 0;
    int descriptor = -1;
    bool armed = false;
    bool left = false;
  };
  std::vector<Accepting> accepting_;
  std::vector<std::pair<uint32_t, int>> for_want_of_room_;   // accepted in this turn: a message of it may give more room
  const config::Snapshot* moved_ = nullptr;   // what came with other listeners, until the control thread knows
  MonotonicNs next_sweep_ = 0;
  uint64_t tokens_before_[2] = {}, starved_before_ = 0;   // as who had this place before left them
  MonotonicNs accept_again_ = kNever;   // accepting pauses until then: descriptors or memory ran out
  uint64_t committed_ = 0;         // of both rings, when waiters were last told
  MonotonicNs commit_moved_ = 0;   // and when; or when nobody waited
  std::vector<const config::Snapshot*> unrecorded_;   // the ring had no room for them yet
  MonotonicNs settle_until_ = kNever;   // once it stops
  bool retiring_ = false;
  bool stopping_ = false;
  bool drained_told_ = false;
  bool let_go_told_ = false;
};

}  // namespace gatehouse::worker
