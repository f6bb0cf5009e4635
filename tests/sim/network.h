// The simulated network: a virtual clock, events in its order, and connections of two byte pipes.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"
#include "base/time.h"
#include "faults.h"
#include "random.h"
#include "trace.h"

namespace gatehouse::sim {

/// The wall clock's beginning in every world, January 2027.
inline constexpr WallNs kWorldBegins = 1'800'000'000 * kNsPerSecond;

/// misuse ends the process: the code under test broke the ring's contract. printf-like.
[[noreturn]] void misuse(const char* format, ...) __attribute__((format(printf, 1, 2)));

/// Watcher hears that something about its side of a connection may have changed. It is never called
/// from within a call of its own: every wake is an event.
class Watcher {
 public:
  virtual void wake(uint64_t cookie) = 0;

 protected:
  ~Watcher() = default;
};

/// Pipe is one direction of a connection: bytes on the way, bytes that have come, then an end.
/// Invariant: transit is in order of arrival; nothing comes after fin.
struct Pipe {
  struct Segment {
    MonotonicNs arrives;
    std::string bytes;
  };
  std::deque<Segment> transit;
  std::string ready;  // come and not yet read, from ready_start on
  size_t ready_start = 0;
  size_t in_transit = 0;
  size_t capacity = 64 * 1024;  // of transit and ready together
  MonotonicNs last_arrival = 0;
  bool fin_sent = false;  // the writer ended it
  bool fin_come = false;  // and the reader's side knows

  size_t unread() const { return ready.size() - ready_start; }
  size_t room() const {
    const size_t held = in_transit + unread();
    return held >= capacity ? 0 : capacity - held;
  }
};

/// Connection is a simulated TCP connection. Side 0 dialled, side 1 was listening.
struct Connection {
  struct Side {
    Pipe out;  // what this side writes
    Watcher* watcher = nullptr;
    uint64_t cookie = 0;
    bool closed = false;  // this side is gone
    int error = 0;        // pending: handed to the next operation, once (as sk_err)
    bool dead = false;    // a reset has come: nothing more goes in or out
    uint64_t written = 0;             // bytes, since ever
    uint64_t tampered_at = UINT64_MAX;  // this one of them is changed on the way
    Address address;
  };
  uint64_t id = 0;
  Side sides[2];
  MonotonicNs latency = 0;
  size_t segment_max = 65536;  // how the network chops what is written
  size_t chop_budget = 0;      // bytes that are chopped finely
};

class Network;

/// Wire is one end of a connection, for a ring's socket or a scripted end. Value; the connection
/// lives as long as somebody holds it or an event needs it. Results follow the kernel: bytes, 0 for
/// the end, or -errno (-EAGAIN: a wake will come).
class Wire {
 public:
  Wire() = default;
  Wire(Network* network, std::shared_ptr<Connection> connection, int side)
      : network_(network), connection_(std::move(connection)), side_(side) {}

  bool valid() const { return connection_ != nullptr; }
  uint64_t id() const { return connection_->id; }
  bool dialled() const { return side_ == 0; }  // this end began the connection
  const Address& other_address() const { return connection_->sides[1 - side_].address; }

  void watch(Watcher* watcher, uint64_t cookie);
  int64_t read(char* out, size_t room);
  int64_t write(ByteView bytes);
  void shutdown_write();  // FIN after what was written
  void close();           // FIN, or RST when something was left unread
  void reset();           // RST at once
  bool readable() const;  // read() would not say -EAGAIN
  bool writable() const;
  /// tamper changes one byte on the way: the one at `offset` of what this end (or the other) writes.
  void tamper(bool other, uint64_t offset) {
    connection_->sides[other ? 1 - side_ : side_].tampered_at = offset;
  }
  bool reset_by_other() const { return connection_->sides[side_].dead; }

 private:
  Network* network_ = nullptr;
  std::shared_ptr<Connection> connection_;
  int side_ = 0;
};

/// Listening is what a listener does with a connection that is coming: it takes the wire.
using OnConnection = std::function<void(Wire wire)>;

/// Network owns time and everything between the ends. One thread, one per run.
class Network {
 public:
  Network(uint64_t seed, bool print_trace);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// current is the network that rings opened now belong to.
  static Network* current();

  MonotonicNs now() const { return now_; }
  WallNs wall() const { return now_ + wall_offset_; }
  void jump_wall(int64_t by) { wall_offset_ += static_cast<uint64_t>(by); }

  Random& random() { return random_; }
  Faults& faults() { return faults_; }
  const Faults& faults() const { return faults_; }
  Trace& trace() { return trace_; }

  /// at runs `event` when the clock shows `when` (now at the earliest), never from within this call.
  void at(MonotonicNs when, std::function<void()> event);
  void after(MonotonicNs delay, std::function<void()> event) { at(now_ + delay, std::move(event)); }

  MonotonicNs next_event() const { return events_.empty() ? kNever : events_.top().when; }
  /// run_due runs every event that is due; advance_to moves the clock first, never back.
  void run_due();
  void advance_to(MonotonicNs when);

  /// serve makes `address` answer connections after the network's latency. A ring's connect() to an
  /// address that nobody serves is refused.
  void serve(const Address& address, OnConnection on_connection);
  bool served(const Address& address) const;
  /// dial connects; `done` gets 0 and the wire, or -errno. Faults of connecting are the caller's.
  void dial(const Address& from, const Address& to, std::function<void(int, Wire)> done);

  MonotonicNs draw_latency();
  uint64_t events_run() const { return events_run_; }

 private:
  friend class Wire;
  struct Event {
    MonotonicNs when;
    uint64_t tie;  // drawn: events of one instant have no natural order
    uint64_t sequence;
    std::function<void()> run;
    bool operator<(const Event& other) const {
      if (when != other.when) return when > other.when;
      if (tie != other.tie) return tie > other.tie;
      return sequence > other.sequence;
    }
  };
  void arrive(const std::shared_ptr<Connection>& connection, int from);
  void notify(const std::shared_ptr<Connection>& connection, int side);
  void send_reset(const std::shared_ptr<Connection>& connection, int from);
  std::shared_ptr<Connection> make_connection(const Address& from, const Address& to);

  Random random_;
  Faults faults_;
  Trace trace_;
  MonotonicNs now_ = 1'000'000'000;
  uint64_t wall_offset_ = kWorldBegins;
  std::priority_queue<Event> events_;
  uint64_t sequence_ = 0;
  uint64_t events_run_ = 0;
  uint64_t connections_ = 0;
  std::map<std::string, OnConnection> served_;
};

}  // namespace gatehouse::sim
