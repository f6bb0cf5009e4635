#include "mask/candidates.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace gatehouse::mask {
namespace {

constexpr size_t kSliceBlocks = 64;
constexpr char kTwo = '\xc2', kThree = '\xe2';

using Kernel = void (*)(const char*, size_t, Signs*);

/// A backslash in the last byte of a block looks at the first byte of the next one.
uint64_t pair(uint64_t backslash, uint64_t letter, char next) {
  return backslash & (letter >> 1 | static_cast<uint64_t>(next == 'u') << 63);
}

#if defined(__x86_64__)

struct Parts {
  uint32_t at, digit, between, backslash, letter, two, three;
};

Parts parts_sse2(const char* bytes) {
  const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
  const auto equals = [&](char c) { return _mm_cmpeq_epi8(block, _mm_set1_epi8(c)); };
  const auto bits = [](__m128i mask) { return static_cast<uint32_t>(_mm_movemask_epi8(mask)); };
  const __m128i above = _mm_sub_epi8(block, _mm_set1_epi8('0'));
  return {bits(equals('@')), bits(_mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8(9)), above)),
          bits(_mm_or_si128(equals(' '), equals('-'))), bits(equals('\\')), bits(equals('u')),
          bits(equals(kTwo)), bits(equals(kThree))};
}

void signs_sse2(const char* bytes, size_t count, Signs* out) {
  for (size_t i = 0; i < count; ++i, bytes += 64) {
    Signs signs{};
    uint64_t backslash = 0, letter = 0;
    for (int part = 3; part >= 0; --part) {
      const Parts parts = parts_sse2(bytes + part * 16);
      signs.at = signs.at << 16 | parts.at;
      signs.digit = signs.digit << 16 | parts.digit;
      signs.between = signs.between << 16 | parts.between;
      backslash = backslash << 16 | parts.backslash;
      letter = letter << 16 | parts.letter;
      signs.two = signs.two << 16 | parts.two;
      signs.three = signs.three << 16 | parts.three;
    }
    signs.escape = pair(backslash, letter, bytes[64]);
    out[i] = signs;
  }
}

__attribute__((target("avx2"))) inline uint32_t equal_avx2(__m256i block, char c) {
  return static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(block, _mm256_set1_epi8(c))));
}

__attribute__((target("avx2"))) inline Parts parts_avx2(const char* bytes) {
  const __m256i block = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes));
  const __m256i above = _mm256_sub_epi8(block, _mm256_set1_epi8('0'));
  const __m256i digit = _mm256_cmpeq_epi8(_mm256_min_epu8(above, _mm256_set1_epi8(9)), above);
  return {equal_avx2(block, '@'),  static_cast<uint32_t>(_mm256_movemask_epi8(digit)),
          equal_avx2(block, ' ') | equal_avx2(block, '-'),
          equal_avx2(block, '\\'), equal_avx2(block, 'u'),
          equal_avx2(block, kTwo), equal_avx2(block, kThree)};
}

__attribute__((target("avx2"))) void signs_avx2(const char* bytes, size_t count, Signs* out) {
  for (size_t i = 0; i < count; ++i, bytes += 64) {
    const Parts low = parts_avx2(bytes), high = parts_avx2(bytes + 32);
    const auto both = [](uint32_t a, uint32_t b) { return static_cast<uint64_t>(b) << 32 | a; };
    out[i] = {both(low.at, high.at), both(low.digit, high.digit), both(low.between, high.between),
              pair(both(low.backslash, high.backslash), both(low.letter, high.letter), bytes[64]),
              both(low.two, high.two), both(low.three, high.three)};
  }
}

__attribute__((target("avx512bw"))) void signs_avx512(const char* bytes, size_t count, Signs* out) {
  for (size_t i = 0; i < count; ++i, bytes += 64) {
    const __m512i block = _mm512_loadu_si512(bytes);
    const uint64_t digit =
        _mm512_cmplt_epu8_mask(_mm512_sub_epi8(block, _mm512_set1_epi8('0')), _mm512_set1_epi8(10));
    const uint64_t between = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8(' ')) |
                             _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('-'));
    out[i] = {_mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('@')), digit, between,
              pair(_mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('\\')),
                   _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('u')), bytes[64]),
              _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8(kTwo)),
              _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8(kThree))};
  }
}

Kernel choose() {
  __builtin_cpu_init();
  // VBMI2 came with the first processors that do not slow down for 512 bits; simdjson asks the same.
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi2")) return signs_avx512;
  return __builtin_cpu_supports("avx2") ? signs_avx2 : signs_sse2;
}

#else

void signs_plain(const char* bytes, size_t count, Signs* out) {
  for (size_t i = 0; i < count; ++i, bytes += 64) {
    Signs signs{};
    uint64_t backslash = 0, letter = 0;
    for (int bit = 0; bit < 64; ++bit) {
      const char c = bytes[bit];
      const auto put = [&](bool yes) { return static_cast<uint64_t>(yes) << bit; };
      signs.at |= put(c == '@');
      signs.digit |= put(c >= '0' && c <= '9');
      signs.between |= put(c == ' ' || c == '-');
      backslash |= put(c == '\\');
      letter |= put(c == 'u');
      signs.two |= put(c == kTwo);
      signs.three |= put(c == kThree);
    }
    signs.escape = pair(backslash, letter, bytes[64]);
    out[i] = signs;
  }
}

Kernel choose() { return signs_plain; }

#endif

const Kernel kernel = choose();

}  // namespace

void read_signs(const char* bytes, size_t count, Signs* out) { kernel(bytes, count, out); }

void Candidates::mark(ByteView document, const Wanted& wanted) {
  const size_t blocks = (document.size() + 63) / 64;
  words_.trim();
  words_.resize(blocks / 64 + 1);
  Signs signs[kSliceBlocks];
  Runs runs;
  const bool emails = wanted.has(Detector::email);
  const bool numbers = wanted.any_of(set_of(Detector::payment_card) | set_of(Detector::us_ssn));
  const uint64_t with_at = emails ? ~uint64_t{0} : 0, with_runs = numbers ? ~uint64_t{0} : 0;
  for (size_t first = 0; first < blocks || first == 0; first += kSliceBlocks) {
    const size_t count = blocks - first < kSliceBlocks ? blocks - first : kSliceBlocks;
    read_signs(document.data() + first * 64, count, signs);
    uint64_t marked = 0;
    for (size_t i = 0; i < count; ++i) {
      const char next = document.data()[(first + i + 1) * 64];
      const uint64_t ends = runs.ends(signs[i], next >= '0' && next <= '9');
      uint64_t found = (signs[i].at & with_at) | signs[i].escape | (ends & with_runs);
      if (const size_t left = document.size() - (first + i) * 64; left < 64) found &= (uint64_t{1} << left) - 1;
      marked |= static_cast<uint64_t>(found != 0) << i;
    }
    words_[first / 64] = marked;
  }
  if (blocks % 64 == 0) words_[blocks / 64] = 0;
}

}  // namespace gatehouse::mask
