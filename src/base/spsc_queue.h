// A bounded queue between exactly two threads (Lamport, 1983).
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include "base/assert.h"

namespace gatehouse {

/// SpscQueue: one thread pushes, one other pops. Invariants: tail_ is written by the producer only,
/// head_ by the consumer only; an item is visible to the consumer only after its release store of
/// tail_, and its slot is written again only after the consumer's release store of head_.
template <typename T>
class SpscQueue {
 public:
  /// capacity must be a power of two.
  explicit SpscQueue(size_t capacity) : mask_(capacity - 1), slots_(std::make_unique<T[]>(capacity)) {
    GH_ASSERT(capacity >= 2 && (capacity & mask_) == 0);
  }
  SpscQueue(const SpscQueue&) = delete;
  SpscQueue& operator=(const SpscQueue&) = delete;

  /// push moves the item in; false (item untouched) when the queue is full. Producer only.
  bool push(T&& item) {
    const size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_.load(std::memory_order_acquire) > mask_) return false;
    slots_[tail & mask_] = std::move(item);
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  /// pop moves the oldest item out; false when there is none. Consumer only.
  bool pop(T& item) {
    const size_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_.load(std::memory_order_acquire)) return false;
    item = std::move(slots_[head & mask_]);
    head_.store(head + 1, std::memory_order_release);
    return true;
  }

 private:
  const size_t mask_;
  std::unique_ptr<T[]> slots_;
  alignas(64) std::atomic<size_t> head_{0};
  alignas(64) std::atomic<size_t> tail_{0};
};

}  // namespace gatehouse
