// Signed JSON web tokens (RFC 7515, 7519; rules of RFC 8725).
#pragma once

#include "base/reason.h"
#include "base/result.h"
#include "identity/identity.h"
#include "identity/issuer.h"
#include "identity/steps.h"

namespace gatehouse::identity {

/// verify_jwt proves a compact JWS. Order: size, form, header (alg on the allow-list, no unknown crit,
/// embedded keys ignored), issuer, key by kid (or the only key that fits), signature, then claims
/// (aud, exp, nbf, iat, sub, groups). Nothing of the payload but `iss` is used before the signature
/// holds. Pure; 50 to 100 us of CPU; allocates (first sight only, see TokenCache). `steps`, when not null, gets every check
/// that was made, up to the one that failed.
Result<IdentityRef, Reason> verify_jwt(const IssuerSet& issuers, ByteView token, WallNs now, Steps* steps = nullptr);

/// standing says whether a caller who was proved a while ago would still be believed by the issuers of now: the issuer is
/// trusted, still has the very key, the key's algorithm is allowed, and conditions, groups and subjects are configured as they
/// were (else token_condition: what the token says would decide, and it is gone). Reason::none when so; expiry is the
/// caller's to look at.
Reason standing(const IssuerSet& issuers, const Identity& identity);

/// issuer_of is the trusted issuer that a token names, whoever signed it; null when it names none.
const Issuer* issuer_of(const IssuerSet& issuers, ByteView token);

/// bearer_token returns the token of an Authorization value ("Bearer x", scheme in any case, exactly
/// one space, token68 characters), or an empty view.
ByteView bearer_token(ByteView authorization);

}  // namespace gatehouse::identity
