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

/// What a gateway token is checked for, one after the other. The reason is the first that fails.
Reason check_for_whom(const GatewayIssuer& issuer, const Fields& claims, Steps* steps) {
  std::string audience;
  const Reason reason = !read_text(claims, "aud", SIZE_MAX, &audience) ? Reason::token_claims
                        : audience != issuer.audience                  ? Reason::token_audience
                                                                       : Reason::none;
  return note(steps, "audience", reason, [&] { return Seen{audience, issuer.audience}; });
}

Reason check_life(const Fields& claims, WallNs now, WallNs* out, Steps* steps) {
  std::optional<WallNs> expires, issued;
  Reason reason = Reason::none;
  if (!claims.date("exp", &expires) || !expires || !claims.date("iat", &issued) || !issued) reason = Reason::token_claims;
  else if (now >= *expires) reason = Reason::token_expired;
  else if (*issued > now) reason = Reason::token_not_yet;   // the clock went back: what else it meant to end is not known
  else if (*expires - *issued > kGatewayLifeMax) reason = Reason::token_claims;
  if (reason == Reason::none) *out = *expires;
  return note(steps, "dates", reason, [&] {
    const auto seconds = [](const std::optional<WallNs>& date) { return date ? std::to_string(*date / kNsPerSecond) : "none"; };
    return Seen{"exp " + seconds(expires) + ", iat " + seconds(issued),
                "now " + std::to_string(now / kNsPerSecond) + ", no leeway"};
  });
}

Reason check_source(const GatewayIssuer& issuer, const Fields& claims, Identity* out, Steps* steps) {
  const bool read = read_text(claims, "sub", kSubjectBytesMax, &out->subject) &&
                    read_text(claims, "jti", kTokenIdBytesMax, &out->token_id) &&
                    read_text(claims, kName, SIZE_MAX, &out->issuer) && read_text(claims, kEntity, SIZE_MAX, &out->issuer_url);
  const Reason reason = !read                                                  ? Reason::token_claims
                        : !is_source(issuer, out->issuer, out->issuer_url) ? Reason::token_issuer
                                                                               : Reason::none;
  return note(steps, "provider", reason, [&] {
    std::vector<std::string> known;
    for (const GatewayIssuer::Source& each : issuer.sources) known.push_back(each.name + " (" + each.entity_id + ")");
    return Seen{read ? out->issuer + " (" + out->issuer_url + ")" : "sub, jti or provider is missing or odd", listed(known)};
  });
}

Reason read_gateway_claims(const GatewayIssuer& issuer, const Fields& claims, WallNs now, Identity* out, Steps* steps) {
  if (const Reason reason = check_for_whom(issuer, claims, steps); reason != Reason::none) return reason;
  if (const Reason reason = check_life(claims, now, &out->expires, steps); reason != Reason::none) return reason;
  if (const Reason reason = check_source(issuer, claims, out, steps); reason != Reason::none) return reason;
  return note(steps, "groups", read_group_list(claims, &out->groups) ? Reason::none : Reason::token_groups,
              [&] { return Seen{out->groups.empty() ? "none" : listed(out->groups), "as this gateway writes them"}; });
}

/// check_key: the algorithm, which key of ours, and its signature.
Result<const KeySet::State::Key*, Reason> check_key(const GatewayIssuer& issuer, const Jws& jws, Steps* steps) {
  const Reason algorithm = jws.algorithm == Algorithm::es256 ? Reason::none : Reason::token_algorithm;
  if (note(steps, "algorithm", algorithm, [&] { return Seen{std::string(name_of(jws.algorithm)), "ES256"}; }) != Reason::none)
    return Failure{algorithm};
  Result<const KeySet::State::Key*, Reason> key = Failure{Reason::token_keys_unavailable};
  if (issuer.keys != nullptr && !jws.key_id) key = Failure{Reason::token_key};   // every token of ours names its key
  else if (issuer.keys != nullptr) key = check_jws(jws, *issuer.keys->keys);
  const Reason outcome = key.ok() ? Reason::none : key.error();
  const bool found = outcome != Reason::token_key && outcome != Reason::token_keys_unavailable;
  note(steps, "key", found ? Reason::none : outcome, [&] {
    return Seen{"kid " + (jws.key_id ? "'" + std::string(*jws.key_id) + "'" : "none"), "one of the gateway's own keys"};
  });
  if (found) note(steps, "signature", outcome, [] { return Seen{}; });
  return key;
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

Result<IdentityRef, Reason> verify_gateway_token(const GatewayIssuer& issuer, ByteView token, WallNs now, Steps* steps) {
  const auto jws = read_jws(token);
  if (!jws.ok()) return Failure{jws.error()};
  const auto payload = read_json(jws->payload);
  if (!payload) return Failure{Reason::token_malformed};
  const Fields& claims = payload->root();
  std::optional<ByteView> url;
  if (!claims.text("iss", &url) || !url || *url != issuer.url) return Failure{Reason::token_issuer};
  const auto key = check_key(issuer, *jws, steps);
  if (!key.ok()) return Failure{key.error()};

  auto identity = std::make_shared<Identity>();
  if (const Reason reason = read_gateway_claims(issuer, claims, now, identity.get(), steps); reason != Reason::none)
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
