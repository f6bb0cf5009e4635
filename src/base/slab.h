// Objects in fixed slots, named by slot and generation.
#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "base/assert.h"

namespace gatehouse {

/// SlotId names an object in a slab. A stale id (its object gone, perhaps the slot reused) is found
/// by the generation and resolves to nothing.
struct SlotId {
  uint32_t slot = UINT32_MAX;
  uint32_t generation = 0;  // 24 bits: it travels in user_data

  bool valid() const { return slot != UINT32_MAX; }
  friend bool operator==(const SlotId&, const SlotId&) = default;
};

/// Slab owns up to `capacity` objects in blocks that never move. Invariants:
/// 1. an object's address is stable from make() to destroy();
/// 2. destroy() advances the slot's generation, so that find() of an old id is nullptr;
/// 3. memory is allocated a block at a time and kept: a warm slab does not allocate.
/// One thread.
template <typename T>
class Slab {
 public:
  explicit Slab(uint32_t capacity) : capacity_(capacity) {}
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;
  ~Slab() { GH_ASSERT(live_ == 0); }

  uint32_t live() const { return live_; }
  bool full() const { return live_ >= capacity_; }
  /// set_capacity: what lives beyond a lower one stays until it is destroyed.
  void set_capacity(uint32_t capacity) { capacity_ = capacity; }

  /// make returns nullptr when the slab is full. The constructor is given the object's id first.
  template <typename... Args>
  T* make(SlotId* id, Args&&... args) {
    if (full() || (free_.empty() && !grow())) return nullptr;
    const uint32_t slot = free_.back();
    free_.pop_back();
    Cell& cell = at(slot);
    *id = {slot, cell.generation};
    T* object = new (cell.storage) T(*id, std::forward<Args>(args)...);
    cell.occupied = true;
    ++live_;
    return object;
  }

  /// find returns nullptr for a stale or invalid id.
  T* find(SlotId id) {
    if (id.slot >= cells_) return nullptr;
    Cell& cell = at(id.slot);
    return cell.occupied && cell.generation == id.generation ? object(cell) : nullptr;
  }

  void destroy(SlotId id) {
    T* found = find(id);
    GH_ASSERT(found != nullptr);
    Cell& cell = at(id.slot);
    found->~T();
    cell.occupied = false;
    cell.generation = (cell.generation + 1) & 0xffffff;
    free_.push_back(id.slot);
    --live_;
  }

  /// for_each visits every live object; `visit` may not make or destroy.
  template <typename Visit>
  void for_each(Visit&& visit) {
    for (uint32_t slot = 0; slot < cells_; ++slot)
      if (Cell& cell = at(slot); cell.occupied) visit(*object(cell));
  }

 private:
  static constexpr uint32_t kBlock = 64;

  struct Cell {
    alignas(T) unsigned char storage[sizeof(T)];
    uint32_t generation = 1;
    bool occupied = false;
  };

  static T* object(Cell& cell) { return std::launder(reinterpret_cast<T*>(cell.storage)); }
  Cell& at(uint32_t slot) { return blocks_[slot / kBlock][slot % kBlock]; }

  bool grow() {
    if (cells_ >= capacity_) return false;
    if (cells_ % kBlock == 0) blocks_.push_back(std::make_unique<Cell[]>(kBlock));
    const uint32_t left = kBlock - cells_ % kBlock;   // of the last block: an earlier capacity may have ended in it
    const uint32_t room = capacity_ - cells_ < left ? capacity_ - cells_ : left;
    free_.reserve(cells_ + room);
    for (uint32_t i = room; i > 0; --i) free_.push_back(cells_ + i - 1);
    cells_ += room;
    return true;
  }

  uint32_t capacity_;
  uint32_t cells_ = 0;
  uint32_t live_ = 0;
  std::vector<std::unique_ptr<Cell[]>> blocks_;
  std::vector<uint32_t> free_;
};

}  // namespace gatehouse
