// All links of one worker, and what they share: ring, send chunks, receive buffers, the park list.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "base/slab.h"
#include "base/timing_wheel.h"
#include "net/link.h"

namespace gatehouse::net {

/// TimerNode kinds of one worker's wheel.
inline constexpr uint8_t kTimerLink = 1;
inline constexpr uint8_t kTimerSession = 2;

/// Links owns the links. Completions go in, touched owners come out. One worker's thread.
class Links {
 public:
  Links(uring::Ring& ring, TimingWheel& wheel, uint32_t capacity);
  Links(const Links&) = delete;

  /// make returns nullptr when the slab is full.
  Link* make(Side side, SlotId* id);
  Link* find(SlotId id) { return slab_.find(id); }
  uint32_t live() const { return slab_.live(); }
  uint32_t live(Side side) const { return live_[static_cast<size_t>(side)]; }
  bool full() const { return slab_.full(); }
  void set_capacity(uint32_t capacity) { slab_.set_capacity(capacity); }

  /// complete hands a completion to its link and returns the owner to touch (invalid: nobody). A
  /// stale completion is an assertion: a slot is reclaimed only when nothing is in flight on it.
  SlotId complete(const uring::Completion& completion);

  /// unpark re-arms links that wait for receive buffers: only when half of the pool is free again,
  /// and at most half of the free buffers' worth of links in one turn. What others hold and do not
  /// read now (a slow reader's origin, a pipelining client that waits) is copied out of the pool
  /// first: at most Link::kHeldMax buffers a link, so that nobody can starve the worker.
  void unpark();

  /// reclaim destroys closed links; at the end of a turn only.
  void reclaim();

  /// abort_all starts to close every link (shutdown).
  void abort_all();

  // For links.
  uring::Ring& ring() { return ring_; }
  TimingWheel& wheel() { return wheel_; }
  ChunkPool& chunks() { return chunks_; }
  /// record is room for the plaintext of one TLS record; used within one call only.
  char* record() { return record_.get(); }
  void park(SlotId id) { parked_.push_back(id); }
  void closed(SlotId id) { closed_.push_back(id); }
  struct HeldBuffer {
    uint16_t next;
    uint32_t length;
  };
  HeldBuffer& held(uint16_t buffer) { return held_[buffer]; }
  /// held_bytes is what a held buffer holds: the ring's memory, or our own after own_copy().
  ByteView held_bytes(uint16_t buffer);
  void release(uint16_t buffer);
  /// own_copy moves a held buffer's bytes to memory of our own and gives the ring's back; returns the
  /// new number, or the old one when it is ours already or no number is left.
  uint16_t own_copy(uint16_t buffer);

  size_t parked() const { return parked_.size(); }
  uint64_t starved() const { return starved_; }
  void count_starved() { ++starved_; }

 private:
  uring::Ring& ring_;
  TimingWheel& wheel_;
  ChunkPool chunks_;
  std::vector<HeldBuffer> held_;  // indexed by receive buffer, then by copy
  std::vector<std::unique_ptr<char[]>> copies_;  // of held bytes; number: the ring's buffers + index
  std::vector<uint16_t> free_copies_;
  std::unique_ptr<char[]> record_ = std::make_unique<char[]>(kTlsRecordBytes);
  std::deque<SlotId> parked_;
  std::vector<SlotId> closed_;
  uint64_t starved_ = 0;
  uint32_t live_[2] = {};         // by side
  Slab<Link> slab_;
};

}  // namespace gatehouse::net
