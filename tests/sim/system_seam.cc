// What the linker calls instead of the system (--wrap): session keys, nonces and the clock of TLS follow the
// seed. Tests only; tests/structure/binary.py looks that the gateway has none of it.
#include "system_seam.h"

#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>

#include <cstdarg>
#include <cstring>
#include <ctime>

#include "network.h"

namespace gatehouse::sim {

namespace {

Random g_entropy(0);  // one world runs at a time

void fill(void* out, size_t length) {
  auto* at = static_cast<char*>(out);
  while (length > 0) {
    const uint64_t word = g_entropy.next();
    const size_t some = length < sizeof word ? length : sizeof word;
    std::memcpy(at, &word, some);
    at += some;
    length -= some;
  }
}

WallNs wall() {
  return Network::current() != nullptr ? Network::current()->wall() : kWorldBegins;
}

}  // namespace

void seed_entropy(uint64_t seed) {
  g_entropy = Random(seed);
}

}  // namespace gatehouse::sim

extern "C" {

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
ssize_t __wrap_getrandom(void* out, size_t length, unsigned flags);
int __wrap_getentropy(void* out, size_t length);
int __wrap_CRYPTO_rdrand(uint8_t* out);
int __wrap_CRYPTO_rdrand_multiple8_buf(uint8_t* out, size_t length);
time_t __wrap_time(time_t* out);
int __wrap_gettimeofday(timeval* out, void* zone);

// BoringSSL reads its seeds by system call; whatever else is called goes through.
long __wrap_syscall(long number, ...) {
  long words[6];
  va_list arguments;
  va_start(arguments, number);
  for (long& word : words) word = va_arg(arguments, long);
  va_end(arguments);
  if (number != SYS_getrandom)
    return __real_syscall(number, words[0], words[1], words[2], words[3], words[4], words[5]);
  gatehouse::sim::fill(reinterpret_cast<void*>(words[0]), static_cast<size_t>(words[1]));
  return words[1];
}

ssize_t __wrap_getrandom(void* out, size_t length, unsigned) {
  gatehouse::sim::fill(out, length);
  return static_cast<ssize_t>(length);
}

int __wrap_getentropy(void* out, size_t length) {
  gatehouse::sim::fill(out, length);
  return 0;
}

// The processor's generator is only mixed in, and only where it is fast: zeros, so that all machines are equal.
int __wrap_CRYPTO_rdrand(uint8_t* out) {
  std::memset(out, 0, 8);
  return 1;
}

int __wrap_CRYPTO_rdrand_multiple8_buf(uint8_t* out, size_t length) {
  std::memset(out, 0, length);
  return 1;
}

// The dates of certificates and tickets are held against these two.
time_t __wrap_time(time_t* out) {
  const auto seconds = static_cast<time_t>(gatehouse::sim::wall() / gatehouse::kNsPerSecond);
  if (out != nullptr) *out = seconds;
  return seconds;
}

int __wrap_gettimeofday(timeval* out, void*) {
  const gatehouse::WallNs now = gatehouse::sim::wall();
  out->tv_sec = static_cast<time_t>(now / gatehouse::kNsPerSecond);
  out->tv_usec = static_cast<suseconds_t>(now % gatehouse::kNsPerSecond / 1000);
  return 0;
}

}  // extern "C"
