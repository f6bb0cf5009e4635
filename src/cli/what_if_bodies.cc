#include "cli/what_if_bodies.h"

#include <algorithm>
#include <set>

#include "cli/exit_code.h"
#include "cli/record_walk.h"
#include "http/h1_parser.h"
#include "proxy/judge.h"
#include "record/piece.h"

namespace gatehouse::cli {
namespace {

using Looked = BodiesOutcome::Looked;
using Verdict = WhatIfOutcome::Verdict;
using record::Direction;
using record::Kind;
using record::Tag;

constexpr WallNs kSlack = 60 * kNsPerSecond;   // clocks are set; a row's time is the beginning's
constexpr const char* kSealed = "sealed; give --key FILE";
constexpr const char* kCut = "its end is not recorded";
constexpr const char* kBroken = "cannot be read as it was written; see gatehouse records verify";

/// answer_reason is why policy refused an answer: its masks or guards; none.
Reason answer_reason(uint64_t code) {
  Reason out = Reason::none;
  const bool is = code >= static_cast<uint64_t>(Reason::mask_uninspectable) && code <= static_cast<uint64_t>(Reason::mask_location);
  return is && reason_from_code(static_cast<uint16_t>(code), &out) ? out : Reason::none;
}

/// difference puts into *only_a what `a` has more than `b`, and the other way round. Both sorted.
void difference(const std::vector<GuardFinding>& a, const std::vector<GuardFinding>& b, std::vector<GuardFinding>* only_a,
                std::vector<GuardFinding>* only_b) {
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(*only_a));
  std::set_difference(b.begin(), b.end(), a.begin(), a.end(), std::back_inserter(*only_b));
}

}  // namespace

/// Run is one exchange while it is looked at.
struct WhatIfBodies::Run {
  Judged* judged = nullptr;
  ExchangeThen then;
  bool has_body = false;             // the request has one
  bool reads_body = false;           // and guards look into it
  bool takes_body = false;           // which is short enough for them
  bool needs_pieces = false;         // of either
  bool live = false, done = false;
  uint64_t holds = 0;
  std::string body;                  // the request's
  std::unique_ptr<AnswerRun> answer;
  bool answer_broken = false;
  std::optional<Address> client;
  bool too_long = false;             // without its coding

  /// read is the body that guards look at.
  const BodyThen& read() const { return then.coded ? then.content : then.asked; }
};

WhatIfBodies::WhatIfBodies(const RecordsPlace& place, const config::Snapshot& candidate, const Candidate& names, WhatIf& what_if)
    : place_(place), snapshot_(candidate), names_(names), what_if_(what_if), tools_(candidate) {
  tools_.works.set_limit(kLive);
}

WhatIfBodies::~WhatIfBodies() { runs_.clear(); }

bool WhatIfBodies::wanted(const Judged& one) const {
  const WhatIfOutcome& outcome = one.outcome;
  if (outcome.not_judged != nullptr || outcome.decision.verdict == policy::Verdict::deny) return false;
  return (outcome.decision.guards & names_.request_guards) != 0 || outcome.decision.masks != 0 || outcome.decision.guards != 0 ||
         !one.row.masks.empty() || !one.row.guards.empty() || answer_reason(one.row.reason) != Reason::none;
}

int WhatIfBodies::look(std::vector<Judged>& batch) {
  if (const int code = read_what_there_is(batch); code != kExitOk) return code;
  for (auto& [id, run] : runs_) plan(*run);
  int code = kExitOk;
  for (size_t left = SIZE_MAX; code == kExitOk;) {
    code = read_bodies();
    const auto waiting = static_cast<size_t>(
        std::count_if(runs_.begin(), runs_.end(), [](const auto& each) { return !each.second->done; }));
    if (waiting == 0) break;
    if (waiting >= left)   // the records went away meanwhile
      for (auto& [id, run] : runs_)
        if (!run->done) run->answer_broken = true, end(*run);
    left = waiting;
  }
  runs_.clear();
  return code;
}

int WhatIfBodies::read_what_there_is(std::vector<Judged>& batch) {
  std::set<ExchangeId> only;
  WallNs from = UINT64_MAX;
  for (Judged& each : batch) {
    if (!wanted(each)) continue;
    only.insert(each.row.id);
    from = std::min(from, each.row.began);
    auto run = std::make_unique<Run>();
    run->judged = &each;
    run->client = parse_address(each.row.client);
    runs_[each.row.id] = std::move(run);
  }
  if (only.empty()) return kExitOk;
  RecordWalk::Options how;
  how.from = from > kSlack ? from - kSlack : 0;
  how.only = &only;
  how.whole = true;
  const auto walk = RecordWalk::open(place_, how);
  if (!walk) return kExitNoInput;
  size_t open = only.size();
  for (auto step = walk->next(); step != RecordWalk::Step::end && open > 0; step = walk->next()) {
    const ExchangeId id = step == RecordWalk::Step::damage ? walk->damage().exchange
                          : walk->record() != nullptr      ? walk->record()->exchange()
                                                           : ExchangeId{};
    const auto at = runs_.find(id);
    if (at == runs_.end()) continue;
    if (step == RecordWalk::Step::damage) at->second->then.broken = true;
    else at->second->then.see(*walk->record());
    open -= step == RecordWalk::Step::entry && walk->record()->kind() == Kind::close ? 1 : 0;
  }
  return kExitOk;
}

// ---- what can be looked at -----------------------------------------------------------------------

void WhatIfBodies::plan(Run& run) {
  plan_request(run);
  plan_answer(run);
  if (run.needs_pieces) return;
  if (run.judged->bodies.answer == Looked::yes) {
    const bool begun = begin(run);   // nothing else is live yet
    GH_ASSERT(begun);
    if (run.answer != nullptr) run.answer_broken = !run.answer->finish({});
  }
  end(run);
}

void WhatIfBodies::plan_request(Run& run) {
  const Row& row = run.judged->row;
  BodiesOutcome& out = run.judged->bodies;
  const guard::Selection guards = run.judged->outcome.decision.guards & names_.request_guards;
  if (guards == 0) return;
  const auto not_looked = [&](std::string why) {
    out.request = Looked::no;
    out.request_not = std::move(why);
  };
  if (run.then.broken || !run.then.request) return not_looked(kBroken);
  if (run.then.request_sealed) return not_looked(kSealed);
  if (run.then.client_head.empty()) return not_looked(run.then.kept_as());
  http::HeadScan scan;
  const auto parsed = http::parse_request_head(run.then.client_head, snapshot_.limits, scan, *tools_.request);
  const http::Framing framing = tools_.request->framing;
  run.has_body = parsed.status == http::ParseStatus::complete && framing != http::Framing::none &&
                 (framing != http::Framing::length || tools_.request->content_length > 0);
  run.reads_body = run.has_body && snapshot_.guards->reads_bodies(guards);
  if (run.reads_body) {
    const BodyThen& body = run.read();
    const bool went_on = row.verdict == "allow";
    if (!went_on && body.pieces == 0) return not_looked("refused then: its body was not sent on, and is not recorded");
    if (body.sealed) return not_looked(kSealed);
    if (!body.kept || (run.then.coded && !run.then.content_whole) ||
        (body.pieces == 0 && row.to_origin > 0)) return not_looked(run.then.kept_as());
    if (!run.then.closed || run.then.recovered || !run.then.request_complete) return not_looked(kCut);
    if (body.broken || run.then.asked.broken || (went_on && run.then.asked.bytes != row.to_origin)) return not_looked(kBroken);
    out.erased = body.erased;
  }
  out.request = Looked::yes;
  const config::Route* const route = proxy::route_of(snapshot_, facts_of(run));
  const Limits& limits = route == nullptr ? snapshot_.limits : route->limits;
  run.takes_body = run.reads_body && run.then.asked.bytes <= std::min(limits.inspect_bytes, limits.body_bytes);
  run.too_long = run.takes_body && run.read().bytes > limits.inspect_bytes;   // without its coding
  run.takes_body = run.takes_body && !run.too_long;
  if (!run.takes_body || run.read().bytes == 0) return;   // one that is too long is refused for that
  run.needs_pieces = true;
  run.holds += run.read().bytes + kSimdPadding;
}

void WhatIfBodies::plan_answer(Run& run) {
  const Row& row = run.judged->row;
  const WhatIfOutcome& outcome = run.judged->outcome;
  BodiesOutcome& out = run.judged->bodies;
  const guard::Selection guards = snapshot_.guards == nullptr ? 0 : outcome.decision.guards & snapshot_.guards->of_answers();
  out.answer_was = answer_reason(row.reason);
  const bool nothing = outcome.decision.masks == 0 && guards == 0 && row.masks.empty();
  if (outcome.was != Verdict::allow || row.origin.empty()) return;
  const auto not_looked = [&](std::string why) {
    out.answer = Looked::no;
    out.answer_not = std::move(why);
  };
  if (out.answer_was != Reason::none) {
    if (outcome.decision.masks != 0 || guards != 0) return not_looked("refused then: what the origin said is not recorded");
    out.answer = Looked::yes;   // nothing would refuse it
    return;
  }
  const bool silent = run.then.closed && row.reason != 0 && run.then.origin_status == 0 && run.then.answered.pieces == 0;
  if (nothing || silent) return;
  const BodyThen& body = run.then.answered;
  if (run.then.broken) return not_looked(kBroken);
  if (!run.then.closed || run.then.recovered || !run.then.outcome || !run.then.answer_complete) return not_looked(kCut);
  if (run.then.outcome_sealed || body.sealed || run.then.request_sealed) return not_looked(kSealed);
  if (run.then.origin_answer_head.empty() || run.then.client_answer_head.empty() || run.then.client_head.empty() || !body.kept ||
      (body.pieces == 0 && row.to_client > 0))
    return not_looked(run.then.kept_as());
  if (body.broken) return not_looked(kBroken);
  out.answer = Looked::yes;
  run.needs_pieces = run.needs_pieces || body.pieces > 0 || body.bytes > 0;
  AnswerThen then;
  then.bytes = body.bytes;
  run.holds += AnswerRun::holds(snapshot_, outcome.decision, proxy::route_of(snapshot_, facts_of(run)), then);
}

policy::Facts WhatIfBodies::facts_of(const Run& run) const {
  const Row& row = run.judged->row;
  policy::Facts facts{row.method, row.path};
  facts.route = run.judged->outcome.route;
  if (facts.route != policy::kNoRoute) facts.origin = snapshot_.routes[facts.route].origin;
  facts.client = run.client ? &*run.client : nullptr;
  return facts;
}

// ---- looking -------------------------------------------------------------------------------------

int WhatIfBodies::read_bodies() {
  std::set<ExchangeId> only;
  WallNs from = UINT64_MAX;
  for (const auto& [id, run] : runs_) {
    if (run->done) continue;
    only.insert(id);
    from = std::min(from, run->judged->row.began);
  }
  if (only.empty()) return kExitOk;
  RecordWalk::Options how;
  how.from = from > kSlack ? from - kSlack : 0;
  how.only = &only;
  how.whole = true;
  const auto walk = RecordWalk::open(place_, how);
  if (!walk) return kExitNoInput;
  std::set<ExchangeId> later;
  size_t open = only.size();
  for (auto step = walk->next(); step != RecordWalk::Step::end && open > 0; step = walk->next()) {
    if (step != RecordWalk::Step::entry || walk->record() == nullptr) continue;
    const auto at = runs_.find(walk->record()->exchange());
    if (at == runs_.end() || at->second->done || later.contains(at->first)) continue;
    Run& run = *at->second;
    if (!run.live && !begin(run)) {
      later.insert(at->first);
      --open;
      continue;
    }
    see(run, *walk->record());
    open -= run.done ? 1 : 0;
  }
  for (const auto& [id, run] : runs_)   // what it had is not there any more
    if (run->live && !run->done) run->answer_broken = true, end(*run);
  return kExitOk;
}

/// begin lends what the exchange needs; false when it has to wait for others.
bool WhatIfBodies::begin(Run& run) {
  if (live_ > 0 && (live_ >= kLive || held_ + run.holds > kHeldMost)) return false;
  BodiesOutcome& out = run.judged->bodies;
  if (out.answer == Looked::yes && out.answer_was == Reason::none) {
    const policy::Decision& decision = run.judged->outcome.decision;
    AnswerThen then;
    then.exchange = run.judged->row.id;
    then.method = run.judged->row.method;
    then.origin_head = run.then.origin_answer_head;
    then.client_head = run.then.client_answer_head;
    http::HeadScan scan;
    const auto parsed = http::parse_request_head(run.then.client_head, snapshot_.limits, scan, *tools_.request);
    if (parsed.status == http::ParseStatus::complete)
      then.asked = proxy::asked_coding(tools_.request->fields);
    then.masked = !run.judged->row.masks.empty();
    then.skipped = run.then.skipped;
    then.bytes = run.then.answered.bytes;
    std::string why_not;
    run.answer = AnswerRun::begin(tools_, decision, proxy::route_of(snapshot_, facts_of(run)), std::move(then), &why_not);
    if (run.answer == nullptr) return false;
    if (!why_not.empty()) {
      out.answer = Looked::no;
      out.answer_not = why_not;
      run.answer = nullptr;
    }
  }
  run.live = true;
  ++live_;
  held_ += run.holds;
  return true;
}

void WhatIfBodies::see(Run& run, const record::RecordView& view) {
  if (view.kind() == Kind::close) return end(run);
  if (view.kind() == Kind::outcome && run.answer != nullptr) {
    ByteView map;
    if (!record::find_section(view.payload, Tag::mask_map, &map)) map = {};
    run.answer_broken = run.answer_broken || !run.answer->finish(map);
    return;
  }
  if (view.kind() != Kind::piece) return;
  std::string room;
  const record::Piece piece = record::read_piece(view.payload, &room);
  if (piece.direction == (run.then.coded ? Direction::content : Direction::request) && run.takes_body) {
    if (piece.body.size() <= run.read().bytes - run.body.size()) run.body += piece.body;
  } else if (piece.direction == Direction::answer && run.answer != nullptr && !run.answer_broken) {
    run.answer_broken = !run.answer->take(piece.body, piece.map);
  }
}

/// inspect is what the gateway does between identity and origin.
Inspected WhatIfBodies::inspect(Run& run) {
  const Row& row = run.judged->row;
  run.body.resize(run.body.size() + kSimdPadding);
  const ByteView body{run.body.data(), run.body.size() - kSimdPadding};
  policy::Facts facts = facts_of(run);
  const config::Route* const route = proxy::route_of(snapshot_, facts);
  http::HeadScan scan;
  const auto parsed = http::parse_request_head(run.then.client_head, snapshot_.limits, scan, *tools_.request);
  if (parsed.status != http::ParseStatus::complete) return {parsed.reason, false};
  bool whole = !run.has_body;
  std::vector<GuardFinding> found;
  Inspected out;
  for (bool more = true; more;) {
    const proxy::Judgement judged =
        proxy::judge(snapshot_, *tools_.request, what_if_.identity(), facts, whole, row.began);
    switch (judged.turn) {
      case proxy::Turn::refuse: out.reason = judged.reason; more = false; break;
      case proxy::Turn::ask:
      case proxy::Turn::forward: more = false; break;
      case proxy::Turn::collect:
        out.reason = proxy::too_large_to_collect(route == nullptr ? snapshot_.limits : route->limits, run.then.asked.bytes);
        if (out.reason == Reason::none && run.too_long) out.reason = Reason::limit_body_bytes;
        more = out.reason == Reason::none;
        whole = true;
        break;
      case proxy::Turn::inspect: {
        guard::Request seen = proxy::seen_by_guards(snapshot_, *tools_.request, facts, whole ? body : ByteView{});
        std::vector<http::Field> fields;
        for (const http::Field& field : seen.fields)
          if (!run.then.coded || field.id != http::FieldId::content_encoding) fields.push_back(field);
        seen.fields = fields;
        const guard::Verdict verdict = tools_.inspector.inspect(
            *snapshot_.guards, proxy::guards_of_request(snapshot_, judged.decision), seen, guard::Patience::all);
        found = findings_of(*snapshot_.guards, verdict);
        out.reason = proxy::heed(verdict, &facts);
        more = out.reason == Reason::none;
        break;
      }
    }
  }
  out.asks = facts.guard_asks;
  if (run.judged->bodies.erased) {   // a secret that was taken out is what may have been found
    for (const GuardFinding& each : run.then.found) {
      const auto at = std::find(names_.guards.begin(), names_.guards.end(), ByteView(each.guard));
      const bool asked = at != names_.guards.end() &&
                         (run.judged->outcome.decision.guards >> (at - names_.guards.begin()) & 1) != 0;
      if (!asked || std::find(found.begin(), found.end(), each) != found.end()) continue;
      found.insert(std::upper_bound(found.begin(), found.end(), each), each);
      out.asks = out.asks || each.effect == guard::name_of(guard::Effect::approve);
    }
  }
  difference(found, run.then.found, &run.judged->bodies.found_anew, &run.judged->bodies.found_no_more);
  return out;
}

void WhatIfBodies::end(Run& run) {
  BodiesOutcome& out = run.judged->bodies;
  if (run.live) {
    --live_;
    held_ -= run.holds;
  }
  run.live = false;
  run.done = true;
  if (run.takes_body && run.body.size() != run.read().bytes && out.request == Looked::yes) {
    out.request = Looked::no;
    out.request_not = kBroken;
  }
  if (run.answer_broken && out.answer == Looked::yes) {
    out.answer = Looked::no;
    out.answer_not = kBroken;
  }
  if (out.answer == Looked::yes && run.answer != nullptr) {
    out.now = run.answer->outcome();
    difference(out.now.found, run.then.found_in_answer, &out.found_anew, &out.found_no_more);
  }
  run.answer = nullptr;
  settle(run);
  run.body = {};
}

/// settle judges again by what was seen.
void WhatIfBodies::settle(Run& run) {
  BodiesOutcome& out = run.judged->bodies;
  WhatIfOutcome& outcome = run.judged->outcome;
  if (out.request == Looked::yes) {
    outcome = what_if_.judge(run.judged->row);   // whose identity it is
    const Inspected inspected = inspect(run);
    outcome = what_if_.judge(run.judged->row, &inspected);
  } else if (out.request == Looked::nothing_to) {
    out.found_no_more.insert(out.found_no_more.end(), run.then.found.begin(), run.then.found.end());
  }
  const bool passes = outcome.was != Verdict::deny && outcome.would != Verdict::deny;
  if (!passes) {   // the verdict says all
    if (outcome.would == Verdict::deny) out.answer = Looked::nothing_to;
    out.found_anew.clear();
    out.found_no_more.clear();
    return;
  }
  if (out.request != Looked::no) outcome.guards_change = !out.found_anew.empty() || !out.found_no_more.empty();
  if (out.answer != Looked::no) outcome.masks_change = out.answer == Looked::yes && out.now.body_changes();
}

}  // namespace gatehouse::cli
