// Who was proved.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "crypto/digest.h"

namespace gatehouse::identity {

/// Proof is how an identity was proved.
enum class Proof : uint8_t {
  none = 0,
  oidc_jwt = 1,
  certificate = 2,     // a client certificate by itself
  saml = 3,            // an assertion, as it was signed
  gateway_token = 4,   // a JWT that the gateway itself gave for an assertion
  api_key = 5,
};

/// proof_name is how records and people call it.
constexpr ByteView proof_name(Proof proof) {
  switch (proof) {
    case Proof::none: return "none";
    case Proof::oidc_jwt: return "oidc_jwt";
    case Proof::certificate: return "certificate";
    case Proof::saml: return "saml";
    case Proof::gateway_token: return "gateway_token";
    case Proof::api_key: return "api_key";
  }
  return {};
}

inline constexpr size_t kRecordClaimsMax = 16;   // of one identity

/// Claim is one that the configuration wants in records: its path there, and its value as text.
struct Claim {
  std::string name;
  std::string value;
};

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
  uint64_t mapping = 0;      // of the issuer as it was configured then, see Issuer
  WallNs expires = 0;        // exp plus leeway: the identity is dead from here on
  WallNs spent_until = 0;    // of an assertion: no configuration takes it after this; until then it is known whether it was used
  std::array<uint8_t, 32> token_digest{};  // SHA-256 of the token as sent
  std::array<uint8_t, 32> who{};           // SHA-256 of issuer_url, a line end and the subject; from name_who()
  std::array<uint8_t, 32> certificate{};   // SHA-256 of the client certificate (DER) that it is bound to; all zero: to none
  std::vector<Claim> claims;               // those that are recorded in clear, in the configuration's order
};

/// name_who sets `who`, last of all that makes an identity.
inline void name_who(Identity& identity) {
  identity.who = crypto::sha256(std::array<ByteView, 3>{identity.issuer_url, "\n", identity.subject});
}

using IdentityRef = std::shared_ptr<const Identity>;

}  // namespace gatehouse::identity
