// Under AddressSanitizer, memory that the simulated kernel owns is poisoned: our own read of it is found.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define SIM_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SIM_ASAN 1
#endif
#endif
#ifdef SIM_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace gatehouse::sim {

inline void poison([[maybe_unused]] char* bytes, [[maybe_unused]] size_t length) {
#ifdef SIM_ASAN
  ASAN_POISON_MEMORY_REGION(bytes, length);
#endif
}

inline void unpoison([[maybe_unused]] char* bytes, [[maybe_unused]] size_t length) {
#ifdef SIM_ASAN
  ASAN_UNPOISON_MEMORY_REGION(bytes, length);
#endif
}

}  // namespace gatehouse::sim
