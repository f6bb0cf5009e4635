// The time that commands go by.
#pragma once

#include <time.h>

#include "base/time.h"

namespace gatehouse::cli {

/// wall_now is the time of the machine, in nanoseconds since 1970. Commands live shortly: they ask once.
inline WallNs wall_now() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<WallNs>(now.tv_sec) * kNsPerSecond + static_cast<WallNs>(now.tv_nsec);
}

}  // namespace gatehouse::cli
