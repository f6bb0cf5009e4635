#include "identity/jwt.h"

#include <algorithm>

#include "crypto/digest.h"
#include "identity/claims.h"
#include "identity/jws.h"

namespace gatehouse::identity {

Result<IdentityRef, Reason> verify_jwt(const IssuerSet& issuers, ByteView token, WallNs now) {
  auto jws = read_jws(token);
  if (!jws.ok()) return Failure{jws.error()};

  // Of the payload only `iss` is used before the signature holds: to find the keys.
  const auto payload = read_json(jws->payload);
  if (!payload) return Failure{Reason::token_malformed};
  const Fields& claims = payload->root();
  std::optional<ByteView> url;
  if (!claims.text("iss", &url) || !url) return Failure{Reason::token_claims};
  const Issuer* issuer = issuers.find(*url);
  if (issuer == nullptr) return Failure{Reason::token_issuer};
  const auto& allowed = issuer->algorithms;
  if (std::find(allowed.begin(), allowed.end(), jws->algorithm) == allowed.end())
    return Failure{Reason::token_algorithm};
  if (issuer->keys == nullptr) return Failure{Reason::token_keys_unavailable};
  const auto key_id = check_jws(*jws, *issuer->keys);
  if (!key_id.ok()) return Failure{key_id.error()};

  auto identity = std::make_shared<Identity>();
  if (const Reason reason = read_claims(claims, *issuer, now, identity.get()); reason != Reason::none)
    return Failure{reason};
  identity->proof = Proof::oidc_jwt;
  identity->issuer = issuer->name;
  identity->issuer_url = issuer->url;
  identity->key_id = *key_id;
  identity->token_digest = crypto::sha256(token);
  return IdentityRef(std::move(identity));
}

ByteView bearer_token(ByteView authorization) {
  constexpr ByteView kScheme = "bearer ";
  if (authorization.size() <= kScheme.size()) return {};
  for (size_t i = 0; i < kScheme.size(); ++i) {
    const char c = authorization[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c) != kScheme[i]) return {};
  }
  const ByteView token = authorization.substr(kScheme.size());
  const auto is_token68 = [](char c) {  // RFC 9110 section 11.2
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~' || c == '+' || c == '/';
  };
  size_t end = token.size();
  while (end > 0 && token[end - 1] == '=') --end;
  if (end == 0 || !std::all_of(token.begin(), token.begin() + static_cast<ptrdiff_t>(end), is_token68))
    return {};
  return token;
}

}  // namespace gatehouse::identity
