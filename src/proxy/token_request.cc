#include "proxy/token_request.h"

#include "codec/base64url.h"
#include "http/form.h"
#include "http/media_type.h"
#include "proxy/heads.h"

namespace gatehouse::proxy {
namespace {

constexpr ByteView kGrantType = "urn:ietf:params:oauth:grant-type:saml2-bearer";

bool is_form(const http::FieldList& fields) {
  if (fields.count_of(http::FieldId::content_type) != 1) return false;
  const auto type = http::parse_media_type(fields.find(http::FieldId::content_type)->value);
  return type && http::equals_ignore_case(type->type, "application/x-www-form-urlencoded") &&
         (type->charset.empty() || http::equals_ignore_case(type->charset, "utf-8"));
}

}  // namespace

ByteView token_error_name(TokenError error) {
  switch (error) {
    case TokenError::none: return {};
    case TokenError::invalid_request: return "invalid_request";
    case TokenError::invalid_client: return "invalid_client";
    case TokenError::invalid_grant: return "invalid_grant";
    case TokenError::unsupported_grant_type: return "unsupported_grant_type";
    case TokenError::invalid_scope: return "invalid_scope";
    case TokenError::temporarily_unavailable: return "temporarily_unavailable";
    case TokenError::server_error: return "server_error";
  }
  return {};
}

TokenError token_error_of(Reason reason) {
  if (reason == Reason::token_two_sources) return TokenError::invalid_request;
  const int status = reason_status(reason);
  if (status == 401) return TokenError::invalid_grant;
  if (status == 503 || status == 429) return TokenError::temporarily_unavailable;
  return status >= 500 ? TokenError::server_error : TokenError::invalid_request;
}

bool is_token_head(const http::RequestHead& request) {
  const auto codings = codings_of(request.fields);
  return !request.has_query && codings && codings->count == 0 && is_form(request.fields);
}

Result<std::string, TokenError> read_token_request(ByteView body) {
  enum : size_t { grant_type, assertion, scope, client_secret, client_assertion, client_assertion_type, kNames };
  http::FormField fields[kNames] = {{"grant_type"},    {"assertion"},        {"scope"},
                                   {"client_secret"}, {"client_assertion"}, {"client_assertion_type"}};
  if (!http::read_form(body, fields)) return Failure{TokenError::invalid_request};
  for (const http::FormField& field : fields)
    if (field.times > 1) return Failure{TokenError::invalid_request};
  if (fields[grant_type].value.empty() || fields[assertion].value.empty()) return Failure{TokenError::invalid_request};
  if (fields[grant_type].value != kGrantType) return Failure{TokenError::unsupported_grant_type};
  if (!fields[scope].value.empty()) return Failure{TokenError::invalid_scope};
  for (const size_t proof : {client_secret, client_assertion, client_assertion_type})
    if (!fields[proof].value.empty()) return Failure{TokenError::invalid_client};
  return std::move(fields[assertion].value);
}

Result<std::string, Reason> decode_assertion(ByteView text) {
  if (text.size() > kAssertionTextMax) return Failure{Reason::token_size};
  if (text.ends_with('=')) {
    if (text.size() % 4 != 0) return Failure{Reason::saml_malformed};
    text.remove_suffix(text.ends_with("==") ? 2 : 1);
    if (text.size() % 4 == 0) return Failure{Reason::saml_malformed};   // none was missing
  }
  auto bytes = codec::decode_base64url(text);
  if (!bytes) return Failure{Reason::saml_malformed};
  return std::move(*bytes);
}

}  // namespace gatehouse::proxy
