#include "http/byte_class.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "base/processor.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace gatehouse::http {
namespace {

#if defined(__x86_64__)

/// Word is sixteen bytes, which every x86-64 compares at once.
using Word = __m128i;

Word load(const char* at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at)); }

/// load_few loads 8 to 16 bytes as two halves that overlap.
Word load_few(const char* at, size_t size) {
  const auto half = [](const char* from) { return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)); };
  return _mm_unpacklo_epi64(half(at), half(at + size - 8));
}

/// Which bytes lie in [low, high]: 0xff, else 0.
Word within(Word bytes, uint8_t low, uint8_t high) {
  const Word above = _mm_sub_epi8(bytes, _mm_set1_epi8(static_cast<char>(low)));
  return _mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8(static_cast<char>(high - low))), above);
}

/// Letters, digits and '-', which names are made of; other token bytes are a false alarm that the table clears up.
bool usual_token(Word bytes) {
  const Word letter = within(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 'z');
  const Word other = _mm_or_si128(within(bytes, '0', '9'), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-')));
  return _mm_movemask_epi8(_mm_or_si128(letter, other)) == 0xffff;
}

/// No byte below 0x20 and none that is 0x7f; a tab is a false alarm, too.
bool usual_value(Word bytes) {
  const Word wrong = _mm_or_si128(within(bytes, 0, 0x1f), _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f)));
  return _mm_movemask_epi8(wrong) == 0;
}

/// All 16 are printable ASCII without '#'.
bool usual_graph(Word bytes) {
  const Word hash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('#'));
  return _mm_movemask_epi8(_mm_andnot_si128(hash, within(bytes, 0x21, 0x7e))) == 0xffff;
}

/// The last bytes are looked at as one word, which overlaps the word before.
template <bool usual(Word)>
[[gnu::always_inline]] inline bool all_of(ByteView bytes, uint8_t set) {
  const size_t size = bytes.size();
  if (size < 8) return all_in(bytes, set);
  if (size <= 16) return usual(load_few(bytes.data(), size)) || all_in(bytes, set);
  const char* const last = bytes.data() + size - 16;
  for (const char* at = bytes.data(); at < last; at += 16)
    if (!usual(load(at)) && !all_in({at, 16}, set)) return false;
  return usual(load(last)) || all_in({last, 16}, set);
}

/// Token membership by nibbles: entry [low nibble] has bit h set when the byte h:low is a token byte.
/// Bytes from 0x80 find 0 in the second table.
constexpr std::array<uint8_t, 16> make_token_rows() {
  std::array<uint8_t, 16> rows{};
  for (unsigned i = 0; i < 128; ++i)
    if (is_in(static_cast<char>(i), kToken))
      rows[i & 15] = static_cast<uint8_t>(rows[i & 15] | 1u << (i >> 4));
  return rows;
}
alignas(16) constexpr std::array<uint8_t, 16> kTokenRows = make_token_rows();
alignas(16) constexpr std::array<uint8_t, 16> kRowBits = {1, 2, 4, 8, 16, 32, 64, 128};

__attribute__((target("avx2"))) inline uint64_t join(__m256i low, __m256i high) {
  return static_cast<uint32_t>(_mm256_movemask_epi8(low)) |
         static_cast<uint64_t>(static_cast<uint32_t>(_mm256_movemask_epi8(high))) << 32;
}

__attribute__((target("avx2"))) inline __m256i not_token(__m256i bytes, __m256i rows, __m256i bits) {
  const __m256i high = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(15));
  const __m256i member = _mm256_and_si256(_mm256_shuffle_epi8(rows, bytes), _mm256_shuffle_epi8(bits, high));
  return _mm256_cmpeq_epi8(member, _mm256_setzero_si256());
}

__attribute__((target("avx2"))) inline __m256i not_value(__m256i bytes) {
  const __m256i low = _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1f)), bytes);
  const __m256i tab = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\t'));
  const __m256i del = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(0x7f));
  return _mm256_or_si256(_mm256_andnot_si256(tab, low), del);
}

__attribute__((target("avx2"))) void classify_avx2(ByteView bytes, ByteMasks& out) {
  const __m256i rows =
      _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(kTokenRows.data())));
  const __m256i bits =
      _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(kRowBits.data())));
  const char* at = bytes.data();
  const size_t blocks = (bytes.size() + 63) / 64;
  for (size_t block = 0; block < blocks; ++block, at += 64) {
    const size_t left = bytes.size() - block * 64;
    char tail[64];
    const char* from = at;
    if (left < 64) {  // 'a' is in every class: no bit for what is not there
      std::memset(tail, 'a', sizeof tail);
      std::memcpy(tail, at, left);
      from = tail;
    }
    const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
    const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + 32));
    out.not_token[block] = join(not_token(low, rows, bits), not_token(high, rows, bits));
    out.not_value[block] = join(not_value(low), not_value(high));
  }
}

#endif

}  // namespace

#if defined(__x86_64__)
bool all_token(ByteView bytes) { return all_of<usual_token>(bytes, kToken); }
bool all_value(ByteView bytes) { return all_of<usual_value>(bytes, kValue); }
bool all_field(ByteView name, ByteView value) {
  return all_of<usual_token>(name, kToken) && all_of<usual_value>(value, kValue);
}
size_t graph_end(ByteView bytes, size_t at) {
  while (at + 16 <= bytes.size() && usual_graph(load(bytes.data() + at))) at += 16;
  while (at < bytes.size() && is_in(bytes[at], kGraph)) ++at;
  return at;
}
#else
bool all_token(ByteView bytes) { return all_in(bytes, kToken); }
bool all_value(ByteView bytes) { return all_in(bytes, kValue); }
bool all_field(ByteView name, ByteView value) { return all_in(name, kToken) && all_in(value, kValue); }
size_t graph_end(ByteView bytes, size_t at) {
  while (at < bytes.size() && is_in(bytes[at], kGraph)) ++at;
  return at;
}
#endif

void classify_portable(ByteView bytes, ByteMasks& out) {
  GH_ASSERT(bytes.size() <= ByteMasks::kBytes);
  for (size_t block = 0; block * 64 < bytes.size(); ++block) {
    const size_t size = std::min<size_t>(64, bytes.size() - block * 64);
    uint64_t token = 0, value = 0;
    for (size_t i = 0; i < size; ++i) {
      const uint64_t sets = kByteClass[static_cast<uint8_t>(bytes[block * 64 + i])];
      token |= (~sets & 1) << i;
      value |= (~sets >> 1 & 1) << i;
    }
    out.not_token[block] = token;
    out.not_value[block] = value;
  }
}
static_assert(kToken == 1 && kValue == 2, "classify_portable takes them by position");

void classify(ByteView bytes, ByteMasks& out) {
  GH_ASSERT(bytes.size() <= ByteMasks::kBytes);
#if defined(__x86_64__)
  if (processor::has_avx2()) return classify_avx2(bytes, out);
#endif
  classify_portable(bytes, out);
}

void RunFinder::refill(size_t at) {
  base_ = word_at_ = at;
  size_ = std::min(ByteMasks::kBytes, input_.size() - at);
  classify(input_.substr(at, size_), masks_);
  word_ = masks_.not_value[0];
}

}  // namespace gatehouse::http
