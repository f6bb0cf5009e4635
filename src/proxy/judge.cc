#include "proxy/judge.h"

#include <algorithm>

#include "http/uri.h"
#include "identity/jwt.h"
#include "proxy/heads.h"

namespace gatehouse::proxy {

const config::Route* route_of(const config::Snapshot& snapshot, const policy::Facts& facts) {
  return facts.route == policy::kNoRoute ? nullptr : &snapshot.routes[facts.route];
}

Reason take_route(const config::Snapshot& snapshot, const http::RequestHead& request, ByteView server_name, Arena& arena,
                  policy::Facts* facts) {
  facts->route = policy::kNoRoute;   // first of all: its number may be of a configuration that is gone
  facts->origin = policy::kNoOrigin;
  if (!names_same_host(request.host, server_name)) return Reason::http_misdirected;
  if (facts->path.empty()) {
    const auto normal = http::normalise_path(request.path, arena);
    if (!normal) return normal.error();
    facts->path = *normal;
  }
  if (snapshot.routes.empty()) return Reason::none;
  facts->route = snapshot.route_table.find(request.host, facts->path);
  if (facts->route == policy::kNoRoute) return Reason::policy_route;
  facts->origin = route_of(snapshot, *facts)->origin;
  return Reason::none;
}

bool carries_token(const config::Snapshot& snapshot, const http::Field& field) {
  if (field.id == http::FieldId::authorization) return true;
  return std::any_of(snapshot.token_headers.begin(), snapshot.token_headers.end(),
                     [&field](const std::string& name) { return same_spelling(field.name, name); });
}

Result<ByteView, Reason> token_of(const config::Snapshot& snapshot, const config::Route* route, const http::FieldList& fields) {
  const http::Field* source = nullptr;
  for (const http::Field& field : fields.all()) {
    if (!carries_token(snapshot, field)) continue;
    if (source != nullptr) return Failure{Reason::token_two_sources};
    source = &field;
  }
  if (source == nullptr) return Failure{Reason::token_missing};
  const bool own_header = route != nullptr && !route->token_header.empty();
  const ByteView expected = own_header ? ByteView{route->token_header} : ByteView{"authorization"};
  if (!http::equals_ignore_case(source->name, expected)) return Failure{Reason::token_missing};
  const ByteView token = own_header ? source->value : identity::bearer_token(source->value);
  if (token.empty()) return Failure{Reason::token_missing};
  return token;
}

ByteView assertion_of(const config::Snapshot& snapshot, const config::Route* route, const http::FieldList& fields) {
  constexpr ByteView kScheme = "saml ";
  const http::Field* const field = fields.find(http::FieldId::authorization);
  if (snapshot.saml == nullptr || field == nullptr || (route != nullptr && !route->token_header.empty())) return {};
  if (!http::equals_ignore_case(field->value.substr(0, kScheme.size()), kScheme)) return {};
  return field->value.substr(kScheme.size());
}

Reason cover_credentials(const config::Snapshot& snapshot, const http::RequestHead& request, Reason so_far) {
  for (const http::Field& field : request.fields.all())
    if (carries_token(snapshot, field) || is_credential(field, {})) blank_value(field);
  const bool in_query = request.has_query && blank_query_credentials(request.query);
  return in_query && (so_far == Reason::none || so_far == Reason::token_missing) ? Reason::http_query_credential : so_far;
}

Judgement judge(const config::Snapshot& snapshot, const http::RequestHead& request, const identity::Identity& identity,
                const policy::Facts& facts, bool whole, WallNs now) {
  const policy::Decision decision = policy::decide(snapshot.policy, identity, facts, now);
  if (decision.verdict == policy::Verdict::deny) return {decision, Turn::refuse, decision.reason};
  const config::Route* const route = route_of(snapshot, facts);
  const Limits& limits = route == nullptr ? snapshot.limits : route->limits;
  if (request.framing == http::Framing::length && request.content_length > limits.body_bytes)
    return {decision, Turn::refuse, Reason::limit_request_bytes};
  if (decision.verdict == policy::Verdict::allow) return {decision, Turn::forward, Reason::none};
  if (decision.verdict == policy::Verdict::hold) return {decision, whole ? Turn::ask : Turn::collect, Reason::none};
  const bool reads = !whole && snapshot.guards->reads_bodies(decision.guards);
  return {decision, reads ? Turn::collect : Turn::inspect, Reason::none};
}

Reason too_large_to_collect(const Limits& limits, uint64_t bytes) {
  if (bytes > limits.body_bytes) return Reason::limit_request_bytes;
  return bytes > limits.inspect_bytes ? Reason::limit_body_bytes : Reason::none;
}

guard::Selection guards_of_request(const config::Snapshot& snapshot, const policy::Decision& decision) {
  return snapshot.guards == nullptr ? 0 : decision.guards & snapshot.guards->of_requests();
}

guard::Request seen_by_guards(const config::Snapshot& snapshot, const http::RequestHead& request, const policy::Facts& facts,
                              ByteView body) {
  const config::Route* const route = route_of(snapshot, facts);
  return {.path = facts.path,
          .query = request.query,
          .fields = request.fields.all(),
          .body = body,
          .decoded_max = route == nullptr ? snapshot.limits.inspect_bytes : route->limits.inspect_bytes,
          .leniency = route == nullptr ? json::Leniency{} : route->leniency,
          .malformed = route != nullptr && route->malformed,
          .opaque = route != nullptr && route->opaque};
}

Reason heed(const guard::Verdict& verdict, policy::Facts* facts) {
  if (verdict.reason != Reason::none) return verdict.reason;
  facts->body_inspected = true;
  facts->guard_asks = verdict.effect == guard::Effect::approve;
  return Reason::none;
}

Reason missing_credential(const config::Origin& origin) {
  return !origin.credential_header.empty() && origin.credential.empty() ? Reason::origin_credential : Reason::none;
}

ByteView origin_path(const config::Route* route, ByteView path, Arena& arena) {
  if (route == nullptr || !route->rewrite) return path;
  char* const room = arena.take(path.size() + route->rewrite->size() + 1, 1);
  return {room, policy::rewrite_path(path, route->prefix, *route->rewrite, room)};
}

}  // namespace gatehouse::proxy
