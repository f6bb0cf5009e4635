// What guards say of a request: all of it was seen, or it does not pass.
#include <utility>

#include "proxy/exchange.h"
#include "proxy/heads.h"
#include "proxy/session.h"

namespace gatehouse::proxy {

// A guard sees exactly what the service would see.
Step Exchange::inspect() {
  if (away_) return Step::wait();
  GH_ASSERT(snapshot().guards != nullptr);
  station_.metrics.guard_checks.add();
  const guard::Request asked = seen_by_guards(snapshot(), request(), facts_, body_.view());
  const guard::Selection guards = guards_of_request(snapshot(), decision_);
  if (body_.size() > station_.inspect_here) return send_away(asked, guards, body_);
  const guard::Verdict verdict = station_.inspector.inspect(*snapshot().guards, guards, asked);
  return verdict.slow ? send_away(asked, guards, body_) : guarded(verdict);
}

// What takes long is looked at on a job thread. The body goes there and comes back; nothing else is shared.
Step Exchange::send_away(const guard::Request& asked, guard::Selection guards, Body& from) {
  if (station_.away >= kAwayMax) return Step::reply(Reason::guard_busy);
  Body::Away body = from.send_away();
  if (body.memory == nullptr) return Step::reply(Reason::limit_memory);
  ToControl message;
  message.kind = ToControl::Kind::inspect;
  message.inspection = std::make_shared<Inspection>(snapshot().guards, guards, asked, std::move(body));
  message.inspection->session = session_.id();
  message.inspection->exchange = id_;
  const std::shared_ptr<Inspection> kept = message.inspection;
  if (!station_.tell(std::move(message))) {
    from.take_back(std::move(kept->body));
    return Step::reply(Reason::guard_busy);
  }
  ++station_.away;
  station_.metrics.guard_aways.add();
  away_ = kept;
  set_deadline(deadlines().progress);
  return Step::wait();
}

bool Exchange::inspected(Inspection& inspection) {
  if (away_.get() != &inspection) return false;
  const std::shared_ptr<const Inspection> keep = std::exchange(away_, nullptr);
  if (stage_ == Stage::relay) {   // which asks guard_answer() again
    answer_body_.take_back(std::move(inspection.body));
    answer_step_ = answer_guarded(inspection.verdict());
    answer_looked_at_ = true;
    set_deadline(deadlines().progress);
    return true;
  }
  if (request_recorded_ && !refused_) return false;   // the answer's, and it came too late
  body_.take_back(std::move(inspection.body));
  if (stage_ != Stage::inspect) return true;   // too late, too: what was refused is recorded
  const Step step = guarded(inspection.verdict());
  if (step.kind == Step::Kind::reply) refuse_with(step);
  return true;
}

std::span<const Exchange::GuardHit> Exchange::keep_hits(const guard::Verdict& verdict) {
  if (verdict.hits.empty()) return {};
  station_.metrics.guard_hits.add();
  auto* kept = static_cast<GuardHit*>(static_cast<void*>(
      arena_.take(verdict.hits.size() * sizeof(GuardHit), alignof(GuardHit))));
  size_t count = 0;
  for (const guard::Hit& hit : verdict.hits)
    new (kept + count++) GuardHit{arena_.copy(snapshot().guards->name(hit.guard)), guard::name_of(hit.effect), hit.check,
                                  arena_.copy(hit.place), arena_.copy(hit.evidence), hit.offset};
  return {kept, count};
}

uint64_t Exchange::answer_guards() const {
  return snapshot().guards == nullptr ? 0 : decision_.guards & snapshot().guards->of_answers();
}

// As with requests: what is large or takes long is looked at on a job thread, and this is asked again until it is back.
Step Exchange::guard_answer(uint64_t guards) {
  if (away_) return Step::wait();
  if (std::exchange(answer_looked_at_, false)) return answer_step_;
  const guard::Request asked{.fields = response().fields.all(),
                             .body = answer_body_.view(),
                             .decoded_max = limits().inspect_bytes,
                             .leniency = leniency(),
                             .malformed = route() != nullptr && route()->malformed,
                             .opaque = route() != nullptr && route()->opaque,
                             .answer = true};
  const bool empty = asked.body.empty();   // the head alone: nobody waits for that
  if (asked.body.size() <= station_.inspect_here) {
    const guard::Verdict verdict =
        station_.inspector.inspect(*snapshot().guards, guards, asked, empty ? guard::Patience::some : guard::Patience::none);
    if (!verdict.slow) return answer_guarded(verdict);
  }
  const Step step = send_away(asked, guards, answer_body_);
  give_back_borrowed();   // what is away is a copy
  return step;
}

// An answer is not held for a person: what would have to be asked about is refused.
Step Exchange::answer_guarded(const guard::Verdict& verdict) {
  answer_hits_ = keep_hits(verdict);
  if (verdict.effect == guard::Effect::block || verdict.effect == guard::Effect::approve)
    return Step::reply(Reason::guard_answer);
  return verdict.reason == Reason::none ? Step::next() : Step::reply(Reason::guard_answer_unread);
}

Step Exchange::guarded(const guard::Verdict& verdict) {
  guard_hits_ = keep_hits(verdict);
  if (const Reason reason = heed(verdict, &facts_); reason != Reason::none) return Step::reply(reason);
  stage_ = Stage::decide;
  return Step::next();
}

}  // namespace gatehouse::proxy
