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
  const auto key = check_jws(*jws, *issuer->keys);
  if (!key.ok()) return Failure{key.error()};

  auto identity = std::make_shared<Identity>();
  if (const Reason reason = read_claims(claims, *issuer, now, identity.get()); reason != Reason::none)
    return Failure{reason};
  identity->proof = Proof::oidc_jwt;
  identity->issuer = issuer->name;
  identity->issuer_url = issuer->url;
  identity->key_id = (*key)->id;
  identity->key_digest = (*key)->digest;
  identity->token_digest = crypto::sha256(token);
  return IdentityRef(std::move(identity));
}

Reason standing(const IssuerSet& issuers, const Identity& identity) {
  const Issuer* issuer = issuers.find(identity.issuer_url);
  if (issuer == nullptr) return Reason::token_issuer;
  if (issuer->keys == nullptr) return Reason::token_keys_unavailable;
  const auto& allowed = issuer->algorithms;
  for (const KeySet::State::Key& key : issuer->keys->state().keys) {
    if (key.id != identity.key_id || key.digest != identity.key_digest) continue;
    return std::find(allowed.begin(), allowed.end(), key.algorithm) != allowed.end() ? Reason::none : Reason::token_algorithm;
  }
  return Reason::token_key;
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
