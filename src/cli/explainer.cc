#include "cli/explainer.h"

#include <algorithm>

#include "cli/clock.h"
#include "cli/explained_request.h"
#include "http/body.h"
#include "proxy/heads.h"
#include "proxy/trace.h"

namespace gatehouse::cli {
namespace {

constexpr size_t kTokensKept = 64;
constexpr size_t kBytesBefore = 24, kBytesShown = 96;   // of a hit

bool inside_character(char c) { return (static_cast<uint8_t>(c) & 0xc0) == 0x80; }

/// fired copies a hit with the bytes around it: around the evidence where that stands in them to the letter (no
/// escapes), else from where the value begins.
Explained::HitFired fired(const guard::Set& guards, const guard::Hit& hit) {
  Explained::HitFired out{guards.name(hit.guard), std::string(hit.check), std::string(hit.place), std::string(hit.evidence),
                          hit.effect, hit.source, hit.offset, {}, hit.offset, 0};
  const size_t found = hit.check == "pattern" ? hit.within.find(hit.evidence, hit.at) : ByteView::npos;
  const size_t mark = found == ByteView::npos ? hit.at : found;
  size_t from = mark > kBytesBefore ? mark - kBytesBefore : 0;
  size_t to = std::min(from + kBytesShown, hit.within.size());
  while (from < mark && inside_character(hit.within[from])) ++from;
  while (to > mark && to < hit.within.size() && inside_character(hit.within[to])) --to;
  out.bytes = hit.within.substr(from, to - from);
  out.bytes_at = hit.offset + from - hit.at;   // modulo 2^64: the window may begin before the value
  out.mark = mark - from;
  return out;
}

template <typename Names>
std::vector<std::string> chosen(uint64_t bits, const Names* names) {
  std::vector<std::string> out;
  for (; bits != 0 && names != nullptr; bits &= bits - 1) out.push_back(names->name(static_cast<size_t>(__builtin_ctzll(bits))));
  return out;
}

/// set_fields gives the lines of the origin's head that the route sets: no other line has one of their names.
std::vector<std::string> set_fields(const config::Route* route, ByteView head) {
  std::vector<std::string> out;
  if (route == nullptr) return out;
  for (ByteView line; !head.empty(); head.remove_prefix(std::min(head.size(), line.size() + 2))) {
    line = head.substr(0, head.find("\r\n"));
    const ByteView name = line.substr(0, line.find(':'));
    const auto named = [&](const config::HeaderRule& each) { return each.name == name; };
    if (std::any_of(route->set_headers.begin(), route->set_headers.end(), named)) out.emplace_back(line);
  }
  return out;
}

}  // namespace

Explainer::Explainer(const config::Prepared& prepared, KeptLedger kept)
    : loaded_(prepared.loaded), snapshot_(*prepared.snapshot), kept_(std::move(kept)), tokens_(kTokensKept),
      head_(std::make_unique<http::RequestHead>()) {
  const bool ready = snapshot_.guards == nullptr || inspector_.prepare(*snapshot_.guards);
  GH_ASSERT(ready);
}

Result<Explained, std::string> Explainer::explain(const AskedRequest& asked) {
  Request request;
  auto head = head_bytes(asked, token_field(asked));
  if (!head) return Failure<std::string>{head.error()};
  request.head = std::move(*head);
  request.body.assign(asked.body.begin(), asked.body.end());
  request.body.resize(asked.body.size() + kSimdPadding);
  request.body_size = asked.body.size();
  request.now = asked.at ? *asked.at : wall_now();
  request.listener = asked.listener;
  request.facts.client = asked.from ? &*asked.from : nullptr;

  Explained out;
  out.asked = asked.method + " " + asked.path;
  const auto hands = shake_hands(asked, request);
  if (!hands) return Failure<std::string>{hands.error()};
  if (*hands != Reason::none) {   // no request is read
    out.reason = *hands;
    out.notes.push_back(asked.certificate ? "the client certificate is not believed: " + request.untrusted
                                          : "no connection without a client certificate: give it with --certificate");
    tell(request, out);
    return out;
  }
  http::HeadScan scan;
  const http::ParseResult parsed = http::parse_request_head(request.head, snapshot_.limits, scan, *head_);
  out.reason = parsed.status == http::ParseStatus::need_more ? Reason::http_truncated : parsed.reason;
  if (parsed.status == http::ParseStatus::complete) {
    const uint64_t stated = head_->framing == http::Framing::length ? head_->content_length : 0;
    if (head_->framing != http::Framing::chunked && stated != request.body_size)
      return Failure<std::string>{"the head says " + std::to_string(stated) + " bytes, the body has " +
                                  std::to_string(request.body_size)};
    out.host = head_->host;
    request.whole = http::BodyDecoder(head_->framing, head_->content_length).done();
    out.reason = identify(request, out);
    if (out.reason == Reason::none) out.reason = decide(request, out);
  }
  if (out.reason == Reason::none && out.verdict == Explained::Verdict::deny) out.verdict = Explained::Verdict::allow;
  const bool unknown_source = !asked.from && std::any_of(snapshot_.policy.rules.begin(), snapshot_.policy.rules.end(),
                                                         [](const policy::Rule& rule) { return !rule.sources.empty(); });
  if (unknown_source) out.notes.push_back("rules have sources: say --from ADDRESS, without it they match only what is denied");
  tell(request, out);
  return out;
}

Reason Explainer::decide(Request& request, Explained& out) {
  const config::Route* const route = proxy::route_of(snapshot_, request.facts);
  const Limits& limits = route == nullptr ? snapshot_.limits : route->limits;
  request.facts.method = head_->method;
  for (;;) {
    const proxy::Judgement judged = proxy::judge(snapshot_, *head_, *out.caller, request.facts, request.whole, request.now);
    request.decision = judged.decision;
    switch (judged.turn) {
      case proxy::Turn::refuse: return judged.reason;
      case proxy::Turn::forward: return forward(request, out);
      case proxy::Turn::ask:
        out.verdict = Explained::Verdict::hold;
        return forward(request, out);
      case proxy::Turn::collect: {
        // A body of unknown length is refused at its first byte too many.
        const bool measured = head_->framing == http::Framing::length;
        const uint64_t most = measured ? UINT64_MAX : std::min(limits.inspect_bytes, limits.body_bytes) + 1;
        const uint64_t known = std::min<uint64_t>(request.body_size, most);
        if (const Reason reason = proxy::too_large_to_collect(limits, known); reason != Reason::none) return reason;
        request.whole = true;
        break;
      }
      case proxy::Turn::inspect:
        if (const Reason reason = inspect(request, out); reason != Reason::none) return reason;
        break;
    }
  }
}

Reason Explainer::inspect(Request& request, Explained& out) {
  const ByteView body = request.whole ? request.bytes() : ByteView{};
  const guard::Request seen = proxy::seen_by_guards(snapshot_, *head_, request.facts, body);
  const guard::Verdict verdict =
      inspector_.inspect(*snapshot_.guards, proxy::guards_of_request(snapshot_, request.decision), seen, guard::Patience::all);
  for (const guard::Hit& hit : verdict.hits) out.hits.push_back(fired(*snapshot_.guards, hit));
  return proxy::heed(verdict, &request.facts);
}

/// What the route may tell of the request; what only nobody said is noted.
proxy::Verified Explainer::verified(const Request& request, const config::Route* route, Explained& out) const {
  proxy::Verified known{out.caller.get(), request.facts.client, head_->host, {}};
  bool plain = false, tls = false;
  for (const config::Listener& each : snapshot_.listeners)
    if (request.listener.empty() || each.name == request.listener) (each.tls ? tls : plain) = true;
  if (plain != tls) known.tls = tls;
  const auto tells = [&](config::Told told) {
    return route != nullptr && std::any_of(route->set_headers.begin(), route->set_headers.end(),
                                           [&](const config::HeaderRule& each) { return each.told == told; });
  };
  if (tells(config::Told::address) && known.client == nullptr)
    out.notes.push_back("the route tells the caller's address: say --from ADDRESS");
  if (tells(config::Told::scheme) && !known.tls)
    out.notes.push_back("the route tells the scheme, which the listener decides: say --listener NAME");
  return known;
}

/// What is left before a request goes out, or a person is asked.
Reason Explainer::forward(Request& request, Explained& out) {
  const config::Route* const route = proxy::route_of(snapshot_, request.facts);
  const config::Origin& origin = snapshot_.origins[request.decision.origin];
  out.origin = origin.name;
  const proxy::Verified known = verified(request, route, out);
  if (const Reason reason = proxy::untold(route, known, request.arena); reason != Reason::none) return reason;
  if (!request.whole && request.body_size > (route == nullptr ? snapshot_.limits : route->limits).body_bytes)
    return Reason::limit_request_bytes;
  if (out.verdict != Explained::Verdict::hold)
    if (const Reason reason = proxy::missing_credential(origin); reason != Reason::none) return reason;
  ByteSpan credential;
  const bool masked = request.decision.masks != 0 ||
                      (snapshot_.guards != nullptr && (request.decision.guards & snapshot_.guards->of_answers()) != 0);
  const ByteView path = proxy::origin_path(route, request.facts.path, request.arena);
  const ByteView head = proxy::origin_head({*head_, origin, route, proxy::trace_of(head_->fields), path, head_->framing,
                                            head_->content_length, masked, known}, request.arena, &credential);
  out.origin_line = head.substr(0, std::min(head.find('\r'), head.size()));
  out.origin_fields = set_fields(route, head);
  return head.empty() ? Reason::gateway_internal : Reason::none;
}

/// The names behind the numbers.
void Explainer::tell(const Request& request, Explained& out) const {
  const config::Route* const route = proxy::route_of(snapshot_, request.facts);
  if (route != nullptr) out.route = route->name;
  if (out.reason != Reason::none) {
    out.verdict = Explained::Verdict::deny;
    out.bound = proxy::bound_of(out.reason, proxy::OriginWait::connection, route == nullptr ? snapshot_.limits : route->limits,
                                route == nullptr ? snapshot_.deadlines : route->deadlines, request.came_with);
  }
  const policy::Decision& decision = request.decision;
  const auto tables = loaded_.tree.all("rule");
  for (size_t i = 0; i < decision.rule_count; ++i) {
    const policy::Rule& rule = snapshot_.policy.rules[decision.rules[i]];
    const bool told = decision.rules[i] < tables.size() && tables.size() == snapshot_.policy.rules.size();
    out.rules.push_back({rule.name, rule.effect, told ? tables[decision.rules[i]]->place.line : 0});
  }
  if (snapshot_.guards != nullptr) {
    out.guards = chosen(proxy::guards_of_request(snapshot_, decision), snapshot_.guards.get());
    out.answer_guards = chosen(decision.guards & snapshot_.guards->of_answers(), snapshot_.guards.get());
  }
  out.masks = chosen(decision.masks, snapshot_.masks.get());
}

}  // namespace gatehouse::cli
