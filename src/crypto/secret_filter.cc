#include "crypto/secret_filter.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/ascii.h"
#include "base/processor.h"
#include "crypto/secret_forms.h"
#include "crypto/spelled.h"

#if defined(__SSE2__)
#include <immintrin.h>
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

namespace {

/// Look judges places: whether the secret stands there as it is, and whether with the escape there as the first of its escapes, so
/// that what it has before that stands as it is.
class Look {
 public:
  Look(ByteView text, ByteView secret, bool folded) : text_(text), secret_(secret), folded_(folded) {}

  bool found_at(size_t begin, size_t end) {
    sight.begin = begin;
    sight.end = end;
    return true;
  }

  /// escape returns whether the secret was found, with the escape at `at` as its first.
  bool escape(size_t at) {
    const Glance seen = glance(text_.substr(at));
    const auto of_secret = [&](char value) { return secret_.find(read(value)) != ByteView::npos; };
    if (!seen.unsure && std::none_of(seen.values, seen.values + seen.count, of_secret)) return false;
    const Readings readings = readings_at(text_.substr(at));
    if (readings.many) return found_at(at, at + 1);
    for (size_t plain = readings.open ? secret_.size() : 0; plain-- > 0;)   // whatever it will be
      if (stands_before(at, plain)) sight.open = std::min(sight.open, at - plain);
    for (const Reading& each : readings)
      for (size_t plain = 0; each.size > 1 && (plain = secret_.find(read(each.value), plain)) != ByteView::npos; ++plain)
        if (stands_before(at, plain) && goes_on_from(at, each.size, plain)) return true;
    return false;
  }

  bool escapes(size_t from) { return escapes(from, text_.size()); }

  bool all() {
    const size_t at = find_bytes(text_, secret_);
    if (at == ByteView::npos) return escapes(0);
    return escapes(0, at) || found_at(at, at + secret_.size());
  }

  Sight sight;

 private:
  char read(char value) const { return folded_ ? lower(value) : value; }

  bool escapes(size_t from, size_t end) {
    for (; from < end; ++from)
      if (is_lead(text_[from]) && escape(from)) return true;
    return false;
  }

  /// `plain` bytes of the secret stand before the escape.
  bool stands_before(size_t at, size_t plain) const {
    return plain <= at && std::memcmp(text_.data() + at - plain, secret_.data(), plain) == 0;
  }

  /// The escape is `size` bytes long, and stands for the byte of the secret behind `plain` others.
  bool goes_on_from(size_t at, size_t size, size_t plain) {
    size_t end = 0;
    const Seen seen = goes_on(text_, at + size, secret_.substr(plain + 1), &end, folded_);
    if (seen == Seen::open) sight.open = std::min(sight.open, at - plain);
    return seen == Seen::yes && found_at(at - plain, end);
  }

  ByteView text_, secret_;
  bool folded_;
};

bool walk_plain(Look& look, ByteView, ByteView) { return look.all(); }

using Walk = bool (*)(Look&, ByteView, ByteView);

#if defined(__x86_64__)

/// Marks are the places to look at, 32 at a time: where the secret's first byte stands and, where that would be, its last; and
/// where an escape begins. Bytes are looked up by their lower half, and are meant when they are what stands there. Most escapes of
/// JSON are dull: what follows the backslash stands for no byte of any secret.
struct Marks {
  __m256i first, last, leads, dull;
  size_t behind;   // first to last

  __attribute__((target("avx2"))) explicit Marks(ByteView secret)
      : first(_mm256_set1_epi8(secret.front())), last(_mm256_set1_epi8(secret.back())), behind(secret.size() - 1) {
    leads = _mm256_broadcastsi128_si256(_mm_setr_epi8(-1, -1, -1, -1, -1, '%', '&', -1, -1, -1, -1, -1, '\\', -1, -1, 0));
    const char quote = secret.find('"') == ByteView::npos ? '"' : -1;
    dull = _mm256_broadcastsi128_si256(_mm_setr_epi8(-1, -1, quote, -1, 't', -1, -1, -1, -1, -1, -1, -1, -1, -1, 'n', 0));
  }
  __attribute__((target("avx2"))) static __m256i load(const char* at) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
  }
  __attribute__((target("avx2"))) __m256i operator()(const char* at) const {
    const __m256i block = load(at), next = load(at + 1);
    const __m256i plain = _mm256_and_si256(_mm256_cmpeq_epi8(block, first), _mm256_cmpeq_epi8(load(at + behind), last));
    const __m256i escape = _mm256_cmpeq_epi8(_mm256_shuffle_epi8(leads, block), block);
    return _mm256_or_si256(plain, _mm256_andnot_si256(_mm256_cmpeq_epi8(_mm256_shuffle_epi8(dull, next), next), escape));
  }
};

__attribute__((target("avx2"))) bool walk_avx2(Look& look, ByteView text, ByteView secret) {
  constexpr size_t kStep = 32, kLong = 4 * kStep;
  if (secret.size() < 2 || text.size() < secret.size() + kStep) return look.all();
  const Marks marks(secret);
  const size_t places = text.size() - secret.size() + 1;   // at which the secret may begin
  size_t compared = 32 + places / 256;                     // at most: linear, whatever the text
  const auto judge = [&](size_t from, uint32_t bits) {
    for (; bits != 0; bits &= bits - 1) {
      const size_t place = from + static_cast<size_t>(std::countr_zero(bits));
      if (text[place] == secret.front() && compared > 0) {
        const size_t end = place + secret.size();
        if (std::memcmp(text.data() + place, secret.data(), secret.size()) == 0) return look.found_at(place, end);
        --compared;
      }
      if (is_lead(text[place]) && look.escape(place)) return true;
    }
    return false;
  };
  const auto mask_of = [](__m256i bytes) __attribute__((target("avx2"))) {
    return static_cast<uint32_t>(_mm256_movemask_epi8(bytes));
  };
  size_t from = 0;
  for (; compared > 0 && places - from >= kLong; from += kLong) {
    const char* const at = text.data() + from;
    const __m256i a = marks(at), b = marks(at + kStep), c = marks(at + 2 * kStep), d = marks(at + 3 * kStep);
    const __m256i any = _mm256_or_si256(_mm256_or_si256(a, b), _mm256_or_si256(c, d));
    if (_mm256_testz_si256(any, any)) continue;
    if (judge(from, mask_of(a)) || judge(from + kStep, mask_of(b))) return true;
    if (judge(from + 2 * kStep, mask_of(c)) || judge(from + 3 * kStep, mask_of(d))) return true;
    if (compared == 0) break;
  }
  for (; compared > 0 && from < places; from += kStep) {   // the last of them may be looked at twice
    const size_t here = std::min(from, places - kStep);
    if (judge(here, mask_of(marks(text.data() + here)))) return true;
  }
  return compared == 0 ? look.all() : look.escapes(places);
}

Walk choose() { return processor::has_avx2() ? walk_avx2 : walk_plain; }

#else

Walk choose() { return walk_plain; }

#endif

const Walk walk = choose();

// So much that could be the beginning of a secret is taken for one: only a secret of some KiB, spelled in escapes, is so long.
constexpr size_t kWithheldMost = 64 * 1024;

Sight see(ByteView text, ByteView secret, bool folded) {
  if (secret.empty()) return {};
  Look look(text, secret, folded);
  if (!walk(look, text, secret)) look.sight.open = std::min(look.sight.open, text.size() - begun_at_end(text, secret));
  return look.sight;
}

}  // namespace

Sight see(ByteView text, ByteView secret) { return see(text, secret, false); }

Sight see_folded(ByteView text, ByteView secret) { return see(text, secret, true); }

bool blank_secret(ByteSpan text, ByteView secret) {
  constexpr ByteView kBlanks = "*-.x0123456789";
  const size_t blank = std::min(kBlanks.find_first_not_of(secret), kBlanks.size() - 1);
  size_t from = 0;   // see() tells the first one, and a blank is part of none: what comes next stands behind
  for (Sight sight; (sight = see(view_of(text).substr(from), secret)).found(); from += sight.end)
    std::memset(text.data() + from + sight.begin, kBlanks[blank], sight.end - sight.begin);
  return from > 0;
}

/// decides: so many bytes behind what is withheld decide about it.
template <typename See>
SecretFilter::Passed SecretFilter::look(const See& see, size_t decides, ByteView piece) const {
  if (!withheld_.empty()) {
    const ByteView before = withheld_, next = piece.substr(0, decides);
    const Sight sight = see(withheld_ + std::string(next));
    if (sight.found()) return {true, {}, {}};
    if (sight.open < before.size() && before.size() - sight.open + piece.size() > kWithheldMost) return {true, {}, {}};
    if (sight.open < before.size()) return {false, before.substr(0, sight.open), {}};
    if (next.size() == piece.size()) return {false, before, piece.substr(0, sight.open - before.size())};
  }
  const Sight sight = see(piece);
  if (sight.found()) return {true, {}, {}};
  return {false, withheld_, piece.substr(0, sight.open)};
}

SecretFilter::Passed SecretFilter::look(ByteView secret, ByteView piece) const {
  if (secret.empty()) return {false, {}, piece};
  return look([secret](ByteView text) { return crypto::see(text, secret); }, secret.size() * kSpelledByteMost, piece);
}

SecretFilter::Passed SecretFilter::look(const SecretForms& forms, ByteView piece) const {
  if (forms.longest() == 0) return {false, {}, piece};
  // With line ends in it a form may be of any length: the whole piece decides. Its copy is one of several that see() makes.
  return look([&forms](ByteView text) { return forms.see(text); }, piece.size(), piece);
}

void SecretFilter::take(const Passed& passed, ByteView piece) {
  withheld_.erase(0, passed.before.size());
  withheld_.append(piece.substr(passed.piece.size()));
}

}  // namespace gatehouse::crypto
