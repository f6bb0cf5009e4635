#include "failing_calls.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>

namespace gatehouse::record {

FailingCalls failing_calls;

namespace {

/// fails says whether this call is the one.
bool fails(const char* name) {
  int64_t left = failing_calls.at.load();
  while (left > 0 && !failing_calls.at.compare_exchange_weak(left, left - 1)) {}
  if (left != 1) return false;
  if (failing_calls.ends) ::_exit(FailingCalls::kEnded);
  failing_calls.failed = name;
  errno = EIO;
  return true;
}

}  // namespace
}  // namespace gatehouse::record

// The linker's names for what stands behind, and for what stands in front.
// NOLINTBEGIN
#define GH_CALL(result, failure, name, parameters, arguments)                    \
  extern "C" result __real_##name parameters;                                    \
  extern "C" result __wrap_##name parameters;                                    \
  extern "C" result __wrap_##name parameters {                                   \
    return gatehouse::record::fails(#name) ? failure : __real_##name arguments; \
  }

GH_CALL(int, -1, renameat, (int a, const char* b, int c, const char* d), (a, b, c, d))
GH_CALL(int, -1, unlinkat, (int a, const char* b, int c), (a, b, c))
GH_CALL(int, EIO, posix_fallocate64, (int a, off_t b, off_t c), (a, b, c))
GH_CALL(int, -1, ftruncate64, (int a, off_t b), (a, b))
GH_CALL(int, -1, fsync, (int a), (a))
GH_CALL(int, -1, fdatasync, (int a), (a))
GH_CALL(int, -1, flock, (int a, int b), (a, b))
GH_CALL(int, -1, mkdir, (const char* a, mode_t b), (a, b))
GH_CALL(int, -1, fstat64, (int a, struct stat* b), (a, b))
GH_CALL(int, -1, fstatat64, (int a, const char* b, struct stat* c, int d), (a, b, c, d))
GH_CALL(ssize_t, -1, pwrite64, (int a, const void* b, size_t c, off_t d), (a, b, c, d))
GH_CALL(ssize_t, -1, pread64, (int a, void* b, size_t c, off_t d), (a, b, c, d))
GH_CALL(ssize_t, -1, __pread64_chk, (int a, void* b, size_t c, off_t d, size_t e), (a, b, c, d, e))
GH_CALL(void*, MAP_FAILED, mmap64, (void* a, size_t b, int c, int d, int e, off_t f), (a, b, c, d, e, f))
GH_CALL(DIR*, nullptr, fdopendir, (int a), (a))
GH_CALL(struct dirent*, nullptr, readdir64, (DIR* a), (a))

extern "C" int __real_openat64(int folder, const char* name, int flags, ...);
extern "C" int __wrap_openat64(int folder, const char* name, int flags, ...);
extern "C" int __wrap_openat64(int folder, const char* name, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const auto mode = static_cast<mode_t>((flags & O_CREAT) != 0 ? va_arg(more, int) : 0);
  va_end(more);
  return gatehouse::record::fails("openat") ? -1 : __real_openat64(folder, name, flags, mode);
}

extern "C" int __real_open64(const char* name, int flags, ...);
extern "C" int __wrap_open64(const char* name, int flags, ...);
extern "C" int __wrap_open64(const char* name, int flags, ...) {
  return gatehouse::record::fails("open") ? -1 : __real_open64(name, flags);   // nothing of records makes a file by it
}
// NOLINTEND
