// Bytes with exactly the slack that the in-place parsers ask for, and poison behind it under ASan.
#pragma once

#include <cstring>
#include <memory>

#include "base/bytes.h"
#include "base/limits.h"

namespace gatehouse::testing {

/// Padded copies bytes into a heap block that ends kSimdPadding after them, so that a sanitizer sees
/// any read beyond what the contract allows. The padding holds quotes and backslashes: hostile, not zeros.
class Padded {
 public:
  explicit Padded(ByteView bytes) : size_(bytes.size()), memory_(new char[bytes.size() + kSimdPadding]) {
    if (!bytes.empty()) std::memcpy(memory_.get(), bytes.data(), bytes.size());
    for (size_t i = 0; i < kSimdPadding; ++i) memory_[size_ + i] = "\"\\@1"[i % 4];
  }

  ByteView view() const { return {memory_.get(), size_}; }

 private:
  size_t size_;
  std::unique_ptr<char[]> memory_;
};

}  // namespace gatehouse::testing
