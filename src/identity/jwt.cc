#include "identity/jwt.h"

#include <algorithm>
#include <array>

#include "crypto/digest.h"
#include "identity/claims.h"
#include "identity/gateway_token.h"
#include "identity/jws.h"

namespace gatehouse::identity {

namespace {

std::string in_quotes(std::optional<ByteView> text) { return text ? "'" + std::string(*text) + "'" : "none"; }

std::string names_of(const std::vector<Algorithm>& algorithms) {
  std::vector<std::string> names;
  for (const Algorithm each : algorithms) names.emplace_back(name_of(each));
  return listed(names);
}

std::string ids_of(const KeySet& keys) {
  std::vector<std::string> ids;
  for (const KeySet::State::Key& key : keys.state().keys)
    ids.push_back(in_quotes(key.id) + " (" + std::string(name_of(key.algorithm)) + ")");
  return ids.empty() ? "no usable key" : listed(ids);
}

std::string urls_of(const IssuerSet& issuers) {
  std::vector<std::string> urls;
  for (const Issuer& each : issuers.issuers) urls.push_back(each.url);
  return listed(urls);
}

/// verify_key finds the key and checks the signature.
Result<const KeySet::State::Key*, Reason> verify_key(const Jws& jws, const Issuer& issuer, Steps* steps) {
  const auto& allowed = issuer.algorithms;
  const bool known = std::find(allowed.begin(), allowed.end(), jws.algorithm) != allowed.end();
  if (const Reason reason = note(steps, "algorithm", known ? Reason::none : Reason::token_algorithm,
                                 [&] { return Seen{std::string(name_of(jws.algorithm)), names_of(allowed)}; });
      reason != Reason::none)
    return Failure{reason};
  if (issuer.keys == nullptr)
    return Failure{note(steps, "key", Reason::token_keys_unavailable,
                        [&] { return Seen{"kid " + in_quotes(jws.key_id), "keys of the issuer"}; })};
  const auto key = check_jws(jws, *issuer.keys);
  const Reason outcome = key.ok() ? Reason::none : key.error();
  note(steps, "key", outcome == Reason::token_key ? outcome : Reason::none,
       [&] { return Seen{"kid " + in_quotes(jws.key_id), ids_of(*issuer.keys)}; });
  if (outcome != Reason::token_key) note(steps, "signature", outcome, [] { return Seen{}; });
  return key;
}

}  // namespace

Result<IdentityRef, Reason> verify_jwt(const IssuerSet& issuers, ByteView token, WallNs now, Steps* steps) {
  constexpr const char* kForm = "header.payload.signature in base64url, JSON without a repeated name, a known alg, no crit";
  const auto size = [&] { return Seen{std::to_string(token.size()) + " bytes", kForm}; };
  auto jws = read_jws(token);
  if (!jws.ok()) return Failure{note(steps, "form", jws.error(), size)};

  // Of the payload only `iss` is used before the signature holds: to find the keys.
  const auto payload = read_json(jws->payload);
  if (note(steps, "form", payload ? Reason::none : Reason::token_malformed, size) != Reason::none)
    return Failure{Reason::token_malformed};
  const Fields& claims = payload->root();
  std::optional<ByteView> url;
  const bool named = claims.text("iss", &url) && url;
  if (named && issuers.gateway != nullptr && *url == issuers.gateway->url) {
    note(steps, "issuer", Reason::none, [&] { return Seen{in_quotes(url) + ", this gateway itself", ""}; });
    return verify_gateway_token(*issuers.gateway, token, now, steps);
  }
  const Issuer* issuer = named ? issuers.find(*url) : nullptr;
  const Reason known = !named ? Reason::token_claims : issuer == nullptr ? Reason::token_issuer : Reason::none;
  if (note(steps, "issuer", known, [&] { return Seen{in_quotes(url), urls_of(issuers)}; }) != Reason::none) return Failure{known};
  const auto key = verify_key(*jws, *issuer, steps);
  if (!key.ok()) return Failure{key.error()};

  auto identity = std::make_shared<Identity>();
  if (const Reason reason = read_claims(claims, *issuer, now, identity.get(), steps); reason != Reason::none)
    return Failure{reason};
  identity->proof = Proof::oidc_jwt;
  identity->issuer = issuer->name;
  identity->issuer_url = issuer->url;
  identity->mapping = issuer->mapping;
  identity->key_id = (*key)->id;
  identity->key_digest = (*key)->digest;
  identity->token_digest = crypto::sha256(token);
  name_who(*identity);
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
