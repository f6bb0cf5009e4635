// The issuer's key, its name and its public face.
#pragma once

#include <initializer_list>
#include <string>

#include "base/result.h"
#include "crypto/sign.h"

namespace gatehouse::issuer {

/// SigningKey is a private key with its key id: the JWK thumbprint (RFC 7638), so the same key always has
/// the same name.
struct SigningKey {
  crypto::PrivateKey key;
  std::string id;
};

/// name_key gives a key its id.
SigningKey name_key(crypto::PrivateKey key);

/// load_key reads a PEM file; the error names it.
Result<SigningKey, std::string> load_key(const std::string& path);

/// algorithm is the JWS name for a key: ES256, RS256 or EdDSA.
ByteView algorithm(const SigningKey& key);

/// jwks is the JSON Web Key Set with this one key, or these (RFC 7517).
std::string jwks(const SigningKey& key);
std::string jwks(std::initializer_list<const SigningKey*> keys);

}  // namespace gatehouse::issuer
