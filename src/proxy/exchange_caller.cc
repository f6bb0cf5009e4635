// Who calls, and on which route: the route says where the caller's token stands and what a refusal looks like.
#include "http/uri.h"
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
  if (keys_wait_ == KeysWait::waiting) return Step::wait();
  if (keys_wait_ == KeysWait::over) {   // with what is in force now
    unpin();
    pin();
  }
  trace_ = trace_of(request().fields);
  Step step = take_route();
  if (step.kind == Step::Kind::next) step = keys_wait_ == KeysWait::over ? verify(token_) : verify_caller();
  blank_credentials();
  const bool in_query = request().has_query && blank_query_credentials(request().query);
  if (in_query && (step.kind == Step::Kind::next || step.reason == Reason::token_missing))
    return Step::reply(Reason::http_query_credential);
  return step;
}

Step Exchange::take_route() {
  facts_.route = policy::kNoRoute;   // first of all: its number may be of a configuration that is gone
  facts_.origin = policy::kNoOrigin;
  const tls::Engine* tls = session_.client_->tls();
  if (tls != nullptr && !names_same_host(request().host, tls->server_name())) return Step::reply(Reason::http_misdirected);
  if (path_.empty()) {
    const auto normal = http::normalise_path(request().path, arena_);
    if (!normal) return Step::reply(normal.error());
    path_ = *normal;
  }
  if (snapshot().routes.empty()) return Step::next();
  facts_.route = snapshot().route_table.find(request().host, path_);
  if (facts_.route == policy::kNoRoute) return Step::reply(Reason::policy_route);
  facts_.origin = route()->origin;
  return Step::next();
}

/// Every field that a token could stand in, on this route or on another one: who sends two means one of them for
/// somebody else, and which one would be believed must not depend on who reads.
bool Exchange::carries_token(const http::Field& field) const {
  if (field.id == http::FieldId::authorization) return true;
  for (const std::string& name : snapshot().token_headers)
    if (same_spelling(field.name, name)) return true;
  return false;
}

Step Exchange::verify_caller() {
  const http::Field* source = nullptr;
  for (const http::Field& field : request().fields.all()) {
    if (!carries_token(field)) continue;
    if (source != nullptr) return Step::reply(Reason::token_two_sources);
    source = &field;
  }
  if (source == nullptr) return Step::reply(Reason::token_missing);
  const bool own_header = route() != nullptr && !route()->token_header.empty();
  const ByteView expected = own_header ? ByteView{route()->token_header} : ByteView{"authorization"};
  if (!http::equals_ignore_case(source->name, expected)) return Step::reply(Reason::token_missing);
  const ByteView token = own_header ? source->value : identity::bearer_token(source->value);
  return token.empty() ? Step::reply(Reason::token_missing) : verify(token);
}

Step Exchange::verify(ByteView token) {
  const auto sender = sender_of(session_.client_address());
  const bool may_prove = station_.token_failures.allows(sender, snapshot().limits.failed_tokens, station_.now());
  auto verified = station_.tokens.verify(snapshot().issuers, snapshot().version, token, station_.wall_now(), may_prove);
  if (!verified) {
    if (identity::costs_signature(verified.error())) {
      station_.token_failures.failed(sender, snapshot().limits.failed_tokens, station_.now());
      ++session_.failed_tokens_;
    }
    return ask_for_keys(verified.error(), token);
  }
  identity_ = std::move(verified).value();
  stage_ = Stage::decide;
  return Step::next();
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
    if (carries_token(field)) blank_value(field);
    for (const config::Origin& each : snapshot().origins)
      if (is_credential(field, each.credential_header)) blank_value(field);
  }
}

void Exchange::blank_credentials() {
  for (const http::Field& field : request().fields.all())
    if (carries_token(field) || is_credential(field, {})) blank_value(field);
}

}  // namespace gatehouse::proxy
