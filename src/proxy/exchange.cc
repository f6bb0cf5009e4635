// The story of a request. advance() walks the stages; each stage is one function below it, in order; finish() is the
// single exit. What is decided stands in judge.cc, who calls in exchange_caller.cc, what the gateway answers itself in
// exchange_token.cc, what guards say in exchange_guard.cc,
// waiting for a person in exchange_hold.cc, the halves of relay in exchange_relay.cc, what is recorded in
// exchange_records.cc, which header fields go where in heads.cc.
#include "proxy/exchange.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "proxy/heads.h"
#include "proxy/session.h"
#include "telemetry/log_line.h"

namespace gatehouse::proxy {
namespace {

constexpr int kStepsMax = 100'000;               // a loop that does not wait is a bug, not a load
constexpr uint64_t kDrainMax = 256 * 1024;       // of a refused request's body, to keep the connection

}  // namespace

Exchange::Exchange(Session& session, Station& station)
    : session_(session), station_(station), body_(station.bodies), origin_in_(station.blocks),
      answer_body_(station.bodies) {}

Exchange::~Exchange() { GH_ASSERT(stage_ == Stage::idle || stage_ == Stage::done); }

void Exchange::advance() {
  yielded_ = false;
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
  while (!decoder_.done()) {
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
      if (room.size() > decoder_.remaining()) room = room.first(decoder_.remaining());
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
  body_complete_ = true;
  stage_ = own_ == Own::token ? Stage::give_token : Stage::decide;
  return Step::next();
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

// What is sent differs from what is recorded in the credential alone, which stands in our memory only
// while it is copied to the link.
bool Exchange::present_credential() {
  const ByteView credential = origin().credential.reveal();
  GH_ASSERT(credential_.size() == credential.size());
  if (credential.empty()) return origin_->write(origin_head_);   // none is configured
  credential.copy(credential_.data(), credential_.size());
  const bool written = origin_->write(origin_head_);
  std::memset(credential_.data(), '*', credential_.size());
  return written;
}

// ---- our own answer ------------------------------------------------------------------------------

void Exchange::refuse_with(const Step& step) {
  reason_ = step.reason;
  ender_ = step.ender;
  origin_wait_ = stage_ != Stage::relay                              ? OriginWait::connection
                 : request_.state == RequestHalf::State::done ? OriginWait::answer
                                                              : OriginWait::progress;
  if (reason_ == Reason::guard_busy || reason_ == Reason::saml_busy)   // and expired() came to it
    origin_wait_ = deadline_ == kNever ? OriginWait::progress : OriginWait::connection;
  release_origin(false);
  pin_again();
  set_deadline(deadlines().progress);
  stage_ = Stage::refuse;
}

Step Exchange::refuse() {
  origin_in_.drop();
  if (const Step step = end_hold(); step.kind == Step::Kind::wait) return step;
  if (!request_recorded_) refused_ = true;
  if (!request_recorded_ || owes_decision()) {
    if (const Step step = record_request({}); step.kind == Step::Kind::wait) return step;
  }
  if (const Step step = record_refused(); step.kind == Step::Kind::wait) return step;
  const bool head_read = times_.head != 0;
  const bool is_head = head_read && request().method == "HEAD";
  reusable_ = head_read && request().keep_alive && !session_.leaving() && reason_ != Reason::http_chunk &&
              reason_ != Reason::limit_chunk_extensions && reason_ != Reason::limit_trailers &&
              reason_ != Reason::http_truncated && reason_ != Reason::token_failures && reason_ != Reason::certificate_ended &&
              reason_ != Reason::client_user &&
              reason_ != Reason::deadline_body && reason_ != Reason::limit_body_rate &&
              session_.failed_tokens_ < snapshot().limits.failed_tokens_connection &&
              (body_complete_ || !request().expect_continue || continue_sent_);
  const Bound bound = bound_hit();
  const bool own_shape = route() != nullptr && route()->refusals.has_value();
  Refusal refusal{reason_, id_, bound, own_shape ? *route()->refusals : snapshot().refusals, reusable_};
  if (own_ == Own::token) {
    refusal.shape = config::RefusalShape::oauth;
    refusal.error = reason_ == Reason::token_request ? token_error_ : token_error_of(reason_);
  }
  if (reason_ == Reason::token_request) {
    refusal.allow = allow_;
    refusal.basic = basic_;
  }
  status_ = refusal_status(refusal);
  const ByteView whole = refusal_body(refusal, arena_);
  const ByteView body = is_head ? ByteView{} : whole;
  response_.client_head = refusal_head(refusal, whole.size(), arena_);
  if (const Step step = record_outcome(status_); step.kind == Step::Kind::wait) return step;
  write_client({response_.client_head, body});
  response_.sent = body.size();
  stage_ = Stage::deliver;
  return Step::next();
}

Bound Exchange::bound_hit() {
  const config::Snapshot& all = snapshot();
  if (own_ == Own::token && reason_ == Reason::limit_request_bytes)
    return {"fixed.token_request_bytes", kTokenRequestMax, Bound::Unit::bytes};
  if (assertion_ && reason_ == Reason::token_size) return {"fixed.assertion_bytes", kAssertionTextMax, Bound::Unit::bytes};
  if (reason_ == Reason::origin_head_too_large && heads_->response_scan.fields >= all.limits.head_fields)
    return bound_of(Reason::limit_head_fields, origin_wait_, all.limits, all.deadlines);
  Bound bound = bound_of(reason_, origin_wait_, limits(), deadlines());
  if (bound.value != bound_of(reason_, origin_wait_, all.limits, all.deadlines).value)
    bound.key = arena_.copy("route." + std::string(bound.key));   // the route's own
  return bound;
}

// ---- the end -------------------------------------------------------------------------------------

Step Exchange::deliver() {
  net::Link& client = *session_.client_;
  if (client.failed()) {
    reusable_ = false;
    if (reason_ == Reason::none) {
      reason_ = Reason::client_closed;
      ender_ = Ender::client;
    }
    stage_ = Stage::finish;
    return Step::next();
  }
  if (client.queued() > 0) return Step::wait();
  if (reusable_)
    if (const Step step = drain_request(); step.kind == Step::Kind::wait) return step;
  stage_ = Stage::finish;
  return Step::next();
}

// The rest of a body that nobody wants: dropped within a bound, so that the next request is found.
Step Exchange::drain_request() {
#if !defined(GH_DEFECT) || GH_DEFECT != 8
  if (body_complete_) return Step::next();   // taken to its end: what follows is the next request
#endif
  http::BodyDecoder& decoder = request_.state == RequestHalf::State::streaming ? request_.decoder : decoder_;
  while (!decoder.done()) {
    if (decoder.remaining() > kDrainMax || request_.recorded > kDrainMax) {
      reusable_ = false;
      return Step::next();
    }
    if (const ByteView unread = session_.in_.unread(); !unread.empty()) {
      const auto part = decoder.feed(unread);
      session_.in_.consume(part.consumed);
      request_.recorded += part.consumed;
      if (part.reason != Reason::none) reusable_ = false;
      if (part.reason != Reason::none) return Step::next();
      continue;
    }
    bool progressed = false;
    const Step step = read_client(&progressed);
    if (step.kind == Step::Kind::wait) return step;
    if (step.kind != Step::Kind::next) {
      reusable_ = false;
      return Step::next();
    }
  }
  return Step::next();
}

// Runs exactly once per begun exchange.
Step Exchange::finish() {
  GH_ASSERT(begun_ && !close_written_);
  give_back_work();
  if (const Step step = end_hold(); step.kind == Step::Kind::wait) return step;
  if (asked_) {   // the board must hear how it went on, or it would show a request that is no more
    ToControl gone;
    gone.kind = ToControl::Kind::gone;
    gone.exchange = id_;
    gone.reason = reason_;
    if (!station_.tell(std::move(gone))) {
      nudge_ = station_.now() + kNsPerMs;
      return Step::wait();
    }
    asked_ = false;
  }
  release_origin(false);
  if (!request_recorded_) {   // it ended before anything was decided, or while a person thought
    refused_ = true;
    if (const Step step = record_request({}); step.kind == Step::Kind::wait) return step;
  }
  if (const Step step = record_refused(); step.kind == Step::Kind::wait) return step;
  if (const Step step = end_coded(); step.kind == Step::Kind::wait) return step;
#if defined(GH_DEFECT) && GH_DEFECT == 7
  if (ender_ != Ender::client)
#endif
  if (const Step step = record_close(); step.kind == Step::Kind::wait) return step;
  close_written_ = true;
  count_end();
  give_back();
  stage_ = Stage::done;
  return Step::next();
}

void Exchange::count_end() {
  auto& metrics = station_.metrics;
  metrics.exchanges_ended.add();
  metrics.ended_by_reason[telemetry::reason_index(reason_)].add();
  metrics.client_bytes_in.add(request_.sent);
  metrics.client_bytes_out.add(response_.sent);
  const size_t series = facts_.route != policy::kNoRoute ? facts_.route
                        : decision_.rule_count > 0       ? decision_.rules[0]
                                                         : SIZE_MAX;
  if (series != SIZE_MAX)
    metrics.exchange_seconds[std::min(series, telemetry::kRoutes - 1)].add(station_.now() - times_.start);
  log_line();
}

void Exchange::give_back() {
  if (heads_ != nullptr) station_.heads.give_back(std::exchange(heads_, nullptr));
  give_back_work();
  give_back_coded();
  if (eraser_ != nullptr) eraser_->release();
  forget_body();
  answer_body_.clear();
  origin_in_.drop();
  session_.in_.unpin();
  identity_.reset();
  tenant_ = nullptr;
  kept_tenant_.reset();
  unpin();
  deadline_ = nudge_ = caller_due_ = kNever;
}

void Exchange::restart() {
  GH_ASSERT(stage_ == Stage::done);
  arena_.reset();
  stage_ = Stage::idle;
  raw_head_ = path_ = {};
  trace_ = {};
  decision_ = {};
  facts_ = {};
  body_complete_ = body_forgotten_ = continue_sent_ = resent_ = false;
  tried_ = 0;
  guard_hits_ = answer_hits_ = {};
  keys_wait_ = KeysWait::none;
  token_ = {};
  own_ = Own::no;
  proof_wait_ = ProofWait::none;
  given_ = {};
  token_error_ = TokenError::none;
  allow_ = {};
  basic_ = assertion_ = false;
  answer_pending_ = consumed_recorded_ = away_ = answer_looked_at_ = false;
  origin_head_ = {};
  credential_ = {};
  kept_names_ = nullptr;
  request_ = {};
  response_ = {};
  reason_ = Reason::none;
  ender_ = Ender::nobody;
  status_ = 0;
  request_recorded_ = answer_started_ = cut_ = reusable_ = close_written_ = begun_ = false;
  client_keeps_alive_ = true;
  full_since_ = 0;
  session_.client_->withhold(false);   // all of the answer has gone out
  decision_recorded_ = erasing_ = false;
  request_chain_ = {};
  commit_at_ = decided_at_ = 0;
  erased_at_ = UINT64_MAX;
  coded_bytes_ = refused_recorded_ = 0;
  coded_ended_ = coded_busy_ = refused_ = false;
}

void Exchange::end_with(Reason reason, Ender ender) {
  if (begun_) pin_again();
  if (reason_ == Reason::none) {
    reason_ = reason;
    ender_ = ender;
  }
  reusable_ = false;
  cut_ = answer_started_ && (stage_ == Stage::relay || (stage_ == Stage::deliver && reason_ == Reason::caller_ended));
  release_origin(false);
  stage_ = begun_ ? Stage::finish : Stage::done;
}

// The session ends now: the closing record is written if the log takes it, else recovery writes it.
void Exchange::client_gone(Reason reason) {
  if (stage_ == Stage::idle || stage_ == Stage::done) return;
  end_with(reason, Ender::gateway);
  if (finish().kind == Step::Kind::wait) give_back();
  stage_ = Stage::done;
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
