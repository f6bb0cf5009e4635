#include "net/links.h"

namespace gatehouse::net {

Links::Links(uring::Ring& ring, TimingWheel& wheel, uint32_t capacity)
    : ring_(ring), wheel_(wheel), held_(ring.total_buffers()), slab_(capacity) {
  closed_.reserve(64);
}

Link* Links::make(Side side, SlotId* id) {
  Link* link = slab_.make(id, *this, side);
  if (link != nullptr) ++live_[static_cast<size_t>(side)];
  return link;
}

SlotId Links::complete(const uring::Completion& completion) {
  Link* link = slab_.find(completion.token.owner);
  GH_ASSERT(link != nullptr);
  link->complete(completion);
  return link->owner;
}

void Links::unpark() {
  if (parked_.empty()) return;
  const uint32_t free = ring_.free_buffers();
  if (free * 2 < ring_.total_buffers()) return;
  for (uint32_t room = free / 2; room > 0 && !parked_.empty(); --room) {
    Link* link = slab_.find(parked_.front());
    parked_.pop_front();
    if (link != nullptr) link->rearm();
  }
}

void Links::reclaim() {
#if defined(GH_DEFECT) && GH_DEFECT == 5
  if (closed_.size() > 1) closed_.pop_back();
#endif
  for (SlotId id : closed_) {
    --live_[static_cast<size_t>(slab_.find(id)->side())];
    slab_.destroy(id);
  }
  closed_.clear();
}

void Links::abort_all() {
  slab_.for_each([](Link& link) { link.abort(); });
}

}  // namespace gatehouse::net
