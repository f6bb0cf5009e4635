// Tokens that the gateway itself gives for SAML assertions (RFC 7522): what they say, and whether one is believed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/reason.h"
#include "base/result.h"
#include "crypto/secret.h"
#include "crypto/sign.h"
#include "identity/identity.h"
#include "identity/issuer.h"
#include "identity/steps.h"

namespace gatehouse::identity {

/// kGatewayLifeMax is what no gateway token outlives, whatever the configuration said when it was made.
inline constexpr WallNs kGatewayLifeMax = 3600 * kNsPerSecond;

/// GatewayKeys are the public halves of the gateway's own signing keys: that of now, the next one, and those whose last token
/// has not ended. Immutable, shared by threads.
struct GatewayKeys {
  std::shared_ptr<const KeySet> keys;   // never null
  std::string document;                 // the same as a JWKS (RFC 7517), as it is published
};

/// GatewayIssuer is the gateway as an issuer of tokens, in one snapshot. Immutable.
struct GatewayIssuer {
  /// Source is an identity provider whose assertions are exchanged: a token made for one dies with it.
  struct Source {
    std::string name;        // ours
    std::string entity_id;
  };
  std::string url;           // iss, exactly
  std::string audience;      // aud, exactly: no other gateway's
  WallNs lifetime = 0;       // of a token that is made now, at most kGatewayLifeMax
  std::vector<Source> sources;
  std::shared_ptr<const GatewayKeys> keys;   // null: not opened (`gatehouse check`)
};

/// GatewayToken is one that was made, for one caller to have and nobody else to see.
struct GatewayToken {
  crypto::Secret text;
  std::string id;                          // jti
  std::array<uint8_t, 32> digest{};        // SHA-256 of text, as it will stand in the records of its use
  WallNs expires = 0;
};

/// make_gateway_token signs a token for the identity that an assertion proved: its subject, groups and provider as they are at
/// this moment. It ends after the issuer's lifetime, but not later than the assertion's identity does; whole seconds, rounded
/// down. `id` is 16 random bytes. saml_expired when nothing is left of its life, token_size when it would be longer than any
/// token that the gateway reads. Pure; any thread; 30 us.
Result<GatewayToken, Reason> make_gateway_token(const GatewayIssuer& issuer, const crypto::PrivateKey& key, ByteView key_id,
                                                const Identity& proved, ByteView id, WallNs now);

/// verify_gateway_token proves a token whose `iss` is issuer.url: ES256 by a key of ours that it names, for our audience, of at
/// most kGatewayLifeMax, for a provider that is still configured under the same name. Of the identity: proof is gateway_token;
/// issuer, issuer_url and subject are those of the assertion, so that whoever is revoked by them is so in both forms; expires is
/// exp itself, without leeway: it is our own clock. `steps`, unless null, gets every check that was made. Pure.
Result<IdentityRef, Reason> verify_gateway_token(const GatewayIssuer& issuer, ByteView token, WallNs now, Steps* steps = nullptr);

/// gateway_standing says whether a caller who was proved by a gateway token would still be believed: see standing().
Reason gateway_standing(const GatewayIssuer* issuer, const Identity& identity);

}  // namespace gatehouse::identity
