// AES-GCM sixteen blocks at a time, for processors that encrypt and multiply four blocks with one instruction (VAES and
// VPCLMULQDQ over AVX-512). This release of BoringSSL ends with six blocks of AES-NI, at less than half the speed; later ones
// have kernels of their own, and a prefix with such a one is built without this file.
//
// It stands where gcm.c calls its kernel (meson.build renames the two calls) and keeps that kernel's contract: it takes
// whole blocks from the front, as many as it likes, moves counter and hash on, and says how many bytes it took. Nonces,
// associated data, the rest of a text, tags and their comparison stay BoringSSL's. Nothing here branches on, or looks up by, a
// key or a text: only lengths and the processor decide.
//
// GHASH as in gcm_init_avx: blocks byte-swapped, powers of the hash key shifted left by one, so that a product needs no
// shift and is reduced by two multiplications (Gueron and Kounavis, "Intel Carry-Less Multiplication Instruction and its
// Usage for Computing the GCM Mode").
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/aes.h>

#include "src/crypto/internal.h"

size_t aesni_gcm_encrypt(const uint8_t *in, uint8_t *out, size_t len, const AES_KEY *key, uint8_t ivec[16], uint64_t *Xi);
size_t aesni_gcm_decrypt(const uint8_t *in, uint8_t *out, size_t len, const AES_KEY *key, uint8_t ivec[16], uint64_t *Xi);
size_t gcm_bulk_encrypt(const uint8_t *in, uint8_t *out, size_t len, const AES_KEY *key, uint8_t ivec[16], uint64_t *Xi);
size_t gcm_bulk_decrypt(const uint8_t *in, uint8_t *out, size_t len, const AES_KEY *key, uint8_t ivec[16], uint64_t *Xi);

#define WIDE __attribute__((target("avx512f,avx512bw,avx512vl,vaes,vpclmulqdq")))
#define WIDE_INLINE WIDE __attribute__((always_inline)) static inline

enum { kStep = 256 };   // bytes of sixteen blocks

typedef struct {
  __m512i low, middle, high;   // of products that are not reduced yet
} Sum;

WIDE_INLINE __m512i swap_bytes(__m512i blocks) {
  return _mm512_shuffle_epi8(blocks, _mm512_broadcast_i32x4(_mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)));
}

WIDE_INLINE __m512i xor3(__m512i a, __m512i b, __m512i c) { return _mm512_ternarylogic_epi64(a, b, c, 0x96); }

WIDE_INLINE Sum multiply(__m512i a, __m512i b) {
  Sum product = {_mm512_clmulepi64_epi128(a, b, 0x00),
                 _mm512_xor_si512(_mm512_clmulepi64_epi128(a, b, 0x01), _mm512_clmulepi64_epi128(a, b, 0x10)),
                 _mm512_clmulepi64_epi128(a, b, 0x11)};
  return product;
}

WIDE_INLINE void add_product(Sum *sum, __m512i a, __m512i b) {
  sum->low = _mm512_xor_si512(sum->low, _mm512_clmulepi64_epi128(a, b, 0x00));
  sum->high = _mm512_xor_si512(sum->high, _mm512_clmulepi64_epi128(a, b, 0x11));
  sum->middle = xor3(sum->middle, _mm512_clmulepi64_epi128(a, b, 0x01), _mm512_clmulepi64_epi128(a, b, 0x10));
}

// Each of four products modulo x^128 + x^7 + x^2 + x + 1, in the reflected order.
WIDE_INLINE __m512i reduce(Sum sum) {
  const __m512i polynomial = _mm512_set1_epi64((long long)0xc200000000000000);
  __m512i low = _mm512_xor_si512(sum.low, _mm512_bslli_epi128(sum.middle, 8));
  const __m512i high = _mm512_xor_si512(sum.high, _mm512_bsrli_epi128(sum.middle, 8));
  low = _mm512_xor_si512(_mm512_shuffle_epi32(low, _MM_PERM_BADC), _mm512_clmulepi64_epi128(low, polynomial, 0x00));
  return xor3(high, _mm512_shuffle_epi32(low, _MM_PERM_BADC), _mm512_clmulepi64_epi128(low, polynomial, 0x00));
}

WIDE_INLINE __m128i fold(__m512i four) {
  const __m256i two = _mm256_xor_si256(_mm512_castsi512_si256(four), _mm512_extracti64x4_epi64(four, 1));
  return _mm_xor_si128(_mm256_castsi256_si128(two), _mm256_extracti128_si256(two, 1));
}

WIDE_INLINE __m512i powers(const __m128i *table, int first, int second, int third, int fourth) {
  __m512i four = _mm512_castsi128_si512(_mm_loadu_si128(table + first));
  four = _mm512_inserti32x4(four, _mm_loadu_si128(table + second), 1);
  four = _mm512_inserti32x4(four, _mm_loadu_si128(table + third), 2);
  return _mm512_inserti32x4(four, _mm_loadu_si128(table + fourth), 3);
}

// The hash of sixteen blocks more. The product that waits for the hash before comes last.
WIDE_INLINE __m512i add_blocks(__m512i hash, const __m512i blocks[4], const __m512i hash_key[4]) {
  Sum sum = multiply(blocks[1], hash_key[1]);
  add_product(&sum, blocks[2], hash_key[2]);
  add_product(&sum, blocks[3], hash_key[3]);
  add_product(&sum, _mm512_xor_si512(blocks[0], hash), hash_key[0]);
  return _mm512_zextsi128_si512(fold(reduce(sum)));
}

// rounds is a constant where this is inlined: the keys stay in registers and the loops are gone.
WIDE_INLINE size_t run(const uint8_t *in, uint8_t *out, size_t len, const AES_KEY *key, uint8_t ivec[16], uint64_t *Xi,
                       const int rounds, const int encrypt) {
  __m512i keys[15];
  for (int i = 0; i <= rounds; ++i)
    keys[i] = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)key->rd_key + i));

  // Behind Xi lie H and its table: two powers, then what Karatsuba's way needs of them, four times.
  const __m128i *table = (const __m128i *)Xi + 2;
  __m512i hash_key[4];
  hash_key[3] = powers(table, 4, 3, 1, 0);    // H^4 to H^1
  hash_key[2] = powers(table, 10, 9, 7, 6);   // H^8 to H^5
  const __m512i eighth = _mm512_broadcast_i32x4(_mm_loadu_si128(table + 10));
  hash_key[1] = reduce(multiply(hash_key[3], eighth));
  hash_key[0] = reduce(multiply(hash_key[2], eighth));

  __m512i hash = _mm512_zextsi128_si512(_mm_loadu_si128((const __m128i *)Xi));
  hash = swap_bytes(hash);
  __m512i counter = swap_bytes(_mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)ivec)));
  counter = _mm512_add_epi32(counter, _mm512_set_epi32(0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0));
  const __m512i four = _mm512_broadcast_i32x4(_mm_set_epi32(0, 0, 0, 4));

  // A text that is opened is hashed as it came. What was sealed is hashed a step later, beside the next blocks: neither waits
  // for the other.
  __m512i sealed[4];
  size_t done = 0;
  for (; len - done >= kStep; done += kStep) {
    __m512i block[4], text[4];
    for (int i = 0; i < 4; ++i) {
      text[i] = _mm512_loadu_si512(in + done + 64 * i);
      block[i] = _mm512_xor_si512(swap_bytes(counter), keys[0]);
      counter = _mm512_add_epi32(counter, four);
    }
    for (int round = 1; round < rounds; ++round)
      for (int i = 0; i < 4; ++i) block[i] = _mm512_aesenc_epi128(block[i], keys[round]);
    for (int i = 0; i < 4; ++i) block[i] = _mm512_xor_si512(_mm512_aesenclast_epi128(block[i], keys[rounds]), text[i]);
    for (int i = 0; i < 4; ++i) _mm512_storeu_si512(out + done + 64 * i, block[i]);
    if (encrypt && done != 0) hash = add_blocks(hash, sealed, hash_key);
    for (int i = 0; i < 4; ++i) sealed[i] = swap_bytes(encrypt ? block[i] : text[i]);
    if (!encrypt) hash = add_blocks(hash, sealed, hash_key);
  }
  if (encrypt && done != 0) hash = add_blocks(hash, sealed, hash_key);
  _mm_storeu_si128((__m128i *)Xi, _mm512_castsi512_si128(swap_bytes(hash)));
  _mm_storeu_si128((__m128i *)ivec, _mm512_castsi512_si128(swap_bytes(counter)));
  return done;
}

#define DEFINE(name, rounds, encrypt)                                                                              \
  WIDE __attribute__((noinline)) static size_t name(const uint8_t *in, uint8_t *out, size_t len, const AES_KEY *key, \
                                                    uint8_t ivec[16], uint64_t *Xi) {                             \
    return run(in, out, len, key, ivec, Xi, rounds, encrypt);                                                      \
  }
DEFINE(encrypt_128, 10, 1)
DEFINE(decrypt_128, 10, 0)
DEFINE(encrypt_256, 14, 1)
DEFINE(decrypt_256, 14, 0)

// BoringSSL clears what the operating system does not keep.
static int is_wide(void) {
  const uint32_t avx512 = 1u << 16 | 1u << 30 | 1u << 31;   // F, BW, VL
  const uint32_t vector = 1u << 9 | 1u << 10;               // VAES, VPCLMULQDQ
  return (OPENSSL_ia32cap_P[2] & avx512) == avx512 && (OPENSSL_ia32cap_P[3] & vector) == vector;
}

size_t gcm_bulk_encrypt(const uint8_t *in, uint8_t *out, size_t len, const AES_KEY *key, uint8_t ivec[16], uint64_t *Xi) {
  if (len >= kStep && is_wide()) {   // AES-NI's key schedule counts one round less
    if (key->rounds == 9) return encrypt_128(in, out, len, key, ivec, Xi);
    if (key->rounds == 13) return encrypt_256(in, out, len, key, ivec, Xi);
  }
  return aesni_gcm_encrypt(in, out, len, key, ivec, Xi);
}

size_t gcm_bulk_decrypt(const uint8_t *in, uint8_t *out, size_t len, const AES_KEY *key, uint8_t ivec[16], uint64_t *Xi) {
  if (len >= kStep && is_wide()) {
    if (key->rounds == 9) return decrypt_128(in, out, len, key, ivec, Xi);
    if (key->rounds == 13) return decrypt_256(in, out, len, key, ivec, Xi);
  }
  return aesni_gcm_decrypt(in, out, len, key, ivec, Xi);
}
