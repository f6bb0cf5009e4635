// An exchange that waits for a person: asked, granted or refused, expired, cancelled.
#include "approve/hold.h"
#include "identity/jwt.h"
#include "proxy/exchange.h"
#include "proxy/session.h"

namespace gatehouse::proxy {

Step Exchange::ask_person() {
  if (station_.held >= snapshot().limits.held) return Step::reply(Reason::approval_full);
  if (origin_head_.empty()) origin_head_ = build_origin_head();   // once: a full log brings us here again
  if (origin_head_.empty()) return Step::reply(Reason::gateway_internal);
  bound_ = binding(origin_head_);
  auto card = std::make_unique<approve::Card>();
  card->exchange = id_;
  card->digest = bound_;
  card->subject = identity_->subject;
  card->issuer = identity_->issuer_url;
  card->groups = identity_->groups;
  card->method = request().method;
  card->path = path_;
  if (request().has_query) card->path.append("?").append(request().query);
  card->origin = origin().name;
  card->rule = decision_.rule_count > 0 ? snapshot().policy.rules[decision_.rules[0]].name : "";
  card->body_bytes = body_.size();
  card->body_excerpt = body_.view().substr(0, approve::kExcerptMax);
  card->asked = station_.wall_now();
  card->expires = card->asked + deadlines().hold;
  if (const Step step = record_approval("asked", {}, {}); step.kind != Step::Kind::next) return step;
  ToControl message;
  message.kind = ToControl::Kind::ask;
  message.session = session_.id();
  message.exchange = id_;
  message.card = std::move(card);
  if (!station_.tell(std::move(message))) return Step::reply(Reason::approval_full);
  held_ = asked_ = true;
  ++station_.held;
  station_.metrics.holds.add();
  set_deadline(deadlines().hold);
  stage_ = Stage::await_approval;
  held_origin_ = arena_.copy(origin().name);
  keep_names();
  unpin();   // it is decided again: the configuration of now may go while a person thinks
  return Step::next();
}

// No credit for more input is given while a person thinks; the client may leave at any time.
Step Exchange::await_approval() {
  if (session_.client_->ended()) return Step::abort(Ender::client, Reason::approval_cancelled);
  if (session_.draining()) return Step::reply(Reason::gateway_draining);
  if (!answer_pending_) return Step::wait();
  pin_again();
  const bool granted = answer_.granted && answer_.digest == bound_;
  const Step step = record_approval(granted ? "granted" : "denied", answer_.by, answer_.note);
  if (step.kind != Step::Kind::next) return step;
  answer_pending_ = false;
  held_ = false;
  --station_.held;
  if (!granted) {
    station_.metrics.hold_denials.add();
    return Step::reply(Reason::approval_denied);
  }
  station_.metrics.hold_grants.add();
  return released();
}

// Decided again with the policy, issuers and clock of this moment.
Step Exchange::released() {
  if (const Reason r = still_believed(); r != Reason::none) return Step::reply(r);
  if (const Reason r = still_sent_by(); r != Reason::none) return Step::reply(r);
  if (identity_->expires <= station_.wall_now()) return Step::reply(Reason::approval_identity_expired);
  if (const Step step = take_route(); step.kind != Step::Kind::next) return step;
  kept_names_ = nullptr;   // the decision that it names is made anew: its numbers mean nothing here
  take_tenant();
  facts_.approved = true;
  facts_.body_inspected = false;
  origin_head_ = {};
  stage_ = Stage::decide;
  return Step::next();
}

void Exchange::answered(const ToWorker& answer) {
#if !defined(GH_DEFECT) || GH_DEFECT != 3
  if (answer.exchange != id_) return;   // of the exchange before
#endif
  if (stage_ != Stage::await_approval || answer_pending_) return;
  answer_ = answer;
  answer_pending_ = true;
}

crypto::Sha256 Exchange::binding(ByteView origin_head) const {
  return approve::digest_of(bound(origin_head, origin().name, view_of(std::span<const uint8_t>(snapshot().policy_hash))));
}

approve::Bound Exchange::bound(ByteView origin_head, ByteView origin_name, ByteView policy_hash) const {
  return {origin_head, body_.view(), identity_->issuer_url, identity_->subject, origin_name, policy_hash};
}

// Only while it waits: later its parts may be gone.
void Exchange::show(const ToWorker& asked, ToControl& shown) const {
  shown.held = asked.exchange == id_ && stage_ == Stage::await_approval && !answer_pending_ && kept_names_ != nullptr;
  if (!shown.held) return;
  shown.bytes.resize(kShownPiece);
  shown.bytes.resize(approve::read_bound(bound(origin_head_, held_origin_, kept_names_->policy_hash), asked.offset, shown.bytes));
}

// A hold that nobody answered is over: counted at once, recorded before anything else of its end.
Step Exchange::end_hold() {
  if (held_) {
    held_ = false;
    --station_.held;
    hold_end_owed_ = true;
    if (reason_ == Reason::approval_expired) station_.metrics.hold_expiries.add();
    else station_.metrics.hold_cancellations.add();
  }
  if (!hold_end_owed_) return Step::next();
  const Step step = record_approval(reason_ == Reason::approval_expired ? "expired" : "cancelled", {}, {});
  if (step.kind == Step::Kind::wait) return step;
  hold_end_owed_ = false;
  return Step::next();
}

// The names that the records of an unanswered hold will need.
void Exchange::keep_names() {
  auto* names = new (arena_.take(sizeof(DecisionNames), alignof(DecisionNames))) DecisionNames(decision_names());
  for (auto* list : {&names->rules, &names->guards, &names->masks})
    for (ByteView& name : *list) name = arena_.copy(name);
  names->route = arena_.copy(names->route);
  names->policy_hash = arena_.copy(names->policy_hash);
  kept_names_ = names;
}

void Exchange::pin_again() {
  if (pinned_ != nullptr) return;
  pin();
  static_cast<void>(take_route());   // of the configuration of now: it may be another one, or none
}

}  // namespace gatehouse::proxy
