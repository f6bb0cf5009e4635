// What an exchange leaves in the records, and the one line in the log.
#include <algorithm>

#include "crypto/digest.h"
#include "proxy/exchange.h"
#include "proxy/heads.h"
#include "proxy/session.h"
#include "telemetry/log_line.h"

namespace gatehouse::proxy {
namespace {

using policy::Keep;
using record::Kind;
using record::Tag;

constexpr MonotonicNs kLookAgain = 10 * kNsPerMs;   // the record log was full

ByteView ender_name(Ender ender) {
  switch (ender) {
    case Ender::nobody: return "nobody";
    case Ender::client: return "client";
    case Ender::origin: return "origin";
    case Ender::gateway: return "gateway";
  }
  return "nobody";
}

ByteView verdict_name(policy::Verdict verdict) {
  switch (verdict) {
    case policy::Verdict::allow: return "allow";
    case policy::Verdict::deny: return "deny";
    case policy::Verdict::need_body: return "need_body";
    case policy::Verdict::hold: return "hold";
  }
  return "deny";
}

ByteView keep_name(Keep keep) {
  switch (keep) {
    case Keep::digest: return "digest";
    case Keep::heads: return "heads";
    case Keep::masked: return "masked";
    case Keep::full: return "full";
  }
  return "heads";
}

}  // namespace

Step Exchange::append(Kind kind) {
  station_.sections.of(tenant_);
  Recorder& recorder = station_.recorder;
  const record::Append result =
      recorder.append(kind, id_, station_.wall_now(), station_.sections, snapshot().record_gaps, counts_as_open_);
  const bool stands = result == record::Append::ok && recorder.chain() != record::Chain{};
  counts_as_open_ = counts_as_open_ || (stands && record::opens_exchange(static_cast<uint16_t>(kind)));
  return appended(result);
}

// A full log parks the exchange (block) or refuses it (fail_closed); nothing is ever left out.
Step Exchange::appended(record::Append result) {
  switch (result) {
    case record::Append::ok:
      full_since_ = 0;
      return Step::next();
    case record::Append::full: {
      const MonotonicNs now = station_.now();
      if (full_since_ == 0) {
        full_since_ = now;
        station_.metrics.record_waits.add();
      }
      const bool patient = snapshot().record_block && now - full_since_ < deadlines().progress;
      if (!patient && stage_ < Stage::refuse) return Step::reply(Reason::record_full);
      nudge_ = now + kLookAgain;
      if (patient && deadline_ != kNever)   // whatever else it waits for, the log gets its time
        deadline_ = std::max(deadline_, full_since_ + deadlines().progress);
      return Step::wait();
    }
    case record::Append::failed:
      station_.metrics.record_failures.add();
      return Step::reply(Reason::record_failed);
  }
  return Step::wait();
}

void Exchange::add_identity() {
  record::Sections& sections = station_.sections;
  if (identity_ == nullptr) return;
  sections.bytes(Tag::proof, identity::proof_name(identity_->proof));
  sections.bytes(Tag::issuer, identity_->issuer_url);
  sections.bytes(Tag::subject, identity_->subject);
  size_t groups = 0;
  for (const std::string& group : identity_->groups)
    if (groups++ < kRecordedGroupsMax) sections.bytes(Tag::group, group);
  sections.bytes(Tag::token_id, identity_->token_id);
  sections.bytes(Tag::key_id, identity_->key_id);
  if (identity_->proof != identity::Proof::certificate)   // it has no token: its digest is the connection's
    sections.bytes(Tag::token_digest, view_of(std::span<const uint8_t>(identity_->token_digest)));
  sections.number(Tag::identity_expires, identity_->expires);
  for (const identity::Claim& claim : identity_->claims) {
    const size_t bytes = claim.name.size() + 1 + claim.value.size();
    char* const text = station_.recorder.texts.take(bytes, 1);
    claim.name.copy(text, ByteView::npos);
    text[claim.name.size()] = '=';
    claim.value.copy(text + claim.name.size() + 1, ByteView::npos);
    sections.bytes(Tag::claim, {text, bytes});
  }
}

DecisionNames Exchange::decision_names() const {
  if (kept_names_ != nullptr) return *kept_names_;
  const config::Snapshot& snap = snapshot();
  DecisionNames names;
  for (uint8_t i = 0; i < decision_.rule_count; ++i) names.rules[i] = snap.policy.rules[decision_.rules[i]].name;
  size_t count = 0;
  for (uint64_t left = decision_.guards; left != 0 && count < kRecordedNamesMax; left &= left - 1)
    names.guards[count++] = snap.guards->name(static_cast<size_t>(__builtin_ctzll(left)));
  count = 0;
  for (uint64_t left = decision_.masks; left != 0 && count < kRecordedNamesMax; left &= left - 1)
    names.masks[count++] = snap.masks->name(static_cast<size_t>(__builtin_ctzll(left)));
  names.route = route_name();
  names.policy_hash = view_of(std::span<const uint8_t>(snap.policy_hash));
  names.version = snap.version;
  return names;
}

ByteView Exchange::rule_name() const {
  if (kept_names_ != nullptr) return kept_names_->rules[0];
  return decision_.rule_count > 0 ? ByteView{snapshot().policy.rules[decision_.rules[0]].name} : ByteView{};
}

void Exchange::add_decision(bool forwarded) {
  record::Sections& sections = station_.sections;
  const DecisionNames names = decision_names();
  sections.bytes(Tag::verdict, forwarded ? ByteView{"allow"} : reason_ == Reason::none ? verdict_name(decision_.verdict)
                                                                                       : ByteView{"deny"});
  sections.number(Tag::reason, static_cast<uint64_t>(reason_));
  sections.bytes(Tag::route, names.route);
  for (const ByteView name : names.rules) sections.bytes(Tag::rule, name);   // empty ones are left out
  for (const ByteView name : names.guards) sections.bytes(Tag::guard, name);
  for (const ByteView name : names.masks) sections.bytes(Tag::mask, name);
  sections.bytes(Tag::policy_hash, names.policy_hash);
  sections.number(Tag::snapshot_version, names.version);
  add_hits(guard_hits_);
}

// Whoever is asked, with whatever is found: all of it has room.
static_assert(guard::kHitsMax * 6 + kRecordedGroupsMax + identity::kRecordClaimsMax + policy::kDecisionRulesMax +
                  2 * kRecordedNamesMax + kRecordedCertificateNamesMax + 37 <=
              record::Sections::kMax);

void Exchange::add_hits(std::span<const GuardHit> hits) {
  record::Sections& sections = station_.sections;
  for (const GuardHit& hit : hits) {
    sections.bytes(Tag::guard_hit, hit.guard);
    sections.bytes(Tag::guard_effect, hit.effect);
    sections.bytes(Tag::guard_check, hit.check);
    sections.bytes(Tag::guard_place, hit.place.empty() ? ByteView{"-"} : hit.place);
    sections.number(Tag::guard_offset, hit.offset);
    const bool shown = !hit.evidence.empty() && (decision_.keep == Keep::heads || decision_.keep == Keep::full);
    sections.bytes(Tag::guard_evidence, shown ? hit.evidence : ByteView{"-"});   // it is a piece of a body
  }
}

Step Exchange::record_request(ByteView origin_head) {
  if (request_recorded_) return record_decision();
  const bool forwarded = !origin_head.empty();
  if (times_.head != 0) blank_injected(forwarded);
  record::Sections& sections = station_.sections;
  sections.clear();
  station_.recorder.texts.reset();
  sections.bytes(Tag::client_address, session_.client_text());
  sections.bytes(Tag::proxy_address, session_.proxy_text());
  sections.bytes(Tag::listener, snapshot().listeners[session_.listener()].name);
  if (const tls::Engine* tls = session_.client_->tls(); tls != nullptr) {
    sections.bytes(Tag::tls_version, tls->version());
    sections.bytes(Tag::tls_cipher, tls->cipher());
    sections.bytes(Tag::tls_server_name, tls->server_name());
    sections.bytes(Tag::tls_group, tls->group());
    if (tls->resumed()) sections.number(Tag::tls_resumed, 1);
  }
  record_sender();
  sections.number(Tag::started, times_.wall);
  add_identity();
  const bool secret = times_.head != 0 && has_secrets(request().fields);
  if (times_.head != 0) {
    sections.bytes(Tag::method, request().method);
    sections.bytes(Tag::path, path_);
    sections.bytes(Tag::traceparent, trace_.traceparent);
    sections.bytes(Tag::request_id, trace_.request_id);
    add_head(Tag::client_head, raw_head_, keeps(Keep::heads), secret);
  }
  sections.bytes(Tag::level, keep_name(decision_.keep));
  add_decision(forwarded);
  if (forwarded) {
    sections.bytes(Tag::origin, origin().name);
    sections.bytes(Tag::origin_address, ways().text(way_));
    sections.bytes(Tag::credential_version, origin().credential_version);
    if (const tls::Engine* tls = origin_ != nullptr ? origin_->tls() : nullptr; tls != nullptr) {
      sections.bytes(Tag::origin_tls_version, tls->version());
      sections.bytes(Tag::origin_tls_cipher, tls->cipher());
      sections.bytes(Tag::origin_tls_name, origin().server_name);
    }
    add_head(Tag::origin_head, origin_head, keeps(Keep::heads), secret || sets_secrets());
    if (facts_.approved) sections.bytes(Tag::approval_digest, view_of(std::span<const uint8_t>(bound_)));
  }
  if (owes_decision()) sections.number(Tag::has_decision, 1);
  const Step step = append(Kind::request);
  request_recorded_ = step.kind == Step::Kind::next;
  if (request_recorded_) request_chain_ = station_.recorder.chain();   // others may write before the decision finds room
  return request_recorded_ ? record_decision() : step;
}

Step Exchange::record_outcome(int status) {
  if (response_.outcome_written) return Step::next();
  record::Sections& sections = station_.sections;
  sections.clear();
  station_.recorder.texts.reset();
  sections.number(Tag::status, static_cast<uint64_t>(status));
  sections.number(Tag::reason, static_cast<uint64_t>(reason_));
  const bool secret = times_.answered != 0 && has_secrets(response().fields);
  if (times_.answered != 0) {
    sections.number(Tag::origin_status, response().status);
    add_head(Tag::origin_answer_head, response_.raw_head,   // a field that masks took away may stand in it
             keeps(Keep::heads) && (decision_.keep != Keep::masked || decision_.masks == 0), secret);
  }
  add_head(Tag::client_answer_head, response_.client_head, keeps(Keep::heads), secret);
  add_hits(answer_hits_);
  if (reason_ == Reason::none && !given_.id.empty()) {   // the token itself stands nowhere
    sections.bytes(Tag::issued_token_id, given_.id);
    sections.bytes(Tag::issued_token_digest, view_of(std::span<const uint8_t>(given_.digest)));
  }
  if (reason_ == Reason::none) {
    if (keeps(Keep::masked)) add_map(response_.mask_map);
    sections.number(Tag::mask_changes, response_.mask_changes);
    if (response_.skipped) sections.number(Tag::mask_skipped, 1);
  }
  for (uint8_t i = 0; i < response_.codings.count; ++i)
    sections.bytes(Tag::origin_coding, codec::coding_name(response_.codings.applied[i]));
  if (reason_ == Reason::none && response_.coding != codec::Coding::identity)
    sections.bytes(Tag::client_coding, codec::coding_name(response_.coding));
  const Step step = append(Kind::outcome);
  response_.outcome_written = step.kind == Step::Kind::next;
  return step;
}

Step Exchange::record_close() {
  record::Sections& sections = station_.sections;
  sections.clear();
  station_.recorder.texts.reset();
  const MonotonicNs now = station_.now();
  const auto since = [this](MonotonicNs at) { return at == 0 ? 0 : at - times_.start; };
  sections.number(Tag::reason, static_cast<uint64_t>(reason_));
  sections.number(Tag::status, static_cast<uint64_t>(status_));
  sections.bytes(Tag::ended_by, ender_name(ender_));
  sections.number(Tag::to_origin_bytes, request_.sent);
  sections.number(Tag::to_client_bytes, response_.sent);
  sections.number(Tag::request_complete, request_complete() ? 1 : 0);
  sections.number(Tag::answer_complete, response_.state == ResponseHalf::State::done ? 1 : 0);
  if (resent_) {   // perhaps to another address than the request's record names
    sections.number(Tag::resent, 1);
    sections.bytes(Tag::origin_address, ways().text(way_));
  }
  if (response_.digested && decision_.keep != Keep::digest) {   // without a key values can be tried out against them
    if (decision_.keep != Keep::masked) sections.bytes(Tag::body_digest, view_of(std::span<const uint8_t>(response_.came)));
    sections.bytes(Tag::client_body_digest, view_of(std::span<const uint8_t>(response_.went)));
  }
  sections.number(Tag::time_head, since(times_.head));
  sections.number(Tag::time_decided, since(times_.decided));
  if (times_.connected != 0) sections.number(Tag::time_connected, since(times_.connected));   // else a kept connection was used
  sections.number(Tag::time_sent, since(times_.sent));
  sections.number(Tag::time_answered, since(times_.answered));
  if (times_.committed != 0) sections.number(Tag::time_committed, since(times_.committed));
  sections.number(Tag::time_done, now - times_.start);
  const Step step = append(Kind::close);
  // A broken log cannot take the closing record: the recorder writes it when the log is mended, else recovery says that the end is
  // unknown.
  return step.kind == Step::Kind::reply ? Step::next() : step;
}

Step Exchange::record_approval(ByteView what, ByteView by, ByteView note) {
  record::Sections& sections = station_.sections;
  sections.clear();
  station_.recorder.texts.reset();
  char id[kExchangeIdText];
  format_exchange_id(id_, id);
  sections.bytes(Tag::approval_id, {id, sizeof id});
  sections.bytes(Tag::approval_step, what);
  sections.bytes(Tag::approval_by, by);
  sections.bytes(Tag::approval_note, note);
  sections.bytes(Tag::approval_digest, view_of(std::span<const uint8_t>(bound_)));
  sections.bytes(Tag::method, request().method);
  sections.bytes(Tag::path, path_);
  add_identity();
  return append(Kind::approval);
}

void Exchange::log_line() {
  if (!station_.log_exchanges) return;
  char id[kExchangeIdText];
  format_exchange_id(id_, id);
  telemetry::LogText text;
  telemetry::LogLine line(text, times_.wall, telemetry::Level::info, "exchange");
  line.text("exchange_id", {id, sizeof id});
  line.text("client", session_.client_text());
  if (!session_.proxy_text().empty()) line.text("proxy", session_.proxy_text());
  if (identity_ != nullptr) line.text("subject", identity_->subject);
  if (times_.head != 0) line.text("method", request().method);
  if (!path_.empty()) line.text("path", path_);
  if (const ByteView name = route_name(); !name.empty()) line.text("route", name);
  if (const ByteView rule = rule_name(); !rule.empty()) line.text("rule", rule);
  if (!trace_.request_id.empty()) line.text("request_id", trace_.request_id);
  if (!trace_.traceparent.empty()) line.text("traceparent", trace_.traceparent);
  const auto& told = answer_hits_.empty() ? guard_hits_ : answer_hits_;
  if (!told.empty()) line.text("guard", told.front().guard);
  line.number("status", static_cast<uint64_t>(status_));
  line.text("reason", reason_name(reason_));
  if (ender_ != Ender::nobody) line.text("ended_by", ender_name(ender_));
  line.number("request_bytes", request_.sent);
  line.number("answer_bytes", response_.sent);
  line.number("mask_changes", response_.mask_changes);
  line.number("duration_us", (station_.now() - times_.start) / kNsPerUs);
  line.finish();
  if (!station_.log_lines.push(std::move(text))) station_.metrics.log_lines_lost.add();
}

/// What a route may tell its origin of this request.
Verified Exchange::verified() const {
  return {identity_.get(), &session_.client_address(), request().host, session_.client_->tls() != nullptr};
}

/// The path that the origin gets: in normal form like the one that policy saw, with the route's prefix rewritten.
ByteView Exchange::build_origin_head() {
  const bool whole = body_complete_;
  http::Framing framing = http::Framing::none;
  uint64_t length = 0;
  if (whole && request().framing != http::Framing::none) {
    framing = http::Framing::length;
    length = body_.size();
  } else if (!whole) {
    framing = request().framing;
    length = request().content_length;
  }
  return origin_head({request(), origin(), route(), trace_, origin_path(route(), path_, arena_), framing, length,
                      decision_.masks != 0 || answer_guards() != 0, verified()}, arena_,
                     &credential_);
}

Step Exchange::build_answer_head(http::Framing framing, uint64_t length) {
  const http::ResponseHead& head = response();
  const bool masked = decision_.masks != 0;
  const bool bodiless = request().method == "HEAD" || head.status == 304;
  response_.until_close = framing == http::Framing::until_close;
  client_keeps_alive_ = !response_.until_close;
  AnswerHead parts{head, id_, framing, length, false, origin(), masked, decision_.origin_cache, response_.left,
                   response_.coding, response_.coded_as_is, false, request().minor};
  parts.state_length = framing == http::Framing::length || (bodiless && head.has_content_length && !masked);
  parts.keep_alive = request().keep_alive && client_keeps_alive_ && !session_.leaving() &&
                     request_.state == RequestHalf::State::done;
  if (!parts.keep_alive) client_keeps_alive_ = false;
  response_.client_head = answer_head(parts, arena_);
  return response_.client_head.empty() ? Step::reply(Reason::origin_response) : Step::next();
}

}  // namespace gatehouse::proxy
