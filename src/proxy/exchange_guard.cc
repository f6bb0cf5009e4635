// What guards say of a request: all of it was seen, or it does not pass.
#include "proxy/exchange.h"
#include "proxy/heads.h"
#include "proxy/session.h"

namespace gatehouse::proxy {
namespace {

constexpr uint32_t kAwayMax = 64;   // bodies of one worker that are with job threads; more are refused at once

}  // namespace

// A guard sees exactly what the service would see.
Step Exchange::inspect() {
  if (away_) return Step::wait();
  GH_ASSERT(snapshot().guards != nullptr);
  station_.metrics.guard_checks.add();
  const guard::Request asked = seen_by_guards(snapshot(), request(), facts_, body_.view());
  if (body_.size() > station_.inspect_here) return send_away(asked);
  const guard::Verdict verdict =
      station_.inspector.inspect(*snapshot().guards, guards_of_request(snapshot(), decision_), asked);
  return verdict.slow ? send_away(asked) : guarded(verdict);
}

// What takes long is looked at on a job thread. The body goes there and comes back; nothing else is shared.
Step Exchange::send_away(const guard::Request& asked) {
  if (station_.away >= kAwayMax) return Step::reply(Reason::guard_busy);
  Body::Away body = body_.send_away();
  if (body.memory == nullptr) return Step::reply(Reason::limit_memory);
  ToControl message;
  message.kind = ToControl::Kind::inspect;
  message.inspection =
      std::make_shared<Inspection>(snapshot().guards, guards_of_request(snapshot(), decision_), asked, std::move(body));
  message.inspection->session = session_.id();
  message.inspection->exchange = id_;
  const std::shared_ptr<Inspection> kept = message.inspection;
  if (!station_.tell(std::move(message))) {
    body_.take_back(std::move(kept->body));
    return Step::reply(Reason::guard_busy);
  }
  ++station_.away;
  station_.metrics.guard_aways.add();
  away_ = true;
  set_deadline(deadlines().progress);
  return Step::wait();
}

bool Exchange::inspected(Inspection& inspection) {
  if (!away_ || stage_ != Stage::inspect || inspection.exchange != id_) return false;
  away_ = false;
  body_.take_back(std::move(inspection.body));
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

// An answer is not held for a person: what would have to be asked about is refused.
Step Exchange::guard_answer(uint64_t guards) {
  const guard::Verdict verdict = station_.inspector.inspect(*snapshot().guards, guards,
                                                            {.fields = response().fields.all(),
                                                             .body = answer_body_.view(),
                                                             .decoded_max = limits().inspect_bytes,
                                                             .leniency = leniency(),
                                                             .malformed = route() != nullptr && route()->malformed,
                                                             .opaque = route() != nullptr && route()->opaque},
                                                            guard::Patience::some);
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
