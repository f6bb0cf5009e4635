// Tokens that are good only in one sender's hands: bound to a client certificate (RFC 7800, RFC 8705 section 3).
#pragma once

#include <array>

#include "base/reason.h"
#include "identity/identity.h"
#include "identity/strict_json.h"

namespace gatehouse::identity {

/// read_binding reads the claim `cnf`. `out` stays zero when there is none, else it is the SHA-256 of the one
/// certificate. token_claims: no object, or not as RFC 8705 writes it (43 characters of base64url, not all zero).
/// token_binding: bound to something else as well or instead (jkt, jwk, kid, ...), which nobody can prove here.
Reason read_binding(const Fields& claims, std::array<uint8_t, 32>* out);

/// bound says whether an identity is only good with a client certificate.
bool bound(const Identity& identity);

/// may_be_sent_by says whether an identity may be used on a connection whose client proved to hold the key of a
/// certificate with this SHA-256; null: of none. Compares in constant time.
bool may_be_sent_by(const Identity& identity, const std::array<uint8_t, 32>* certificate);

}  // namespace gatehouse::identity
