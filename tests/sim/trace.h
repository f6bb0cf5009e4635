// The simulator's story of a run: one aligned line per event, printed on demand, always digested.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/time.h"

namespace gatehouse::sim {

/// Trace prints events when told to and keeps a digest of them and of all bytes on the wires, so that two
/// runs can be compared without keeping their lines. It never holds anything that differs between equal
/// runs: no address in memory, no real time.
class Trace {
 public:
  explicit Trace(bool print = false) : print_(print) {}

  /// line notes one event: when, who ("ring 0", "client 3"), what ("recv"), and details.
  void line(MonotonicNs at, const char* who, uint64_t number, const char* what, const char* format = "", ...)
      __attribute__((format(printf, 6, 7)));

  /// bytes takes what was written to a wire into the digest.
  void bytes(ByteView written);

  uint64_t digest() const { return digest_; }
  uint64_t lines() const { return lines_; }
  bool printing() const { return print_; }

 private:
  bool print_;
  uint64_t digest_ = 0xcbf29ce484222325;
  uint64_t lines_ = 0;
};

}  // namespace gatehouse::sim
