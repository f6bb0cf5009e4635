// Counts of durations with three significant digits, whatever their size (log-linear, as HdrHistogram).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.h"

namespace gatehouse::load {

/// Histogram keeps counts of nanosecond values. Invariant: a bucket is never wider than 1/1024 of its
/// values, so that every percentile is right to three digits. Grows with the largest value. Value type.
class Histogram {
 public:
  void record(MonotonicNs value);
  void add(const Histogram& other);

  uint64_t count() const { return count_; }
  MonotonicNs min() const { return count_ == 0 ? 0 : min_; }
  MonotonicNs max() const { return max_; }
  double mean() const { return count_ == 0 ? 0 : sum_ / static_cast<double>(count_); }

  /// percentile returns the smallest recorded value (to three digits, its bucket's upper end, never more
  /// than the largest) that at least `percent` of all values do not exceed; 0 when there is none.
  MonotonicNs percentile(double percent) const;

  /// for_each visits the buckets that hold something, smallest first: largest value of the bucket, count.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (size_t index = 0; index < counts_.size(); ++index)
      if (counts_[index] != 0) visit(highest_of(index), counts_[index]);
  }

 private:
  static size_t index_of(MonotonicNs value);
  static MonotonicNs highest_of(size_t index);

  std::vector<uint64_t> counts_;
  uint64_t count_ = 0;
  MonotonicNs min_ = kNever;
  MonotonicNs max_ = 0;
  double sum_ = 0;
};

}  // namespace gatehouse::load
