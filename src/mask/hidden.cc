#include "mask/hidden.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "base/letters.h"
#include "base/processor.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kBlock = 16;

/// Which of 16 bytes may begin one of these: '%', 0xc2, 0xe2, 0xef.
uint32_t leads(const char* bytes) {
#if defined(__SSE2__)
  const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
  const auto is = [&](uint8_t byte) { return _mm_cmpeq_epi8(block, _mm_set1_epi8(static_cast<char>(byte))); };
  const __m128i percent = is('%');
  if (_mm_movemask_epi8(_mm_or_si128(block, percent)) == 0) return 0;
  const __m128i any = _mm_or_si128(_mm_or_si128(percent, is(0xc2)), _mm_or_si128(is(0xe2), is(0xef)));
  return static_cast<uint32_t>(_mm_movemask_epi8(any));
#else
  uint32_t mask = 0;
  for (size_t i = 0; i < kBlock; ++i) {
    const auto byte = static_cast<uint8_t>(bytes[i]);
    mask |= static_cast<uint32_t>(byte == '%' || byte == 0xc2 || byte == 0xe2 || byte == 0xef) << i;
  }
  return mask;
#endif
}

/// 64 bytes of ASCII without '%'.
bool is_plain(const char* bytes) {
#if defined(__SSE2__)
  __m128i any = _mm_setzero_si128();
  for (size_t i = 0; i < 4; ++i) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + i * kBlock));
    any = _mm_or_si128(any, _mm_or_si128(block, _mm_cmpeq_epi8(block, _mm_set1_epi8('%'))));
  }
  return _mm_movemask_epi8(any) == 0;
#else
  for (size_t i = 0; i < 4; ++i)
    if (leads(bytes + i * kBlock) != 0) return false;
  return true;
#endif
}

/// U+FF0B to U+FF5A: the ASCII byte that it is the wide form of, 0 when a text of ideographs uses it for itself.
char narrow(uint32_t code) {
  const auto ascii = static_cast<char>(code - 0xfee0);
  const bool word = (ascii >= '0' && ascii <= '9') || ((ascii | 0x20) >= 'a' && (ascii | 0x20) <= 'z');
  return word || ByteView("@.-+_").find(ascii) != ByteView::npos ? ascii : '\0';
}

/// Shows nothing, in a text of lines: U+200B to U+200F, U+202A to U+202E, U+2060 to U+206F, U+FEFF.
bool shows_nothing(uint32_t code) {
  return (code >= 0x200b && code <= 0x200f) || (code >= 0x202a && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) ||
         code == 0xfeff;
}

/// "%40" of an address in a link, what stands between groups of digits there, and what names a value or parts an address of a host;
/// "%2540" where the link stands in another.
size_t see_escaped(ByteView rest, char* shown, size_t* length) {
  const size_t outer = rest.starts_with("%25") ? 2 : 0;   // bytes of the '%' but one
  if (rest.size() < outer + 3) return 0;
  const char first = rest[outer + 1], digit = rest[outer + 2], second = static_cast<char>(digit | 0x20);
  if (first == '4' && digit == '0') *shown = '@';
  else if (first == '2' && digit == '0') *shown = ' ';
  else if (first == '2' && second == 'b') *shown = '+';
  else if (first == '2' && second == 'd') *shown = '-';
  else if (first == '2' && second == 'e') *shown = '.';
  else if (first == '2' && second == 'f') *shown = '/';
  else if (first == '3' && second == 'a') *shown = ':';
  else if (first == '3' && second == 'd') *shown = '=';
  else return 0;
  *length = 1;
  return outer + 3;
}

/// What is written \u00e9 in the text; what hides a value itself is seen through, too.
size_t see_json_escape(ByteView rest, char* shown, size_t* length) {
  constexpr size_t kSize = 6;
  if (rest.size() < kSize || rest[1] != 'u') return 0;
  uint32_t code = 0;
  for (size_t i = 2; i < kSize; ++i) {
    const char c = rest[i];
    if (!is_digit(c) && !is_hex_letter(c)) return 0;
    code = code << 4 | static_cast<uint32_t>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  if (code >= 0xd800 && code < 0xe000) return 0;
  *length = 0;
  if (code == 0xad || shows_nothing(code)) return kSize;
  if (const char ascii = code >= 0xff0b && code <= 0xff5a ? narrow(code) : '\0'; ascii != '\0') code = static_cast<uint8_t>(ascii);
  const auto put = [&](uint32_t byte) { shown[(*length)++] = static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else {
    if (code < 0x800) put(0xc0 | code >> 6);
    else put(0xe0 | code >> 12), put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
  return kSize;
}

}  // namespace

size_t escaped_from(ByteView text, size_t from) {
  char shown[3];
  size_t length;
  while ((from = std::min(text.find('\\', from), text.size())) < text.size()) {
    if (see_hidden(text.substr(from), shown, &length) != 0) break;
    ++from;
  }
  return from;
}

size_t see_hidden(ByteView rest, char* shown, size_t* length) {
  const auto lead = static_cast<uint8_t>(rest[0]);
  *length = 0;
  if (lead == '%') return see_escaped(rest, shown, length);
  if (lead == '\\') return see_json_escape(rest, shown, length);
  if (lead == 0xc2) return rest.size() > 1 && rest[1] == '\xad' ? 2 : 0;
  if ((lead != 0xe2 && lead != 0xef) || rest.size() < 3) return 0;
  const auto bits = [&](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(rest[i]) & 0x3f); };
  const uint32_t code = static_cast<uint32_t>(lead & 0x0f) << 12 | bits(1) << 6 | bits(2);
  if (shows_nothing(code)) return 3;
  if (code < 0xff0b || code > 0xff5a) return 0;
  *shown = narrow(code);
  *length = *shown != '\0';
  return *length * 3;
}

namespace {

#if defined(__x86_64__)

#define AVX512 __attribute__((target("avx512bw")))

/// The first that is hidden in blocks of 64 bytes; where less than a block is left when none is.
AVX512 size_t hidden_in_wide_blocks(ByteView text, size_t from) {
  char shown[3];
  size_t length;
  const __m512i percent = _mm512_set1_epi8('%'), two = _mm512_set1_epi8('\xc2'), three = _mm512_set1_epi8('\xe2'),
                full_width = _mm512_set1_epi8('\xef');
  for (; text.size() - from >= 64; from += 64) {
    const __m512i block = _mm512_loadu_si512(text.data() + from);
    uint64_t leads = _mm512_cmpeq_epi8_mask(block, percent);
    if (_mm512_movepi8_mask(block) != 0) {
      leads |= _mm512_cmpeq_epi8_mask(block, two) | _mm512_cmpeq_epi8_mask(block, three);
      leads |= _mm512_cmpeq_epi8_mask(block, full_width);
    }
    for (; leads != 0; leads &= leads - 1) {
      const size_t at = from + static_cast<size_t>(std::countr_zero(leads));
      if (see_hidden(text.substr(at), shown, &length) != 0) return at;
    }
  }
  return from;
}
const bool wide = processor::has_avx512();

#else
constexpr bool wide = false;
size_t hidden_in_wide_blocks(ByteView, size_t from) { return from; }
#endif

}  // namespace

size_t hidden_at(ByteView text, size_t from) {
  char shown[3];
  size_t length;
  if (wide) from = hidden_in_wide_blocks(text, from);
  while (text.size() - from >= 4 * kBlock && is_plain(text.data() + from)) from += 4 * kBlock;
  for (; text.size() - from >= kBlock; from += kBlock)
    for (uint32_t mask = leads(text.data() + from); mask != 0; mask &= mask - 1) {
      const size_t at = from + static_cast<size_t>(std::countr_zero(mask));
      if (see_hidden(text.substr(at), shown, &length) != 0) return at;
    }
  for (; from < text.size(); ++from) {
    const bool may_be = text[from] == '%' || static_cast<uint8_t>(text[from]) >= 0xc2;
    if (may_be && see_hidden(text.substr(from), shown, &length) != 0) return from;
  }
  return text.size();
}

}  // namespace gatehouse::mask
