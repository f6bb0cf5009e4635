// How an exchange ends: with a refusal of our own or without, its answer delivered, what is left of its request dropped within a
// bound, its closing record written. finish() is the single exit.
#include <algorithm>
#include <utility>

#include "proxy/exchange.h"
#include "proxy/session.h"

namespace gatehouse::proxy {
namespace {

constexpr uint64_t kDrainMax = 256 * 1024;   // of a refused request's body, to keep the connection

}  // namespace

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
  if (const Step step = end_coded(); step.kind == Step::Kind::wait) return step;
  if (coded_bytes_ == 0) give_back_coded();   // the client may take its time
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
  if (const Step step = record_own_answer(body); step.kind == Step::Kind::wait) return step;
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
  if (reason_ == Reason::origin_head_too_large && heads_->response_scan.fields >= all.limits.head_fields)
    return bound_of(Reason::limit_head_fields, origin_wait_, all.limits, all.deadlines);
  const Shown shown = assertion_ ? Shown::assertion : Shown::token;
  Bound bound = bound_of(reason_, origin_wait_, limits(), deadlines(), shown);
  if (bound.value != bound_of(reason_, origin_wait_, all.limits, all.deadlines, shown).value)
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
  if (const size_t left = client.queued(); left > 0) {
    if (left < undelivered_) set_deadline(deadlines().progress);   // it takes some of it
    undelivered_ = left;
    return Step::wait();
  }
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
  away_ = nullptr;
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
  answer_pending_ = consumed_recorded_ = answer_looked_at_ = false;
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
  counts_as_open_ = false;
  request_chain_ = {};
  commit_at_ = decided_at_ = 0;
  erased_at_ = UINT64_MAX;
  coded_bytes_ = refused_recorded_ = 0;
  coded_ended_ = coded_busy_ = refused_ = own_recorded_ = false;
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

// The session ends now, and has no turn again: what the log takes of a collected body is written, then the closing record, if
// need be without the rest of that body; else recovery writes it.
void Exchange::client_gone(Reason reason) {
  if (stage_ == Stage::idle || stage_ == Stage::done) return;
  end_with(reason, Ender::gateway);
  Step step;
  do {
    begin_turn();
    step = finish();
  } while (step.kind == Step::Kind::wait && yielded_);
  if (step.kind == Step::Kind::wait) {
    body_complete_ = request_complete();
    forget_body();
    away_ = nullptr;
    if (coded_ != nullptr) coded_busy_ = true;
    give_back_coded();
    if (finish().kind == Step::Kind::wait) give_back();
  }
  stage_ = Stage::done;
}

}  // namespace gatehouse::proxy
