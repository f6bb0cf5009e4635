// The simulator's only source of chance: one seed, one run.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "base/assert.h"

namespace gatehouse::sim {

/// Random is splitmix64: small, fast, the same on every machine. Value type.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    uint64_t z = state_;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }

  /// below returns 0 .. bound-1; bound > 0.
  uint64_t below(uint64_t bound) {
    GH_ASSERT(bound > 0);
    return next() % bound;
  }
  /// between returns low .. high, both included.
  uint64_t between(uint64_t low, uint64_t high) { return low + below(high - low + 1); }
  /// chance is true `part` times in `whole`.
  bool chance(uint64_t part, uint64_t whole) { return part > 0 && below(whole) < part; }
  /// one_of picks one of the values.
  template <typename T>
  T one_of(std::initializer_list<T> values) {
    return values.begin()[below(values.size())];
  }
  /// fork starts an independent stream, so that one actor's draws do not move another's.
  Random fork() { return Random(next()); }

 private:
  uint64_t state_;
};

}  // namespace gatehouse::sim
