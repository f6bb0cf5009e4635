// Files that are cut while they are mapped: what would be SIGBUS becomes a flag that whoever uses the mapping looks at.
#pragma once

#include <atomic>

#include "base/bytes.h"

namespace gatehouse::record {

/// LostPages watches one mapping. Who touches a page of it that the file has no more (cut, or a medium that cannot read it) gets a
/// page of zeros of this process's own in its place, and lost() is true from then on: it is set before anybody can see such
/// a page. So what was read or written is good if lost() is false *afterwards*. A SIGBUS anywhere else ends the process as it
/// always did. A file that was cut and has grown back before anybody touched it has zeros and raises nothing: RingFile::linked()
/// looks at its blocks for that.
///
/// What takes the signal is installed by the first watch() of the process and stays; it takes no lock and allocates nothing. A
/// thread that touches the mapping must not block SIGBUS. watch() and the destructor: any thread.
class LostPages {
 public:
  LostPages() = default;   // watches nothing; lost() is false
  /// watch begins to watch [memory, memory + size), whole pages, which stay mapped until this object is gone. False: too many
  /// mappings are watched (kMappings), or the signal cannot be had.
  bool watch(ByteSpan memory);
  ~LostPages() { forget(); }
  LostPages(LostPages&& other) noexcept : slot_(other.slot_) { other.slot_ = kNone; }
  LostPages& operator=(LostPages&&) = delete;

  bool lost() const { return flag().load(std::memory_order_acquire); }
  /// flag is what lost() reads; it lives for ever, and means this mapping until forget().
  const std::atomic<bool>& flag() const;
  /// forget: before the mapping goes.
  void forget();

  /// flag_of the watched mapping that this address lies in; one that is never set where there is none.
  static const std::atomic<bool>& flag_of(const char* address);

  static constexpr int kMappings = 16384;   // kWorkerMax workers, two rings each, while generations take over from one another

 private:
  static constexpr int kNone = -1;
  int slot_ = kNone;
};

}  // namespace gatehouse::record
