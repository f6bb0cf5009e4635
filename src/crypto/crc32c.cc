// CRC32C. Where the processor multiplies without carries 64 bytes at a time, long runs are folded: 256 bytes become 16 that
// leave the same rest (Gopal et al., "Fast CRC Computation for Generic Polynomials", 2009). Else, and for what is left, three
// interleaved streams hide the instruction's latency of three cycles; their ends are joined by advancing the earlier ones over
// as many zero bytes as follow (a linear map, so a table). Long lanes first, then short ones for what is left: a rest of 3 KiB
// done singly costs as much as 9 KiB.
#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/processor.h"
#include "crypto/crc32c_portable.h"
#include "crypto/digest.h"

namespace gatehouse::crypto {

namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;  // reflected 0x1edc6f41
constexpr size_t kLongLane = 1024;            // bytes of one of the three streams
constexpr size_t kShortLane = 128;

constexpr std::array<uint32_t, 256> make_byte_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    table[i] = crc;
  }
  return table;
}
constexpr std::array<uint32_t, 256> kByte = make_byte_table();

#if defined(__x86_64__)

using Matrix = std::array<uint32_t, 32>;  // column i: what bit i becomes

constexpr uint32_t times(const Matrix& matrix, uint32_t vector) {
  uint32_t sum = 0;
  for (size_t i = 0; vector != 0; vector >>= 1, ++i)
    if ((vector & 1) != 0) sum ^= matrix[i];
  return sum;
}

constexpr Matrix squared(const Matrix& matrix) {
  Matrix out{};
  for (size_t i = 0; i < 32; ++i) out[i] = times(matrix, matrix[i]);
  return out;
}

using LaneTable = std::array<std::array<uint32_t, 256>, 4>;

template <size_t kLane>
constexpr LaneTable make_lane_table() {
  static_assert((kLane & (kLane - 1)) == 0 && kLane % 8 == 0, "the table is made by squaring");
  Matrix shift{};  // one zero bit
  shift[0] = kPolynomial;
  for (size_t i = 1; i < 32; ++i) shift[i] = 1U << (i - 1);
  for (size_t bits = 1; bits < kLane * 8; bits *= 2) shift = squared(shift);
  LaneTable table{};
  for (uint32_t byte = 0; byte < 256; ++byte)
    for (uint32_t k = 0; k < 4; ++k) table[k][byte] = times(shift, byte << (8 * k));
  return table;
}

template <size_t kLane>
constexpr LaneTable kOverLane = make_lane_table<kLane>();

template <size_t kLane>
uint32_t over_lane(uint32_t crc) {
  constexpr const LaneTable& table = kOverLane<kLane>;
  return table[0][crc & 0xff] ^ table[1][(crc >> 8) & 0xff] ^ table[2][(crc >> 16) & 0xff] ^ table[3][crc >> 24];
}

uint64_t load(const uint8_t* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

/// take_lanes consumes as many whole triples of lanes as there are.
template <size_t kLane>
__attribute__((target("sse4.2"))) uint32_t take_lanes(uint32_t crc, const uint8_t*& bytes, size_t& size) {
  while (size >= 3 * kLane) {
    uint64_t a = crc, b = 0, c = 0;
    for (size_t i = 0; i < kLane; i += 8) {
      a = __builtin_ia32_crc32di(a, load(bytes + i));
      b = __builtin_ia32_crc32di(b, load(bytes + i + kLane));
      c = __builtin_ia32_crc32di(c, load(bytes + i + 2 * kLane));
    }
    crc = over_lane<kLane>(over_lane<kLane>(static_cast<uint32_t>(a)) ^ static_cast<uint32_t>(b)) ^
          static_cast<uint32_t>(c);
    bytes += 3 * kLane;
    size -= 3 * kLane;
  }
  return crc;
}

__attribute__((target("sse4.2"))) uint32_t update_sse42(uint32_t crc, const uint8_t* bytes, size_t size) {
  crc = take_lanes<kLongLane>(crc, bytes, size);
  crc = take_lanes<kShortLane>(crc, bytes, size);
  uint64_t wide = crc;
  for (; size >= 8; bytes += 8, size -= 8) wide = __builtin_ia32_crc32di(wide, load(bytes));
  crc = static_cast<uint32_t>(wide);
  for (; size > 0; ++bytes, --size) crc = __builtin_ia32_crc32qi(crc, *bytes);
  return crc;
}

/// x to the n-th modulo the polynomial, reflected.
constexpr uint64_t power_of_x(size_t n) {
  uint32_t power = 0x80000000;
  for (; n > 0; --n) power = (power >> 1) ^ ((power & 1) != 0 ? kPolynomial : 0);
  return power;
}

#define FOLDING __attribute__((target("sse4.2,pclmul,avx512f,avx512vl,vpclmulqdq")))
constexpr size_t kFoldedLeast = 512;   // bytes; fewer are done sooner by the instruction

/// What 128 bits amount to `kBits` further on: their low half, which comes first, is 64 bits further than the high one; a
/// reflected product of 64 by 32 bits stands 33 bits too far.
template <size_t kBits>
FOLDING inline __m512i fold(__m512i bits, __m512i behind) {
  constexpr auto kLow = static_cast<long long>(power_of_x(kBits + 31)), kHigh = static_cast<long long>(power_of_x(kBits - 33));
  const __m512i by = _mm512_set_epi64(kHigh, kLow, kHigh, kLow, kHigh, kLow, kHigh, kLow);
  const __m512i low = _mm512_clmulepi64_epi128(bits, by, 0x00), high = _mm512_clmulepi64_epi128(bits, by, 0x11);
  return _mm512_ternarylogic_epi64(low, high, behind, 0x96);
}
FOLDING inline __m128i fold_lane(__m128i bits, __m128i behind) {
  const __m128i by = _mm_set_epi64x(static_cast<long long>(power_of_x(128 - 33)), static_cast<long long>(power_of_x(128 + 31)));
  return _mm_xor_si128(behind, _mm_xor_si128(_mm_clmulepi64_si128(bits, by, 0x00), _mm_clmulepi64_si128(bits, by, 0x11)));
}
// Masked: GCC 12 takes what has no mask for uninitialised.
template <int which>
FOLDING inline __m128i lane(__m512i all) { return _mm512_maskz_extracti32x4_epi32(0xf, all, which); }

/// take_folded consumes whole 256 bytes, kFoldedLeast or more.
FOLDING uint32_t take_folded(uint32_t crc, const uint8_t*& bytes, size_t& size) {
  const auto at = [&](size_t i) FOLDING { return _mm512_loadu_si512(bytes + 64 * i); };
  __m512i a = _mm512_xor_si512(at(0), _mm512_zextsi128_si512(_mm_cvtsi32_si128(static_cast<int>(crc))));
  __m512i b = at(1), c = at(2), d = at(3);
  for (bytes += 256, size -= 256; size >= 256; bytes += 256, size -= 256) {
    a = fold<2048>(a, at(0));
    b = fold<2048>(b, at(1));
    c = fold<2048>(c, at(2));
    d = fold<2048>(d, at(3));
  }
  const __m512i all = fold<512>(fold<512>(fold<512>(a, b), c), d);
  __m128i rest = fold_lane(lane<0>(all), lane<1>(all));
  rest = fold_lane(fold_lane(rest, lane<2>(all)), lane<3>(all));
  const uint64_t first = __builtin_ia32_crc32di(0, static_cast<uint64_t>(_mm_cvtsi128_si64(rest)));
  return static_cast<uint32_t>(__builtin_ia32_crc32di(first, static_cast<uint64_t>(_mm_extract_epi64(rest, 1))));
}

const bool folds = processor::has_avx512();

#endif

}  // namespace

uint32_t crc32c_portable(ByteView bytes, uint32_t seed) {
  uint32_t crc = ~seed;
  for (const char byte : bytes) crc = (crc >> 8) ^ kByte[(crc ^ static_cast<uint8_t>(byte)) & 0xff];
  return ~crc;
}

uint32_t crc32c(ByteView bytes, uint32_t seed) {
#if defined(__x86_64__)
  if (processor::has_crc32()) {
    uint32_t crc = ~seed;
    const uint8_t* at = u8(bytes.data());
    size_t size = bytes.size();
    if (folds && size >= kFoldedLeast) crc = take_folded(crc, at, size);
    return ~update_sse42(crc, at, size);
  }
#endif
  return crc32c_portable(bytes, seed);
}

}  // namespace gatehouse::crypto
