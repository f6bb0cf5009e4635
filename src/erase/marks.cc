// Where names end, in bodies that have few of them.
#include <algorithm>

#include "base/ascii.h"
#include "base/processor.h"
#include "erase/words.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace gatehouse::erase {
namespace {

bool is_mark(char before, char c) { return c == ':' || c == '=' || c == '>' || (before == '3' && lower(c) == 'd'); }

// All are asked for bytes that have one before them.
Marks walk_plain(ByteView text, size_t from) {
  Marks marks = {from, from, 0};
  while (marks.bits == 0 && marks.end < text.size()) {
    marks.begin = marks.end;
    marks.end = std::min(text.size(), marks.begin + kMarksMax);
    for (size_t at = marks.begin; at < marks.end; ++at)
      if (is_mark(text[at - 1], text[at])) marks.bits |= uint32_t{1} << (at - marks.begin);
  }
  return marks;
}

#if defined(__x86_64__)

/// Signs tells marks in 32 bytes from text[at] on.
struct Signs {
  // By its last four bits each of these bytes is told from the others; zero is none, and what is no ASCII becomes zero.
  __m256i signs, three, d, lower_case;

  __attribute__((target("avx2"))) Signs()
      : signs(_mm256_broadcastsi128_si256(_mm_setr_epi8(-1, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', 0, 0, '=', '>', 0))),
        three(_mm256_set1_epi8('3')),
        d(_mm256_set1_epi8('d')),
        lower_case(_mm256_set1_epi8(0x20)) {}

  __attribute__((target("avx2"))) __m256i found(const char* text) const {
    const __m256i here = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text));
    const __m256i before = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text - 1));
    const __m256i plain = _mm256_cmpeq_epi8(_mm256_shuffle_epi8(signs, here), here);
    const __m256i ds = _mm256_cmpeq_epi8(_mm256_or_si256(here, lower_case), d);
    const __m256i escape = _mm256_and_si256(_mm256_cmpeq_epi8(before, three), ds);
    return _mm256_or_si256(plain, escape);
  }
  __attribute__((target("avx2"))) uint32_t at(const char* text) const {
    return static_cast<uint32_t>(_mm256_movemask_epi8(found(text)));
  }
};

__attribute__((target("avx2"))) Marks walk_avx2(ByteView text, size_t from) {
  const Signs signs;
  for (; text.size() - from >= 2 * kMarksMax; from += 2 * kMarksMax) {
    const __m256i first = signs.found(text.data() + from), second = signs.found(text.data() + from + kMarksMax);
    if (_mm256_movemask_epi8(_mm256_or_si256(first, second)) == 0) continue;   // most often
    const auto bits = static_cast<uint32_t>(_mm256_movemask_epi8(first));
    if (bits != 0) return {from, from + kMarksMax, bits};
    return {from + kMarksMax, from + 2 * kMarksMax, static_cast<uint32_t>(_mm256_movemask_epi8(second))};
  }
  if (text.size() - from >= kMarksMax) {
    if (const uint32_t bits = signs.at(text.data() + from); bits != 0) return {from, from + kMarksMax, bits};
    from += kMarksMax;
  }
  if (text.size() <= kMarksMax || from == text.size()) return walk_plain(text, from);
  const size_t begin = text.size() - kMarksMax;   // some of these were looked at before
  return {begin, text.size(), signs.at(text.data() + begin) & ~uint32_t{0} << (from - begin)};
}

const auto walk = processor::has_avx2() ? walk_avx2 : walk_plain;

#else

const auto walk = walk_plain;

#endif

}  // namespace

Marks next_marks(ByteView text, size_t from, char before) {
  if (from >= text.size()) return {text.size(), text.size(), 0};
  if (from == 0 && is_mark(before, text[0])) return {0, 1, 1};
  return walk(text, from == 0 ? 1 : from);
}

}  // namespace gatehouse::erase
