// What goes wrong in the simulated world, how often, and how often it did.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "random.h"

namespace gatehouse::sim {

/// X(name, the largest rate in 10,000, what it means). A seed draws its own rate for every kind.
#define SIM_FAULTS(X)                                                                               \
  X(late_completion, 4000, "a completion is handed over later than it happened")                    \
  X(reordered_completion, 10000, "completions of different sockets change places")                  \
  X(small_batch, 5000, "wait returns fewer completions than there are")                             \
  X(spurious_return, 300, "wait returns with nothing and before its time")                          \
  X(short_send, 600, "a send takes only a part")                                                    \
  X(short_receive, 3000, "a receive brings less than has come")                                     \
  X(no_buffer, 300, "a receive finds no buffer although some are free")                             \
  X(receive_ended, 300, "a multishot receive ends with its data")                                   \
  X(accept_ended, 600, "a multishot accept ends with an error")                                     \
  X(adopt_failed, 600, "the client is gone between accept and adopt")                               \
  X(ring_overrun, 60, "the completion queue overflows: what repeats ends, the rest comes late")     \
  X(cancel_race, 5000, "cancel comes while its target is already running")                          \
  X(connect_refused, 500, "the origin refuses the connection")                                      \
  X(connect_timeout, 400, "the origin does not answer the connection")                              \
  X(client_reset, 400, "a client resets in mid stream")                                             \
  X(client_left, 400, "a client closes before its answer is whole")                                 \
  X(client_left_held, 4000, "a client leaves while its exchange is held")                           \
  X(client_half_close, 800, "a client sends FIN after its requests and reads on")                   \
  X(client_malformed, 4000, "a client sends what is not HTTP")                                       \
  X(client_stall, 600, "a client stops in the middle of a request")                                 \
  X(slow_reader, 1500,"an end takes its bytes drop by drop")                                        \
  X(narrow_link, 1500, "a connection carries little and takes its time")                            \
  X(handshake_reset, 4000, "a client resets within the TLS handshake")                              \
  X(tampered, 5000, "a byte of a TLS connection is changed on the way")                             \
  X(origin_handshake, 5000, "an origin breaks the TLS handshake, or is somebody else")              \
  X(origin_reset, 400, "the origin resets in mid answer")                                           \
  X(origin_closes_early, 500, "the origin closes before its answer is whole")                       \
  X(origin_closes_idle, 1500, "the origin closes a kept connection")                                \
  X(origin_garbage, 2000, "the origin answers with what is not HTTP")                                \
  X(origin_slow, 1000, "the origin takes its time, or more than it has")                            \
  X(origin_early_answer, 500, "the origin answers before it has the whole request")                 \
  X(clock_jump, 400, "the wall clock jumps")                                                        \
  X(writer_lags, 300, "the record writer stops for a while")                                        \
  X(record_full, 1, "an exchange waits for room in the records (block)")                            \
  X(record_full_closed, 1, "an exchange finds no room in the records (fail_closed)")                \
  X(record_failed, 60, "the record log takes nothing for a while")                                  \
  X(late_approval, 4000, "an approval comes after the hold has ended")                              \
  X(late_inspection, 4000, "a job thread takes longer than an exchange waits")                       \
  X(snapshot_swap, 300, "a new snapshot comes in mid flight")                                       \
  X(snapshot_swap_held, 1, "and an exchange is held under the one before")                          \
  X(drain_busy, 1, "the gateway drains while exchanges are under way")                              \
  X(retire_busy, 1, "workers retire while exchanges are under way")                                    \
  X(drain_held, 1, "the gateway drains while an exchange is held")                                  \
  X(stop_busy, 1, "the gateway stops while exchanges are under way")                                \
  X(request_framing, 1, "a length with chunks, or chunks of HTTP/1.0")                              \
  X(request_length, 1, "a length twice, as a list, signed, too large")                              \
  X(request_encoding, 1, "another coding than one chunked")                                         \
  X(request_line_end, 1, "a bare CR or LF in a head")                                               \
  X(request_field, 1, "a broken field line")                                                        \
  X(request_host, 1, "no Host, two, or another than the target's")                                  \
  X(request_target, 1, "a path with two readings")                                                  \
  X(request_start, 1, "a broken first line")                                                        \
  X(request_upgrade, 1, "an upgrade, a tunnel, TRACE, HTTP/2")                                      \
  X(request_chunk, 1, "broken chunks or trailers")                                                  \
  X(request_size, 1, "a head beyond its limits")                                                    \
  X(answer_framing, 1, "an answer with two framings")                                               \
  X(answer_start, 1, "an answer with a broken first line")                                          \
  X(answer_field, 1, "an answer with a broken field line")                                          \
  X(answer_interim, 1, "101, or 1xx with a body or without end")                                    \
  X(answer_bodiless, 1, "204 or 205 with a body")                                                   \
  X(answer_chunk, 1, "an answer with broken chunks")                                                \
  X(revocation, 1, "the callers are revoked for a while")                                           \
  X(revocation_idle, 1, "a request of somebody who is revoked is refused")                          \
  X(revocation_busy, 1, "and exchanges are under way")                                              \
  X(revocation_body, 1, "and one of them is in the middle of a body")                               \
  X(revocation_held, 1, "and one of them is held")                                                  \
  X(token_given, 1, "a token is given for an assertion")                                            \
  X(token_refused, 1, "a token is refused")                                                         \
  X(token_late, 1, "a job thread takes longer over an assertion than its exchange waits")           \
  X(token_unseen, 1, "a token that was made comes to nobody")

enum class Fault : uint8_t {
#define SIM_FAULT(name, rate, text) name,
  SIM_FAULTS(SIM_FAULT)
#undef SIM_FAULT
};
#define SIM_FAULT(name, rate, text) +1
inline constexpr size_t kFaults = 0 SIM_FAULTS(SIM_FAULT);
#undef SIM_FAULT

const char* fault_name(Fault fault);
const char* fault_text(Fault fault);  // what it means, in a few words

/// Faults draws for one run. Kinds are switched on and off per seed (a world where everything breaks
/// at once hides what breaks rarely), so every kind has its own rate, often zero.
class Faults {
 public:
  Faults() : random_(0) {}

  /// draw gives every kind a rate for this seed. `severity` 0 = a perfect world.
  void draw(Random random, unsigned severity);
  void set_rate(Fault fault, uint32_t in_10000) { rate_[static_cast<size_t>(fault)] = in_10000; }

  /// hit says whether the fault happens now, and counts it when it does.
  bool hit(Fault fault);
  /// count notes a fault that came about without hit().
  void count(Fault fault) { ++counts_[static_cast<size_t>(fault)]; }

  const std::array<uint64_t, kFaults>& counts() const { return counts_; }

 private:
  Random random_;
  std::array<uint32_t, kFaults> rate_{};
  std::array<uint64_t, kFaults> counts_{};
};

}  // namespace gatehouse::sim
