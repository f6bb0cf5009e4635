// A request for a token in return for a SAML assertion (RFC 7522 section 2.1, RFC 6749 section 5.2).
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/reason.h"
#include "base/result.h"
#include "http/message.h"
#include "identity/saml.h"

namespace gatehouse::proxy {

/// kAssertionTextMax is the longest assertion as text, padding included; what is longer falls undecoded.
inline constexpr size_t kAssertionTextMax = (identity::kSamlBytesMax + 2) / 3 * 4;
/// kTokenRequestMax is the longest form: the longest assertion and what else may stand there.
inline constexpr uint64_t kTokenRequestMax = kAssertionTextMax + 16 * 1024;

/// TokenError is how a token request is refused, as RFC 6749 names it.
enum class TokenError : uint8_t {
  none,
  invalid_request,
  invalid_client,
  invalid_grant,
  unsupported_grant_type,
  invalid_scope,
  temporarily_unavailable,   // of section 4.1.2.1: the same meaning
  server_error,              // likewise
};

/// token_error_name is the value of `error`.
ByteView token_error_name(TokenError error);

/// token_error_of says how a reason other than token_request reads.
TokenError token_error_of(Reason reason);

/// is_token_head: what is known before the body is as it should be: a form, not coded, and nothing in the query.
bool is_token_head(const http::RequestHead& request);

/// read_token_request reads a form: grant_type saml2-bearer and one assertion, as text. Parameters that are not known are passed
/// over, as section 3.2 says; what asks for more than is given here is refused: a scope, and a client that wants to prove who it is.
Result<std::string, TokenError> read_token_request(ByteView body);

/// decode_assertion takes off base64url (RFC 7522 section 2.1) with or without its padding; nothing else, so that no two
/// readers see two assertions. token_size or saml_malformed.
Result<std::string, Reason> decode_assertion(ByteView text);

}  // namespace gatehouse::proxy
