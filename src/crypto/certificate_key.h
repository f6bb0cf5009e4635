// The public key in an X.509 certificate that stands for nothing but its key (as in SAML metadata).
#pragma once

#include <optional>

#include "crypto/signature.h"

namespace gatehouse::crypto {

/// certificate_key takes the key out of a DER certificate (RFC 5280). Nothing else in it is looked at: neither dates nor
/// names nor its signature. Empty when the key is of a type or curve that PublicKey does not know; the error says what is
/// wrong with the certificate, or with a key of a known type.
Result<std::optional<PublicKey>, std::string> certificate_key(ByteView der);

}  // namespace gatehouse::crypto
