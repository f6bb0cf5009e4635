#include "identity/gateway_token.h"

#include <algorithm>

#include "base/limits.h"
#include "codec/base64url.h"
#include "crypto/digest.h"
#include "identity/claims.h"
#include "identity/jws.h"
#include "identity/mint.h"
#include "identity/plain_text.h"
#include "telemetry/json_text.h"

namespace gatehouse::identity {

namespace {

constexpr ByteView kName = "idp_name";             // the provider's configured name
constexpr ByteView kEntity = "idp_entity";         // its entity id
constexpr ByteView kAssertion = "idp_assertion";   // the assertion's ID

void text_member(std::string& out, ByteView name, ByteView value) {
  out.append(out.size() > 1 ? ",\"" : "\"").append(name).append("\":\"");
  static_cast<void>(telemetry::append_json_text(out, value));
  out += '"';
}

std::string claims_text(const GatewayIssuer& issuer, const Identity& proved, ByteView jti, WallNs issued, WallNs expires) {
  std::string out = "{";
  text_member(out, "iss", issuer.url);
  text_member(out, "aud", issuer.audience);
  text_member(out, "sub", proved.subject);
  text_member(out, "jti", jti);
  text_member(out, kName, proved.issuer);
  text_member(out, kEntity, proved.issuer_url);
  text_member(out, kAssertion, proved.token_id);
  out += ",\"iat\":" + std::to_string(issued / kNsPerSecond) + ",\"exp\":" + std::to_string(expires / kNsPerSecond);
  out += ",\"groups\":[";
  for (const std::string& group : proved.groups) {
    out += &group == &proved.groups.front() ? "\"" : ",\"";
    static_cast<void>(telemetry::append_json_text(out, group));
    out += '"';
  }
  return out + "]}";
}

/// read_text reads a claim that must be there, not empty, and fit to be shown.
bool read_text(const Fields& claims, ByteView name, size_t most, std::string* out) {
  std::optional<ByteView> text;
  if (!claims.text(name, &text) || !text || text->empty() || text->size() > most || !is_plain_text(*text)) return false;
  *out = *text;
  return true;
}

bool read_group_list(const Fields& claims, std::vector<std::string>* out) {
  const auto member = claims.find("groups");
  simdjson::dom::array list;
  if (!member || member->get(list) != simdjson::SUCCESS) return false;
  for (const simdjson::dom::element item : list) {
    ByteView group;
    if (item.get(group) != simdjson::SUCCESS || group.empty() || group.size() > kGroupBytesMax || out->size() == kGroupsMax ||
        !is_plain_text(group) || (!out->empty() && out->back() >= group))
      return false;   // we write them sorted, none twice
    out->emplace_back(group);
  }
  return true;
}

bool is_source(const GatewayIssuer& issuer, ByteView name, ByteView entity_id) {
  return std::any_of(issuer.sources.begin(), issuer.sources.end(), [&](const GatewayIssuer::Source& each) {
    return each.name == name && each.entity_id == entity_id;
  });
}

Reason read_gateway_claims(const GatewayIssuer& issuer, const Fields& claims, WallNs now, Identity* out) {
  std::string audience;
  std::optional<WallNs> expires, issued;
  if (!read_text(claims, "aud", SIZE_MAX, &audience)) return Reason::token_claims;
  if (audience != issuer.audience) return Reason::token_audience;
  if (!claims.date("exp", &expires) || !expires || !claims.date("iat", &issued) || !issued) return Reason::token_claims;
  if (now >= *expires) return Reason::token_expired;
  if (*issued > now) return Reason::token_not_yet;   // the clock went back: what else it meant to end is not known
  if (*expires - *issued > kGatewayLifeMax) return Reason::token_claims;
  if (!read_text(claims, "sub", kSubjectBytesMax, &out->subject) || !read_text(claims, "jti", kTokenIdBytesMax, &out->token_id) ||
      !read_text(claims, kName, SIZE_MAX, &out->issuer) || !read_text(claims, kEntity, SIZE_MAX, &out->issuer_url))
    return Reason::token_claims;
  if (!is_source(issuer, out->issuer, out->issuer_url)) return Reason::token_issuer;
  if (!read_group_list(claims, &out->groups)) return Reason::token_groups;
  out->expires = *expires;
  return Reason::none;
}

}  // namespace

Result<GatewayToken, Reason> make_gateway_token(const GatewayIssuer& issuer, const crypto::PrivateKey& key, ByteView key_id,
                                                const Identity& proved, ByteView id, WallNs now) {
  const WallNs issued = now - now % kNsPerSecond;
  WallNs expires = std::min(now + std::min(issuer.lifetime, kGatewayLifeMax), proved.expires);
  expires -= expires % kNsPerSecond;
  if (expires <= now) return Failure{Reason::saml_expired};
  GatewayToken token;
  token.id = codec::encode_base64url(id);
  std::string header = "{";
  text_member(header, "alg", alg_name(key.type()));
  text_member(header, "typ", "at+jwt");   // RFC 9068
  text_member(header, "kid", key_id);
  std::string text = sign_jws(key, header + "}", claims_text(issuer, proved, token.id, issued, expires));
  if (text.size() > kTokenBytesMax) return Failure{Reason::token_size};
  token.digest = crypto::sha256(text);
  token.expires = expires;
  token.text = crypto::Secret(text);
  std::fill(text.begin(), text.end(), '\0');
  return token;
}

Result<IdentityRef, Reason> verify_gateway_token(const GatewayIssuer& issuer, ByteView token, WallNs now) {
  const auto jws = read_jws(token);
  if (!jws.ok()) return Failure{jws.error()};
  const auto payload = read_json(jws->payload);
  if (!payload) return Failure{Reason::token_malformed};
  const Fields& claims = payload->root();
  std::optional<ByteView> url;
  if (!claims.text("iss", &url) || !url || *url != issuer.url) return Failure{Reason::token_issuer};
  if (jws->algorithm != Algorithm::es256) return Failure{Reason::token_algorithm};
  if (issuer.keys == nullptr) return Failure{Reason::token_keys_unavailable};
  if (!jws->key_id) return Failure{Reason::token_key};   // every token of ours names its key
  const auto key = check_jws(*jws, *issuer.keys->keys);
  if (!key.ok()) return Failure{key.error()};

  auto identity = std::make_shared<Identity>();
  if (const Reason reason = read_gateway_claims(issuer, claims, now, identity.get()); reason != Reason::none)
    return Failure{reason};
  identity->proof = Proof::gateway_token;
  identity->key_id = (*key)->id;
  identity->key_digest = (*key)->digest;
  identity->token_digest = crypto::sha256(token);
  name_who(*identity);
  return IdentityRef(std::move(identity));
}

Reason gateway_standing(const GatewayIssuer* issuer, const Identity& identity) {
  if (issuer == nullptr || !is_source(*issuer, identity.issuer, identity.issuer_url)) return Reason::token_issuer;
  if (issuer->keys == nullptr) return Reason::token_keys_unavailable;
  const auto& keys = issuer->keys->keys->state().keys;
  const bool there = std::any_of(keys.begin(), keys.end(), [&](const KeySet::State::Key& key) {
    return key.id == identity.key_id && key.digest == identity.key_digest;
  });
  return there ? Reason::none : Reason::token_key;
}

}  // namespace gatehouse::identity
