#include "identity/jwt.h"

#include <array>

#include "crypto/digest.h"
#include "identity/claims.h"
#include "identity/gateway_token.h"
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
  if (issuers.gateway != nullptr && *url == issuers.gateway->url) return verify_gateway_token(*issuers.gateway, token, now);
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
  identity->mapping = issuer->mapping;
  identity->key_id = (*key)->id;
  identity->key_digest = (*key)->digest;
  identity->token_digest = crypto::sha256(token);
  return IdentityRef(std::move(identity));
}

const Issuer* issuer_of(const IssuerSet& issuers, ByteView token) {
  const auto jws = read_jws(token);
  const auto payload = jws.ok() ? read_json(jws->payload) : std::nullopt;
  std::optional<ByteView> url;
  return payload && payload->root().text("iss", &url) && url ? issuers.find(*url) : nullptr;
}

Reason standing(const IssuerSet& issuers, const Identity& identity) {
  if (identity.proof == Proof::gateway_token) return gateway_standing(issuers.gateway.get(), identity);
  const Issuer* issuer = issuers.find(identity.issuer_url);
  if (issuer == nullptr) return Reason::token_issuer;
  if (issuer->keys == nullptr) return Reason::token_keys_unavailable;
  if (issuer->mapping != identity.mapping) return Reason::token_condition;
  const auto& allowed = issuer->algorithms;
  for (const KeySet::State::Key& key : issuer->keys->state().keys) {
    if (key.id != identity.key_id || key.digest != identity.key_digest) continue;
    return std::find(allowed.begin(), allowed.end(), key.algorithm) != allowed.end() ? Reason::none : Reason::token_algorithm;
  }
  return Reason::token_key;
}

namespace {

/// 1 for each byte that no token68 holds, RFC 9110 section 11.2.
constexpr std::array<uint8_t, 256> kForeign = [] {
  std::array<uint8_t, 256> foreign{};
  foreign.fill(1);
  for (const char c : ByteView("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/"))
    foreign[static_cast<uint8_t>(c)] = 0;
  return foreign;
}();

}  // namespace

ByteView bearer_token(ByteView authorization) {
  constexpr ByteView kScheme = "bearer ";
  if (authorization.size() <= kScheme.size()) return {};
  for (size_t i = 0; i < kScheme.size(); ++i) {
    const char c = authorization[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c) != kScheme[i]) return {};
  }
  const ByteView token = authorization.substr(kScheme.size());
  size_t end = token.size();
  while (end > 0 && token[end - 1] == '=') --end;
  uint8_t foreign = 0;   // no branch per byte: this runs for every request
  for (const char c : token.substr(0, end)) foreign |= kForeign[static_cast<uint8_t>(c)];
  return end == 0 || foreign != 0 ? ByteView{} : token;
}

}  // namespace gatehouse::identity
