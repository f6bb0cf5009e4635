// Rings as named files in shared memory: made by the writer, left behind by a dead process.
#pragma once

#include <sys/types.h>

#include "record/folder.h"
#include "record/log.h"
#include "record/lost_pages.h"
#include "record/ring_memory.h"

namespace gatehouse::record {

inline constexpr char kRingSuffix[] = ".ring";
inline constexpr char kRingDraftSuffix[] = ".new";  // left by a process that died while it made a ring

/// RingFile owns the mapping of one ring. The memory stays mapped for its lifetime; the name in the
/// folder stays until remove(), so that a dead process's ring can be read. Who cuts the file ends nobody: see lost().
class RingFile {
 public:
  /// create makes a ring of `capacity` bytes (a multiple of 4,096) whose memory is really there:
  /// nothing an append touches can fail later. Errors: no room in the folder's file system.
  static Result<RingFile, std::string> create(const Descriptor& folder, const RingStart& start, uint64_t capacity);

  RingFile(RingFile&& other) noexcept;
  RingFile& operator=(RingFile&&) = delete;
  ~RingFile();

  RingMemory memory() const { return RingMemory(memory_); }
  const std::string& name() const { return name_; }

  /// linked says whether the name still leads to this memory, and to all of it: if not, a crash would lose records. `*cut` is set
  /// where it is not all of it, or was not for a while.
  bool linked(const Descriptor& folder, bool* cut) const;
  /// lost says that the file lacks pages that somebody touched since: what was read or written before this was asked may be zeros
  /// that nobody else sees. For good. Any thread.
  bool lost() const { return pages_.lost(); }
  void remove(const Descriptor& folder);

 private:
  RingFile(Descriptor file, std::string name, ByteSpan memory, LostPages pages);

  Descriptor file_;
  std::string name_;
  ByteSpan memory_;
  LostPages pages_;
  bool counted_ = false;   // counts_blocks(), when it was made
};

/// boot_id of the running kernel; zero when it cannot be read.
std::array<uint8_t, 16> boot_id();
/// process_start is when `pid` began, in clock ticks from boot; 0 when there is no such process.
uint64_t process_start(pid_t pid);
/// ring_owner_lives says whether the process that a ring's header names is still running.
bool ring_owner_lives(const RingHeader& header);

}  // namespace gatehouse::record
