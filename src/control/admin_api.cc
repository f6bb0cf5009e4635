#include "control/admin_api.h"

#include <charconv>

#include "control/json_members.h"
#include "json/document.h"
#include "telemetry/json_text.h"

namespace gatehouse::control {

namespace {

using approve::Answered;
using approve::Held;

constexpr ByteView kApprovals = "/approvals";

std::string card_json(const Held& held) {
  const approve::Card& card = held.card;
  char id[kExchangeIdText];
  format_exchange_id(card.exchange, id);
  std::string out = "{";
  add_text(out, "id", {id, sizeof id});
  add_text(out, "state", approve::hold_state_name(held.hold.state()));
  add_text(out, "rule", card.rule);
  add_text(out, "method", card.method);
  add_text(out, "path", card.path);
  add_text(out, "origin", card.origin);
  add_text(out, "subject", card.subject);
  add_text(out, "issuer", card.issuer);
  out += ",\"groups\":[";
  for (size_t i = 0; i < card.groups.size(); ++i) {
    out += i == 0 ? "\"" : ",\"";
    telemetry::append_json_text(out, card.groups[i]);
    out += '"';
  }
  out += "],\"body_bytes\":" + std::to_string(card.body_bytes);
  add_text(out, "body_excerpt", card.body_excerpt);
  add_time(out, "asked", card.asked);
  add_time(out, "expires", card.expires);
  add_text(out, "digest", crypto::hex(card.digest));
  if (!held.by.empty()) add_text(out, "by", held.by);
  if (!held.note.empty()) add_text(out, "note", held.note);
  out += '}';
  return out;
}

// Accepts an object whose only member may be a string "note".
struct NoteVisitor {
  json::Document& document;
  std::string note;
  int depth = 0;
  bool good = true;

  void open(json::Kind kind) { good &= kind == json::Kind::object && depth++ == 0; }
  void close(json::Kind) { --depth; }
  void key(const json::Token& token) { good &= document.raw(token) == "note"; }
  void string(const json::Token& token) {
    good &= depth == 1;
    note.resize(token.length + json::kCopySlack);
    note.resize(document.text(token, note.data()));
  }
  template <typename Shape>
  void number(const json::Token&, Shape) { good = false; }
  void literal(const json::Token&) { good = false; }
};

std::optional<std::string> read_note(ByteView body) {
  if (body.empty()) return "";
  std::string padded(body);
  padded.append(kSimdPadding, ' ');
  json::Document document;
  NoteVisitor visitor{document, {}};
  const json::Error error = document.walk({padded.data(), body.size()}, visitor);
  if (error != json::Error::none || !visitor.good) return std::nullopt;
  return std::move(visitor.note);
}

Answer method_not_allowed(ByteView allow) {
  Answer answer = json_error(405, "method", "this path does not take that method");
  answer.allow = allow;
  return answer;
}

Answer card_answer(const Held& held, int status = 200) {
  Answer answer;
  answer.status = status;
  answer.body = card_json(held) + "\n";
  return answer;
}

Answer list(const approve::Board& board) {
  Answer answer;
  answer.body = "[";
  for (const Held* held : board.waiting()) {
    if (answer.body.size() > 1) answer.body += ",\n ";
    answer.body += card_json(*held);
  }
  answer.body += "]\n";
  return answer;
}

std::optional<uint64_t> offset_in(ByteView query) {
  static constexpr ByteView kName = "offset=";
  if (!query.starts_with(kName)) return std::nullopt;
  query.remove_prefix(kName.size());
  uint64_t offset = 0;
  const auto [end, error] = std::from_chars(query.data(), query.data() + query.size(), offset);
  if (error != std::errc{} || end != query.data() + query.size()) return std::nullopt;
  return offset;
}

AdminAnswer unknown() { return {json_error(404, "unknown", "no request with this id is held"), {}, {}}; }

AdminAnswer too_late(const Held& held) {
  const std::string state(approve::hold_state_name(held.hold.state()));
  return {json_error(409, "too_late", "the request is " + state + " already"), {}, {}};
}

AdminAnswer show(const Request& request, const approve::Board& board, const ExchangeId& id) {
  const auto offset = offset_in(request.query);
  if (!offset) return {json_error(400, "query", "expected ?offset= and a number"), {}, {}};
  const Held* held = board.find(id);
  if (held == nullptr) return unknown();
  if (held->hold.state() != approve::HoldState::asked) return too_late(*held);
  AdminAnswer later;
  later.answer.later = true;
  later.show = Show{id, *offset};
  return later;
}

AdminAnswer decide(const Request& request, approve::Board& board, const ExchangeId& id, bool grant,
                   const std::string& by, WallNs now) {
  const auto note = read_note(request.body);
  if (!note) return {json_error(400, "body", "expected nothing or {\"note\":\"...\"}"), {}, {}};
  switch (grant ? board.grant(id, by, *note, now) : board.deny(id, by, *note, now)) {
    case Answered::done: return {card_answer(*board.find(id)), Verdict{id, grant}, {}};
    case Answered::unknown: break;
    case Answered::too_late: return too_late(*board.find(id));
  }
  return unknown();
}

}  // namespace

Answer shown_answer(bool held, std::string bytes) {
  if (!held) return json_error(409, "too_late", "the request is no longer held");
  Answer answer;
  answer.type = "application/octet-stream";
  answer.body = std::move(bytes);
  return answer;
}

Answer token_keys_answer(const Request& request, const identity::GatewayKeys* keys) {
  if (request.method != "GET") return method_not_allowed("GET");
  if (keys == nullptr) return json_error(404, "none", "the gateway signs no tokens");
  Answer answer;
  answer.body = keys->document + "\n";
  return answer;
}

AdminAnswer answer_admin(const Request& request, approve::Board& board, const std::string& by, WallNs now) {
  board.expire(now);
  ByteView path = request.path;
  if (path == "/reload") {
    if (request.method != "POST") return {method_not_allowed("POST"), {}, {}};
    AdminAnswer later;
    later.answer.later = later.reload = true;
    return later;
  }
  if (path == kApprovals) {
    if (request.method != "GET") return {method_not_allowed("GET"), {}, {}};
    return {list(board), {}, {}};
  }
  if (!path.starts_with(kApprovals) || path.size() < kApprovals.size() + 1 + kExchangeIdText ||
      path[kApprovals.size()] != '/') {
    static constexpr ByteView kThere =
        "there is /reload, /token-keys, /approvals, /api-keys, /revocations, /approvals/{id}[/request|/approve|/deny]";
    return {json_error(404, "path", kThere), {}, {}};
  }
  path.remove_prefix(kApprovals.size() + 1);
  const auto id = parse_exchange_id(path.substr(0, kExchangeIdText));
  const ByteView verb = path.substr(kExchangeIdText);
  if (!id || (!verb.empty() && verb != "/request" && verb != "/approve" && verb != "/deny")) {
    return {json_error(404, "path", "there is /approvals/{id} and /approvals/{id}/request, approve and deny"), {}, {}};
  }
  if (verb.empty() || verb == "/request") {
    if (request.method != "GET") return {method_not_allowed("GET"), {}, {}};
    if (!verb.empty()) return show(request, board, *id);
    const Held* held = board.find(*id);
    return held != nullptr ? AdminAnswer{card_answer(*held), {}, {}} : unknown();
  }
  if (request.method != "POST") return {method_not_allowed("POST"), {}, {}};
  return decide(request, board, *id, verb == "/approve", by, now);
}

}  // namespace gatehouse::control
