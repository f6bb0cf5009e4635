// The least rate at which a body must come while it is waited for.
#pragma once

#include "base/time.h"

namespace gatehouse::proxy {

/// Pace looks at one direction. While the client is waited for, windows of time follow each other, and in each of them
/// it must move bytes at the given rate or more; when something else is waited for, pace rests. A plain value.
class Pace {
 public:
  /// wait: the client is waited for, it has moved `moved` bytes so far. A window begins unless one runs already.
  void wait(MonotonicNs now, MonotonicNs window, uint64_t moved) {
    if (due_ == kNever) begin(now, window, moved);
  }
  void rest() { due_ = kNever; }

  /// due is when too_slow() wants to be asked; kNever while it rests.
  MonotonicNs due() const { return due_; }

  /// too_slow judges a window that is over, then another one begins. `rate` is in bytes a second.
  bool too_slow(MonotonicNs now, MonotonicNs window, uint64_t moved, uint64_t rate) {
    if (now < due_) return false;
    const uint64_t least = (now - begun_) / kNsPerMs * rate / 1000;
    const bool slow = moved - from_ < least;
    begin(now, window, moved);
    return slow;
  }

 private:
  void begin(MonotonicNs now, MonotonicNs window, uint64_t moved) {
    begun_ = now;
    due_ = now + window;
    from_ = moved;
  }

  MonotonicNs due_ = kNever;
  MonotonicNs begun_ = 0;
  uint64_t from_ = 0;
};

}  // namespace gatehouse::proxy
