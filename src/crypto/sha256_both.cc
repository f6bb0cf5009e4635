// SHA-256 (FIPS 180-4) of two texts, their blocks in turn: an instruction of the one runs while the other's waits for its result.
// What is left of the longer one, and the ends, are the library's.
#include "crypto/sha256_both.h"

#include <openssl/sha.h>

#include <algorithm>
#include <cstring>

#include "base/processor.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace gatehouse::crypto {

#if defined(__x86_64__)

namespace {

#define SHA_EXTENSIONS __attribute__((target("sha,sse4.1,ssse3")))

constexpr size_t kBlock = SHA256_CBLOCK;

using State = std::array<uint32_t, 8>;   // a to h

constexpr State kInitial = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

alignas(16) constexpr uint32_t kRound[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

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

/// finish takes in what is left of a text of which `done` bytes are in the state, and its end (FIPS 180-4, 5.1.1).
Sha256 finish(State state, ByteView text, size_t done) {
  const ByteView rest = text.substr(done);
  const size_t whole = rest.size() / kBlock;
  if (whole > 0) SHA256_TransformBlocks(state.data(), u8(rest.data()), whole);   // which does not stop at none
  const ByteView tail = rest.substr(whole * kBlock);
  uint8_t end[2 * kBlock] = {};
  std::memcpy(end, tail.data(), tail.size());
  end[tail.size()] = 0x80;
  const size_t bytes = tail.size() + 9 <= kBlock ? kBlock : 2 * kBlock;
  for (size_t i = 0; i < 8; ++i) end[bytes - 1 - i] = static_cast<uint8_t>(uint64_t{text.size()} * 8 >> (8 * i));
  SHA256_TransformBlocks(state.data(), end, bytes / kBlock);
  Sha256 digest;
  for (size_t i = 0; i < digest.size(); ++i) digest[i] = static_cast<uint8_t>(state[i / 4] >> (24 - 8 * (i % 4)));
  return digest;
}

const bool has_sha = processor::has_sha();

}  // namespace

std::array<Sha256, 2> sha256_both(ByteView a, ByteView b) {
  if (!has_sha) return {sha256(a), sha256(b)};
  State first = kInitial, second = kInitial;
  const size_t blocks = std::min(a.size(), b.size()) / kBlock;
  both_blocks(&first, &second, a.data(), b.data(), blocks);
  return {finish(first, a, blocks * kBlock), finish(second, b, blocks * kBlock)};
}

#else

std::array<Sha256, 2> sha256_both(ByteView a, ByteView b) { return {sha256(a), sha256(b)}; }

#endif

}  // namespace gatehouse::crypto
