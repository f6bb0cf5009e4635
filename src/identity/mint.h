// Making tokens and key sets: for the development issuer, the tests and the benchmarks. The gateway itself
// only verifies.
#pragma once

#include <string>

#include "crypto/sign.h"

namespace gatehouse::identity {

/// alg_name is the JWS name of a key type's algorithm: RS256, ES256 or EdDSA.
ByteView alg_name(crypto::KeyType type);

/// jwk_text writes a public key as a JWK with use "sig"; key_id must need no JSON escapes.
std::string jwk_text(const crypto::PublicKey& key, ByteView key_id);

/// sign_jws makes a compact JWS of any header and payload, taken as they are.
std::string sign_jws(const crypto::PrivateKey& key, ByteView header_json, ByteView payload_json);

/// mint_jwt signs claims under the header {"alg":...,"typ":"JWT","kid":key_id}.
std::string mint_jwt(const crypto::PrivateKey& key, ByteView key_id, ByteView claims_json);

}  // namespace gatehouse::identity
