// Linked into every target: the search of a seed is the same wherever it runs. libFuzzer remembers the numbers that the code
// compared and tries them in inputs, and takes each new depth of the stack for news; so neither may depend on an address, which
// differs from run to run, and the code may not choose its way by the processor or by chance.
#include <alloca.h>
#include <sys/syscall.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#define PLAIN __attribute__((no_sanitize("coverage", "address", "undefined")))

namespace {

// Addresses of programs, heaps, shadows and stacks on Linux. Numbers of this range are not worth a search either.
constexpr uint64_t kLowestAddress = uint64_t{1} << 43, kAddresses = (uint64_t{1} << 47) - kLowestAddress;
constexpr uintptr_t kPage = 4096;

// What UndefinedBehaviorSanitizer keeps of a dynamic type that it saw: here never anything, so that each look for it fails.
constexpr uintptr_t kNoType = 0xfffe'5a5a'5a5a'5a5a;
constexpr size_t kTypes = 128;

PLAIN bool is_address(uint64_t number) { return number - kLowestAddress < kAddresses || number == kNoType; }

/// The search of one seed; else whatever the machine and chance bring is welcome.
PLAIN bool is_same() {
  static const bool same = getenv("GATEHOUSE_FUZZ_SAME") != nullptr;
  return same;
}

}  // namespace

#define SAME(name)                                                  \
  void __real_##name(uint64_t a, uint64_t b);                       \
  PLAIN void __wrap_##name(uint64_t a, uint64_t b) {                \
    if (!is_address(a) && !is_address(b)) __real_##name(a, b);      \
  }

extern "C" {

SAME(__sanitizer_cov_trace_cmp8)
SAME(__sanitizer_cov_trace_const_cmp8)

// Code looks for the hash of an object's type, which depends on addresses, among the last ones and comes here when it is not
// there: which two types stand in each other's place differed from run to run, and with it what the code was seen to do.
extern uintptr_t __ubsan_vptr_type_cache[kTypes];
void __real___ubsan_handle_dynamic_type_cache_miss(void* type, uintptr_t object, uintptr_t hash);
PLAIN void __wrap___ubsan_handle_dynamic_type_cache_miss(void* type, uintptr_t object, uintptr_t hash) {
  __real___ubsan_handle_dynamic_type_cache_miss(type, object, hash);
  __ubsan_vptr_type_cache[hash % kTypes] = kNoType;
}
PLAIN __attribute__((constructor(102))) void no_types() {
  for (uintptr_t& each : __ubsan_vptr_type_cache) each = kNoType;
}

// BoringSSL's random bytes: from the system alone, and the same ones.
long __real_syscall(long number, long a, long b, long c, long d, long e, long f);
PLAIN long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f) {
  static uint64_t state = 1;
  if (number != SYS_getrandom || !is_same()) return __real_syscall(number, a, b, c, d, e, f);
  for (long i = 0; i < b; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    reinterpret_cast<uint8_t*>(a)[i] = static_cast<uint8_t>(state >> 56);
  }
  return b;
}
int __real_CRYPTO_rdrand_multiple8_buf(uint8_t* out, size_t size) __attribute__((weak));
PLAIN int __wrap_CRYPTO_rdrand_multiple8_buf(uint8_t* out, size_t size) {
  const bool system = is_same() || __real_CRYPTO_rdrand_multiple8_buf == nullptr;   // the library was not asked for it
  return system ? 0 : __real_CRYPTO_rdrand_multiple8_buf(out, size);
}

int __real_main(int count, char** words);

/// The stack begins at a page's end: how far it reaches is counted from there, and depends on how frames are aligned.
PLAIN __attribute__((noinline)) int __wrap_main(int count, char** words) {
  const uintptr_t used = kPage - reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) % kPage;
  char* const gap = static_cast<char*>(alloca(2 * kPage - used));
  asm volatile("" : : "r"(gap) : "memory");
  return __real_main(count, words);
}

#if defined(__x86_64__)

// What __builtin_cpu_supports reads: filled in by the compiler's library with a constructor of priority 101.
struct CpuModel {
  unsigned vendor, type, subtype, features[1];
};
extern CpuModel __cpu_model __attribute__((visibility("hidden")));
extern unsigned __cpu_features2[] __attribute__((visibility("hidden")));

/// Every processor is taken for one with AVX2 and no more when a search must be the same everywhere.
PLAIN __attribute__((constructor(102))) void same_processor() {
  constexpr unsigned kUpToAvx2 = (1u << 11) - 1;
  if (!is_same()) return;
  __builtin_cpu_init();
  __cpu_model.features[0] &= kUpToAvx2;
  __cpu_features2[0] = 0;
}

#endif

}  // extern "C"
