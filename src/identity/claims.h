// Inside identity/: the payload of a token whose signature holds, turned into an Identity.
#pragma once

#include "base/reason.h"
#include "identity/group_rules.h"
#include "identity/identity.h"
#include "identity/issuer.h"
#include "identity/steps.h"
#include "identity/strict_json.h"

namespace gatehouse::identity {

inline constexpr size_t kSubjectBytesMax = 512;
inline constexpr size_t kTokenIdBytesMax = 256;

inline constexpr size_t kRecordedClaimBytesMax = 256;

/// read_claims judges aud, exp, nbf, iat, jti, the subject, the issuer's conditions and the groups, and fills in what Identity
/// takes from them. Returns Reason::none or why not. `claims` must be verified; `iss` is not looked at.
/// `steps` may be null.
Reason read_claims(const Fields& claims, const Issuer& issuer, WallNs now, Identity* out, Steps* steps = nullptr);

}  // namespace gatehouse::identity
