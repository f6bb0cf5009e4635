// Counters of one worker: written by it alone, read by the control thread at any time.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/reason.h"
#include "base/time.h"

namespace gatehouse::telemetry {

/// Counter has one writer, so that adding is a plain load and store (no locked instruction).
class Counter {
 public:
  void add(uint64_t amount = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  void set(uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

/// Histogram of latencies: bucket i counts values <= 25 us * 2^i; 23 buckets reach 105 s, one more
/// takes the rest.
class Histogram {
 public:
  static constexpr size_t kBuckets = 23;
  static constexpr uint64_t kFirstNs = 25'000;

  void add(uint64_t ns) {
    size_t bucket = 0;
    for (uint64_t bound = kFirstNs; bucket < kBuckets && ns > bound; bound *= 2) ++bucket;
    counts_[bucket].add();
    sum_.add(ns);
  }
  uint64_t count(size_t bucket) const { return counts_[bucket].get(); }
  uint64_t sum_ns() const { return sum_.get(); }
  static constexpr uint64_t bound_ns(size_t bucket) { return kFirstNs << bucket; }

 private:
  std::array<Counter, kBuckets + 1> counts_;
  Counter sum_;
};

/// reason_index maps a reason to its place in the list of reasons; kReasons of them.
#define GH_COUNT(name, code, http_status, text) +1
inline constexpr size_t kReasons = 0 GATEHOUSE_REASONS(GH_COUNT);
#undef GH_COUNT
size_t reason_index(Reason reason);
/// reason_at is the inverse of reason_index.
Reason reason_at(size_t index);

/// kRoutes is how many routes (rules, where there are none) have a latency histogram of their own; those beyond share the last.
inline constexpr size_t kRoutes = 64;

/// WorkerMetrics is one worker's. Totals grow; gauges are set.
struct WorkerMetrics {
  Counter sessions_opened, sessions_closed, sessions_refused, accept_pauses, proxy_headers_refused;
  Counter handshakes, handshakes_failed, handshakes_resumed;
  Counter exchanges_begun, exchanges_ended;
  Counter client_bytes_in, client_bytes_out;     // body bytes: requests taken, answers delivered
  Counter origin_connects, origin_connects_failed, origin_reused, origin_resent;
  Counter token_hits, token_misses;
  Counter guard_checks, guard_hits, guard_aways, mask_bodies, mask_changes, mask_streams;
  Counter holds, hold_grants, hold_denials, hold_expiries, hold_cancellations;
  Counter record_waits, record_failures, record_gaps;
  Counter receive_starved;
  Counter turns, log_lines_lost;
  Counter sessions_now, exchanges_held_now, receive_buffers_free, body_bytes_now, mask_streams_now;   // gauges
  Counter snapshot_version;                                                         // gauge
  std::array<Counter, kReasons> ended_by_reason;  // exchanges by their reason, `none` included
  std::array<Counter, kReasons> sessions_by_reason;   // connections that ended, or were not let in, without an exchange
  std::array<Histogram, kRoutes> exchange_seconds;
};

}  // namespace gatehouse::telemetry
