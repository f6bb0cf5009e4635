// What came of the requests of one stretch of a run.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>

#include "load/histogram.h"

namespace gatehouse::load {

/// Failed says why an answer is not a good one. Each failed request is counted under one kind.
enum class Failed : uint8_t {
  connect,    // no connection
  tls,        // no TLS connection: the certificate, or the handshake
  closed,     // the connection ended before the answer was whole
  timeout,    // no whole answer in time
  malformed,  // not an HTTP/1.1 answer
  status,     // another status than expected
  body,       // another body than --expect-body
  forbidden,  // a value of --forbid in the answer
};
inline constexpr size_t kFailures = 8;
inline constexpr std::array<const char*, kFailures> kFailureNames = {"connect", "tls",    "closed", "timeout",
                                                                     "malformed", "status", "body",   "forbidden"};

/// Tally counts. Latencies are those of good answers only. Value type.
struct Tally {
  uint64_t sent = 0;
  uint64_t answers = 0;       // whole ones, good or not
  uint64_t good = 0;
  uint64_t in_time = 0;       // answers that came before the stretch ended
  uint64_t good_in_time = 0;  // good ones of them: the rate
  uint64_t aborted = 0;       // by us, on purpose
  uint64_t bytes_in = 0;
  uint64_t bytes_out = 0;
  uint64_t connections = 0;   // opened
  uint64_t unsent = 0;        // open loop: due, but no connection became free for them
  uint64_t late = 0;          // open loop: sent more than kLate after they were due
  std::array<uint64_t, kFailures> failures{};
  std::map<uint16_t, uint64_t> statuses;
  Histogram latency;          // from the intended send time to the last byte
  Histogram lag;              // open loop: from the intended send time to when this tool took note

  uint64_t failed() const {
    uint64_t sum = 0;
    for (uint64_t count : failures) sum += count;
    return sum;
  }
  void add(const Tally& other);
};

/// kLate is how late a request may be sent and still be on time.
inline constexpr MonotonicNs kLate = kNsPerMs;

}  // namespace gatehouse::load
