// Who was proved.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"

namespace gatehouse::identity {

/// Proof is how an identity was proved.
enum class Proof : uint8_t { none = 0, oidc_jwt = 1 };

/// Identity is a verified caller; immutable once made, shared by the cache and the exchanges of one
/// worker.
struct Identity {
  Proof proof = Proof::none;
  std::string issuer;        // the issuer's configured name
  std::string issuer_url;    // iss
  std::string subject;       // sub
  std::string token_id;      // jti, may be empty
  std::string key_id;        // kid, may be empty
  std::array<uint8_t, 32> key_digest{};    // SHA-256 of the key that verified, whatever its kid
  std::vector<std::string> groups;  // sorted, no repeats
  WallNs expires = 0;        // exp plus leeway: the identity is dead from here on
  std::array<uint8_t, 32> token_digest{};  // SHA-256 of the token as sent
};

using IdentityRef = std::shared_ptr<const Identity>;

}  // namespace gatehouse::identity
