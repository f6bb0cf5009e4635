#include "crypto/secret_filter.h"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__SSE2__)
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

/// Sixteen bytes at a time.
using Bytes = uint8_t __attribute__((vector_size(16)));
constexpr size_t kStride = 4 * sizeof(Bytes);

inline Bytes equal(const char* at, char c) {
  Bytes bytes;
  std::memcpy(&bytes, at, sizeof bytes);
  return Bytes(bytes == static_cast<uint8_t>(c));
}
inline uint32_t mask_of(Bytes bytes) {
#if defined(__SSE2__)
  return static_cast<uint32_t>(_mm_movemask_epi8(reinterpret_cast<__m128i>(bytes)));
#else
  uint32_t mask = 0;
  for (size_t i = 0; i < sizeof bytes; ++i) mask |= static_cast<uint32_t>(bytes[i] >> 7) << i;
  return mask;
#endif
}

/// Places is a walk over a text in strides: where it has a needle's first byte and, where that would be, its last.
class Places {
 public:
  Places(ByteView text, ByteView needle)
      : needle_(needle), first_(text.data()), last_(first_ + needle.size() - 1), places_(text.size() - needle.size() + 1) {}

  /// find returns where the needle stands; npos when it does not, or so much was compared that the walk is given up: then at() is
  /// where.
  size_t find() {
    size_t left = kComparedLeast + places_ / 256;   // comparisons: linear, whatever the text
    for (; places_ - at_ >= kStride; at_ += kStride) {
      Bytes both[kStride / sizeof(Bytes)], any{};
      for (size_t i = 0; i < std::size(both); ++i) any |= both[i] = both_at(at_ + i * sizeof(Bytes));
      if (mask_of(any) == 0) continue;
      for (size_t i = 0; i < std::size(both); ++i)
        for (uint32_t mask = mask_of(both[i]); mask != 0; mask &= mask - 1) {
          const size_t place = at_ + i * sizeof(Bytes) + static_cast<size_t>(std::countr_zero(mask));
          if (std::memcmp(first_ + place, needle_.data(), needle_.size()) == 0) return place;
          if (--left == 0) return ByteView::npos;
        }
    }
    return ByteView::npos;
  }
  size_t at() const { return at_; }

 private:
  static constexpr size_t kComparedLeast = 32;
  Bytes both_at(size_t at) const { return equal(first_ + at, needle_.front()) & equal(last_ + at, needle_.back()); }

  ByteView needle_;
  const char* first_;
  const char* last_;
  size_t places_;   // places at which the needle may begin
  size_t at_ = 0;
};

}  // namespace

size_t find_bytes(ByteView text, ByteView needle) {
  if (needle.empty() || text.size() < needle.size()) return ByteView::npos;
  Places places(text, needle);
  if (const size_t found = places.find(); found != ByteView::npos) return found;
  const size_t at = places.at();
  const void* const found = memmem(text.data() + at, text.size() - at, needle.data(), needle.size());
  return found == nullptr ? ByteView::npos : static_cast<size_t>(static_cast<const char*>(found) - text.data());
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
