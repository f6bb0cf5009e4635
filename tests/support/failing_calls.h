// System calls on files that fail, or end the process, as a test says: the program that is linked with failing_calls.cc names them
// to the linker (failing_call_names in tests/unit/record/meson.build), so that the archives' calls come here.
#pragma once

#include <atomic>
#include <cstdint>

namespace gatehouse::record {

/// FailingCalls is what the test sets; all threads of the program share it.
struct FailingCalls {
  std::atomic<int64_t> at{0};      // the n-th call from now fails; 0: none
  std::atomic<bool> ends{false};   // it ends the process instead, before the call is made (kEnded)
  std::atomic<const char*> failed{nullptr};   // which call that was
  static constexpr int kEnded = 77;
};
extern FailingCalls failing_calls;

}  // namespace gatehouse::record
