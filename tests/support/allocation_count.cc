#include "tests/support/allocation_count.h"

#include <cerrno>
#include <cstddef>

#include "tests/support/sanitized.h"

namespace {
// Set up with the thread, not on first use: that would allocate within malloc.
[[gnu::tls_model("initial-exec")]] thread_local size_t count = 0;
}  // namespace

size_t gatehouse::testing::allocations() { return count; }

#if GATEHOUSE_SANITIZED

extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void*, size_t),
                                                         void (*on_free)(const volatile void*));

namespace {
void count_one(const volatile void*, size_t) { ++count; }
void ignore(const volatile void*) {}
[[maybe_unused]] const int installed = __sanitizer_install_malloc_and_free_hooks(count_one, ignore);
}  // namespace

#else

// glibc lets a program define these and keeps its own under another name.
extern "C" {

void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);

[[gnu::visibility("default")]] void* malloc(size_t size) {
  ++count;
  return __libc_malloc(size);
}
[[gnu::visibility("default")]] void* calloc(size_t number, size_t size) {
  ++count;
  return __libc_calloc(number, size);
}
[[gnu::visibility("default")]] void* realloc(void* memory, size_t size) {
  ++count;
  return __libc_realloc(memory, size);
}
[[gnu::visibility("default")]] void* memalign(size_t align, size_t size) {
  ++count;
  return __libc_memalign(align, size);
}
[[gnu::visibility("default")]] void* aligned_alloc(size_t align, size_t size) { return memalign(align, size); }
[[gnu::visibility("default")]] int posix_memalign(void** out, size_t align, size_t size) {
  *out = memalign(align, size);
  return *out != nullptr ? 0 : ENOMEM;
}

}  // extern "C"

#endif
