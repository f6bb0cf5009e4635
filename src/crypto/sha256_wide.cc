// SHA-256 of sixteen texts: each lane of a register of 512 bits is one text's word.
#include "crypto/sha256_lanes.h"

#include <cstring>

#if defined(__x86_64__)

#include <immintrin.h>

namespace gatehouse::crypto::sha256_lanes {
namespace {

#define WIDE __attribute__((target("avx512f,avx512bw"), always_inline))

constexpr uint8_t kXor = 0x96, kChoose = 0xca, kMajority = 0xe8;   // of three, as the instruction wants their table

// Masked: GCC 12 takes what has no mask for uninitialised.
template <int n>
WIDE inline __m512i right(__m512i x) { return _mm512_maskz_ror_epi32(0xffff, x, n); }
template <int n>
WIDE inline __m512i shifted(__m512i x) { return _mm512_maskz_srli_epi32(0xffff, x, n); }
WIDE inline __m512i sum(__m512i x, __m512i y) { return _mm512_add_epi32(x, y); }

struct Words {
  __m512i of[16];

  /// load makes of sixteen texts' blocks their words: the n-th of all texts in of[n]. A transposition, by 2, by 4, by 16.
  WIDE inline void load(const char* const* texts, size_t at) {
    const __m512i big_endian = _mm512_maskz_broadcast_i32x4(0xffff, _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));
    __m512i twos[16], fours[16];
    for (size_t i = 0; i < 16; ++i) of[i] = _mm512_shuffle_epi8(_mm512_loadu_si512(texts[i] + at), big_endian);
    for (size_t i = 0; i < 16; i += 2) {
      twos[i] = _mm512_maskz_unpacklo_epi32(0xffff, of[i], of[i + 1]);
      twos[i + 1] = _mm512_maskz_unpackhi_epi32(0xffff, of[i], of[i + 1]);
    }
    for (size_t i = 0; i < 16; i += 4)
      for (size_t k = 0; k < 2; ++k) {
        fours[i + 2 * k] = _mm512_maskz_unpacklo_epi64(0xff, twos[i + k], twos[i + k + 2]);
        fours[i + 2 * k + 1] = _mm512_maskz_unpackhi_epi64(0xff, twos[i + k], twos[i + k + 2]);
      }
    for (size_t k = 0; k < 4; ++k) {   // fours[4 t + k] has words k, k + 4, k + 8, k + 12 of texts 4 t to 4 t + 3
      const __m512i low = _mm512_maskz_shuffle_i32x4(0xffff, fours[k], fours[k + 4], 0x88);
      const __m512i high = _mm512_maskz_shuffle_i32x4(0xffff, fours[k + 8], fours[k + 12], 0x88);
      const __m512i odd_low = _mm512_maskz_shuffle_i32x4(0xffff, fours[k], fours[k + 4], 0xdd);
      const __m512i odd_high = _mm512_maskz_shuffle_i32x4(0xffff, fours[k + 8], fours[k + 12], 0xdd);
      of[k] = _mm512_maskz_shuffle_i32x4(0xffff, low, high, 0x88);
      of[k + 8] = _mm512_maskz_shuffle_i32x4(0xffff, low, high, 0xdd);
      of[k + 4] = _mm512_maskz_shuffle_i32x4(0xffff, odd_low, odd_high, 0x88);
      of[k + 12] = _mm512_maskz_shuffle_i32x4(0xffff, odd_low, odd_high, 0xdd);
    }
  }

  /// next replaces word t by word t + 16.
  template <int t>
  WIDE inline void next() {
    const __m512i before = of[(t + 1) % 16], late = of[(t + 14) % 16];
    const __m512i small0 = _mm512_ternarylogic_epi32(right<7>(before), right<18>(before), shifted<3>(before), kXor);
    const __m512i small1 = _mm512_ternarylogic_epi32(right<17>(late), right<19>(late), shifted<10>(late), kXor);
    of[t] = sum(sum(of[t], of[(t + 9) % 16]), sum(small0, small1));
  }
};

/// Rounds t to 15 of sixteen; instead of moving a to h on, they are called by other names in each.
template <int t, bool kMore>
WIDE inline void rounds(__m512i* v, Words& words, const uint32_t* constants) {
  const __m512i a = v[(16 - t) % 8], b = v[(17 - t) % 8], c = v[(18 - t) % 8];
  const __m512i e = v[(20 - t) % 8], f = v[(21 - t) % 8], g = v[(22 - t) % 8];
  __m512i &d = v[(19 - t) % 8], &h = v[(23 - t) % 8];
  const __m512i with = sum(words.of[t], _mm512_set1_epi32(static_cast<int>(constants[t])));
  const __m512i big1 = _mm512_ternarylogic_epi32(right<6>(e), right<11>(e), right<25>(e), kXor);
  const __m512i big0 = _mm512_ternarylogic_epi32(right<2>(a), right<13>(a), right<22>(a), kXor);
  const __m512i first = sum(sum(h, with), sum(big1, _mm512_ternarylogic_epi32(e, f, g, kChoose)));
  d = sum(d, first);
  h = sum(first, sum(big0, _mm512_ternarylogic_epi32(a, b, c, kMajority)));
  if constexpr (kMore) words.next<t>();
  if constexpr (t < 15) rounds<t + 1, kMore>(v, words, constants);
}

}  // namespace

__attribute__((target("avx512f,avx512bw"))) void wide_blocks(State* states, const char* const* texts, size_t blocks) {
  alignas(64) uint32_t turned[8][kWide];
  for (size_t i = 0; i < kWide; ++i)
    for (size_t k = 0; k < 8; ++k) turned[k][i] = states[i][k];
  __m512i v[8];
  for (size_t k = 0; k < 8; ++k) v[k] = _mm512_load_si512(turned[k]);
  for (size_t at = 0; at < blocks * kBlock; at += kBlock) {
    Words words;
    words.load(texts, at);
    __m512i before[8];
    for (size_t k = 0; k < 8; ++k) before[k] = v[k];
    for (int part = 0; part < 3; ++part) rounds<0, true>(v, words, kRound + 16 * part);
    rounds<0, false>(v, words, kRound + 48);
    for (size_t k = 0; k < 8; ++k) v[k] = sum(v[k], before[k]);
  }
  for (size_t k = 0; k < 8; ++k) _mm512_store_si512(turned[k], v[k]);
  for (size_t i = 0; i < kWide; ++i)
    for (size_t k = 0; k < 8; ++k) states[i][k] = turned[k][i];
}

}  // namespace gatehouse::crypto::sha256_lanes

#endif
