// A request that guards look at on another thread: large bodies and long statements must not hold up a worker.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/exchange_id.h"
#include "base/slab.h"
#include "guard/guard.h"
#include "proxy/memory.h"

namespace gatehouse::proxy {

/// kAwayMax: bodies of one worker that are with job threads; more are refused at once.
inline constexpr uint32_t kAwayMax = 64;

/// Inspection owns all that it needs: the exchange may end meanwhile. Made by a worker, run on a job thread, taken back
/// by the same worker, which gives the body's memory back to its pool; one owner at a time.
class Inspection {
 public:
  Inspection(std::shared_ptr<const guard::Set> guards, guard::Selection selection, const guard::Request& request,
             Body::Away body);

  /// run inspects; any thread, once. The inspector is the thread's own.
  void run(guard::Inspector& inspector);

  /// verdict is what run() found; its views live as long as the inspection.
  guard::Verdict verdict() const { return {reason_, effect_, hits_}; }

  SlotId session;         // whom to tell
  ExchangeId exchange;
  Body::Away body;

 private:
  std::shared_ptr<const guard::Set> guards_;
  guard::Selection selection_;
  std::string head_;                  // path, query and fields, one after the other
  std::vector<http::Field> fields_;   // views into head_
  guard::Request request_;            // likewise
  Reason reason_ = Reason::gateway_internal;   // until it ran
  guard::Effect effect_ = guard::Effect::none;
  std::string found_;                 // the hits' texts
  std::vector<guard::Hit> hits_;
};

}  // namespace gatehouse::proxy
