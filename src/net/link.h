// A transport with its operations and TLS engine, towards a client or an origin.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>

#include "base/limits.h"
#include "base/timing_wheel.h"
#include "net/send_queue.h"
#include "tls/engine.h"
#include "uring/ring.h"

namespace gatehouse::net {

class Links;

enum class Side : uint8_t { client, origin };

/// Phase of a link's life. A link only moves down this list.
enum class Phase : uint8_t {
  fresh,        // no socket yet
  connecting,   // towards an origin
  handshaking,  // TLS
  open,         // plaintext flows
  flushing,     // finish(): the rest of the send queue, then our FIN
  lingering,    // our FIN is out; what still comes is dropped until the other side's FIN, bounded
  closing,      // operations are being cancelled; close is submitted when none is in flight
  closed,       // may be reclaimed at the end of the turn
};

/// Input says what read() came to.
enum class Input : uint8_t {
  data,       // *count > 0
  none,       // nothing now; the owner will be touched when there is
  end,        // the other side ended its direction properly (FIN, on TLS after close_notify)
  truncated,  // TLS without close_notify: what came may be cut
  failed,     // reset or TLS error
};

/// Link embeds its operations: a flag is true exactly while the kernel has that operation.
/// Invariants:
/// 1. close is submitted only when no other operation is in flight;
/// 2. memory given to send stays untouched until its completion;
/// 3. no receive is armed while a cancel is in flight (the cancel could hit the new one);
/// 4. while bytes of kHeldMax buffers wait to be read, no receive stays armed (back-pressure);
/// 5. an idle open link holds no receive buffer and no send chunk.
/// Owned by Links; one worker's thread. `owner` is the session that is touched on every event; an
/// invalid owner means that the link looks after itself (finish() and abort() let it go).
class Link {
 public:
  Link(SlotId id, Links& links, Side side);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // Setting up.
  /// user: see user().
  void start_accepted(uring::Socket socket, const tls::ServerSettings* settings, std::optional<uint32_t> user = {});
  /// start_tls begins the handshake on a link that was accepted without TLS, behind what read() took of its bytes.
  void start_tls(const tls::ServerSettings& settings);
  /// start_connect begins to connect; false when no socket could be had. `to` and `settings` must
  /// outlive the link's connecting phase; server_name is copied by TLS.
  bool start_connect(const Address& to, const tls::ClientSettings* settings, const char* server_name);

  /// is_connected: start_connect came to its end and worked; user() is then known, and nothing was sent yet.
  bool is_connected() const { return connected_; }
  /// user is whose process listens, or came, at the other end of a Unix socket; nothing: the kernel does not say.
  std::optional<uint32_t> user() const { return user_; }

  /// establish drives connecting and handshaking: nullopt while it waits, then whether it worked.
  std::optional<bool> establish();

  // Plaintext.
  Input read(ByteSpan out, size_t* count);
  /// front lends received plaintext where it lies, kSimdPadding readable bytes behind it: without TLS only, and
  /// only until the owner's step ends. Empty when there is none that can be lent: read() decides then.
  ByteView front() const;
  void take(size_t count);             // of what front() lent
  /// waiting is how many bytes have come and were not read yet, as they came over the wire.
  size_t waiting() const;
  /// write is false when the link has failed; the bytes are dropped then. Several parts share TLS records.
  bool write(ByteView plaintext);
  bool write(std::initializer_list<ByteView> parts);
  size_t queued() const { return queue_.size(); }
  bool failed() const { return failed_; }
  /// ended says whether the other side's FIN or an error has been seen (data may still wait).
  bool ended() const { return end_seen_ || failed_; }
  /// quiet says that nothing is waiting to be read or sent: fit for a pool.
  bool quiet() const {
    return held_count_ == 0 && queue_.empty() && !send_in_flight_ && !ended() && !(tls_ && tls_->pending());
  }

  /// interest: whether the owner wants more input; bulk: in single receives (large bodies).
  void want(bool interest, bool bulk) { interest_ = interest; bulk_ = bulk; }

  /// withhold keeps what is queued from going out, until it is told otherwise. A link that ends meanwhile drops it.
  void withhold(bool on) { withheld_ = on; }
  bool withheld() const { return withheld_; }

  /// settle submits what the owner's step left to do: one send of all that is queued, receives
  /// armed or cancelled as wanted. Called once at the end of a step, and after each completion.
  void settle();

  // Ending. Both let the owner go; the link ends by itself within a bound. A client whose answer was cut is told
  // so by a reset where a proper end would pass it off as whole: when the owner says so, and when the rest of
  // what finish() was to send does not go out.
  void finish();
  void abort(bool reset = false);

  // Completions and time, from Links.
  void complete(const uring::Completion& completion);
  void expired();
  void rearm();                        // after parking
  void spill();                        // what is held leaves the ring's pool: others need it

  Phase phase() const { return phase_; }
  Side side() const { return side_; }
  SlotId id() const { return id_; }
  const tls::Engine* tls() const { return tls_ ? &*tls_ : nullptr; }
  tls::Engine* tls() { return tls_ ? &*tls_ : nullptr; }
  uint64_t bytes_in() const { return bytes_in_; }
  uint64_t bytes_out() const { return bytes_out_; }
  /// nothing_sent_since says whether the kernel has surely taken no byte since bytes_out() was `before`.
  bool nothing_sent_since(uint64_t before) const { return bytes_out_ == before && !send_in_flight_; }

  SlotId owner;
  Address address;                     // of the other side

 private:
  static constexpr uint32_t kHeldMax = 4;
  static constexpr uint64_t kLingerBytes = 1024 * 1024;

  static bool take_ciphertext(void* self, ByteView bytes);
  uring::Token token(uring::Op op) const { return {id_, op}; }
  void completed_recv(const uring::Completion& completion);
  void completed_send(int32_t result);
  void hold(uint16_t buffer, uint32_t length);
  void drop_front();
  void drop_consumed();
  void drop_held();
  bool feed();                         // lends the next held buffer to TLS
  Input input_when_empty() const;
  void update_receive();
  void submit_send();
  void try_close();
  void fail();
  void let_go();

  Links& links_;
  const SlotId id_;
  const Side side_;
  Phase phase_ = Phase::fresh;
  uring::Socket socket_;
  std::optional<uint32_t> user_;
  std::optional<tls::Engine> tls_;
  SendQueue queue_;

  // Operations in the kernel's hands.
  bool connect_in_flight_ = false;
  bool recv_in_flight_ = false;
  bool send_in_flight_ = false;
  bool close_in_flight_ = false;
  uint8_t cancels_in_flight_ = 0;

  bool recv_repeats_ = false;   // the armed receive is a multishot one
  bool recv_cancelled_ = false; // a cancel of it has been submitted
  bool parked_ = false;         // waits for receive buffers
  bool interest_ = true;
  bool bulk_ = false;
  bool end_seen_ = false;
  bool failed_ = false;
  bool tls_failed_ = false;     // the transport still works: an alert may be on its way
  bool connected_ = false;
  bool fin_sent_ = false;
  bool withheld_ = false;       // nothing more is submitted for now
  bool reset_ = false;          // the close is to be seen as a reset

  // Received and not yet read: a chain of pool buffers, front first.
  uint16_t held_front_ = uring::kNoBuffer;
  uint16_t held_back_ = uring::kNoBuffer;
  uint32_t held_count_ = 0;
  uint32_t front_offset_ = 0;   // consumed bytes of the front buffer (plain), or lent to TLS

  uint64_t bytes_in_ = 0;
  uint64_t bytes_out_ = 0;
  uint64_t linger_bytes_ = 0;
  TimerNode timer_;             // only while it looks after itself
};

}  // namespace gatehouse::net
