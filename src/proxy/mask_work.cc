#include "proxy/mask_work.h"

#include <utility>

#include "base/assert.h"

namespace gatehouse::proxy {

Reason reason_of(codec::Status status) {
  switch (status) {
    case codec::Status::ok:
    case codec::Status::done: return Reason::none;
    case codec::Status::malformed:
    case codec::Status::truncated: return Reason::mask_content_coding;
    case codec::Status::bomb:
    case codec::Status::too_large: return Reason::mask_too_large;
    case codec::Status::memory: return Reason::limit_memory;
  }
  return Reason::mask_content_coding;
}

MaskWork* MaskWorkPool::take() {
  if (lent_ >= limit_) return nullptr;
  ++lent_;
  if (free_.empty()) return new MaskWork;
  MaskWork* work = free_.back().release();
  free_.pop_back();
  work->came = work->went = {};
  work->coded = work->content = {};
  work->decoding = work->decoder_busy = work->body_ended = work->content_ended = false;
  work->done = 0;
  work->held.clear();
  work->held_bytes = 0;
  return work;
}

void MaskWorkPool::give_back(MaskWork* work) {
  GH_ASSERT(lent_ > 0);
  --lent_;
  std::unique_ptr<MaskWork> owned(work);
  if (free_.size() < kKeep && !work->heavy) free_.push_back(std::move(owned));
}

}  // namespace gatehouse::proxy
