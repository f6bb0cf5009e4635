#include "proxy/inspection.h"

#include <utility>

namespace gatehouse::proxy {
namespace {

/// Keeper copies texts into one string of a size that is known before: views into it stay valid.
class Keeper {
 public:
  Keeper(std::string& into, size_t size) : into_(into) { into_.reserve(size); }
  ByteView keep(ByteView text) {
    const size_t at = into_.size();
    into_.append(text);
    return {into_.data() + at, text.size()};
  }

 private:
  std::string& into_;
};

}  // namespace

Inspection::Inspection(std::shared_ptr<const guard::Set> guards, guard::Selection selection, const guard::Request& request,
                       Body::Away away)
    : body(std::move(away)), guards_(std::move(guards)), selection_(selection), request_(request) {
  size_t size = request.path.size() + request.query.size();
  for (const http::Field& field : request.fields) size += field.name.size() + field.value.size();
  Keeper keeper(head_, size);
  request_.path = keeper.keep(request.path);
  request_.query = keeper.keep(request.query);
  for (const http::Field& field : request.fields)
    fields_.push_back({keeper.keep(field.name), keeper.keep(field.value), field.id});
  request_.fields = fields_;
  request_.body = body.view();
}

void Inspection::run(guard::Inspector& inspector) {
  if (!inspector.prepare(*guards_)) return;
  const guard::Verdict verdict = inspector.inspect(*guards_, selection_, request_, guard::Patience::all);
  size_t size = 0;
  for (const guard::Hit& hit : verdict.hits) size += hit.place.size() + hit.evidence.size();
  Keeper keeper(found_, size);
  for (guard::Hit hit : verdict.hits) {
    hit.place = keeper.keep(hit.place);
    hit.evidence = keeper.keep(hit.evidence);
    hit.within = {};   // of a body that goes back
    hits_.push_back(hit);
  }
  reason_ = verdict.reason;
  effect_ = verdict.effect;
}

}  // namespace gatehouse::proxy
