// SHA-256 (FIPS 180-4) of two texts, their blocks in turn: an instruction of the one runs while the other's waits for its result.
#include "crypto/sha256_lanes.h"

#include <cstring>

#if defined(__x86_64__)

#include <immintrin.h>

namespace gatehouse::crypto::sha256_lanes {
namespace {

#define SHA_EXTENSIONS __attribute__((target("sha,sse4.1,ssse3")))

/// Lane is one text's state as the instructions want it, and the sixteen words of its block that the next rounds need.
struct Lane {
  __m128i abef, cdgh;
  __m128i words[4];

  SHA_EXTENSIONS void load(const State& s) {
    abef = _mm_set_epi32(static_cast<int>(s[0]), static_cast<int>(s[1]), static_cast<int>(s[4]), static_cast<int>(s[5]));
    cdgh = _mm_set_epi32(static_cast<int>(s[2]), static_cast<int>(s[3]), static_cast<int>(s[6]), static_cast<int>(s[7]));
  }
  SHA_EXTENSIONS void store(State* s) const {
    uint32_t low[4], high[4];
    std::memcpy(low, &abef, sizeof low);
    std::memcpy(high, &cdgh, sizeof high);
    *s = {low[3], low[2], high[3], high[2], low[1], low[0], high[1], high[0]};
  }
  SHA_EXTENSIONS inline void begin(const char* block) {
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    for (size_t i = 0; i < 4; ++i) {
      __m128i word;
      std::memcpy(&word, block + 16 * i, sizeof word);
      words[i] = _mm_shuffle_epi8(word, big_endian);
    }
  }
  /// four rounds, `kStep` of sixteen; meanwhile words that a later step needs are made (FIPS 180-4, 6.2.2, step 1).
  template <int kStep>
  SHA_EXTENSIONS inline void four(__m128i constants) {
    const __m128i now = words[kStep % 4];
    __m128i with = _mm_add_epi32(now, constants);
    cdgh = _mm_sha256rnds2_epu32(cdgh, abef, with);
    if constexpr (kStep >= 3 && kStep < 15) {
      __m128i& next = words[(kStep + 1) % 4];
      next = _mm_sha256msg2_epu32(_mm_add_epi32(next, _mm_alignr_epi8(now, words[(kStep + 3) % 4], 4)), now);
    }
    with = _mm_shuffle_epi32(with, 0x0e);
    abef = _mm_sha256rnds2_epu32(abef, cdgh, with);
    if constexpr (kStep >= 1 && kStep < 13) words[(kStep + 3) % 4] = _mm_sha256msg1_epu32(words[(kStep + 3) % 4], now);
  }
};

template <int kStep>
SHA_EXTENSIONS inline void rounds(Lane& a, Lane& b) {
  __m128i constants;
  std::memcpy(&constants, kRound + 4 * kStep, sizeof constants);
  a.four<kStep>(constants);
  b.four<kStep>(constants);
  if constexpr (kStep < 15) rounds<kStep + 1>(a, b);
}

}  // namespace

SHA_EXTENSIONS void both_blocks(State* first, State* second, const char* a, const char* b, size_t blocks) {
  Lane x, y;
  x.load(*first);
  y.load(*second);
  for (; blocks > 0; --blocks, a += kBlock, b += kBlock) {
    const __m128i before[4] = {x.abef, x.cdgh, y.abef, y.cdgh};
    x.begin(a);
    y.begin(b);
    rounds<0>(x, y);
    x.abef = _mm_add_epi32(x.abef, before[0]);
    x.cdgh = _mm_add_epi32(x.cdgh, before[1]);
    y.abef = _mm_add_epi32(y.abef, before[2]);
    y.cdgh = _mm_add_epi32(y.cdgh, before[3]);
  }
  x.store(first);
  y.store(second);
}

}  // namespace gatehouse::crypto::sha256_lanes

#endif
