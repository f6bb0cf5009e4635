// rule.commit = "now": decisions in their own stream, and answers that wait until their records are durable.
#include "proxy/exchange.h"
#include "proxy/session.h"

namespace gatehouse::proxy {

using record::Kind;
using record::Tag;

bool Exchange::owes_decision() const { return decision_.commit_now && station_.decisions != nullptr && !decision_recorded_; }

/// A small copy of what was decided, durable soon, bound to the request's record by its chain value.
Step Exchange::record_decision() {
  if (!owes_decision()) return Step::next();
  record::Sections& sections = station_.sections;
  const DecisionNames names = decision_names();
  sections.clear();
  if (identity_ != nullptr) sections.bytes(Tag::identity_digest, view_of(std::span<const uint8_t>(identity_->who)));
  sections.bytes(Tag::verdict, reason_ == Reason::none ? ByteView{"allow"} : ByteView{"deny"});
  sections.number(Tag::reason, static_cast<uint64_t>(reason_));
  for (const ByteView name : names.rules) sections.bytes(Tag::rule, name);
  sections.bytes(Tag::policy_hash, names.policy_hash);
  if (request_chain_ != record::Chain{}) sections.bytes(Tag::request_chain, view_of(std::span<const uint8_t>(request_chain_)));
  sections.of(tenant_);
  const record::Append result = station_.decisions->append(Kind::decision, id_, 0, station_.wall_now(), sections);
  const bool lost = result == record::Append::full && snapshot().record_gaps;
  if (lost) station_.recorder.lose(sections);   // the gap record of the other ring counts it
  decision_recorded_ = result == record::Append::ok || lost;
  return decision_recorded_ ? Step::next() : appended(result);
}

/// hold_answer: whatever is written to the client from here on stays in its queue until all that was recorded so far is durable.
void Exchange::hold_answer() {
  commit_at_ = station_.log.head();
  decided_at_ = station_.decisions != nullptr ? station_.decisions->head() : 0;
  if (durable()) return let_answer_go();   // nothing will move that could tell of it
  session_.client_->withhold(true);
  wait_for_commit();
}

void Exchange::wait_for_commit() {
  if (station_.urge != nullptr) station_.urge->call();
  if (commit_listed_) return;
  commit_listed_ = true;
  station_.commit_waiters.push_back(session_.id());
}

void Exchange::committed() {
  commit_listed_ = false;
  if (commit_at_ == 0) return;
  if (!durable() && log_broken()) return end_with(Reason::record_failed, Ender::gateway);   // what is withheld never goes out
  if (!durable()) return wait_for_commit();
  set_deadline(deadlines().progress);   // the client's time begins now
  let_answer_go();
}

bool Exchange::durable() const {
  return station_.log.committed() >= commit_at_ &&
         (station_.decisions == nullptr || station_.decisions->committed() >= decided_at_);
}

bool Exchange::log_broken() const {
  return station_.log.broken() || (station_.decisions != nullptr && station_.decisions->broken());
}

void Exchange::let_answer_go() {
  commit_at_ = decided_at_ = 0;
  if (times_.committed == 0) times_.committed = station_.now();
  session_.client_->withhold(false);
}

}  // namespace gatehouse::proxy
