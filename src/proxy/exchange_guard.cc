// What guards say of a request: all of it was seen, or it does not pass.
#include "proxy/exchange.h"
#include "proxy/heads.h"
#include "proxy/session.h"

namespace gatehouse::proxy {

// A guard sees exactly what the service would see.
Step Exchange::inspect() {
  GH_ASSERT(snapshot().guards != nullptr);
  if (body_.size() != 0) {
    if (!has_identity_coding(request().fields)) return Step::reply(Reason::http_content_coding);
    if (!has_json_type(request().fields)) return Step::reply(Reason::http_content_type);
  }
  station_.metrics.guard_checks.add();
  return guarded(station_.inspector.inspect(*snapshot().guards, decision_.guards,
                                            {.path = path_,
                                             .query = request().query,
                                             .fields = request().fields.all(),
                                             .body = body_.view(),
                                             .leniency = leniency()}));
}

Step Exchange::guarded(const guard::Verdict& verdict) {
  if (!verdict.hits.empty()) {
    station_.metrics.guard_hits.add();
    auto* kept = static_cast<GuardHit*>(static_cast<void*>(
        arena_.take(verdict.hits.size() * sizeof(GuardHit), alignof(GuardHit))));
    size_t count = 0;
    for (const guard::Hit& hit : verdict.hits)
      new (kept + count++) GuardHit{arena_.copy(snapshot().guards->name(hit.guard)), guard::name_of(hit.effect),
                                    arena_.copy(hit.place), arena_.copy(hit.evidence), hit.offset};
    guard_hits_ = {kept, count};
  }
  if (verdict.reason != Reason::none) return Step::reply(verdict.reason);
  facts_.body_inspected = true;
  facts_.guard_asks = verdict.effect == guard::Effect::approve;
  stage_ = Stage::decide;
  return Step::next();
}

}  // namespace gatehouse::proxy
