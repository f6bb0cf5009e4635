#include "net/links.h"

#include <cstring>

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
  if (ring_.free_buffers() * 2 < ring_.total_buffers()) slab_.for_each([](Link& link) { link.spill(); });
  const uint32_t free = ring_.free_buffers();
  if (free * 2 < ring_.total_buffers()) return;
  for (uint32_t room = free / 2; room > 0 && !parked_.empty(); --room) {
    Link* link = slab_.find(parked_.front());
    parked_.pop_front();
    if (link != nullptr) link->rearm();
  }
}

ByteView Links::held_bytes(uint16_t buffer) {
  const uint32_t length = held_[buffer].length;
  const uint32_t pool = ring_.total_buffers();
  return buffer < pool ? view_of(ring_.bytes(buffer, length)) : ByteView{copies_[buffer - pool].get(), length};
}

void Links::release(uint16_t buffer) {
  const uint32_t pool = ring_.total_buffers();
  if (buffer < pool) return ring_.give_back(buffer);
  copies_[buffer - pool].reset();
  free_copies_.push_back(buffer);
}

uint16_t Links::own_copy(uint16_t buffer) {
  const uint32_t pool = ring_.total_buffers();
  if (buffer >= pool) return buffer;
  if (free_copies_.empty()) {
    if (held_.size() >= uring::kNoBuffer) return buffer;
    free_copies_.push_back(static_cast<uint16_t>(held_.size()));
    held_.emplace_back();
    copies_.emplace_back();
  }
  const uint16_t copy = free_copies_.back();
  free_copies_.pop_back();
  const ByteView bytes = held_bytes(buffer);
  auto& memory = copies_[copy - pool];
  memory = std::make_unique<char[]>(bytes.size());
  std::memcpy(memory.get(), bytes.data(), bytes.size());
  held_[copy] = held_[buffer];
  ring_.give_back(buffer);
  return copy;
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
