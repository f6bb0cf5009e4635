#include "base/arena.h"

#include <cstdlib>
#include <cstring>

#include "base/assert.h"

namespace gatehouse {

Arena::~Arena() {
  for (const Block& block : blocks_) std::free(block.memory);
}

char* Arena::take(size_t bytes, size_t align) {
  GH_ASSERT(align != 0 && (align & (align - 1)) == 0 && align <= 64);
  auto at = reinterpret_cast<uintptr_t>(cursor_);
  uintptr_t aligned = (at + align - 1) & ~(align - 1);
  if (cursor_ == nullptr || bytes > reinterpret_cast<uintptr_t>(limit_) - aligned ||
      aligned > reinterpret_cast<uintptr_t>(limit_)) {
    const size_t size = bytes + align > kBlockBytes ? bytes + align : kBlockBytes;
    auto* memory = static_cast<char*>(std::malloc(size));
    GH_ASSERT(memory != nullptr);
    blocks_.push_back({memory, size});
    cursor_ = memory;
    limit_ = memory + size;
    aligned = (reinterpret_cast<uintptr_t>(cursor_) + align - 1) & ~(align - 1);
  }
  auto* result = reinterpret_cast<char*>(aligned);
  cursor_ = result + bytes;
  used_ += bytes;
  return result;
}

ByteView Arena::copy(ByteView bytes) {
  if (bytes.empty()) return {};
  char* to = take(bytes.size(), 1);
  std::memcpy(to, bytes.data(), bytes.size());
  return {to, bytes.size()};
}

void Arena::reset() {
  used_ = 0;
  if (blocks_.empty()) return;
  while (blocks_.size() > 1) {
    std::free(blocks_.back().memory);
    blocks_.pop_back();
  }
  if (blocks_.front().size > kBlockBytes) {  // an odd, large first block is not worth keeping
    std::free(blocks_.front().memory);
    blocks_.clear();
    cursor_ = limit_ = nullptr;
    return;
  }
  cursor_ = blocks_.front().memory;
  limit_ = cursor_ + blocks_.front().size;
}

}  // namespace gatehouse
