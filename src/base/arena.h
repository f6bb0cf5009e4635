// Memory of one exchange: taken in bumps, given back all at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"

namespace gatehouse {

/// Arena hands out memory that lives until reset(). Blocks are kept over resets up to a bound, so
/// that a warm arena does not allocate. Owner: an exchange. One thread. Never fails: the callers'
/// limits bound what they ask for.
class Arena {
 public:
  static constexpr size_t kBlockBytes = 16 * 1024;

  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena();

  /// take returns `bytes` of uninitialised memory aligned to `align` (a power of two, <= 64).
  char* take(size_t bytes, size_t align = 8);

  /// copy returns a view of the arena's own copy.
  ByteView copy(ByteView bytes);

  /// take_array returns uninitialised room for `count` trivially destructible T.
  template <typename T>
  T* take_array(size_t count) {
    return reinterpret_cast<T*>(take(count * sizeof(T), alignof(T)));
  }

  /// reset forgets everything; keeps the first block, frees the rest.
  void reset();

  size_t used() const { return used_; }

 private:
  struct Block {
    char* memory;
    size_t size;
  };
  std::vector<Block> blocks_;
  char* cursor_ = nullptr;
  char* limit_ = nullptr;
  size_t used_ = 0;
};

}  // namespace gatehouse
