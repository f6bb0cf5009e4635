// A ring in memory: its header and its bytes, with the two words that threads and processes share.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstring>

#include "record/layout.h"

namespace gatehouse::record {

/// RingMemory is a view of a mapped ring. Invariants, whoever holds it:
/// 1. the worker alone stores `head` (release), after the bytes below it and the tail of that head;
/// 2. the writer thread alone stores `committed` (release) and `state`;
/// 3. committed <= head <= committed + capacity; the worker never touches [committed, head).
class RingMemory {
 public:
  RingMemory() = default;
  explicit RingMemory(ByteSpan memory) : memory_(memory) {}

  RingHeader& header() const { return *reinterpret_cast<RingHeader*>(memory_.data()); }
  char* data() const { return memory_.data() + kPage; }
  uint64_t capacity() const { return memory_.size() - kPage; }
  ByteSpan memory() const { return memory_; }
  Epoch epoch() const { return {id_of(header().process), header().worker}; }

  uint64_t head() const { return word(header().head).load(std::memory_order_acquire); }
  void publish_head(uint64_t value) const { word(header().head).store(value, std::memory_order_release); }
  uint64_t committed() const { return word(header().committed).load(std::memory_order_acquire); }
  void publish_committed(uint64_t value) const { word(header().committed).store(value, std::memory_order_release); }
  uint32_t state() const { return std::atomic_ref(header().state).load(std::memory_order_relaxed); }
  void set_state(uint32_t value) const { std::atomic_ref(header().state).store(value, std::memory_order_relaxed); }

  /// tail returns the tail that belongs to the published head; nullptr when the header is damaged.
  /// Only while no append is under way.
  const gatehouse_ring_tail* tail() const {
    for (const gatehouse_ring_tail& each : header().tail)
      if (each.head == head()) return &each;
    return nullptr;
  }

  /// copy_out reads stream bytes [offset, offset + out.size()), which may wrap.
  void copy_out(uint64_t offset, ByteSpan out) const {
    const uint64_t at = offset % capacity();
    const uint64_t first = std::min<uint64_t>(out.size(), capacity() - at);
    std::memcpy(out.data(), data() + at, first);
    std::memcpy(out.data() + first, data(), out.size() - first);
  }

 private:
  static std::atomic_ref<uint64_t> word(uint64_t& value) { return std::atomic_ref<uint64_t>(value); }

  ByteSpan memory_;
};

}  // namespace gatehouse::record
