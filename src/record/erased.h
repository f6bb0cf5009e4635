// What was deleted on purpose: tombstones, and what they say of the segments that they stand for.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "record/folder.h"
#include "record/head.h"
#include "record/layout.h"
#include "record/stream.h"

namespace gatehouse::record {

/// kTombstones is the worker number of epochs that hold erased records and nothing else. Each is one finished epoch of a process id
/// of its own: a small segment that comes into being whole. They follow one another as the epochs of any worker do.
inline constexpr uint32_t kTombstones = kWorkerMax - 1;

/// ErasedSegment is one segment as its tombstone tells it.
struct ErasedSegment {
  std::string name;              // of the file: says process, worker and index
  uint64_t base = 0;             // offset of its first byte in its epoch
  uint64_t sequence = 0;         // of its first record
  uint64_t next_sequence = 0;    // of the first record behind it
  Chain chain{};                 // of its last record
  std::string why;               // "age", "size", "command"
  std::string by;                // the account that gave the command; empty where a rule did
  bool last = false;             // nothing followed in its epoch, which had ended
  ExchangeId previous_process;   // with base 0: the worker's epoch before
  Chain first_chain{};           // with base 0: chain value before its first record
};

/// put_erased adds the sections of one entry; views into `entry`, which must live as long as `sections`.
void put_erased(Sections& sections, const ErasedSegment& entry);
inline constexpr size_t kErasedSections = 10;   // of one entry, at most

/// parse_erased reads the entries of an erased record's payload; false when it is none. Hostile input safe. Pure.
bool parse_erased(ByteView payload, std::vector<ErasedSegment>* entries);

/// Erased is what all tombstones of a folder say. Neighbours are kept as one run. One thread.
class Erased {
 public:
  /// Run is segments that stood one behind the other.
  struct Run {
    uint32_t first = 0, last = 0;   // indexes
    uint64_t sequence = 0;       // of its first record
    uint64_t next_sequence = 0;
    Chain chain{};               // of its last record
    bool ends = false;           // its epoch ended in it
  };
  /// Gone is what is said of one epoch.
  struct Gone {
    std::map<uint32_t, Run> runs;   // by index of the first segment
    ExchangeId previous_process;    // known where a run begins at 0
    Chain first_chain{};
    const Run* whole() const {      // the run that is the entire epoch, or nullptr
      return runs.size() == 1 && runs.begin()->first == 0 && runs.begin()->second.ends ? &runs.begin()->second : nullptr;
    }
  };

  /// read takes in every tombstone of the folder that was not read before; true when there was one. What is damaged is not
  /// believed.
  bool read(const Descriptor& folder);
  void add(const ErasedSegment& entry);

  /// find returns the run that a segment is in, or nullptr; valid until the next read or add.
  const Run* find(const Epoch& epoch, uint32_t index) const;
  const Gone* find(const Epoch& epoch) const;
  const std::map<Epoch, Gone>& all() const { return gone_; }

 private:
  std::map<Epoch, Gone> gone_;
  std::set<std::string> known_;   // files
};

/// TombstoneChain is where the chain of tombstones stands.
struct TombstoneChain {
  ExchangeId process;      // of the last one; nil where there is none
  Chain chain{};
};
TombstoneChain last_tombstone(const Descriptor& folder);

/// TombstoneEnd is what a signed head says of a tombstone's epoch.
struct TombstoneEnd {
  Epoch epoch;
  uint64_t segment_bytes = 0;
  uint64_t offset = 0;     // behind its end record
  uint64_t sequence = 0;   // of the record that would follow
  Chain chain{};           // of its end record
  std::vector<HeadDigest> digests;   // of all its records
};

/// write_tombstone makes a finished epoch of erased records, durably, in one step: it is there whole, or not at all. The caller
/// holds the retention lock and has checked the entries (at least one). Errors are ready to be shown.
Result<TombstoneEnd, std::string> write_tombstone(const Descriptor& folder, const std::vector<ErasedSegment>& entries, WallNs now,
                                                  ByteView version);

}  // namespace gatehouse::record
