// Who calls, and on which route: the route says where the caller's token stands and what a refusal looks like.
#include "identity/jwt.h"
#include "proxy/exchange.h"
#include "proxy/heads.h"
#include "proxy/session.h"

namespace gatehouse::proxy {
namespace {

constexpr WallNs kCallerLook = 60 * kNsPerSecond;     // a clock that is set is noticed after this at the latest
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
  if (const Reason ended = check_sender(); ended != Reason::none) step = Step::reply(ended);
  else if (is_own()) step = own_request();
  else if (proof_wait_ == ProofWait::over) step = step.kind == Step::Kind::next ? verify_assertion({}) : step;
  else if (step.kind == Step::Kind::next) step = keys_wait_ == KeysWait::over ? verify(token_) : verify_caller();
  if (step.kind == Step::Kind::next && identity_ != nullptr)
    if (const Reason bound = check_binding(); bound != Reason::none) step = Step::reply(bound);
  const Reason seen = cover_credentials(snapshot(), request(), step.reason);
  return step.kind == Step::Kind::wait || seen == step.reason ? step : Step::reply(seen);
}

Step Exchange::take_route() {
  const tls::Engine* tls = session_.client_->tls();
  const ByteView server_name = tls == nullptr ? ByteView{} : tls->server_name();
  const Reason reason = proxy::take_route(snapshot(), request(), server_name, arena_, &facts_);
  path_ = facts_.path;
  if (kept_names_ == nullptr) take_tenant();   // what is recorded under the names of before is under that tenant's key, too
  return reason == Reason::none ? Step::next() : Step::reply(reason);
}

// An exchange is its route's tenant's, and stays a tenant's when the configuration of now knows none.
void Exchange::take_tenant() {
  if (route() != nullptr && route()->tenant != nullptr) tenant_ = route()->tenant.get();
}

// A field that is the same as with the request before proves the same caller, as long as it stands in the same place.
Step Exchange::verify_caller() {
  const http::Field* field = credential_field(snapshot(), request().fields);
  const identity::TokenMemo::Place place{snapshot().version, facts_.route};
  if (field != nullptr) identity_ = session_.memo_.find(place, field->name, field->value, station_.wall_now());
  if (identity_ != nullptr) {
    ++station_.remembered;
    stage_ = Stage::decide;
    return Step::next();
  }
  Step step = prove_caller();
  if (step.kind == Step::Kind::next && field != nullptr && identity_ != nullptr)
    session_.memo_.keep(place, field->name, field->value, identity_, station_.wall_now());
  return step;
}

Step Exchange::prove_caller() {
  const auto token = token_of(snapshot(), route(), request().fields);
  if (token) return verify(*token);
  const ByteView assertion =
      token.error() == Reason::token_missing ? assertion_of(snapshot(), route(), request().fields) : ByteView{};
  if (!assertion.empty()) return verify_assertion(assertion);
  return token.error() == Reason::token_missing ? certificate_caller(token.error()) : Step::reply(token.error());
}

Step Exchange::verify(ByteView token) {
  if (identity::is_api_key(token)) return verify_key(token);   // no JWT begins like one
  auto verified = station_.tokens.verify(snapshot().issuers, snapshot().version, token, station_.wall_now(), may_prove());
  if (!verified) {
    count_failure(verified.error());
    return ask_for_keys(verified.error(), token);
  }
  identity_ = std::move(verified).value();
  stage_ = Stage::decide;
  return Step::next();
}

// A good key passes whatever the budget of its sender says, as a token that is cached does.
Step Exchange::verify_key(ByteView key) {
  auto verified = station_.key_desk.verify(station_.ledger->api_keys, key, station_.wall_now());
  if (!verified) {
    if (verified.error() == Reason::key_unknown && !may_prove()) return Step::reply(Reason::token_failures);
    count_failure(verified.error());
    return Step::reply(verified.error());
  }
  identity_ = std::move(verified).value();
  stage_ = Stage::decide;
  return Step::next();
}

// ---- whether the caller is still believed --------------------------------------------------------

// Every decision asks: an identity out of a cache, of a repeated header, or of before a wait is not believed for that.
Reason Exchange::caller_standing() {
  const WallNs wall = station_.wall_now();
  Reason reason = station_.ledger->standing(*identity_, wall);
  if (reason == Reason::none && certificate_revoked()) reason = Reason::token_revoked;   // whoever's token it is sent with
  const WallNs ends = reason == Reason::none ? station_.ledger->ends(*identity_) : wall;
  caller_due_ = station_.now() + std::min(ends - std::min(ends, wall), kCallerLook);
  return reason;
}

// From the decision to the last byte. What is our own answer was not let pass for the caller's sake. Of one who waits for a
// person the end of a token is said when the person has answered.
bool Exchange::end_if_not_believed() {
  const bool passing = stage_ > Stage::identify && stage_ < Stage::finish && stage_ != Stage::refuse && own_ == Own::no;
  if (identity_ == nullptr || !passing || reason_ != Reason::none) {
    caller_due_ = kNever;
    return false;
  }
  const Reason reason = caller_standing();
  const bool expired = reason == Reason::token_expired || reason == Reason::key_expired;
  if (stage_ == Stage::await_approval && expired) caller_due_ = kNever;
  if (reason == Reason::none || (stage_ == Stage::await_approval && expired)) return false;
  end_with(Reason::caller_ended, Ender::gateway);
  return true;
}

bool Exchange::ledger_changed() { return end_if_not_believed(); }

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
