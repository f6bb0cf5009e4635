#include "json/backslash.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/processor.h"

namespace gatehouse::json {
namespace {

using Kernel = void (*)(const char*, size_t, uint64_t*);

#if defined(__x86_64__)

void masks_sse2(const char* bytes, size_t blocks, uint64_t* masks) {
  const __m128i wanted = _mm_set1_epi8('\\');
  for (size_t i = 0; i < blocks; ++i) {
    uint64_t mask = 0;
    for (int part = 3; part >= 0; --part) {
      const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + i * 64 + part * 16));
      mask = mask << 16 | static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(block, wanted)));
    }
    masks[i] = mask;
  }
}

__attribute__((target("avx2"))) void masks_avx2(const char* bytes, size_t blocks, uint64_t* masks) {
  const __m256i wanted = _mm256_set1_epi8('\\');
  for (size_t i = 0; i < blocks; ++i) {
    const auto* at = reinterpret_cast<const __m256i*>(bytes + i * 64);
    const auto low = static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_loadu_si256(at), wanted)));
    const auto high =
        static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_loadu_si256(at + 1), wanted)));
    masks[i] = static_cast<uint64_t>(high) << 32 | low;
  }
}

Kernel choose() { return processor::has_avx2() ? masks_avx2 : masks_sse2; }

#else

void masks_plain(const char* bytes, size_t blocks, uint64_t* masks) {
  for (size_t i = 0; i < blocks; ++i) {
    uint64_t mask = 0;
    for (int bit = 0; bit < 64; ++bit) mask |= static_cast<uint64_t>(bytes[i * 64 + bit] == '\\') << bit;
    masks[i] = mask;
  }
}

Kernel choose() { return masks_plain; }

#endif

const Kernel kernel = choose();

}  // namespace

void backslash_masks(const char* bytes, size_t blocks, uint64_t* masks) { kernel(bytes, blocks, masks); }

}  // namespace gatehouse::json
