// Access tokens as a real provider's: RFC 9068 with a groups claim.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "issuer/signing_key.h"

namespace gatehouse::issuer {

struct TokenOrder {
  std::string issuer;
  std::string client;    // becomes sub, client_id and azp
  std::string audience;
  std::vector<std::string> groups;
  int64_t ttl = 600;     // seconds; negative: it has ended
  std::vector<std::pair<std::string, std::string>> claims;   // further ones: names and texts
  std::string bound_to;  // x5t#S256 of the client certificate that it is bound to (RFC 8705); empty: to none
};

/// certificate_der is the first certificate of a PEM text; empty when there is none.
std::string certificate_der(ByteView pem);
/// thumbprint is the x5t#S256 of a certificate.
std::string thumbprint(ByteView der);

/// make_token signs a token that is valid from `now` (seconds since 1970).
std::string make_token(const SigningKey& key, const TokenOrder& order, uint64_t now);

}  // namespace gatehouse::issuer
