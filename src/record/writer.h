// The writer thread: takes what workers appended to their rings to disk, and makes it durable.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/exchange_id.h"
#include "base/result.h"
#include "base/time.h"
#include "record/erased.h"
#include "record/heads.h"
#include "record/sealing.h"

namespace gatehouse::record {

/// OnFull says what happens while the disk refuses to take records.
enum class OnFull : uint8_t {
  block,        // rings fill up; then append() says full and requests wait for room
  fail_closed,  // append() says failed at once, until the disk works again
  overwrite,    // rings fill up as with block; what finds no room is not written, and a gap record says how much that was
};

/// Decisions have a ring and segments of their own beside each worker's: small, so that they are durable soon. The number of
/// that epoch's "worker" is this plus the worker's.
inline constexpr uint32_t kDecisionWorkers = 2048;
inline constexpr uint64_t kDecisionRingBytes = 256 << 10, kDecisionSegmentBytes = 1 << 20;

/// Urge has the writer thread make durable at once what is in the rings: many may ask, one round does it for all. Any thread;
/// does not wait. Lives as long as its writer.
class Urge {
 public:
  explicit Urge(std::condition_variable& changed) : changed_(changed) {}
  void call() {
    if (!wanted_.exchange(true, std::memory_order_acq_rel)) changed_.notify_all();
  }
  /// take says whether anybody asked since the last take().
  bool take() { return wanted_.exchange(false, std::memory_order_acq_rel); }
  bool wanted() const { return wanted_.load(std::memory_order_relaxed); }

 private:
  std::condition_variable& changed_;
  std::atomic<bool> wanted_{false};
};

struct WriterOptions {
  std::string dir;                               // segments; made if missing (0700), owner and mode checked
  std::string ring_dir;                          // rings; empty: <dir>/rings; a tmpfs is best
  uint64_t ring_bytes = 16 << 20;                // per ring; rounded up to 4,096, at least 64 KiB
  uint64_t segment_bytes = 64 << 20;             // per file; rounded up to 4,096, at least 64 KiB
  MonotonicNs commit_interval = 5 * kNsPerMs;    // what a power loss may cost
  OnFull on_full = OnFull::block;
  uint32_t rings = 1;                            // one per worker
  std::vector<uint32_t> workers;                 // their numbers; empty: 0, 1, 2, ...
  bool decisions = false;                        // each worker has a ring for decisions, too
  std::string version;                           // of the gateway, for the start record
  std::shared_ptr<const crypto::PrivateKey> heads_key;   // Ed25519: signs heads; nullptr: there are none
  MonotonicNs head_interval = kNsPerSecond;
  bool strict = false;                           // heads come with digests of all bytes of records
  bool witnessed = false;                        // heads wait for take_heads()
  Sealing sealing;                               // for whom records are sealed; nobody: they are not
};

class Writer;
/// Beside are writers of this process that live on while another begins; they may share its folders. No two have a
/// worker's number in common.
using Beside = std::vector<std::shared_ptr<const Writer>>;

/// WriterStats is one reading; totals since start.
struct WriterStats {
  uint64_t lag_bytes = 0;       // appended, not yet durable; all rings
  uint64_t commits = 0;
  uint64_t written_bytes = 0;
  uint64_t stalls = 0;          // rounds in which a ring was more than three quarters full
  uint64_t failures = 0;        // writes, syncs and files that failed
  MonotonicNs commit_worst = 0; // longest time from the beginning of a round to durable
  MonotonicNs commit_last = 0;  // of the last round
  uint64_t urged = 0;           // rounds that somebody asked for
  uint64_t occupied = 0;        // of the fullest ring: bytes not durable per thousand of its size
  MonotonicNs silent = 0;       // since the last round that went well, while there is something to write; 0: all is well
  bool healthy = true;          // false: the last round failed; what is in the rings is not lost
  std::string last_error;       // of the last failure, with the file's name
  HeadStats heads;
};

/// add takes another writer's reading in: sums, the worst, and the last error.
void add(WriterStats& all, const WriterStats& one);

/// Writer owns the folder (one writer at a time), the rings, the segment files and the thread that
/// carries bytes from one to the other. It never blocks a worker. Errors after start are kept in
/// stats() and tried again; nothing is dropped.
class Writer {
 public:
  /// start recovers what an earlier process left (drains its rings, closes its exchanges), makes fresh
  /// rings and begins to write. Errors: folder in use or open to others, no room, no io_uring.
  /// What those `beside` have open is left to them, and noted in the folder until forget().
  static Result<std::unique_ptr<Writer>, std::string> start(const WriterOptions& options, const Beside& beside = {});
  ~Writer();  // stops
  Writer(const Writer&) = delete;

  /// ring is the memory of the n-th worker for RingLog::open, valid until the Writer is destroyed.
  ByteSpan ring(uint32_t nth);

  /// sealer is what RingLog::open wants beside it, as long valid; nullptr when records are not sealed.
  Sealer* sealer(uint32_t nth);

  /// decisions and decision_sealer are the same for the worker's decisions; empty and nullptr where options ask for none.
  ByteSpan decisions(uint32_t nth);
  Sealer* decision_sealer(uint32_t nth);

  /// urge: see there.
  Urge& urge();

  /// process is the id of this start in segment and ring names.
  const ExchangeId& process() const;

  /// notes are lines for the start-up log: which crash guarantee is in force, whether direct I/O and
  /// registered buffers are in use (and why not), what recovery found.
  const std::vector<std::string>& notes() const;

  /// stats may be called from any thread.
  WriterStats stats() const;

  /// sign has a head made that says this, too (HeadWriter::sign); at once done where there are no heads. Any thread but the
  /// writer's, not after stop().
  Result<Done, std::string> sign(HeadRing ended);

  /// take_heads moves out heads for a witness, oldest first (HeadWriter::take). Any thread, also after stop().
  std::vector<std::string> take_heads(size_t most);

  /// attest has a head say at once where a tombstone's epoch ended, and later ones say it again; only the last one is said, which
  /// names those before by its chain. After an error the head is tried again and may come at any time: the tombstone stays where
  /// it is, and attest_owed() waits for that head, also of a writer beside this one, whose head may still come. Both: done where no
  /// heads are signed; any thread but the writer's, one at a time; not after stop().
  Result<Done, std::string> attest(const HeadRing& ring);
  Result<Done, std::string> attest_owed();

  /// believed is the last tombstone of the folder that was found under a head, or signed, by a writer of this process; the holder
  /// of the retention lock reads and sets it.
  std::shared_ptr<TombstoneChain> believed();

  /// heads_key is the public half of the key that signs heads; none where they are not signed.
  std::optional<HeadKey> heads_key() const;

  /// forget: a writer that began before this one has ended, and left nothing open.
  void forget(const ExchangeId& process);

  /// retune changes what holds from the next round on. Any thread; not after stop().
  void retune(MonotonicNs commit_interval, OnFull on_full);

  /// stop drains and syncs everything, ends the epochs, removes the rings. No append after its begin.
  /// Returns false, with the cause in stats(), when the disk would not take all: the rings then stay
  /// for the next start. Safe to call twice.
  bool stop();

  struct State;

 private:
  explicit Writer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse::record
