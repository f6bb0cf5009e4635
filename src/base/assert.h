// Assertions that stay on in release: a broken invariant ends the process before it can do harm.
#pragma once

namespace gatehouse {

/// assertion_failed prints one line with the place and the condition, then aborts. Any thread.
[[noreturn]] void assertion_failed(const char* file, int line, const char* condition);

}  // namespace gatehouse

/// GH_ASSERT states an invariant of our own code. Never for input: input errors are values.
#define GH_ASSERT(condition)                                                   \
  do {                                                                         \
    if (!(condition)) [[unlikely]]                                             \
      ::gatehouse::assertion_failed(__FILE__, __LINE__, #condition);           \
  } while (false)
