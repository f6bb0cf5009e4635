// One connection of the load tool and the request that is on it.
#pragma once

#include <optional>
#include <string>

#include "base/timing_wheel.h"
#include "http/body.h"
#include "http/h1_parser.h"
#include "load/tally.h"
#include "net/links.h"

namespace gatehouse::load {

class Run;

/// Mode is how a connection behaves. All but `plain` are the bad days of a server.
enum class Mode : uint8_t {
  plain,
  slow_reader,  // takes the answer at the pace
  slow_writer,  // sends the request at the pace
  drip,         // sends the request byte by byte, one a tick
  abort,        // leaves in the middle: of the request, then of the answer, in turn
  churn,        // connects, shakes hands and leaves: the handshake is what is timed
};

inline constexpr uint8_t kTimerClient = 3;

/// Client has at most one request at a time and at most one link; it opens the link when it needs one.
/// Owned by Run, one thread. Invariant: every begin() ends in exactly one count of its tally.
class Client {
 public:
  Client(uint32_t number, Run& run, Mode mode);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  Mode mode() const { return mode_; }
  bool busy() const { return busy_; }
  bool opening() const { return link_ != nullptr && !established_; }
  bool open() const { return established_; }

  /// prepare opens the connection ahead of the first request.
  void prepare();
  /// begin takes the next request; `intended` is when it should have been sent. Not while busy.
  void begin(uint64_t number, MonotonicNs intended);
  /// step goes on after the link had news, expired after the deadline.
  void step();
  void expired(MonotonicNs now);
  /// stop lets the connection go; a request on it is not counted any more.
  void stop();

  bool touched = false;   // for Run

 private:
  bool connect();
  bool establish();
  void write();
  void write_paced(size_t bytes);
  void read();
  bool take(ByteView bytes);          // false: the answer is over, good or not
  bool take_body(ByteView bytes);
  bool leave_in_the_middle();
  bool take_head(ByteView bytes);
  void answered();
  void fail(Failed why);
  void end_request();
  void let_go(bool gracefully);
  void tick(MonotonicNs now);
  bool slow() const { return mode_ == Mode::slow_reader || mode_ == Mode::slow_writer || mode_ == Mode::drip; }

  Run& run_;
  const uint32_t number_;
  const Mode mode_;
  net::Link* link_ = nullptr;
  bool established_ = false;
  bool busy_ = false;
  bool written_ = false;
  bool in_body_ = false;
  bool keep_ = true;
  bool coded_ = false;        // the answer's body is in a content coding
  bool resting_ = false;      // after a connection that could not be made
  uint16_t status_ = 0;
  uint64_t request_ = 0;
  MonotonicNs intended_ = 0;
  MonotonicNs deadline_ = kNever;
  size_t allowance_ = 0;      // slow reader: bytes that may be read
  std::string in_;            // an incomplete head
  std::string text_;          // what the checks read
  size_t body_at_ = 0;        // in text_
  std::string paced_;         // of a slow writer: what is still to be sent
  http::HeadScan scan_;
  http::BodyDecoder decoder_;
  TimerNode timer_;
};

}  // namespace gatehouse::load
