#include "pattern/code_points.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include <array>
#include <bit>
#include <cstring>

#include "base/assert.h"
#include "base/processor.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace gatehouse::pattern {
namespace {

constexpr size_t kBlock = 64;

const UNormalizer2* nfkc() {
  static const UNormalizer2* const form = [] {
    UErrorCode error = U_ZERO_ERROR;
    const UNormalizer2* const found = unorm2_getNFKCInstance(&error);
    GH_ASSERT(U_SUCCESS(error));  // its data is linked in
    return found;
  }();
  return form;
}

constexpr uint32_t kPlane = 0x10000;

uint8_t asked_reorder_class(uint32_t code_point) {
  const auto c = static_cast<UChar32>(code_point);
  if (blank(code_point) || ignorable(code_point) || u_getIntPropertyValue(c, UCHAR_NFKC_QUICK_CHECK) != UNORM_YES) return 255;
  return u_getCombiningClass(c);
}

/// Of the first plane, as marks are many in some scripts; surrogates are never asked for.
std::unique_ptr<uint8_t[]> make_reorder_classes() {
  auto classes = std::make_unique<uint8_t[]>(kPlane);
  for (uint32_t c = 0; c < kPlane; ++c) classes[c] = (c & 0x1ff800) == 0xd800 ? 255 : asked_reorder_class(c);
  return classes;
}

Bits make_inert() {
  Bits bits;
  for (uint32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0x40000 && c < 0xe0000) c = 0xe0000;       // unassigned planes: not worth a look, so not inert
    if (c == 0xe1000) c = 0xf0000;                      // the rest of plane 14 likewise
    if ((c & 0x1ff800) == 0xd800) continue;             // surrogates
    if (c < 0x80 || c >= 0xf0000 || reorder_class(c) == 0) bits.set(c);
  }
  return bits;
}

constexpr uint64_t kHigh = 0x8080808080808080;

uint64_t load(const char* bytes) {
  uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

}  // namespace

size_t first_not_ascii(ByteView text, size_t at) {
  const char* bytes = text.data();
  for (; text.size() - at >= 64; at += 64) {
    uint64_t all = 0;
    for (size_t i = 0; i < 64; i += 8) all |= load(bytes + at + i);
    if ((all & kHigh) != 0) break;
  }
  for (; text.size() - at >= 8; at += 8)
    if (const uint64_t high = load(bytes + at) & kHigh; high != 0)
      return at + static_cast<size_t>(std::countr_zero(high)) / 8;
  while (at < text.size() && static_cast<uint8_t>(bytes[at]) < 0x80) ++at;
  return at;
}

bool ignorable(uint32_t code_point) {
  return u_hasBinaryProperty(static_cast<UChar32>(code_point), UCHAR_DEFAULT_IGNORABLE_CODE_POINT) != 0;
}

bool boundary_before(uint32_t code_point) {
  return unorm2_hasBoundaryBefore(nfkc(), static_cast<UChar32>(code_point)) != 0;
}

uint8_t reorder_class(uint32_t code_point) {
  static const std::unique_ptr<uint8_t[]> classes = make_reorder_classes();
  return code_point < kPlane ? classes[code_point] : asked_reorder_class(code_point);
}

Forms::Forms() {
  for (uint32_t c = 0x80; c < kPlane; ++c) {
    if (reorder_class(c) != 255 || (c & 0x1ff800) == 0xd800) continue;
    const bool unseen = ignorable(c);
    if (!unseen && !boundary_before(c)) continue;
    UErrorCode error = U_ZERO_ERROR;
    const UChar unit = blank(c) ? u' ' : static_cast<UChar>(c);
    UChar form[32];   // U+FDFA has 18
    const int32_t length = unseen ? 0 : unorm2_normalize(nfkc(), &unit, 1, form, 32, &error);
    if (U_FAILURE(error) || (length == 1 && form[0] == c)) continue;
    char bytes[3 * 32];
    uint8_t used = 0;
    for (int32_t i = 0; i < length;) {
      UChar32 point = 0;
      U16_NEXT_UNSAFE(form, i, point);
      U8_APPEND_UNSAFE(bytes, used, point);
    }
    index_[c] = static_cast<uint32_t>(bytes_.size());
    bytes_.push_back(static_cast<char>(used));
    bytes_.append(bytes, used);
  }
}

const Forms& forms() {
  static const Forms forms;
  return forms;
}

const Bits& inert() {
  static const Bits bits = make_inert();
  return bits;
}

namespace {

#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2")))

/// Which lead bytes are whole: no character that they begin needs a look. Bit 0, 1, 2 of whole[low nibble]: 0xC_, 0xD_, 0xE_.
struct Leads {
  alignas(16) std::array<uint8_t, 16> whole{};

  Leads() {
    const Bits& bits = inert();
    for (uint32_t lead = 0xc2; lead < 0xf0; ++lead) {
      const uint32_t words = lead < 0xe0 ? 1 : 64, first = lead < 0xe0 ? lead & 31 : (lead & 15) * 64;
      bool all = lead != 0xe0;   // its overlong forms
      for (uint32_t word = first; word < first + words; ++word) all = all && bits.word(word) == ~uint64_t{0};
      if (all) whole[lead & 15] |= static_cast<uint8_t>(1 << ((lead >> 4) - 0xc));
    }
  }
};

/// What the bytes of a block are, a bit each.
struct Classes {
  uint64_t continuations = 0, twos = 0, threes = 0, others = 0;   // leads of two and three bytes; what is none of these, nor ASCII
  uint64_t looks = 0;                                             // leads that are not whole
};

AVX2 uint64_t bits_of(__m256i low, __m256i high) {
  return static_cast<uint64_t>(static_cast<uint32_t>(_mm256_movemask_epi8(high))) << 32 |
         static_cast<uint32_t>(_mm256_movemask_epi8(low));
}

AVX2 Classes classes_of(const char* block, const Leads& leads) {
  const __m256i table = _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(leads.whole.data())));
  const __m256i rows = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 0));
  const __m256i nibble = _mm256_set1_epi8(15);
  Classes all;
  __m256i continuations[2], twos[2], threes[2], looks[2], others[2];
  for (int i = 0; i < 2; ++i) {
    const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block) + i);
    // Signed: continuations -128 to -65, leads of two -62 to -33, of three -32 to -17.
    const __m256i above_tails = _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8(-65));
    const __m256i above_none = _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8(-63));
    const __m256i above_twos = _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8(-33));
    const __m256i above_threes = _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8(-17));
    const __m256i above_fours = _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8(-1));
    continuations[i] = _mm256_andnot_si256(above_tails, _mm256_set1_epi8(-1));
    twos[i] = _mm256_andnot_si256(above_twos, above_none);
    threes[i] = _mm256_andnot_si256(above_threes, above_twos);
    others[i] = _mm256_or_si256(_mm256_andnot_si256(above_none, above_tails), _mm256_andnot_si256(above_fours, above_threes));
    const __m256i row = _mm256_shuffle_epi8(rows, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), nibble));
    const __m256i whole = _mm256_and_si256(row, _mm256_shuffle_epi8(table, _mm256_and_si256(bytes, nibble)));
    looks[i] = _mm256_and_si256(_mm256_or_si256(twos[i], threes[i]), _mm256_cmpeq_epi8(whole, _mm256_setzero_si256()));
  }
  all.continuations = bits_of(continuations[0], continuations[1]);
  all.twos = bits_of(twos[0], twos[1]);
  all.threes = bits_of(threes[0], threes[1]);
  all.others = bits_of(others[0], others[1]);
  all.looks = bits_of(looks[0], looks[1]);
  return all;
}

/// The same as first_not_inert, but that it stops, at the begin of a character, where it has to be told: at the last
/// bytes of a text, at characters of four bytes, at what is not UTF-8.
AVX2 size_t skip_inert_blocks(ByteView text, size_t at) {
  static const Leads leads;
  const Bits& bits = inert();
  const uint8_t* bytes = u8(text.data());
  while (text.size() - at >= kBlock) {
    const Classes all = classes_of(text.data() + at, leads);
    // A character that goes on behind the block is the next one's.
    const uint64_t cut = (all.twos & uint64_t{1} << 63) | (all.threes & uint64_t{3} << 62);
    const int end = cut == 0 ? 64 : std::countr_zero(cut);
    const uint64_t within = end == 64 ? ~uint64_t{0} : (uint64_t{1} << end) - 1;
    const uint64_t twos = all.twos & within, threes = all.threes & within;
    const uint64_t tails = (twos | threes) << 1 | threes << 2;
    if ((all.others & within) != 0 || tails != (all.continuations & within)) return at;
    for (uint64_t looks = all.looks & within; looks != 0; looks &= looks - 1) {
      const size_t lead = at + static_cast<size_t>(std::countr_zero(looks));
      const uint32_t first = bytes[lead], last = bytes[lead + (first < 0xe0 ? 1 : 2)];
      const uint32_t word = first < 0xe0 ? first & 31 : (first & 15) << 6 | (bytes[lead + 1] & 63);
      if ((first == 0xe0 && word < 0x800 / 64) || (bits.word(word) >> (last & 63) & 1) == 0) return lead;
    }
    at += static_cast<size_t>(end);
  }
  return at;
}

#undef AVX2

const bool kBlocks = processor::has_avx2();

#else

size_t skip_inert_blocks(ByteView, size_t at) { return at; }
constexpr bool kBlocks = false;

#endif

}  // namespace

size_t first_not_inert(ByteView text, size_t at) {
  const Bits& bits = inert();
  const size_t size = text.size();
  const uint8_t* bytes = u8(text.data());
  // Blocks are tried where characters have stood alone for a while, and again behind one that had to be told.
  size_t told_until = at + kBlock / 2;
  while (at < size) {
    const uint32_t first = bytes[at];
    if (first < 0x80) {
      at = first_not_ascii(text, at);
      continue;
    }
    if (kBlocks && at >= told_until && size - at >= kBlock) {
      const size_t skipped = skip_inert_blocks(text, at);
      told_until = skipped + kBlock;
      if (skipped != at) {
        at = skipped;
        continue;
      }
    }
    const auto next = [&](size_t i) { return uint32_t{bytes[at + i]}; };
    // One word of bits is what one last byte can choose from. Words of overlong forms are left to the strict reader;
    // surrogates have no bit.
    if (first >= 0xe0 && first < 0xf0 && size - at >= 3) {
      const uint32_t word = (first & 15) << 6 | (next(1) & 63);
      if (((next(1) & next(2)) & 0xc0) != 0x80 || ((next(1) | next(2)) & 0x40) != 0 || word < 0x800 / 64) return at;
      if ((bits.word(word) >> (next(2) & 63) & 1) == 0) return at;
      at += 3;
    } else if (first >= 0xc2 && first < 0xe0 && size - at >= 2) {
      if ((next(1) & 0xc0) != 0x80 || (bits.word(first & 31) >> (next(1) & 63) & 1) == 0) return at;
      at += 2;
    } else {
      const CodePoint point = code_point_at(text, at);
      if (point.length == 0 || !bits.has(point.value)) return at;
      at += point.length;
    }
  }
  return size;
}

}  // namespace gatehouse::pattern
