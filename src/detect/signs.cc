#include "detect/signs.h"

#include <algorithm>
#include <cstring>

#include "base/letters.h"
#include "base/processor.h"
#include "detect/emphasis.h"
#include "detect/literals.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace gatehouse::detect {
namespace {

constexpr char kTwo = '\xc2', kThree = '\xe2';

/// Reads `count` blocks, and kHead - 1 bytes more, into the lanes from the first on.
using Kernel = void (*)(const char*, size_t count, size_t lane, Signs*);

/// From the lowest bit up; AVX-512 takes them from the top down.
enum Class : uint8_t { is_at = 1, digit = 2, between = 4, colon = 8, hex = 16, token = 32, backslash = 64, emphasis = 128 };

constexpr uint8_t class_of(char c) {
  unsigned of = 0;
  if (c == '@') of |= is_at;
  if (is_digit(c)) of |= digit | hex | token;
  if (is_hex_letter(c)) of |= hex;
  if (is_ascii_letter(c) || c == '-' || c == '_') of |= token;
  if (c == ' ' || c == '-' || c == '.' || c == '/' || c == '\\') of |= between;
  if (c == ':') of |= colon;
  if (c == '\\') of |= backslash;
  if (is_emphasis(c)) of |= emphasis;
  return static_cast<uint8_t>(of);
}

struct Classes {
  uint8_t of[128] = {};
  constexpr Classes() {
    for (size_t c = 0; c < 128; ++c) of[c] = class_of(static_cast<char>(c));
  }
};
constexpr Classes kClasses;

struct Block {
  uint64_t at, digit, between, colon, hex, token, backslash, slash, dot, letter_u, two, three, literal, emphasis;
};

void put_block(const Block& block, size_t lane, Signs* out) {
  Signs& signs = out[lane / kLanes];
  lane %= kLanes;
  signs.at[lane] = block.at;
  signs.digit[lane] = block.digit;
  signs.between[lane] = block.between;
  signs.colon[lane] = block.colon;
  signs.hex[lane] = block.hex;
  signs.token[lane] = block.token;
  signs.backslash[lane] = block.backslash;
  signs.slash[lane] = block.slash;
  signs.dot[lane] = block.dot;
  signs.letter_u[lane] = block.letter_u;
  signs.two[lane] = block.two;
  signs.three[lane] = block.three;
  signs.literal[lane] = block.literal;
  signs.emphasis[lane] = block.emphasis;
}

void signs_plain(const char* bytes, size_t count, size_t lane, Signs* out) {
  for (size_t i = 0; i < count; ++i, bytes += 64) {
    Block signs{};
    for (int bit = 0; bit < 64; ++bit) {
      const char c = bytes[bit];
      const uint8_t of = static_cast<uint8_t>(c) < 128 ? kClasses.of[static_cast<uint8_t>(c)] : uint8_t{0};
      const auto put = [&](bool yes) { return static_cast<uint64_t>(yes) << bit; };
      signs.at |= put(of & is_at);
      signs.digit |= put(of & digit);
      signs.between |= put(of & between);
      signs.colon |= put(of & colon);
      signs.emphasis |= put(of & emphasis);
      signs.hex |= put(of & hex);
      signs.token |= put(of & token);
      signs.backslash |= put(of & backslash);
      signs.slash |= put(c == '/');
      signs.dot |= put(c == '.');
      signs.letter_u |= put(c == 'u');
      signs.two |= put(c == kTwo);
      signs.three |= put(c == kThree);
      unsigned buckets = 0xff;
      for (size_t place = 0; place < kHead; ++place) {
        const uint8_t folded = fold(bytes[static_cast<size_t>(bit) + place]);
        buckets &= kHeads.low[place][folded & 15] & kHeads.high[place][folded >> 4];
      }
      signs.literal |= put(buckets != 0);
    }
    put_block(signs, lane + i, out);
  }
}

#if defined(__x86_64__)

struct Half {
  uint32_t at, digit, between, colon, hex, token, backslash, slash, dot, letter_u, two, three, literal, emphasis;
};

#define AVX2 __attribute__((target("avx2")))

AVX2 inline uint32_t equal_avx2(__m256i block, char c) {
  return static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(block, _mm256_set1_epi8(c))));
}

/// Where bit `shift` counted from the top is set.
template <int shift>
AVX2 inline uint32_t bit_avx2(__m256i of) {
  return static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_slli_epi16(of, shift)));
}

AVX2 inline __m256i halves_avx2(__m256i block, __m256i low, __m256i high) {
  const __m256i mask = _mm256_set1_epi8(15);
  return _mm256_and_si256(_mm256_shuffle_epi8(low, _mm256_and_si256(block, mask)),
                          _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(block, 4), mask)));
}

AVX2 inline __m256i twice_avx2(const void* table) {
  return _mm256_broadcastsi128_si256(_mm_loadu_si128(static_cast<const __m128i*>(table)));
}

AVX2 inline uint32_t literals_avx2(const char* bytes) {
  __m256i buckets = _mm256_set1_epi8(-1);
  for (size_t place = 0; place < kHead; ++place) {
    const __m256i block = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes + place));
    const __m256i folded = _mm256_or_si256(block, _mm256_set1_epi8(0x20));
    buckets = _mm256_and_si256(buckets, halves_avx2(folded, twice_avx2(kHeads.low[place]), twice_avx2(kHeads.high[place])));
  }
  return ~static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(buckets, _mm256_setzero_si256())));
}

// Sets that are products of halves. From the top bit: digits, between (less the backslash), a-f, @A-O, P-Z, @, colon, backslash.
constexpr uint8_t kLowHalf[16] = {0x80 | 0x40 | 0x08 | 0x04, 0x80 | 0x20 | 0x10 | 0x08, 0x80 | 0x20 | 0x10 | 0x08,
                                  0x80 | 0x20 | 0x10 | 0x08, 0x80 | 0x20 | 0x10 | 0x08, 0x80 | 0x20 | 0x10 | 0x08,
                                  0x80 | 0x20 | 0x10 | 0x08, 0x80 | 0x10 | 0x08,        0x80 | 0x10 | 0x08,
                                  0x80 | 0x10 | 0x08,        0x10 | 0x08 | 0x02,        0x10,
                                  0x10 | 0x01,               0x40 | 0x10,               0x40 | 0x10,
                                  0x40 | 0x10};
constexpr uint8_t kHighHalf[16] = {0, 0, 0x40, 0x80 | 0x02, 0x20 | 0x10 | 0x04, 0x08 | 0x01, 0x20 | 0x10, 0x08,
                                   0, 0, 0,    0,           0,                  0,           0,           0};

AVX2 inline Half half_avx2(const char* bytes) {
  const __m256i block = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes));
  const __m256i of = halves_avx2(block, twice_avx2(kLowHalf), twice_avx2(kHighHalf));
  Half half;
  half.digit = bit_avx2<0>(of);
  half.backslash = bit_avx2<7>(of);
  half.between = bit_avx2<1>(of) | half.backslash;
  half.hex = bit_avx2<2>(of) | half.digit;
  half.at = bit_avx2<5>(of);
  half.colon = bit_avx2<6>(of);
  half.token = bit_avx2<3>(of) | bit_avx2<4>(of) | half.digit | equal_avx2(block, '-') | equal_avx2(block, '_');
  half.slash = equal_avx2(block, '/');
  half.dot = equal_avx2(block, '.');
  half.letter_u = equal_avx2(block, 'u');
  half.two = equal_avx2(block, kTwo);
  half.three = equal_avx2(block, kThree);
  half.literal = literals_avx2(bytes);
  half.emphasis = equal_avx2(block, '*') | equal_avx2(block, '_') | equal_avx2(block, '`') | equal_avx2(block, '~');
  return half;
}

AVX2 void signs_avx2(const char* bytes, size_t count, size_t lane, Signs* out) {
  for (size_t i = 0; i < count; ++i, bytes += 64) {
    const Half low = half_avx2(bytes), high = half_avx2(bytes + 32);
    const auto both = [](uint32_t a, uint32_t b) { return static_cast<uint64_t>(b) << 32 | a; };
    put_block({both(low.at, high.at), both(low.digit, high.digit), both(low.between, high.between), both(low.colon, high.colon),
               both(low.hex, high.hex), both(low.token, high.token), both(low.backslash, high.backslash),
               both(low.slash, high.slash), both(low.dot, high.dot), both(low.letter_u, high.letter_u), both(low.two, high.two),
               both(low.three, high.three), both(low.literal, high.literal), both(low.emphasis, high.emphasis)},
              lane + i, out);
  }
}

#define AVX512 __attribute__((target("avx512bw,avx512vbmi,gfni")))

struct Tables {
  __m512i class_low, class_high, heads[HeadTables::kBanks][kHead];
};

/// The mask of the top bit; the next one is the top then. It has a port of its own, beside that of look-ups and comparisons.
AVX512 inline uint64_t take_top(__m512i* of) {
  const uint64_t top = _mm512_movepi8_mask(*of);
  *of = _mm512_add_epi8(*of, *of);
  return top;
}
AVX512 inline uint64_t equal(__m512i block, char c) { return _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8(c)); }
/// The first `size` bytes, zeros behind.
AVX512 inline __m512i first_bytes(const char* bytes, size_t size) {
  return _mm512_maskz_loadu_epi8(size >= 64 ? ~uint64_t{0} : (uint64_t{1} << size) - 1, bytes);
}

/// symbol_of() each byte: bits 0 to 4 and 6, as a matrix over bits.
AVX512 inline __m512i symbols(__m512i bytes) {
  return _mm512_gf2p8affine_epi64_epi8(bytes, _mm512_set1_epi64(0x0102040810400000), 0);
}

AVX512 inline __m512i all_three(__m512i a, __m512i b, __m512i c) { return _mm512_ternarylogic_epi64(a, b, c, 0x80); }
static_assert(kHead % 2 == 0);

/// Where literals may begin, by what stands at each place behind; here(place) are the 64 bytes from there on.
template <typename Here>
AVX512 inline uint64_t literals_avx512(const Tables& tables, uint64_t ascii, Here here) {
  __m512i first = _mm512_set1_epi8(-1);
  constexpr uint64_t kAll = ~uint64_t{0};   // GCC 12 takes what has no mask for uninitialised
  __m512i second = _mm512_mask_set1_epi8(_mm512_set1_epi8(static_cast<char>(HeadTables::kBeyond)), ascii,
                                         static_cast<char>(~HeadTables::kBeyond));
#pragma GCC unroll 3
  for (size_t place = 0; place < kHead; place += 2) {
    const __m512i of = symbols(here(place)), next = symbols(here(place + 1));
    const auto& [one, two] = tables.heads;
    first = all_three(first, _mm512_maskz_permutexvar_epi8(ascii, of, one[place]),
                      _mm512_maskz_permutexvar_epi8(kAll, next, one[place + 1]));
    second = all_three(second, _mm512_maskz_permutexvar_epi8(kAll, of, two[place]),
                       _mm512_maskz_permutexvar_epi8(kAll, next, two[place + 1]));
  }
  const __m512i either = _mm512_or_si512(first, second);
  return _mm512_test_epi8_mask(either, either);   // zeros are none's head
}

template <typename Here>
AVX512 inline void put_avx512(const Tables& tables, Here here, size_t lane, Signs* out) {
  const __m512i block = here(0);
  const uint64_t ascii = ~_mm512_movepi8_mask(block);
  __m512i of = _mm512_maskz_permutex2var_epi8(ascii, tables.class_low, block, tables.class_high);
  out->emphasis[lane] = take_top(&of);
  out->backslash[lane] = take_top(&of);
  out->token[lane] = take_top(&of);
  out->hex[lane] = take_top(&of);
  out->colon[lane] = take_top(&of);
  out->between[lane] = take_top(&of);
  out->digit[lane] = take_top(&of);
  out->at[lane] = take_top(&of);
  out->slash[lane] = equal(block, '/');
  out->dot[lane] = equal(block, '.');
  out->letter_u[lane] = equal(block, 'u');
  out->two[lane] = equal(block, kTwo);
  out->three[lane] = equal(block, kThree);
  out->literal[lane] = literals_avx512(tables, ascii, here);
}

AVX512 void signs_avx512(ByteView text, size_t count, Signs* out) {
  Tables tables;
  tables.class_low = _mm512_loadu_si512(kClasses.of);
  tables.class_high = _mm512_loadu_si512(kClasses.of + 64);
#pragma GCC unroll 6
  for (size_t place = 0; place < kHead; ++place) {
    tables.heads[0][place] = _mm512_loadu_si512(kHeads.wide[0][place]);
    tables.heads[1][place] = _mm512_loadu_si512(kHeads.wide[1][place]);
  }
  const char* bytes = text.data();
  const size_t size = std::min(text.size(), count * kLaneBytes), blocks = size / 64;
  size_t left = text.size(), lane = 0;
  for (; lane < blocks && left >= 64 + kHead; ++lane, bytes += 64, left -= 64) {
    const auto whole = [bytes](size_t place) AVX512 { return _mm512_loadu_si512(bytes + place); };
    put_avx512(tables, whole, lane % kLanes, out + lane / kLanes);
  }
  for (; lane * 64 < size; ++lane, bytes += 64, left -= std::min<size_t>(left, 64)) {
    const auto there = [bytes, left](size_t place) AVX512 { return first_bytes(bytes + place, left > place ? left - place : 0); };
    put_avx512(tables, there, lane % kLanes, out + lane / kLanes);
  }
}

/// Classes for SignSet::few, from the top bit down: emphasis, backslash, a bracket that may begin "(at)", between, digit, '@'.
struct FewClasses {
  uint8_t of[128] = {};
  constexpr FewClasses() {
    for (size_t c = 0; c < 128; ++c) {
      const char ascii = static_cast<char>(c);
      const unsigned all = class_of(ascii);
      const bool bracket = ascii == '(' || ascii == '[' || ascii == '{';
      of[c] = static_cast<uint8_t>((all & (emphasis | backslash)) | (bracket ? 32u : 0u) | (all & (between | digit | is_at)) << 2);
    }
  }
};
static_assert(between << 2 == 16 && is_at << 2 == 4);
constexpr FewClasses kFewClasses;

AVX512 inline void put_few_avx512(__m512i low, __m512i high, __m512i block, size_t lane, Signs* out) {
  __m512i of = _mm512_maskz_permutex2var_epi8(~_mm512_movepi8_mask(block), low, block, high);
  out->emphasis[lane] = take_top(&of);
  out->backslash[lane] = take_top(&of);
  out->literal[lane] = take_top(&of);
  out->between[lane] = take_top(&of);
  out->digit[lane] = take_top(&of);
  out->at[lane] = take_top(&of);
  out->slash[lane] = equal(block, '/');
  out->letter_u[lane] = equal(block, 'u');
  out->two[lane] = equal(block, kTwo);
  out->three[lane] = equal(block, kThree);
  out->colon[lane] = out->hex[lane] = out->token[lane] = out->dot[lane] = 0;
}

AVX512 void few_avx512(ByteView text, size_t count, Signs* out) {
  const __m512i low = _mm512_loadu_si512(kFewClasses.of), high = _mm512_loadu_si512(kFewClasses.of + 64);
  const char* bytes = text.data();
  const size_t size = std::min(text.size(), count * kLaneBytes);
  size_t lane = 0;
  for (; lane < size / 64; ++lane, bytes += 64)
    put_few_avx512(low, high, _mm512_loadu_si512(bytes), lane % kLanes, out + lane / kLanes);
  if (size % 64 != 0) put_few_avx512(low, high, first_bytes(bytes, size % 64), lane % kLanes, out + lane / kLanes);
}

Kernel choose() { return processor::has_avx2() ? signs_avx2 : signs_plain; }

#else

void signs_avx512(ByteView, size_t, Signs*) {}
void few_avx512(ByteView, size_t, Signs*) {}
Kernel choose() { return signs_plain; }

#endif

const Kernel kernel = choose();

}  // namespace

const bool has_avx512 = processor::has_avx512();

void read_signs(ByteView text, size_t count, SignSet set, Signs* out) {
  if (has_avx512) return set == SignSet::few ? few_avx512(text, count, out) : signs_avx512(text, count, out);
  const size_t size = std::min(text.size(), count * kLaneBytes);
  const size_t whole = std::min(size / 64, text.size() < kHead ? 0 : (text.size() - (kHead - 1)) / 64);
  kernel(text.data(), whole, 0, out);
  for (size_t at = whole * 64; at < size; at += 64) {
    char rest[64 + kHead] = {};
    std::memcpy(rest, text.data() + at, std::min(text.size() - at, sizeof rest));
    kernel(rest, 1, at / 64, out);
  }
}

}  // namespace gatehouse::detect
