// The story of a request. advance() walks the stages; each stage is one function below it, in order, until the request is at
// its origin. What is decided stands in judge.cc, who calls in exchange_caller.cc, what the gateway answers itself in
// exchange_token.cc, what guards say in exchange_guard.cc, waiting for a person in exchange_hold.cc, the halves of relay in
// exchange_relay.cc, refusals and the single exit in exchange_end.cc, what is recorded in exchange_records.cc, which header
// fields go where in heads.cc.
#include "proxy/exchange.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "proxy/heads.h"
#include "proxy/session.h"
#include "telemetry/log_line.h"

namespace gatehouse::proxy {
namespace {

constexpr int kStepsMax = 100'000;               // a loop that does not wait is a bug, not a load
constexpr size_t kCollectedATurn = 512 * 1024;   // of one body: whoever is small has its turn then

}  // namespace

Exchange::Exchange(Session& session, Station& station)
    : session_(session), station_(station), body_(station.bodies), origin_in_(station.blocks),
      answer_body_(station.bodies) {}

Exchange::~Exchange() { GH_ASSERT(stage_ == Stage::idle || stage_ == Stage::done); }

void Exchange::advance() {
  begin_turn();
  for (int steps = 0; stage_ != Stage::done; ++steps) {
    GH_ASSERT(steps < kStepsMax);
    body_awaited_ = false;
    Step step = run_stage();
    switch (step.kind) {
      case Step::Kind::next: continue;
      case Step::Kind::wait:
        if (!body_awaited_) body_pace_.rest();
        return;
      case Step::Kind::reply:
        if (!answer_started_ && reason_status(step.reason) != 0) {
          refuse_with(step);
          continue;
        }
        [[fallthrough]];
      case Step::Kind::abort:
        end_with(step.reason, step.ender);
        continue;
    }
  }
  body_pace_.rest();
}

Step Exchange::run_stage() {
  if (session_.client_->failed() && stage_ > Stage::idle && stage_ < Stage::deliver)
    return Step::abort(Ender::client, held_ ? Reason::approval_cancelled : Reason::client_closed);
  switch (stage_) {
    case Stage::idle: return idle_stage();
    case Stage::read_head: return read_head();
    case Stage::identify: return identify();
    case Stage::decide: return decide();
    case Stage::collect_body: return collect_body();
    case Stage::give_token: return give_token();
    case Stage::inspect: return inspect();
    case Stage::await_approval: return await_approval();
    case Stage::pick_origin: return pick_origin();
    case Stage::connect: return connect();
    case Stage::send_head: return send_head();
    case Stage::relay: return relay();
    case Stage::answer_self: return answer_self();
    case Stage::refuse: return refuse();
    case Stage::deliver: return deliver();
    case Stage::finish: return finish();
    case Stage::done: return Step::wait();
  }
  return Step::wait();
}

// ---- idle: an exchange begins with the first byte of its head ------------------------------------

Step Exchange::idle_stage() {
  if (session_.in_.unread().empty()) {
    bool progressed = false;
    const Step step = read_client(&progressed);
    if (step.kind != Step::Kind::next) return Step::wait();  // the session sees the end of an idle link
  }
  session_.in_.compact();
  pin();
  begun_ = true;
  heads_ = station_.heads.take();
  times_ = {};
  times_.start = station_.now();
  times_.wall = station_.wall_now();
  id_ = station_.ids.next(times_.wall);
  station_.metrics.exchanges_begun.add();
  set_deadline(snapshot().deadlines.head);
  stage_ = Stage::read_head;
  return Step::next();
}

Step Exchange::read_head() {
  for (;;) {
    const ByteView unread = session_.in_.unread();
    const http::ParseResult result = http::parse_request_head(unread, snapshot().limits, heads_->request_scan, request());
    switch (result.status) {
      case http::ParseStatus::error: return Step::reply(result.reason);
      case http::ParseStatus::complete:
        raw_head_ = unread.substr(0, result.consumed);
        session_.in_.consume(result.consumed);
        session_.in_.pin();
        decoder_ = http::BodyDecoder(request().framing, request().content_length);
        body_complete_ = decoder_.done();
        times_.head = station_.now();
        stage_ = Stage::identify;
        return Step::next();
      case http::ParseStatus::need_more: break;
    }
    bool progressed = false;
    const Step step = read_client(&progressed);
    if (step.kind == Step::Kind::abort) return Step::reply(Reason::http_truncated);
    if (step.kind != Step::Kind::next) return step;
  }
}

Step Exchange::decide() {
  if (const Reason r = caller_standing(); r != Reason::none) return Step::reply(r);
  facts_.method = request().method;
  facts_.client = &session_.client_address();
  const Judgement judged = judge(snapshot(), request(), *identity_, facts_, body_complete_, station_.wall_now());
  decision_ = judged.decision;
  if (times_.decided == 0) times_.decided = station_.now();
  if (judged.turn == Turn::ask || judged.turn == Turn::forward)
    if (const Reason r = untold(route(), verified(), arena_); r != Reason::none) return Step::reply(r);
  switch (judged.turn) {
    case Turn::refuse: return Step::reply(judged.reason);
    case Turn::ask: return ask_person();
    case Turn::forward: stage_ = Stage::pick_origin; break;
    case Turn::inspect: stage_ = Stage::inspect; break;
    case Turn::collect:
      set_deadline(deadlines().progress);
      stage_ = Stage::collect_body;
  }
  return Step::next();
}

Step Exchange::collect_body() {
  const bool measured = request().framing == http::Framing::length;
  if (measured)
    if (const Reason r = too_large(request().content_length); r != Reason::none) return Step::reply(r);
  if (const Step step = continue_interim(); step.kind != Step::Kind::next) return step;
  if (measured && !decoder_.done() && body_.size() == 0 && session_.in_.unread().size() >= request().content_length) {
    const auto part = decoder_.feed(session_.in_.unread());   // it arrived whole: it stays where it is
    session_.in_.consume(part.consumed);
    session_.in_.pin();
    body_.borrow(part.payload);
  }
  const size_t before = body_.size();
  while (!decoder_.done()) {
    if (body_.size() - before >= kCollectedATurn) return yield();
    if (ByteView unread = session_.in_.unread(); !unread.empty()) {
      const auto part = decoder_.feed(unread);
      if (part.reason != Reason::none) return Step::reply(part.reason);
      session_.in_.consume(part.consumed);
      if (const Reason r = too_large(body_.size() + part.payload.size()); r != Reason::none) return Step::reply(r);
      if (!body_.append(part.payload, measured ? request().content_length : SIZE_MAX))
        return Step::reply(Reason::limit_memory);
      continue;
    }
    bool progressed = false;
    Step step;
    if (measured) {  // straight into the body: no copy in between
      size_t count = 0;
      if (!body_.make_room(request().content_length, session_.client_->waiting())) return Step::reply(Reason::limit_memory);
      ByteSpan room = body_.room();
      room = room.first(std::min({room.size(), size_t{decoder_.remaining()}, kCollectedATurn}));
      switch (session_.client_->read(room, &count)) {
        case net::Input::data:
          static_cast<void>(decoder_.feed({room.data(), count}));
          body_.filled(count);
          step = Step::next();
          progressed = true;
          break;
        case net::Input::none: step = wait_for_body(); break;
        case net::Input::end: step = Step::reply(Reason::http_truncated); break;
        case net::Input::truncated:
        case net::Input::failed: step = Step::abort(Ender::client, Reason::client_closed); break;
      }
    } else {
      step = read_client(&progressed);
      if (step.kind == Step::Kind::wait) step = wait_for_body();
      if (step.kind == Step::Kind::abort) step = Step::reply(Reason::http_truncated);
    }
    if (progressed) set_deadline(deadlines().progress);
    if (step.kind != Step::Kind::next) return step;
  }
  if (const Step step = settle(body_); step.kind != Step::Kind::next) return step;
  body_complete_ = true;
  stage_ = own_ == Own::token ? Stage::give_token : Stage::decide;
  return Step::next();
}

/// settle comes before view() of a body that may have grown at its very end.
Step Exchange::settle(Body& body) {
  return body.settled() ? Step::next() : yield();
}

Reason Exchange::too_large(uint64_t bytes) const {
  if (own_ == Own::token) return bytes > kTokenRequestMax ? Reason::limit_request_bytes : Reason::none;
  return too_large_to_collect(limits(), bytes);
}

// ---- towards the origin --------------------------------------------------------------------------

Step Exchange::pick_origin() {
  if (!body_complete_ || body_.size() > 0)
    if (!begin_coded()) return Step::reply(Reason::limit_streams);
  if (const Reason r = missing_credential(origin()); r != Reason::none) return Step::reply(r);
  const std::optional<uint32_t> way = ways().choose(tried_, station_.now());
  if (!way) return Step::reply(Reason::origin_connect);
  way_ = *way;
  tried_ |= uint32_t{1} << way_;
  set_deadline(deadlines().connect);
  origin_ = resent_ ? nullptr : ways().pool(way_).take(station_.links);
  origin_reused_ = origin_ != nullptr;
  if (origin_ != nullptr) {
    origin_id_ = origin_->id();
    origin_bytes_before_ = origin_->bytes_out();
    origin_->owner = session_.id();
    station_.metrics.origin_reused.add();
    stage_ = Stage::send_head;
    return Step::next();
  }
  origin_ = station_.links.make(net::Side::origin, &origin_id_);
  if (origin_ == nullptr) return Step::reply(Reason::origin_connect);
  origin_->owner = session_.id();
  const auto& settings = snapshot().worker_tls[station_.worker].origins[decision_.origin];
  station_.metrics.origin_connects.add();
  if (!origin_->start_connect(ways().address(way_), settings.get(), origin().server_name.c_str()))
    return Step::reply(Reason::origin_connect);
  stage_ = Stage::connect;
  return Step::next();
}

Step Exchange::connect() {
  const bool was_connected = origin_->phase() != net::Phase::connecting;
  if (!was_connected && origin_->is_connected() && !is_origins_own()) return try_next(Reason::origin_owner);
  const std::optional<bool> established = origin_->establish();
  if (!established) return Step::wait();
  if (!*established) {
    return try_next(was_connected || origin_->phase() != net::Phase::connecting ? Reason::origin_tls
                                                                               : Reason::origin_connect);
  }
  ways().connected(way_);
  times_.connected = station_.now();
  stage_ = Stage::send_head;
  return Step::next();
}

// Whoever bound the path of a Unix socket would get the credential and all that callers send: not a byte goes to a stranger.
bool Exchange::is_origins_own() {
  if (!origin_->address.is_unix()) return true;
  const std::optional<uint32_t> user = origin_->user();
  const std::vector<uint32_t>& users = origin().users;
  if (user && std::find(users.begin(), users.end(), *user) != users.end()) return true;
  uint64_t left_out = 0;
  if (!station_.origins_pace.due(station_.now(), &left_out)) return false;
  telemetry::LogText text;
  telemetry::LogLine line(text, station_.wall_now(), telemetry::Level::error, "origin_refused");
  line.text("reason", reason_name(Reason::origin_owner)).text("origin", origin().name).text("address", ways().text(way_));
  if (user) line.number("uid", *user);
  line.number("left_out", left_out).finish();
  if (!station_.log_lines.push(std::move(text))) station_.metrics.log_lines_lost.add();
  return false;
}

// Nothing of the request has gone out: another address of the origin may serve it.
Step Exchange::try_next(Reason reason) {
  station_.metrics.origin_connects_failed.add();
  ways().failed(way_, station_.now());
  if (ways().all_tried(tried_)) return Step::reply(reason);
  release_origin(false);
  stage_ = Stage::pick_origin;
  return Step::next();
}

// The record comes first, then the credential, then the first byte.
Step Exchange::send_head() {
  if (origin_head_.empty()) origin_head_ = build_origin_head();   // once: a full log brings us here again
  if (origin_head_.empty()) return Step::reply(Reason::gateway_internal);
  if (facts_.approved && !consumed_recorded_) {
    if (binding(origin_head_) != bound_) return Step::reply(Reason::policy_changed);
    if (const Step step = record_approval("consumed", {}, {}); step.kind != Step::Kind::next) return step;
    consumed_recorded_ = true;
  }
#if defined(GH_DEFECT) && GH_DEFECT == 4
  static_cast<void>(record_request(origin_head_));
#else
  if (const Step step = record_request(origin_head_); step.kind != Step::Kind::next) return step;
#endif
  if (const Step step = continue_interim(); step.kind != Step::Kind::next) return step;
  if (!present_credential()) return may_resend() ? send_again() : Step::reply(Reason::origin_closed);

  const uint64_t recorded = request_.recorded;   // by the first attempt, if this is the second
  request_ = {};
  request_.recorded = recorded;
  request_.collected = body_.size();
  request_.decoder = decoder_;
  request_.chunked_out = request().framing == http::Framing::chunked && body_.size() == 0 && !body_complete_;
  request_.state = body_complete_ ? (body_.size() > 0 ? RequestHalf::State::collected : RequestHalf::State::done)
                                  : RequestHalf::State::streaming;
  if (request_.state == RequestHalf::State::done) times_.sent = station_.now();
  response_ = {};
  set_deadline(request_.state == RequestHalf::State::done ? deadlines().answer
                                                          : deadlines().progress);
  stage_ = Stage::relay;
  return Step::next();
}

// What is sent differs from what is recorded in the credential alone, which stands in our memory only while it is copied to the
// link: in one piece, as sizes of TLS records would tell its length.
bool Exchange::present_credential() {
  if (credential_.empty()) return origin_->write(origin_head_);   // none is configured
  const ByteView credential = origin().credential.reveal();
  const auto before = static_cast<size_t>(credential_.data() - origin_head_.data());
  const ByteView behind = origin_head_.substr(before + credential_.size());
  const size_t size = before + credential.size() + behind.size();
  char* const head = arena_.take(size, 1);
  origin_head_.copy(head, before);
  credential.copy(head + before, credential.size());
  behind.copy(head + before + credential.size(), behind.size());
  const bool written = origin_->write(ByteView(head, size));
  std::memset(head + before, '*', credential.size());
  return written;
}

// ---- time ----------------------------------------------------------------------------------------

void Exchange::expired(MonotonicNs now) {
  if (now >= nudge_) nudge_ = kNever;
  if (now >= caller_due_ && end_if_not_believed()) return;
  if (now < deadline_) {
    const Step slow = too_slow(now);
    if (slow.kind == Step::Kind::reply) return refuse_with(slow);
    if (slow.kind == Step::Kind::abort) return end_with(slow.reason, slow.ender);
    return;
  }
  deadline_ = kNever;
  if (stage_ == Stage::identify && keys_wait_ != KeysWait::none) return keys_asked();   // with the keys that are there
  if (stage_ == Stage::identify && proof_wait_ == ProofWait::waiting) return refuse_with(Step::reply(Reason::saml_busy));
  Step step;
  switch (stage_) {
    case Stage::idle:
    case Stage::finish:
    case Stage::done: return;
    case Stage::read_head:
    case Stage::identify:
    case Stage::decide: step = Step::reply(Reason::deadline_head); break;
    case Stage::collect_body: step = Step::reply(Reason::deadline_body); break;
    case Stage::give_token: step = Step::reply(Reason::saml_busy); break;
    case Stage::inspect: step = Step::reply(Reason::guard_busy); break;
    case Stage::await_approval: step = Step::reply(Reason::approval_expired); break;
    case Stage::connect: step = try_next(Reason::origin_timeout); break;
    case Stage::pick_origin:
    case Stage::send_head: step = Step::reply(Reason::origin_timeout); break;
    case Stage::relay: step = relay_expired(); break;
    case Stage::answer_self:
    case Stage::refuse:
    case Stage::deliver: step = Step::abort(Ender::client, Reason::deadline_client_read); break;
  }
  if (step.kind == Step::Kind::next) return;   // another address: advance() goes on with it
  if ((full_since_ != 0 && stage_ < Stage::refuse) || commit_at_ != 0) {   // it was the log that kept it waiting
    step.reason = Reason::record_full;
    step.ender = Ender::gateway;
    if (commit_at_ != 0) station_.metrics.record_waits.add();
  }
  if (step.kind == Step::Kind::reply && !answer_started_) refuse_with(step);
  else end_with(step.reason, step.ender);
}

}  // namespace gatehouse::proxy
