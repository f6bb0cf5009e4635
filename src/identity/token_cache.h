// Verified tokens of one worker, found again by digest.
#pragma once

#include <memory>

#include "identity/jwt.h"

namespace gatehouse::identity {

/// TokenCache holds only verified tokens; bounded (least recently used falls out). An entry dies with
/// its expiry, when the clock goes back before it was verified, and with all others when the snapshot's
/// issuers change (version). All its memory, about 100 bytes an entry, is taken at the start; capacity 0
/// keeps nothing. One worker's, one thread.
class TokenCache {
 public:
  explicit TokenCache(size_t capacity);
  ~TokenCache();
  TokenCache(const TokenCache&) = delete;

  /// verify answers from the cache (one SHA-256 and one look-up, no allocation) or proves the token.
  /// `version` names the issuers in force: another version empties the cache first. What is not in the cache is
  /// only proved when it may be, else refused with token_failures.
  Result<IdentityRef, Reason> verify(const IssuerSet& issuers, uint64_t version, ByteView token, WallNs now,
                                     bool may_prove = true);

  /// find and insert are for what is proved elsewhere (SAML, on job threads): by a digest of what was sent, which no other form of
  /// credential has. find is null when it is not there, or dead; insert does nothing when other issuers are in force by now.
  IdentityRef find(uint64_t version, const std::array<uint8_t, 32>& digest, WallNs now);
  void insert(uint64_t version, const std::array<uint8_t, 32>& digest, IdentityRef identity, WallNs now);

  uint64_t hits() const;
  uint64_t misses() const;
  size_t size() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse::identity
