#include "load/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace gatehouse::load {
namespace {

// Values below 2 * kHalf stand alone; each further power of two is cut into kHalf buckets.
constexpr unsigned kHalfBits = 10;
constexpr uint64_t kHalf = uint64_t{1} << kHalfBits;

}  // namespace

size_t Histogram::index_of(MonotonicNs value) {
  if (value < 2 * kHalf) return static_cast<size_t>(value);
  const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - (kHalfBits + 1);
  return static_cast<size_t>(shift * kHalf + (value >> shift));
}

MonotonicNs Histogram::highest_of(size_t index) {
  if (index < 2 * kHalf) return index;
  const uint64_t shift = index / kHalf - 1;
  const uint64_t lowest = (index - shift * kHalf) << shift;
  return lowest + ((uint64_t{1} << shift) - 1);
}

void Histogram::record(MonotonicNs value) {
  const size_t index = index_of(value);
  if (index >= counts_.size()) counts_.resize(index + kHalf, 0);
  ++counts_[index];
  ++count_;
  min_ = std::min(min_, value);
  max_ = std::max(max_, value);
  sum_ += static_cast<double>(value);
}

void Histogram::add(const Histogram& other) {
  if (other.counts_.size() > counts_.size()) counts_.resize(other.counts_.size(), 0);
  for (size_t index = 0; index < other.counts_.size(); ++index) counts_[index] += other.counts_[index];
  count_ += other.count_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
}

MonotonicNs Histogram::percentile(double percent) const {
  if (count_ == 0) return 0;
  const double wanted = std::ceil(percent / 100.0 * static_cast<double>(count_) - 1e-9);
  const uint64_t rank = std::clamp<uint64_t>(static_cast<uint64_t>(std::max(wanted, 1.0)), 1, count_);
  uint64_t seen = 0;
  for (size_t index = 0; index < counts_.size(); ++index) {
    seen += counts_[index];
    if (seen >= rank) return std::min(highest_of(index), max_);
  }
  return max_;
}

}  // namespace gatehouse::load
