// Working memory of one worker: plain bytes or numbers, kept and reused from document to document.
#pragma once

#include <cstdlib>
#include <cstring>
#include <type_traits>

#include "base/assert.h"

namespace gatehouse {

/// kKeptBytes is how much memory a Room keeps from one document to the next: most bodies are smaller.
inline constexpr size_t kKeptBytes = 4 * 1024 * 1024;

/// Room is a growing array of trivial T that is never filled with zeros and never shrinks by itself:
/// a warm one does not allocate. What it holds is bounded by the size of the document at hand, which
/// limits.inspect_bytes bounds. One thread.
template <typename T>
class Room {
 public:
  static_assert(std::is_trivially_copyable_v<T>);

  Room() = default;
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;
  ~Room() { std::free(data_); }

  T* data() { return data_; }
  const T* data() const { return data_; }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }
  T& operator[](size_t i) { return data_[i]; }
  const T& operator[](size_t i) const { return data_[i]; }
  T& back() { return data_[size_ - 1]; }
  const T& back() const { return data_[size_ - 1]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }

  void clear() { size_ = 0; }

  /// resize keeps what is there; new elements are uninitialised.
  void resize(size_t size) {
    if (size > capacity_) grow(size);
    size_ = size;
  }

  /// reserve makes room for `more` elements after the present ones.
  void reserve(size_t more) {
    if (capacity_ - size_ < more) grow(size_ + more);
  }

  /// reserve_exactly makes room for `size` elements in all, and for no more.
  void reserve_exactly(size_t size) {
    if (size > capacity_) allocate(size);
  }

  void push(const T& value) {
    if (size_ == capacity_) grow(size_ + 1);
    data_[size_++] = value;
  }

  void append(const T* values, size_t count) {
    if (count == 0) return;
    reserve(count);
    std::memcpy(static_cast<void*>(data_ + size_), values, count * sizeof(T));
    size_ += count;
  }

  /// trim empties the room, and gives its memory back when a large document made it outgrow kKeptBytes.
  void trim() {
    size_ = 0;
    if (capacity_ * sizeof(T) <= kKeptBytes) return;
    std::free(data_);
    data_ = nullptr;
    capacity_ = 0;
  }

 private:
  void grow(size_t least) {
    size_t capacity = capacity_ < 64 ? 64 : capacity_;
    while (capacity < least) capacity += capacity / 2;
    allocate(capacity);
  }

  void allocate(size_t capacity) {
    auto* data = static_cast<T*>(std::realloc(static_cast<void*>(data_), capacity * sizeof(T)));
    GH_ASSERT(data != nullptr);
    data_ = data;
    capacity_ = capacity;
  }

  T* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace gatehouse
