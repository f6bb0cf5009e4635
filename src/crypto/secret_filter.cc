#include "crypto/secret_filter.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace gatehouse::crypto {
namespace {

// How many bytes at the end of `text` are the beginning of `secret`, the whole of it excluded.
size_t begun_at_end(ByteView text, ByteView secret) {
  size_t at = text.size() - std::min(text.size(), secret.size() - 1);
  for (; at < text.size(); ++at) {
    const void* found = std::memchr(text.data() + at, secret[0], text.size() - at);
    if (found == nullptr) return 0;
    at = static_cast<size_t>(static_cast<const char*>(found) - text.data());
    if (secret.starts_with(text.substr(at))) return text.size() - at;
  }
  return 0;
}

#ifdef __SSE2__
// Places i of [at, at + 16) where text[i] and text[i + last] are the ends of the needle.
unsigned both_ends(const char* at, size_t last, __m128i first_byte, __m128i last_byte) {
  const __m128i a = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const __m128i b = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + last));
  const __m128i equal = _mm_and_si128(_mm_cmpeq_epi8(a, first_byte), _mm_cmpeq_epi8(b, last_byte));
  return static_cast<unsigned>(_mm_movemask_epi8(equal));
}
#endif

}  // namespace

size_t find_bytes(ByteView text, ByteView needle) {
  if (needle.empty() || text.size() < needle.size()) return ByteView::npos;
  size_t at = 0;
#ifdef __SSE2__
  constexpr size_t kStep = 16;
  const size_t last = needle.size() - 1;
  const __m128i first_byte = _mm_set1_epi8(needle.front());
  const __m128i last_byte = _mm_set1_epi8(needle.back());
  for (; at + last + kStep <= text.size(); at += kStep) {
    for (unsigned places = both_ends(text.data() + at, last, first_byte, last_byte); places != 0;
         places &= places - 1) {
      const size_t place = at + static_cast<size_t>(__builtin_ctz(places));
      if (std::memcmp(text.data() + place, needle.data(), needle.size()) == 0) return place;
    }
  }
#endif
  const size_t found = text.substr(at).find(needle);
  return found == ByteView::npos ? found : at + found;
}

bool blank_bytes(ByteSpan text, ByteView needle) {
  bool any = false;
  for (size_t at = 0; (at = find_bytes(view_of(text), needle)) != ByteView::npos; any = true) {
    std::memset(text.data() + at, '*', needle.size());
    text = text.subspan(at + needle.size());
  }
  return any;
}

SecretFilter::Passed SecretFilter::look(ByteView secret, ByteView piece) const {
  if (secret.empty()) return {false, {}, piece};
  // Places at which the secret may have begun in what is withheld, the earliest first.
  for (size_t at = 0; at < withheld_; ++at) {
    const ByteView begun = secret.substr(0, withheld_).substr(at);
    if (!secret.starts_with(begun)) continue;
    const ByteView rest = secret.substr(begun.size());
    if (piece.starts_with(rest)) return {true, {}, {}};
    if (rest.starts_with(piece)) return {false, secret.substr(0, at), {}};   // all of the piece is withheld, too
  }
  if (find_bytes(piece, secret) != ByteView::npos) return {true, {}, {}};
  return {false, secret.substr(0, withheld_), piece.substr(0, piece.size() - begun_at_end(piece, secret))};
}

}  // namespace gatehouse::crypto
