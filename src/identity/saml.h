// Signed SAML 2.0 assertions as a caller's credential (RFC 7521, 7522; saml-core-2.0-os; XML Signature in one profile).
#pragma once

#include "base/reason.h"
#include "base/result.h"
#include "identity/identity.h"
#include "identity/saml_issuer.h"
#include "identity/steps.h"

namespace gatehouse::identity {

/// SamlUse is what an assertion is shown for.
enum class SamlUse : uint8_t {
  exchange,  // once, for a token: whoever calls sees to the once, by issuer and token_id until Identity::expires
  bearer,    // on the data path, again and again until it expires
};

inline constexpr size_t kSamlBytesMax = 64 * 1024;  // of the decoded assertion; look before decoding

/// verify_saml proves one assertion: the XML document itself, decoded, an Assertion element and nothing around it (a Response
/// is refused: it has no use without a browser, and cutting things out of things is how assertions are forged). The rules are in
/// saml_signature.h and saml_assertion.h. Order: size, form, issuer, signature, then what the verified octets say, and nothing
/// else: subject, conditions, dates, groups.
///
/// Of the identity: proof is saml, issuer the configured name, issuer_url the entity id, subject the NameID, token_id the
/// assertion's ID, token_digest SHA-256 of `assertion`. It expires with the earliest of the assertion's ends, plus leeway, at the
/// latest when the life is over that `use` allows from IssueInstant, or the metadata.
/// Reasons: token_size, saml_malformed, token_issuer, token_keys_unavailable (metadata past its validUntil), saml_signature,
/// saml_conditions (audience, recipient, confirmation, OneTimeUse on the data path), saml_expired, token_claims
/// (subject), token_condition, token_groups.
///
/// Pure; any thread, but not a worker's: 50 to 150 us of CPU, up to a few ms for hostile input; allocates.
/// `steps`, when not null, gets every check that was made.
Result<IdentityRef, Reason> verify_saml(const SamlIssuers& issuers, ByteView assertion, WallNs now, SamlUse use,
                                        Steps* steps = nullptr);

/// saml_standing says whether a caller who was proved by an assertion a while ago would still be believed by the issuers of
/// now: the issuer is there under the same name and its metadata still has the very key. Expiry is the caller's to look at.
Reason saml_standing(const SamlIssuers& issuers, const Identity& identity, WallNs now);

}  // namespace gatehouse::identity
