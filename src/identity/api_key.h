// API keys: for callers that have no token of an issuer.
//
// "ghk_" id "_" secret check: the id is 16 characters of base32 (a-z2-7, 80 random bits) and no secret, the secret 32
// random bytes in base64url (43 characters), the check CRC32C of all before it in 8 hexadecimal digits, so that scanners
// of logs and repositories can tell keys from look-alikes and a typing error is told from a wrong key. No JWT begins like
// it: their first character is that of '{' in base64url.
//
// Kept is SHA-256 of the text. A slow hash is for secrets that people make up: 256 random bits cannot be guessed, whatever
// a guess costs.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/reason.h"
#include "base/result.h"
#include "identity/identity.h"

namespace gatehouse::identity {

/// The issuer of identities that API keys prove; no configured issuer may have that name or URL.
inline constexpr ByteView kApiKeyIssuer = "api-keys";
inline constexpr ByteView kApiKeyIssuerUrl = "urn:gatehouse:api-keys";

inline constexpr ByteView kApiKeyMark = "ghk_";
inline constexpr size_t kApiKeyIdText = 16;
inline constexpr size_t kApiKeyText = 72;
inline constexpr size_t kApiKeysMax = 10'000;
inline constexpr size_t kApiKeyNameMax = 128;
inline constexpr size_t kApiKeyGroupsMax = 64;
inline constexpr WallNs kNoEnd = INT64_MAX;      // Identity::expires of a key without an end

/// is_api_key: it is meant as one, well formed or not.
inline bool is_api_key(ByteView token) { return token.starts_with(kApiKeyMark); }

/// is_api_key_id: 16 characters of base32.
bool is_api_key_id(ByteView text);

/// id_of_api_key is the id in a key's text; empty unless length, alphabets and check are right. Constant cost, no allocation.
ByteView id_of_api_key(ByteView text);

/// api_key_id writes an id; api_key_text the whole key, which is shown once.
std::string api_key_id(std::span<const uint8_t, 10> random);
std::string api_key_text(ByteView id, std::span<const uint8_t, 32> secret);

/// ApiKey is a key as it is kept.
struct ApiKey {
  std::string id;
  std::string name;                  // Identity::subject; several keys may share one, while they are changed
  std::vector<std::string> groups;   // sorted, no repeats
  std::array<uint8_t, 32> digest{};  // SHA-256 of its text
  WallNs expires = 0;                // 0: never
  WallNs revoked = 0;                // 0: it is not
  WallNs made = 0;
  std::string by;                    // who made it
};

/// fault_of says what is wrong with a key's name or groups; empty: nothing.
std::string fault_of(const ApiKey& key);

/// ApiKeySet is all keys, revoked ones too. Immutable, shared by threads.
class ApiKeySet {
 public:
  ApiKeySet() = default;
  explicit ApiKeySet(std::vector<ApiKey> keys);
  const std::vector<ApiKey>& keys() const { return keys_; }   // by id
  const ApiKey* find(ByteView id) const;

 private:
  std::vector<ApiKey> keys_;
};

/// standing says whether a key is good at `now`: none, token_revoked or key_expired.
Reason standing(const ApiKey& key, WallNs now);

/// ApiKeyDesk verifies keys for one worker and keeps the identities it made, as long as the set is the same one. One thread.
class ApiKeyDesk {
 public:
  /// verify: token_malformed, key_unknown (no such id, or another secret: the same answer for the same work), then, of who
  /// has the secret, token_revoked or key_expired. One SHA-256 of 72 bytes; allocates at a key's first use.
  Result<IdentityRef, Reason> verify(const std::shared_ptr<const ApiKeySet>& set, ByteView text, WallNs now);

 private:
  std::shared_ptr<const ApiKeySet> set_;
  std::vector<IdentityRef> made_;    // same index as the set's keys
};

}  // namespace gatehouse::identity
