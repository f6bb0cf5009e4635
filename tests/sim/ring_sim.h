// The simulated ring: what src/uring/ring_linux.cc is to the kernel, this is to sim::Network.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "network.h"
#include "uring/ring.h"

namespace gatehouse::sim {

/// Kernel is the network plus what the rings need of a kernel: plain descriptors and a way to sleep.
class Kernel : public Network {
 public:
  Kernel(uint64_t seed, bool print_trace) : Network(seed, print_trace) {}
  static Kernel* current() { return static_cast<Kernel*>(Network::current()); }

  /// open_listener makes a plain listening descriptor at `address`. Several listeners of one address
  /// share its connections (SO_REUSEPORT), drawn by chance. close_listener resets what waits there.
  int open_listener(const Address& address);
  void close_listener(int descriptor);
  /// open_signal makes a plain descriptor for watch(); signal() makes it readable.
  int open_signal();
  void signal(int descriptor);

  /// Bounds laid on every ring opened from here on: small pools make exhaustion usual.
  uint32_t buffers_hot_max = UINT32_MAX;
  uint32_t buffers_overflow_max = UINT32_MAX;
  uint32_t sockets_max = UINT32_MAX;

  /// sleep is called when a ring has nothing to hand over before `until`; it comes back when that may
  /// have changed. Unset: the ring itself moves the clock, for tests with one ring.
  std::function<void(uring::Ring::State& ring, MonotonicNs until)> sleep;

  /// on_transmit sees bytes at the moment they leave a ring for the network.
  std::function<void(uring::Ring::State& ring, const Wire& wire, ByteView bytes)> on_transmit;

  // What rings use.
  struct Listener {
    std::string key;
    std::deque<Wire> backlog;
    uring::Ring::State* armed = nullptr;
    uint64_t token = 0;
  };
  std::map<int, Listener> listeners;
  std::map<int, Wire> accepted;  // descriptors between accept and adopt
  std::map<int, std::pair<uring::Ring::State*, uint64_t>> watched;
  std::set<int> signalled;
  std::map<int, uring::Ring::State*> rings;

  int new_descriptor() { return next_descriptor_++; }

 private:
  void incoming(const std::string& key, Wire wire);
  int next_descriptor_ = 1 << 20;  // far from real ones: a real close() of it fails and does no harm
};

}  // namespace gatehouse::sim

namespace gatehouse::uring {

/// Ring::State is the simulated kernel's side of one ring. All contract checks are here; a breach
/// ends the process with a line that names it.
struct Ring::State final : sim::Watcher {
  explicit State(sim::Kernel& owner, const RingOptions& wanted);
  ~State();

  /// Flight is one submitted operation, until its last completion is handed over.
  struct Flight {
    Token token;
    uint64_t serial = 0;  // tells uses of one token apart
    int32_t socket = -1;
    bool active = false;  // the kernel has it; false: its last completion waits
    Recv mode = Recv::repeat;
    bool overflow_group = false;  // recv: from which buffers
    const msghdr* message = nullptr;
    const Address* to = nullptr;
    uint64_t checksum = 0;       // of the lent memory
    size_t total = 0, done = 0;  // send
    size_t short_at = SIZE_MAX;  // send: stop here (injected)
    int descriptor = -1;         // accept, watch
  };
  struct Submission {
    enum class Kind : uint8_t { operation, cancel, shutdown, reset, close, doorbell } kind;
    Token token;
    int32_t socket = -1;
    uint64_t target = 0;  // cancel: packed token
    int ring = -1;        // doorbell
    uint32_t value = 0;
  };
  struct Cell {
    bool used = false;
    bool closing = false;
    bool connected = false;
    bool reset = false;   // the connection ends with RST at the close, which follows
    uint32_t epoch = 0;
    uint32_t in_flight = 0;
    sim::Wire wire;
    uint64_t recv = 0, send = 0, connect = 0;  // packed tokens of active operations, 0 none
  };
  struct Pending {
    Completion completion;
    MonotonicNs at;
    uint64_t stream;  // completions of one stream keep their order
    uint64_t sequence;
    int32_t socket;
  };
  enum class Buffer : uint8_t { kernel, posted, user };

  // Called by the world.
  bool deliverable() const;  // something could be handed over now
  MonotonicNs next_pending() const;
  MonotonicNs wakes_at = 0;                            // until, of the wait() that sleeps
  size_t in_flight() const { return flights.size(); }  // but cancels: see Cell::in_flight
  uint32_t open_sockets() const;
  uint32_t held_buffers() const { return held; }
  size_t queued() const { return submissions.size(); }

  void wake(uint64_t cookie) override;

  // submission (ring_sim.cc)
  Flight& begin(Token token, int32_t socket);
  Cell& cell_of(int32_t socket, const char* what);
  void submit_all();
  void start(const Submission& submission);
  void start_connect(Flight& flight);
  void start_accept(Flight& flight);
  void start_cancel(const Submission& submission);
  void finish_canceled(uint64_t packed, uint64_t serial);
  void start_close(const Submission& submission);

  // the kernel's work (ring_sim_pump.cc)
  void pump_recv(int32_t socket);
  void pump_send(int32_t socket);
  void accept_next(int descriptor);
  void post(const Flight& flight, int32_t result, uint16_t buffer, bool more, MonotonicNs at_least = 0);
  void post_plain(Token token, int32_t result, uint64_t stream, int32_t socket);
  size_t hand_over(std::span<Completion> out);
  void settle(const Pending& pending);
  int take_buffer(bool overflow_group);
  static uint64_t digest_of(const msghdr* message, size_t* total);
  static uint64_t digest_of(const Address* address);

  sim::Kernel& kernel;
  int descriptor;
  uint64_t id;  // small number for the trace
  RingOptions options;
  MonotonicNs now = 0;
  WallNs wall = 0;

  std::vector<Cell> cells;
  std::vector<int32_t> free_cells;
  std::map<uint64_t, Flight> flights;
  std::vector<Submission> submissions;
  std::vector<Pending> pending;
  std::map<uint64_t, MonotonicNs> stream_last;
  uint64_t sequence = 0;
  size_t cancels = 0;  // submitted, not handed over
  MonotonicNs overrun_until = 0;  // the completion queue is full: nothing that repeats goes on

  std::unique_ptr<char[]> memory;
  std::vector<Buffer> buffers;
  std::vector<uint32_t> lengths;
  std::deque<uint16_t> free_hot, free_overflow;  // the kernel's side
  uint32_t user_free_hot = 0, user_free_overflow = 0;
  uint32_t held = 0;
};

}  // namespace gatehouse::uring
