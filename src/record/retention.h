// What need not be kept any longer: chosen by age, size or command, told in a tombstone, then deleted.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "record/erased.h"
#include "record/head.h"
#include "record/reader.h"

namespace gatehouse::record {

inline constexpr char kHoldSuffix[] = ".hold";        // beside a segment: it is kept, whatever else is said
inline constexpr char kEraseSuffix[] = ".erase";      // beside a segment: it is to be deleted, by command
inline constexpr char kRetentionLock[] = "retention.lock";
inline constexpr size_t kErasedAtOnce = 1024;         // segments in one tombstone; the rest follow

/// Keep is how long what is kept.
struct Keep {
  WallNs age = 0;        // a segment goes when its last record is older; 0: never
  uint64_t bytes = 0;    // of all segments together; 0: any. Exceeded, the oldest go until a twentieth is free
  bool hold = false;     // nothing goes, not even by command
  bool operator==(const Keep&) const = default;
};

/// Spared is a segment that should go and cannot.
struct Spared {
  std::string name;
  std::string why;
};

/// Choice is what choose() came to.
struct Choice {
  std::vector<ErasedSegment> erase;    // oldest first, at most kErasedAtOnce
  std::vector<Spared> spared;          // damaged, held, or needed, though a command names them
  std::vector<std::string> leftover;   // told in a tombstone before, still there, and not held
  uint64_t bytes = 0;                  // that `erase` frees
  bool more = false;                   // something is left for the next time
};

/// choose looks at the folder and deletes nothing. Never chosen: a segment that is held, that recovery may need: the newest of an
/// epoch that has not ended (two, with an exchange open in them); tombstones. One that an exchange may need which was open when its
/// epoch's newest segment began goes when there is half as much again as keep.bytes, or when it is four times as old as keep.age:
/// recovery steps over the hole.
Choice choose(const Descriptor& folder, const Keep& keep, WallNs now);

/// Swept is what a pass did.
struct Swept {
  std::vector<ErasedSegment> erased;
  std::vector<Spared> spared;
  uint64_t bytes = 0;
  bool more = false;        // something is left for the next pass
  std::string tombstone;    // the process id of the one that was written, as text; empty: none
};

/// Attest has a signed head made for a tombstone's epoch.
struct Attest {
  std::function<Result<Done, std::string>(const TombstoneEnd&)> sign;   // on disk when it returns; an error: nothing is deleted
  std::function<Result<Done, std::string>()> owed;   // empty: what failed is over. Else: waits for the head that it failed to make,
                                                     // which may come at any time: nothing is done while it fails
  std::shared_ptr<TombstoneChain> believed;          // the last tombstone that need not be looked at again; may be null
  std::optional<HeadKey> key;                        // whose heads are believed; none: any
  explicit operator bool() const { return sign != nullptr; }
};

/// sweep chooses, writes the tombstone, has it attested, and deletes; a pass that was cut short anywhere is completed by the next
/// one. It takes the retention lock, and does nothing when another has it. Errors are ready to be shown. Blocks for disk.
Result<Swept, std::string> sweep(const Descriptor& folder, const std::string& path, const Keep& keep, WallNs now, ByteView version,
                                 const Attest& attest);

/// ended_at is when the last record of an epoch was written that ended; none where it goes on, or nobody can tell. It reads the
/// newest segment.
std::optional<WallNs> ended_at(const Descriptor& folder, const Epoch& epoch, const Catalog::Part& part);

/// mark creates `segment` + suffix (kHoldSuffix, kEraseSuffix) with a note in it; unmark removes it. The caller holds the
/// retention lock. Marks that are there already are left as they are.
Result<Done, std::string> mark(const Descriptor& folder, const std::string& segment, const char* suffix, ByteView note);
Result<Done, std::string> unmark(const Descriptor& folder, const std::string& segment, const char* suffix);

bool is_marked(const Descriptor& folder, const std::string& segment, const char* suffix);

/// note_of reads what a mark says, at most 4 KiB; empty when there is no mark.
std::string note_of(const Descriptor& folder, const std::string& segment, const char* suffix);

}  // namespace gatehouse::record
