// The clock that deletion by age goes by: whether it can be right, at a start too.
#pragma once

#include <optional>

#include "base/time.h"
#include "record/folder.h"

namespace gatehouse::record {

/// kClockNote is a file of records.dir: when the clock was believed last, in nanoseconds since 1970, and a line end.
inline constexpr char kClockNote[] = "clock.believed";

/// Doubt is of a clock that has come further than anybody can tell to be right.
struct Doubt {
  WallNs last = 0;   // when it was believed; 0: the note cannot be read
};

/// doubt_clock holds `now` against when the clock was believed last, and notes it where there is no doubt: it is `sure` (somebody
/// else says so), or at most `most` (ns) has passed since. Going back is no doubt: less is deleted then. Without a note, which is
/// so at a folder's first start, it is believed. A note that cannot be written stays as it was: the next start doubts the more.
std::optional<Doubt> doubt_clock(const Descriptor& folder, WallNs now, bool sure, WallNs most);

/// believe_clock notes that it is right, durably: somebody looked.
Result<Done, std::string> believe_clock(const Descriptor& folder, WallNs now);

/// KernelClock is what the kernel says of its clock: whether something sets it by another one's (NTP, PTP). Setting it by hand ends
/// that.
enum class KernelClock : uint8_t {
  synchronised,
  free,      // it is not
  silent,    // a filter of system calls did not let it say; errno says how
};

/// ask_clock asks it (adjtimex without a change, which takes no privilege). A filter of system calls may end this process for it.
KernelClock ask_clock();

/// clock_synchronised is for a process that must not end: false, without asking, where there is a filter of system calls
/// (configs/gatehouse.service, containers).
bool clock_synchronised();

}  // namespace gatehouse::record
