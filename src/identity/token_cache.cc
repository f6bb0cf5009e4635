#include "identity/token_cache.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "base/limits.h"
#include "crypto/digest.h"

namespace gatehouse::identity {

/// State is an open-addressed table of places in `entries`, and a list of the entries in order of use.
/// All memory is taken at the start. Invariants:
/// 1. buckets holds each live entry exactly once, reachable from its home without an empty bucket between;
/// 2. at most half of the buckets are full, so every search ends;
/// 3. the list holds each live entry exactly once, the one used last first.
struct TokenCache::State {
  static constexpr uint32_t kNone = UINT32_MAX;

  struct Entry {
    crypto::Sha256 digest;
    IdentityRef identity;
    WallNs verified = 0;     // a clock before this went back: nbf and iat must be judged again
    uint32_t newer = kNone;  // in use; in a free entry `older` is the next free one
    uint32_t older = kNone;
  };

  explicit State(size_t capacity) : entries(capacity), buckets(std::bit_ceil(capacity * 2 + 1), kNone) {
    clear();
  }

  // A digest's own bits are as good as any hash, and only verified tokens get in.
  size_t home(const crypto::Sha256& digest) const {
    uint64_t bits;
    std::memcpy(&bits, digest.data(), sizeof bits);
    return bits & (buckets.size() - 1);
  }
  size_t after(size_t bucket) const { return (bucket + 1) & (buckets.size() - 1); }

  /// bucket_of returns the digest's bucket, or the empty one where it would go.
  size_t bucket_of(const crypto::Sha256& digest) const {
    size_t bucket = home(digest);
    while (buckets[bucket] != kNone && entries[buckets[bucket]].digest != digest) bucket = after(bucket);
    return bucket;
  }

  void unlink(uint32_t place) {
    Entry& entry = entries[place];
    (entry.newer == kNone ? newest : entries[entry.newer].older) = entry.older;
    (entry.older == kNone ? oldest : entries[entry.older].newer) = entry.newer;
  }

  void link_newest(uint32_t place) {
    entries[place].newer = kNone;
    entries[place].older = newest;
    (newest == kNone ? oldest : entries[newest].newer) = place;
    newest = place;
  }

  /// remove takes out the entry of a full bucket and closes the gap (no tombstones to pile up).
  void remove(size_t gap) {
    const uint32_t place = buckets[gap];
    unlink(place);
    entries[place].identity.reset();
    entries[place].older = free;
    free = place;
    --live;
    for (size_t next = after(gap); buckets[next] != kNone; next = after(next)) {
      const size_t wanted = home(entries[buckets[next]].digest);
      const size_t mask = buckets.size() - 1;
      if (((next - wanted) & mask) < ((next - gap) & mask)) continue;  // its home lies behind the gap
      buckets[gap] = buckets[next];
      gap = next;
    }
    buckets[gap] = kNone;
  }

  void insert(const crypto::Sha256& digest, IdentityRef identity, WallNs now) {
    if (entries.empty()) return;
    if (free == kNone) remove(bucket_of(entries[oldest].digest));
    const uint32_t place = free;
    free = entries[place].older;
    entries[place].digest = digest;
    entries[place].identity = std::move(identity);
    entries[place].verified = now;
    link_newest(place);
    buckets[bucket_of(digest)] = place;
    ++live;
  }

  /// enter empties it when other issuers are in force.
  void enter(uint64_t in_force) {
    if (version == in_force) return;
    clear();
    version = in_force;
  }

  /// alive is the identity in a bucket, used now; null when there is none. What is dead goes.
  IdentityRef alive(size_t bucket, WallNs now) {
    const uint32_t place = buckets[bucket];
    if (place == kNone) return nullptr;
    const Entry& entry = entries[place];
    if (now >= entry.identity->expires || now < entry.verified) {
      remove(bucket);
      return nullptr;
    }
    unlink(place);
    link_newest(place);
    return entry.identity;
  }

  void clear() {
    std::fill(buckets.begin(), buckets.end(), kNone);
    newest = oldest = free = kNone;
    live = 0;
    for (size_t i = entries.size(); i > 0; --i) {
      entries[i - 1].identity.reset();
      entries[i - 1].older = free;
      free = static_cast<uint32_t>(i - 1);
    }
  }

  std::vector<Entry> entries;
  std::vector<uint32_t> buckets;
  uint32_t newest = kNone;
  uint32_t oldest = kNone;
  uint32_t free = kNone;
  size_t live = 0;
  uint64_t version = 0;
  uint64_t hits = 0;
  uint64_t misses = 0;
};

TokenCache::TokenCache(size_t capacity) : state_(std::make_unique<State>(capacity)) {
  GH_ASSERT(capacity < State::kNone / 4);
}

TokenCache::~TokenCache() = default;

Result<IdentityRef, Reason> TokenCache::verify(const IssuerSet& issuers, uint64_t version, ByteView token,
                                               WallNs now, bool may_prove) {
  State& state = *state_;
  state.enter(version);
  if (token.size() > kTokenBytesMax) return Failure{Reason::token_size};  // before it costs a digest
  const crypto::Sha256 digest = crypto::sha256(token);
  const size_t bucket = state.bucket_of(digest);
  if (IdentityRef found = state.alive(bucket, now)) {
    ++state.hits;
    return found;
  }
  ++state.misses;
  if (!may_prove) return Failure{Reason::token_failures};
  auto proved = verify_jwt(issuers, token, now);
  if (proved.ok()) state.insert(digest, *proved, now);
  return proved;
}

IdentityRef TokenCache::find(uint64_t version, const std::array<uint8_t, 32>& digest, WallNs now) {
  State& state = *state_;
  state.enter(version);
  const size_t bucket = state.bucket_of(digest);
  IdentityRef found = state.alive(bucket, now);
  ++(found != nullptr ? state.hits : state.misses);
  return found;
}

void TokenCache::insert(uint64_t version, const std::array<uint8_t, 32>& digest, IdentityRef identity, WallNs now) {
  State& state = *state_;
  if (state.version != version || now >= identity->expires) return;
  const size_t bucket = state.bucket_of(digest);   // two connections may have had the same one proved at once
  if (state.buckets[bucket] != State::kNone) state.remove(bucket);
  state.insert(digest, std::move(identity), now);
}

uint64_t TokenCache::hits() const { return state_->hits; }
uint64_t TokenCache::misses() const { return state_->misses; }
size_t TokenCache::size() const { return state_->live; }

}  // namespace gatehouse::identity
