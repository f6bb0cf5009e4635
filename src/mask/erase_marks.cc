// Where names end, in bodies that have few of them.
#include "base/processor.h"
#include "mask/ascii.h"
#include "mask/erase_words.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include <bit>
#endif

namespace gatehouse::mask {
namespace {

bool is_mark(char before, char c) { return c == ':' || c == '=' || c == '>' || (before == '3' && lower(c) == 'd'); }

// Both are asked for bytes that have one before them.
size_t walk_plain(ByteView text, size_t from) {
  while (from < text.size() && !is_mark(text[from - 1], text[from])) ++from;
  return from;
}

#if defined(__x86_64__)

__attribute__((target("avx2"))) size_t walk_avx2(ByteView text, size_t from) {
  // By its last four bits each of these bytes is told from the others; zero is none, and what is no ASCII becomes zero.
  const __m256i signs = _mm256_broadcastsi128_si256(_mm_setr_epi8(-1, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', 0, 0, '=', '>', 0));
  const __m256i three = _mm256_set1_epi8('3');
  const __m256i d = _mm256_set1_epi8('d'), lower_case = _mm256_set1_epi8(0x20);
  for (; text.size() - from >= sizeof signs; from += sizeof signs) {
    const __m256i here = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text.data() + from));
    const __m256i before = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text.data() + from - 1));
    const __m256i plain = _mm256_cmpeq_epi8(_mm256_shuffle_epi8(signs, here), here);
    const __m256i ds = _mm256_cmpeq_epi8(_mm256_or_si256(here, lower_case), d);
    const __m256i escape = _mm256_and_si256(_mm256_cmpeq_epi8(before, three), ds);
    const auto marks = static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_or_si256(plain, escape)));
    if (marks != 0) return from + static_cast<size_t>(std::countr_zero(marks));
  }
  return walk_plain(text, from);
}

const auto walk = processor::has_avx2() ? walk_avx2 : walk_plain;

#else

const auto walk = walk_plain;

#endif

}  // namespace

size_t next_mark(ByteView text, size_t from, char before) {
  if (from >= text.size()) return text.size();
  if (from == 0 && is_mark(before, text[0])) return 0;
  return walk(text, from == 0 ? 1 : from);
}

}  // namespace gatehouse::mask
