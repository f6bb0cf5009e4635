// Counters -> the Prometheus text format 0.0.4.
#pragma once

#include <array>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "telemetry/metrics.h"

namespace gatehouse::telemetry {

/// Exposition builds the text. Families are written one after the other, each with HELP and TYPE; units
/// are seconds and bytes. No label may come from a caller: never an identity, a path or an id.
class Exposition {
 public:
  using Labels = std::initializer_list<std::pair<ByteView, ByteView>>;

  /// counter and gauge begin a family and write its one sample without labels. Names come without the
  /// prefix gatehouse_; a counter's name ends in _total.
  void counter(ByteView name, ByteView help, uint64_t value);
  void gauge(ByteView name, ByteView help, double value);
  /// family begins a family ("counter", "gauge", "histogram") whose samples follow.
  void family(ByteView name, ByteView type, ByteView help);
  void sample(Labels labels, double value);
  void sample(Labels labels, uint64_t value);

  /// histogram writes one label's buckets, sum and count of the family that was begun. `counts` has
  /// kBuckets + 1 entries, not summed up.
  void histogram(ByteView label, ByteView value, std::span<const uint64_t> counts, uint64_t sum_ns);

  std::string take() { return std::move(text_); }

 private:
  void begin_sample(ByteView suffix, Labels labels);
  std::string text_;
  std::string name_;
};

/// expose_workers writes every metric of the workers but the latencies, summed over workers.
void expose_workers(Exposition& out, std::span<const WorkerMetrics* const> workers);

/// vacate: no worker counts here now; its gauges say so, totals stay.
void vacate(WorkerMetrics& metrics);

/// RouteSeries writes the latencies per route and keeps each route's histogram over reloads of the
/// configuration: the place of a route among the rules may change, its series may not. Control thread.
class RouteSeries {
 public:
  /// rename tells which label each place has from now on (routes in order, or rules where there are none; all places from
  /// kRoutes - 1 on share one label, "other"); counts up to now stay with the old labels.
  void rename(std::span<const WorkerMetrics* const> workers, std::vector<std::string> routes);
  void expose(Exposition& out, std::span<const WorkerMetrics* const> workers) const;

 private:
  struct Counts {
    std::array<uint64_t, Histogram::kBuckets + 1> buckets{};
    uint64_t sum_ns = 0;
    void add(const Counts& other);
    void subtract(const Counts& other);
  };
  using Series = std::vector<std::pair<std::string, Counts>>;
  static Counts read(std::span<const WorkerMetrics* const> workers, size_t place);
  /// add_current adds what was counted since the last rename to the series of each label.
  void add_current(std::span<const WorkerMetrics* const> workers, Series& series) const;

  std::vector<std::string> routes_;
  std::array<Counts, kRoutes> base_{};  // at the last rename
  Series finished_;                     // before it
};

}  // namespace gatehouse::telemetry
