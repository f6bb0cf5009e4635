// Inside identity/: the form, header and signature of a compact JWS (RFC 7515), before any claim counts.
#pragma once

#include <optional>

#include "base/reason.h"
#include "base/result.h"
#include "identity/issuer.h"
#include "identity/key_set_state.h"
#include "identity/strict_json.h"

namespace gatehouse::identity {

/// Jws is a well-formed token whose signature has not been looked at; views into the token and header.
struct Jws {
  ByteView payload;       // still base64url
  ByteView signature;     // still base64url
  ByteView signed_bytes;  // header.payload
  Algorithm algorithm = Algorithm::rs256;
  std::optional<ByteView> key_id;
  StrictJson header;
};

/// read_jws takes a token of at most kTokenBytesMax apart and judges its header: alg is one we know, typ
/// if present is a JWT's, kid if present is usable, and no crit, b64, enc or zip. jku, jwk, x5u and x5c are
/// not read anywhere: a token does not choose its own key.
Result<Jws, Reason> read_jws(ByteView token);

/// read_json decodes a part of a token.
std::optional<StrictJson> read_json(ByteView part);

/// check_jws finds the key among `keys` and verifies. Returns the key, which lives as long as `keys`, or why not.
Result<const KeySet::State::Key*, Reason> check_jws(const Jws& jws, const KeySet& keys);

}  // namespace gatehouse::identity
