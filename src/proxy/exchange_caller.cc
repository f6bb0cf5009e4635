// Who calls, and on which route: the route says where the caller's token stands and what a refusal looks like.
#include "identity/jwt.h"
#include "proxy/exchange.h"
#include "proxy/heads.h"
#include "proxy/session.h"

namespace gatehouse::proxy {
namespace {

constexpr MonotonicNs kKeysWait = 6 * kNsPerSecond;   // for an issuer to be asked, which takes 5 at most

}  // namespace

// Whatever this comes to, the head that is recorded holds no credential.
Step Exchange::identify() {
  if (keys_wait_ == KeysWait::waiting || proof_wait_ == ProofWait::waiting) return Step::wait();
  if (keys_wait_ == KeysWait::over) {   // with what is in force now
    unpin();
    pin();
  }
  trace_ = trace_of(request().fields);
  Step step = take_route();
  if (is_own()) step = own_request();
  else if (proof_wait_ == ProofWait::over) step = step.kind == Step::Kind::next ? verify_assertion({}) : step;
  else if (step.kind == Step::Kind::next) step = keys_wait_ == KeysWait::over ? verify(token_) : verify_caller();
  const Reason seen = cover_credentials(snapshot(), request(), step.reason);
  return step.kind == Step::Kind::wait || seen == step.reason ? step : Step::reply(seen);
}

Step Exchange::take_route() {
  const tls::Engine* tls = session_.client_->tls();
  const ByteView server_name = tls == nullptr ? ByteView{} : tls->server_name();
  const Reason reason = proxy::take_route(snapshot(), request(), server_name, arena_, &facts_);
  path_ = facts_.path;
  return reason == Reason::none ? Step::next() : Step::reply(reason);
}

Step Exchange::verify_caller() {
  const auto token = token_of(snapshot(), route(), request().fields);
  if (token) return verify(*token);
  const ByteView assertion =
      token.error() == Reason::token_missing ? assertion_of(snapshot(), route(), request().fields) : ByteView{};
  return assertion.empty() ? Step::reply(token.error()) : verify_assertion(assertion);
}

Step Exchange::verify(ByteView token) {
  auto verified = station_.tokens.verify(snapshot().issuers, snapshot().version, token, station_.wall_now(), may_prove());
  if (!verified) {
    count_failure(verified.error());
    return ask_for_keys(verified.error(), token);
  }
  identity_ = std::move(verified).value();
  stage_ = Stage::decide;
  return Step::next();
}

bool Exchange::may_prove() const {
  return station_.token_failures.allows(sender_of(session_.client_address()), snapshot().limits.failed_tokens, station_.now());
}

void Exchange::count_failure(Reason reason) {
  if (!identity::costs_signature(reason)) return;
  station_.token_failures.failed(sender_of(session_.client_address()), snapshot().limits.failed_tokens, station_.now());
  ++session_.failed_tokens_;
}

// A key that is not known may be a new one: its issuer is asked, and the caller waits for that, once. How often an
// issuer is asked because of callers is bounded by the control thread: beyond, the answer comes at once.
Step Exchange::ask_for_keys(Reason reason, ByteView token) {
  const bool may_help = reason == Reason::token_key || reason == Reason::token_keys_unavailable;
  const bool room = station_.key_waiters.size() < kKeyWaitersMax;
  const identity::Issuer* issuer =
      may_help && room && keys_wait_ == KeysWait::none ? identity::issuer_of(snapshot().issuers, token) : nullptr;
  if (issuer == nullptr || !issuer->fetched) return Step::reply(reason);
  ToControl message;
  message.kind = ToControl::Kind::keys_wanted;
  message.session = session_.id();
  message.issuer = issuer->name;
  message.keys = issuer->keys ? issuer->keys->generation() : 0;
  if (!station_.tell(std::move(message))) return Step::reply(reason);
  station_.key_waiters.push_back({session_.id(), issuer->name});
  token_ = arena_.copy(token);   // its place in the head is blanked now
  keys_wait_ = KeysWait::waiting;
  set_deadline(kKeysWait);
  return Step::wait();
}

void Exchange::keys_asked() {
  if (stage_ == Stage::identify && keys_wait_ == KeysWait::waiting) keys_wait_ = KeysWait::over;
}

// The fields that carry our own credentials: what a caller sends there is one, too. Of a refused request nobody
// knows which origin it was meant for.
void Exchange::blank_injected(bool forwarded) {
  for (const http::Field& field : request().fields.all()) {
    if (forwarded) {
      if (is_credential(field, origin().credential_header)) blank_value(field);
      continue;
    }
    if (carries_token(snapshot(), field)) blank_value(field);
    for (const config::Origin& each : snapshot().origins)
      if (is_credential(field, each.credential_header)) blank_value(field);
  }
}

}  // namespace gatehouse::proxy
