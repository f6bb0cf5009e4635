// Opening an io_uring where locked memory is limited. From Linux 6.14 on a ring counts as locked memory, in one account for all
// processes of a user, and what a closed ring had is given back by a thread of the kernel, a moment after whoever had it has ended.
#pragma once

#include <liburing.h>

#include <cerrno>
#include <chrono>
#include <thread>

namespace gatehouse::uring {

/// kGivenBack is how long what others had is waited for: a gateway that starts where another one was just killed, a
/// generation after one that did not come to be. Far longer than it takes on a busy machine.
inline constexpr std::chrono::milliseconds kGivenBack{3000};

/// open_patiently is io_uring_queue_init_params, again and again for `patience` while there is no memory; 0 or a negative errno.
/// `params` holds what the kernel said. Any thread; sleeps.
inline int open_patiently(unsigned entries, io_uring* ring, io_uring_params* params,
                          std::chrono::milliseconds patience = kGivenBack) {
  constexpr std::chrono::milliseconds kPause{20};
  const io_uring_params asked = *params;
  for (std::chrono::milliseconds waited{0};; waited += kPause) {
    *params = asked;
    const int result = io_uring_queue_init_params(entries, ring, params);
    if (result != -ENOMEM || waited >= patience) return result;
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace gatehouse::uring
