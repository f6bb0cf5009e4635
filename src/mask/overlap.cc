#include "mask/overlap.h"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace gatehouse::mask {
namespace {

/// Sixteen bytes at a time.
using Bytes = uint8_t __attribute__((vector_size(16)));

uint32_t mask_of(Bytes bytes) {
#if defined(__SSE2__)
  return static_cast<uint32_t>(_mm_movemask_epi8(reinterpret_cast<__m128i>(bytes)));
#else
  uint32_t mask = 0;
  for (size_t i = 0; i < sizeof bytes; ++i) mask |= static_cast<uint32_t>(bytes[i] >> 7) << i;
  return mask;
#endif
}

/// Looks at the places where the text's first bytes stand: most texts share nothing. SIZE_MAX: too much was compared.
size_t overlap_by_places(ByteView before, ByteView text) {
  constexpr size_t kComparedMax = 4096, kFirst = 4;
  const auto stands = [&](size_t at, size_t by) {
    Bytes bytes;
    std::memcpy(&bytes, before.data() + at + by, sizeof bytes);
    return Bytes(bytes == static_cast<uint8_t>(text[by]));
  };
  size_t at = before.size() > text.size() ? before.size() - text.size() : 0;
  for (size_t compared = 0; at < before.size(); ++at) {
    while (before.size() - at >= sizeof(Bytes) + kFirst) {
      const uint32_t mask = mask_of(Bytes(stands(at, 0) & stands(at, 1) & stands(at, 2) & stands(at, 3)));
      at += mask == 0 ? sizeof(Bytes) : static_cast<size_t>(std::countr_zero(mask));
      if (mask != 0) break;
    }
    const size_t length = before.size() - at;
    if (before[at] != text[0] || (length > 1 && before[at + 1] != text[1])) continue;
    if (std::memcmp(before.data() + at, text.data(), length) == 0 && (length == text.size() || !inside_character(text[length])))
      return length;
    if ((compared += length) > kComparedMax) return SIZE_MAX;
  }
  return 0;
}

size_t common(ByteView a, ByteView b) {
  const size_t size = std::min(a.size(), b.size());
  size_t at = 0;
  for (; at + sizeof(Bytes) <= size; at += sizeof(Bytes)) {
    Bytes left, right;
    std::memcpy(&left, a.data() + at, sizeof left);
    std::memcpy(&right, b.data() + at, sizeof right);
    const uint32_t unlike = ~mask_of(Bytes(left == right)) & 0xffff;
    if (unlike != 0) return at + static_cast<size_t>(std::countr_zero(unlike));
  }
  while (at < size && a[at] == b[at]) ++at;
  return at;
}

}  // namespace

/// By Knuth, Morris and Pratt, where places do not tell.
size_t longest_overlap(ByteView before, ByteView text, Room<uint32_t>* failure) {
  if (text.empty()) return 0;
  if (const size_t found = overlap_by_places(before, text); found != SIZE_MAX) return found;
  failure->clear();
  failure->resize(text.size() + 1);
  Room<uint32_t>& fail = *failure;
  fail[0] = fail[1] = 0;
  for (uint32_t i = 1, k = 0; i < text.size(); ++i) {
    while (k > 0 && text[i] != text[k]) k = fail[k];
    if (text[i] == text[k]) ++k;
    fail[i + 1] = k;
  }
  if (before.size() > text.size()) before.remove_prefix(before.size() - text.size());
  uint32_t k = 0;
  for (const char c : before) {
    if (k == text.size()) k = fail[k];
    while (k > 0 && c != text[k]) k = fail[k];
    if (c == text[k]) ++k;
  }
  // A border within a character is none.
  while (k > 0 && k < text.size() && inside_character(text[k])) k = fail[k];
  return k;
}

size_t last_units(ByteView text, uint64_t units, bool wide) {
  size_t at = text.size();
  while (units > 0) {
    if (at == 0) return SIZE_MAX;
    --at;
    while (at > 0 && inside_character(text[at])) --at;
    const uint64_t width = wide && static_cast<uint8_t>(text[at]) >= 0xf0 ? 2 : 1;
    if (width > units) return SIZE_MAX;
    units -= width;
  }
  return text.size() - at;
}

bool may_share_lines(ByteView a, ByteView b) {
  if (a.empty() || b.empty() || a[0] != b[0]) return false;
  const size_t length = common(a, b);
  return length == a.size() || length == b.size() || a.substr(0, length).find('\n') != ByteView::npos;
}

size_t shared_lines(ByteView a, ByteView b) {
  const size_t length = common(a.substr(0, kHeadingBytes), b);
  const size_t end = a.substr(0, length).rfind('\n');
  if (end == ByteView::npos || (end + 1 == a.size() && end + 1 < kHeadingBytes) || end + 1 == b.size()) return 0;
  const ByteView lines = a.substr(0, end);
  const auto is_letter = [](char c) { return static_cast<uint8_t>((c | 0x20) - 'a') < 26 || static_cast<uint8_t>(c) >= 0x80; };
  return std::any_of(lines.begin(), lines.end(), is_letter) ? end + 1 : 0;
}

}  // namespace gatehouse::mask
