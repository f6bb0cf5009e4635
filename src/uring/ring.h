// The one door to the kernel for workers: an io_uring in the product, the seeded world in tests.
// Which of the two is chosen when linking; every other object file is the same.
#pragma once

#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/address.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"
#include "base/slab.h"
#include "base/time.h"

struct msghdr;

namespace gatehouse::uring {

/// Op says which operation of its owner a completion belongs to.
enum class Op : uint8_t {
  accept = 1, recv, send, connect, cancel, close, doorbell, watch,
};

/// Token travels through the kernel as user_data: slot(32) | generation(24) | op(8). Never a pointer.
struct Token {
  SlotId owner;
  Op op = Op::accept;

  uint64_t pack() const {
    return uint64_t{owner.slot} << 32 | uint64_t{owner.generation & 0xffffff} << 8 | static_cast<uint8_t>(op);
  }
  static Token unpack(uint64_t data) {
    return {{static_cast<uint32_t>(data >> 32), static_cast<uint32_t>(data >> 8 & 0xffffff)},
            static_cast<Op>(data & 0xff)};
  }
};

inline constexpr uint16_t kNoBuffer = UINT16_MAX;

/// Recv says how long a receive stays armed.
enum class Recv : uint8_t {
  repeat,  // multishot: until it ends with `more` false; for heads and small bodies
  once,    // one completion; natural back-pressure for large bodies
};

/// Completion is one answer of the kernel.
struct Completion {
  Token token;
  int32_t result = 0;           // bytes, descriptor or -errno
  uint16_t buffer = kNoBuffer;  // recv: which pool buffer holds the bytes; give_back() it
  bool more = false;            // multishot: the operation is still in flight
};

/// is_shortage says whether an accept ended (result of its completion) because descriptors or memory ran out: to
/// accept again at once would end the same way.
constexpr bool is_shortage(int32_t result) {
  return result == -EMFILE || result == -ENFILE || result == -ENOBUFS || result == -ENOMEM;
}

/// Socket is a slot in the ring's table of direct descriptors.
struct Socket {
  int32_t slot = -1;
  bool valid() const { return slot >= 0; }
};

/// RingFeatures says what is in use, for `version` and the start-up log; or what is not to be.
struct RingFeatures {
  bool defer_taskrun = false;
  bool no_sqarray = false;   // 6.6
  bool registered_ring = false;
  bool restricted = false;   // only the operations used are allowed from here on

  bool operator==(const RingFeatures&) const = default;
};

struct RingOptions {
  uint32_t entries = 4096;          // submission queue; the completion queue is four times that
  uint32_t sockets = 16384;         // direct descriptors; lowered to RLIMIT_NOFILE
  uint32_t hot_buffers = 64;        // x kRecvBufferBytes: the set that stays in cache (about 2 MiB)
  uint32_t overflow_buffers = 256;  // x kRecvBufferBytes: used when the hot set runs low
  MonotonicNs gather = kGather;     // what a busy wait() gives completions to gather; 0: none
  RingFeatures off;                 // not used even where the kernel can; no ring is without defer_taskrun
};

/// Ring belongs to one thread: the one that opened it. No function calls back; every outcome is a
/// Completion from wait(). Submissions are queued and go to the kernel in wait(), one enter a turn.
/// Memory handed to connect() and send() must stay as it is until its completion.
class Ring {
 public:
  /// open fails with a text that says what the kernel refused and what to allow.
  static Result<std::unique_ptr<Ring>, std::string> open(const RingOptions& options);
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  RingFeatures features() const;

  /// set_gather changes RingOptions::gather, from the next wait() on.
  void set_gather(MonotonicNs gather);

  // Clocks. Read once per turn, in wait().
  MonotonicNs now() const;
  WallNs wall_now() const;

  // Sockets. adopt() takes an accepted plain descriptor: reads the other side's address, sets
  // TCP_NODELAY, moves it into the table. open_socket() makes an unconnected one. Errors are errno.
  Result<Socket, int> adopt(int descriptor, Address* other_side);
  /// user_of is whose process is at the other end of a Unix socket, as the kernel saw it when it connected: of an accepted
  /// plain descriptor. Nothing where the kernel does not say, or it is no Unix socket.
  std::optional<uint32_t> user_of(int descriptor) const;
  /// listener_user is whose process listens where a Unix socket of open_socket() was connected to: once, after its connect
  /// completed. Nothing where the kernel does not say, or it is no Unix socket.
  std::optional<uint32_t> listener_user(Socket socket);
  Result<Socket, int> open_socket(int family);
  void drop(int descriptor);               // closes an accepted descriptor that nobody wants

  // Operations.
  void accept(int listener, Token token);                 // multishot; result = plain descriptor
  void connect(Socket socket, const Address* to, Token token);
  void recv(Socket socket, Recv mode, Token token);       // into a pool buffer; -ENOBUFS ends it
  void send(Socket socket, const msghdr* message, Token token);  // waits for all, may still be short
  void shutdown_write(Socket socket);                     // fire and forget; FIN after what was sent
  void reset(Socket socket);                              // as silent; a TCP connection ends with RST, not FIN
  void cancel(Token target, Token token);                 // result 0, -ENOENT or -EALREADY
  void close(Socket socket, Token token);                 // nothing else may be in flight on it
  void watch(int descriptor, Token token);                // multishot: readable; result = poll events

  // Receive buffers. bytes() is valid until give_back(). Counted in user space.
  ByteSpan bytes(uint16_t buffer, size_t length);
  void give_back(uint16_t buffer);
  uint32_t free_buffers() const;
  uint32_t total_buffers() const;

  // Doorbells wake another thread's ring: it sees Completion{op doorbell, result = value}.
  int descriptor() const;
  void ring_doorbell(int other_ring, uint32_t value);

  /// wait hands queued submissions to the kernel, waits until a completion is there or `until` has
  /// come (kNever: no bound; now or earlier: does not wait), and returns the completions, up to
  /// out.size(). Sets the clocks.
  size_t wait(std::span<Completion> out, MonotonicNs until);

  struct State;
  State& state() { return *state_; }

 private:
  explicit Ring(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse::uring
