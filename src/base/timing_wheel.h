// Deadlines of one worker: a two-level timing wheel (Varghese and Lauck, 1987). No timeout operation
// ever goes to the kernel; the earliest bucket bounds the turn's wait.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "base/assert.h"
#include "base/slab.h"
#include "base/time.h"

namespace gatehouse {

/// TimerNode is embedded in its owner; `owner` and `kind` say whose deadline it is. Must be cancelled
/// before its owner goes.
struct TimerNode {
  TimerNode* previous = nullptr;
  TimerNode* next = nullptr;
  MonotonicNs deadline = kNever;
  uint64_t bucket_tick = 0;  // the tick whose bucket holds it
  SlotId owner;
  uint8_t kind = 0;

  bool queued() const { return next != nullptr; }
};

/// TimingWheel: schedule is one store when the deadline moves later (lazy: re-bucketed when its old
/// bucket comes). Deadlines fire at most one tick late, never early. One thread.
class TimingWheel {
 public:
  static constexpr MonotonicNs kTick = 10 * kNsPerMs;

  explicit TimingWheel(MonotonicNs now) : tick_(now / kTick) {
    for (auto& level : levels_)
      for (auto& head : level.buckets) head.previous = head.next = &head;
  }
  TimingWheel(const TimingWheel&) = delete;
  TimingWheel& operator=(const TimingWheel&) = delete;

  void schedule(TimerNode& node, MonotonicNs deadline) {
    node.deadline = deadline;
    if (deadline == kNever) return cancel(node);
    const uint64_t tick = tick_after(deadline);
    if (node.queued()) {
      if (node.bucket_tick <= tick) return;
      unlink(node);
    }
    insert(node, tick);
  }

  void cancel(TimerNode& node) {
    node.deadline = kNever;
    if (node.queued()) unlink(node);
  }

  /// advance calls expired(node) for each deadline that has come; the node is out of the wheel by
  /// then and may be scheduled again or its owner destroyed.
  template <typename Expired>
  void advance(MonotonicNs now, Expired&& expired) {
    const uint64_t until = now / kTick;
    while (tick_ < until) {
      ++tick_;
      if (tick_ % kSlots == 0) cascade();
      TimerNode& head = levels_[0].buckets[tick_ % kSlots];
      while (head.next != &head) {
        TimerNode& node = *head.next;
        unlink(node);
        if (tick_after(node.deadline) <= tick_) expired(node);
        else insert(node, tick_after(node.deadline));
      }
      if (count_ == 0) tick_ = until;
    }
  }

  /// next returns when advance() has to be called again at the latest; kNever when nothing waits.
  MonotonicNs next() const {
    if (count_ == 0) return kNever;
    for (uint64_t ahead = 1; ahead <= kSlots; ++ahead) {
      const uint64_t slot = (tick_ + ahead) % kSlots;
      const uint64_t word = levels_[0].occupied[slot / 64] >> (slot % 64);
      if (word == 0) {
        ahead += 63 - slot % 64;
        continue;
      }
      const uint64_t found = tick_ + ahead + static_cast<uint64_t>(std::countr_zero(word));
      const uint64_t turn = (tick_ / kSlots + 1) * kSlots;  // the second level comes down here
      return (found < turn ? found : turn) * kTick;
    }
    return (tick_ / kSlots + 1) * kSlots * kTick;
  }

  uint64_t size() const { return count_; }

 private:
  static constexpr uint64_t kSlots = 512;
  struct Level {
    std::array<TimerNode, kSlots> buckets;
    std::array<uint64_t, kSlots / 64> occupied{};
  };

  static uint64_t tick_after(MonotonicNs deadline) { return deadline / kTick + (deadline % kTick != 0); }

  void insert(TimerNode& node, uint64_t tick) {
    if (tick <= tick_) tick = tick_ + 1;
    node.bucket_tick = tick;
    const uint64_t distance = tick - tick_;
    const uint64_t far = (tick_ / kSlots + kSlots - 1) * kSlots;
    if (distance >= kSlots && tick > far) node.bucket_tick = tick = far;  // beyond the wheel: looked at again then
    const size_t level = distance < kSlots ? 0 : 1;
    const uint64_t slot = (level == 0 ? tick : tick / kSlots) % kSlots;
    TimerNode& head = levels_[level].buckets[slot];
    node.previous = head.previous;
    node.next = &head;
    head.previous->next = &node;
    head.previous = &node;
    levels_[level].occupied[slot / 64] |= uint64_t{1} << (slot % 64);
    ++count_;
  }

  void unlink(TimerNode& node) {
    TimerNode* neighbour = node.previous;
    node.previous->next = node.next;
    node.next->previous = node.previous;
    node.previous = node.next = nullptr;
    --count_;
    if (neighbour->next == neighbour) clear_bit(neighbour);
  }

  void clear_bit(const TimerNode* head) {
    for (Level& level : levels_) {
      const auto at = reinterpret_cast<uintptr_t>(head), first = reinterpret_cast<uintptr_t>(level.buckets.data());
      if (at < first || at >= first + sizeof level.buckets) continue;
      const uint64_t slot = (at - first) / sizeof(TimerNode);
      level.occupied[slot / 64] &= ~(uint64_t{1} << (slot % 64));
    }
  }

  void cascade() {
    TimerNode& head = levels_[1].buckets[tick_ / kSlots % kSlots];
    while (head.next != &head) {
      TimerNode& node = *head.next;
      unlink(node);
      // The present tick's bucket is emptied next, so a node due now must land in it.
      const uint64_t tick = tick_after(node.deadline);
      if (tick <= tick_) {
        --tick_;
        insert(node, tick_ + 1);
        ++tick_;
      } else {
        insert(node, tick);
      }
    }
  }

  std::array<Level, 2> levels_;
  uint64_t tick_;
  uint64_t count_ = 0;
};

}  // namespace gatehouse
