#include "json/scan.h"

#include "base/processor.h"

namespace gatehouse::json {
namespace {

using Kernel = size_t (*)(const char*, size_t, size_t);

bool is_special(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

size_t find_plain(const char* bytes, size_t from, size_t size) {
  while (from < size && !is_special(bytes[from])) ++from;
  return from;
}

#if defined(__x86_64__)

__attribute__((target("avx2"))) size_t find_avx2(const char* bytes, size_t from, size_t size) {
  const __m256i quote = _mm256_set1_epi8('"'), backslash = _mm256_set1_epi8('\\'), control = _mm256_set1_epi8(0x1f);
  for (; size - from >= 32; from += 32) {
    const __m256i block = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes + from));
    const __m256i low = _mm256_cmpeq_epi8(_mm256_min_epu8(block, control), block);
    const __m256i any =
        _mm256_or_si256(low, _mm256_or_si256(_mm256_cmpeq_epi8(block, quote), _mm256_cmpeq_epi8(block, backslash)));
    const auto bits = static_cast<uint32_t>(_mm256_movemask_epi8(any));
    if (bits != 0) return from + static_cast<size_t>(std::countr_zero(bits));
  }
  return find_plain(bytes, from, size);
}

__attribute__((target("avx512bw"))) size_t find_avx512(const char* bytes, size_t from, size_t size) {
  const __m512i quote = _mm512_set1_epi8('"'), backslash = _mm512_set1_epi8('\\'), control = _mm512_set1_epi8(0x20);
  for (; from < size; from += 64) {
    const size_t left = size - from;
    const uint64_t there = left >= 64 ? ~uint64_t{0} : (uint64_t{1} << left) - 1;
    const __m512i block = _mm512_maskz_loadu_epi8(there, bytes + from);
    const uint64_t bits = there & (_mm512_cmplt_epu8_mask(block, control) | _mm512_cmpeq_epi8_mask(block, quote) |
                                   _mm512_cmpeq_epi8_mask(block, backslash));
    if (bits != 0) return from + static_cast<size_t>(std::countr_zero(bits));
  }
  return size;
}

Kernel choose() {
  if (processor::has_avx512()) return find_avx512;
  return processor::has_avx2() ? find_avx2 : find_plain;
}

#else

Kernel choose() { return find_plain; }

#endif

const Kernel kernel = choose();

}  // namespace

size_t find_special_far(const char* bytes, size_t from, size_t size) { return kernel(bytes, from, size); }

}  // namespace gatehouse::json
