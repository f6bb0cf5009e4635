#include "pattern/token_run.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <cstring>

#include "base/processor.h"

namespace gatehouse::pattern {
namespace {

constexpr size_t kBlock = kTokenBlock;

using Kernel = void (*)(const char* bytes, size_t blocks, TokenMasks* masks);

#if defined(__x86_64__)

__m128i is_below(__m128i bytes, char count) {
  return _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(static_cast<char>(count - 1))), bytes);
}
__m128i is_one(__m128i bytes, char one) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(one)); }

TokenMasks block_sse2(const char* block) {
  TokenMasks masks{0, 0};
  for (size_t i = kBlock; i > 0;) {
    i -= 16;
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + i));
    const __m128i small = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
    const __m128i letters = is_below(_mm_sub_epi8(small, _mm_set1_epi8('a')), 26);
    const __m128i middle = is_below(_mm_sub_epi8(bytes, _mm_set1_epi8('-')), '9' - '-' + 1);
    const __m128i others = _mm_or_si128(_mm_or_si128(is_one(bytes, '_'), is_one(bytes, '+')),
                                        _mm_or_si128(_mm_or_si128(is_one(bytes, '='), is_one(bytes, '~')), is_one(bytes, '%')));
    const __m128i all = _mm_or_si128(_mm_or_si128(letters, middle), others);
    masks.tokens = masks.tokens << 16 | static_cast<uint32_t>(_mm_movemask_epi8(all));
    masks.digits = masks.digits << 16 |
                   static_cast<uint32_t>(_mm_movemask_epi8(is_below(_mm_sub_epi8(bytes, _mm_set1_epi8('0')), 10)));
  }
  return masks;
}

void masks_sse2(const char* bytes, size_t blocks, TokenMasks* masks) {
  for (size_t i = 0; i < blocks; ++i) masks[i] = block_sse2(bytes + i * kBlock);
}

#define AVX2 __attribute__((target("avx2")))

AVX2 __m256i is_below(__m256i bytes, char count) {
  return _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(static_cast<char>(count - 1))), bytes);
}
AVX2 __m256i is_one(__m256i bytes, char one) { return _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(one)); }

AVX2 TokenMasks block_avx2(const char* block) {
  TokenMasks masks{0, 0};
  for (size_t i = kBlock; i > 0;) {
    i -= 32;
    const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block + i));
    const __m256i small = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));
    const __m256i letters = is_below(_mm256_sub_epi8(small, _mm256_set1_epi8('a')), 26);
    const __m256i middle = is_below(_mm256_sub_epi8(bytes, _mm256_set1_epi8('-')), '9' - '-' + 1);
    const __m256i others =
        _mm256_or_si256(_mm256_or_si256(is_one(bytes, '_'), is_one(bytes, '+')),
                        _mm256_or_si256(_mm256_or_si256(is_one(bytes, '='), is_one(bytes, '~')), is_one(bytes, '%')));
    const __m256i all = _mm256_or_si256(_mm256_or_si256(letters, middle), others);
    masks.tokens = masks.tokens << 32 | static_cast<uint32_t>(_mm256_movemask_epi8(all));
    masks.digits = masks.digits << 32 |
                   static_cast<uint32_t>(_mm256_movemask_epi8(is_below(_mm256_sub_epi8(bytes, _mm256_set1_epi8('0')), 10)));
  }
  return masks;
}

AVX2 void masks_avx2(const char* bytes, size_t blocks, TokenMasks* masks) {
  for (size_t i = 0; i < blocks; ++i) masks[i] = block_avx2(bytes + i * kBlock);
}

#undef AVX2

__attribute__((target("avx512bw"))) void masks_avx512(const char* bytes, size_t blocks, TokenMasks* masks) {
  const auto below = [](__m512i some, char from, char count) __attribute__((target("avx512bw"))) {
    return _mm512_cmplt_epu8_mask(_mm512_sub_epi8(some, _mm512_set1_epi8(from)), _mm512_set1_epi8(count));
  };
  const auto is = [](__m512i some, char one) __attribute__((target("avx512bw"))) {
    return _mm512_cmpeq_epi8_mask(some, _mm512_set1_epi8(one));
  };
  for (size_t i = 0; i < blocks; ++i) {
    const __m512i block = _mm512_loadu_si512(bytes + i * kBlock);
    const __m512i small = _mm512_or_si512(block, _mm512_set1_epi8(0x20));
    masks[i].tokens = below(small, 'a', 26) | below(block, '-', '9' - '-' + 1) | is(block, '_') | is(block, '+') |
                      is(block, '=') | is(block, '~') | is(block, '%');
    masks[i].digits = below(block, '0', 10);
  }
}

Kernel choose() {
  if (processor::has_avx512()) return masks_avx512;
  return processor::has_avx2() ? masks_avx2 : masks_sse2;
}

#else

TokenMasks block_plain(const char* block) {
  TokenMasks masks{0, 0};
  for (size_t i = 0; i < kBlock; ++i) {
    masks.tokens |= uint64_t{is_token(block[i])} << i;
    masks.digits |= uint64_t{block[i] >= '0' && block[i] <= '9'} << i;
  }
  return masks;
}

void masks_plain(const char* bytes, size_t blocks, TokenMasks* masks) {
  for (size_t i = 0; i < blocks; ++i) masks[i] = block_plain(bytes + i * kBlock);
}

Kernel choose() { return masks_plain; }

#endif

const Kernel kernel = choose();

}  // namespace

void token_masks_of(ByteView text, Room<TokenMasks>* masks) {
  const size_t blocks = text.size() / kBlock;
  masks->resize(blocks + 1);
  if (blocks != 0) kernel(text.data(), blocks, masks->data());
  char last[kBlock] = {};
  if (const size_t left = text.size() % kBlock; left != 0) std::memcpy(last, text.data() + blocks * kBlock, left);
  kernel(last, 1, masks->data() + blocks);
}

}  // namespace gatehouse::pattern
