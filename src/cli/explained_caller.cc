// Who a described request is from: as stages of Exchange find it out (proxy/exchange_caller.cc, exchange_sender.cc,
// exchange_token.cc), with the same functions.
#include <algorithm>

#include "cli/explained_request.h"
#include "cli/explainer.h"
#include "codec/base64url.h"
#include "identity/binding.h"
#include "proxy/heads.h"
#include "proxy/proving.h"
#include "proxy/token_request.h"

namespace gatehouse::cli {

/// The field that carries the token depends on the route, and that on the head without it. Assertions have one place.
std::string Explainer::token_field(const AskedRequest& asked) {
  if (!asked.token) return {};
  const ByteView token = bare_token(*asked.token);
  const bool written = token.starts_with("SAML ") && !token.starts_with("SAML <");
  if (written) return "Authorization: " + std::string(token);
  if (const std::string xml = assertion_of(token); !xml.empty()) return "Authorization: SAML " + codec::encode_base64url(xml);
  Arena arena;
  policy::Facts facts;
  http::HeadScan scan;
  const auto head = head_bytes(asked, {});
  const config::Route* route = nullptr;
  if (head && http::parse_request_head(*head, snapshot_.limits, scan, *head_).status == http::ParseStatus::complete &&
      proxy::take_route(snapshot_, *head_, {}, arena, &facts) == Reason::none)
    route = proxy::route_of(snapshot_, facts);
  if (route != nullptr && !route->token_header.empty()) return route->token_header + ": " + std::string(token);
  return "Authorization: Bearer " + std::string(token);
}

/// What a handshake would come to. Without a certificate a listener that wants one lets nobody in; which listener it is
/// nobody may have said.
Result<Reason, std::string> Explainer::shake_hands(const AskedRequest& asked, Request& request) {
  const auto& all = snapshot_.listeners;
  const auto named = [&](const config::Listener& each) { return asked.listener.empty() || each.name == asked.listener; };
  if (!asked.certificate) {
    if (std::none_of(all.begin(), all.end(), named)) return Failure<std::string>{"there is no listener '" + asked.listener + "'"};
    const bool shut = std::all_of(all.begin(), all.end(), [&](const config::Listener& each) {
      return !named(each) || (each.clients != nullptr && each.clients->required);
    });
    return shut ? Reason::client_tls : Reason::none;
  }
  const auto rules = rules_of_certificates(snapshot_, asked.listener);
  if (!rules) return Failure<std::string>{rules.error()};
  auto shown = (*rules)->trust->verify_pem(*asked.certificate, request.now);
  if (!shown) {
    request.untrusted = shown.error();
    return Reason::client_tls;
  }
  request.rules = *rules;
  request.shown = std::move(*shown);
  return Reason::none;
}

Reason Explainer::identify(Request& request, Explained& out) {
  Reason reason = proxy::take_route(snapshot_, *head_, {}, request.arena, &request.facts);
  out.path = request.facts.path;
  const auto* const digest = request.shown ? &request.shown->facts.digest : nullptr;
  if (digest != nullptr && kept_.ledger != nullptr && kept_.ledger->revocations->revokes_certificate(*digest, request.now))
    reason = Reason::certificate_ended;
  else if (reason == Reason::none) reason = prove(request, out);
  if (reason == Reason::none && !identity::may_be_sent_by(*out.caller, digest)) {
    reason = Reason::token_binding;
    if (digest == nullptr) out.notes.push_back("the token is bound to a client certificate: give it with --certificate");
  }
  reason = proxy::cover_credentials(snapshot_, *head_, reason);
  return reason == Reason::none ? standing(request, out) : reason;
}

Reason Explainer::prove(Request& request, Explained& out) {
  const config::Route* const route = proxy::route_of(snapshot_, request.facts);
  const auto take = [&out](Result<identity::IdentityRef, Reason> proved) {
    if (proved) out.caller = std::move(*proved);
    return proved ? Reason::none : proved.error();
  };
  const auto token = proxy::token_of(snapshot_, route, head_->fields);
  if (token && identity::is_api_key(*token)) {
    if (kept_.ledger != nullptr) return take(key_desk_.verify(kept_.ledger->api_keys, *token, request.now));
    out.notes.push_back("there is no store here, and so no API key");
    return take(key_desk_.verify(identity::Ledger::none()->api_keys, *token, request.now));
  }
  if (token) {
    const Reason reason = take(tokens_.verify(snapshot_.issuers, snapshot_.version, *token, request.now));
    note_token(reason, *token, out);
    return reason;
  }
  if (token.error() != Reason::token_missing) return token.error();
  const ByteView assertion = proxy::assertion_of(snapshot_, route, head_->fields);
  if (!assertion.empty()) request.came_with = proxy::Shown::assertion;
  if (assertion.size() > proxy::kAssertionTextMax) return Reason::token_size;
  if (!assertion.empty()) {
    proxy::Proving proving;
    proving.text = assertion;
    proving.issuers = snapshot_.saml;
    proving.prove(request.now);
    out.caller = proving.identity;
    return proving.reason;
  }
  if (!request.shown || request.rules->identity.kind == identity::CertificateName::none) return token.error();
  for (const http::Field& field : head_->fields.all())
    if (proxy::carries_token(snapshot_, field)) return token.error();
  return take(identity::certificate_identity(request.rules->identity, request.shown->facts));
}

/// Whether who was proved is believed still, as far as the store can be read.
Reason Explainer::standing(const Request& request, Explained& out) const {
  if (kept_.state == KeptLedger::State::unreadable)
    out.notes.push_back("whether anything of the caller was revoked is not known: " + kept_.why);
  const identity::LedgerRef ledger = kept_.ledger != nullptr ? kept_.ledger : identity::Ledger::none();
  return ledger->standing(*out.caller, request.now);
}

void Explainer::note_token(Reason reason, ByteView token, Explained& out) const {
  if (reason != Reason::token_keys_unavailable && reason != Reason::token_key) return;
  const identity::Issuer* const issuer = identity::issuer_of(snapshot_.issuers, token);
  if (issuer == nullptr && reason == Reason::token_keys_unavailable) out.notes.push_back(kept_.no_token_keys);
  if (issuer == nullptr || !issuer->fetched) return;
  for (const config::IssuerSettings& each : loaded_.config.issuers)
    if (each.name.value == issuer->name)
      out.notes.push_back("the keys of issuer '" + issuer->name + "' come from " + each.keys_source() +
                          (each.discovers() ? " (its discovery document names them)" : "") +
                          ", and nothing is fetched here: save the key set in a file and say --keys " + issuer->name + "=FILE");
}

}  // namespace gatehouse::cli
