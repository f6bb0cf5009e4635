// The signed heads of one process: a file in records.dir/heads, a head each interval and one at the end.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "record/folder.h"
#include "record/head.h"

namespace gatehouse::record {

inline constexpr char kHeadsFolder[] = "heads";
inline constexpr char kHeadsSuffix[] = ".heads";
inline constexpr MonotonicNs kHeadAtLeast = 60 * kNsPerSecond;   // a head comes though nothing changed
inline constexpr size_t kHeadDigestsMany = 64 * 1024;            // so many make a head due before its time

/// HeadStats is one reading; totals since start.
struct HeadStats {
  bool on = false;            // there is a key: heads are written
  uint64_t written = 0;       // heads on disk
  WallNs last = 0;            // time of the last one; 0: none
  uint64_t failures = 0;      // writes that failed; each is tried again
  uint64_t waiting = 0;       // heads that nobody has taken for the witness yet
  uint64_t dropped = 0;       // of those, given up because too many waited: later ones say all that they said
  std::string error;          // of the last failure, until a head is written; empty: all is well
};

struct HeadOptions {
  std::string dir;                               // of the records; the folder `heads` is made in it
  ExchangeId process;
  std::shared_ptr<const crypto::PrivateKey> key; // Ed25519
  MonotonicNs interval = kNsPerSecond;
  bool strict = false;
  bool witnessed = false;                        // what is written waits for take()
};

/// HeadWriter signs and appends on a thread of its own: a slow disk delays heads, never records. What is offered is on disk
/// already. Thread-safe; offer() and finish() are one thread's at a time.
class HeadWriter {
 public:
  /// start opens the folder, links to the newest head of the processes before that the key signed (a
  /// new key: that any signed), and signs `recovered`: the epochs that this
  /// start found whole or made whole. Errors: folder open to others, disk.
  static Result<std::unique_ptr<HeadWriter>, std::string> start(const HeadOptions& options, std::vector<HeadRing> recovered,
                                                                  WallNs wall);
  ~HeadWriter();
  HeadWriter(const HeadWriter&) = delete;

  /// due says whether rings should be offered: the interval is over, or `digests` pile up.
  bool due(MonotonicNs now, size_t digests) const;

  /// offer hands over where all rings of the process stand; digests are those since the last offer. What is the same as last
  /// time makes a head only every kHeadAtLeast. Does not wait.
  void offer(std::vector<HeadRing> rings, WallNs wall, MonotonicNs now);

  /// sign writes a head at once that says this, too: of an epoch that was made whole elsewhere (a tombstone). Blocks for the
  /// disk; any thread but the offering one may call it. Error: the disk; it is tried again all the same.
  Result<Done, std::string> sign(HeadRing ended, WallNs wall);

  /// finish writes the last head and ends the thread. Error: the disk. Once.
  Result<Done, std::string> finish(std::vector<HeadRing> rings, WallNs wall);

  /// take moves out the bytes of heads, oldest first, for a witness: one at least, `most` bytes at most else.
  std::vector<std::string> take(size_t most);

  HeadStats stats() const;

  struct State;

 private:
  explicit HeadWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// HeadsRead is what a file of heads came to.
struct HeadsRead {
  bool opened = false;
  uint64_t bytes = 0;          // of the file
  uint64_t torn = 0;           // of them at its end: the beginning of a head that never was, or is being written
  struct Gap {
    uint64_t place = 0, bytes = 0;
  };
  std::vector<Gap> damaged;    // no heads stand there; at most kHeadGapsMax are named
};
inline constexpr size_t kHeadGapsMax = 64;

/// read_heads calls `see` for each whole head of a file, in order, with its bytes and its place. Signatures are not looked at.
/// Hostile input safe; memory: one head.
HeadsRead read_heads(const Descriptor& file, const std::function<void(const Head&, ByteView bytes, uint64_t place)>& see);
/// read_head_file does so for a file of a folder.
HeadsRead read_head_file(const Descriptor& folder, const std::string& name,
                         const std::function<void(const Head&, ByteView bytes, uint64_t place)>& see);

/// Digested is how far heads say that epochs are on disk, and strict heads have digests of them.
struct Digested {
  std::set<ExchangeId> strict;      // processes whose heads come with digests
  std::map<Epoch, uint64_t> ends;   // behind the last byte that has one
  std::map<Epoch, uint64_t> said;   // up to where an epoch was on disk when a head was made
  /// of is the offset from which on an epoch has none; UINT64_MAX where none are wanted.
  uint64_t of(const Epoch& epoch) const {
    const auto end = ends.find(epoch);
    return strict.count(epoch.process) == 0 ? UINT64_MAX : end == ends.end() ? 0 : end->second;
  }
  /// durable is the offset below which an epoch was on disk: what is not as it was there was never torn.
  uint64_t durable(const Epoch& epoch) const {
    const auto at = said.find(epoch);
    return at == said.end() ? 0 : at->second;
  }
};

/// digested_to reads the heads of the processes from `first` on. Signatures are not looked at: who forges heads comes to fewer
/// digests and to a hole that is not taken for a torn write, which verify tells.
Digested digested_to(const Descriptor& records, const ExchangeId& first);

/// latest_heads is the latest process that has a file of heads; nil: none has.
ExchangeId latest_heads(const Descriptor& records);

/// heads_name is the file of a process's heads.
std::string heads_name(const ExchangeId& process);

}  // namespace gatehouse::record
