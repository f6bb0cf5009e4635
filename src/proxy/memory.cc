#include "proxy/memory.h"

#include <bit>
#include <cstdlib>
#include <cstring>

#include "base/assert.h"

namespace gatehouse::proxy {

BlockPool::~BlockPool() {
  GH_ASSERT(lent_ == 0);
  for (char* block : free_) std::free(block);
}

char* BlockPool::take() {
  ++lent_;
  if (!free_.empty()) {
    char* block = free_.back();
    free_.pop_back();
    return block;
  }
  auto* block = static_cast<char*>(std::malloc(kBlockBytes + kSimdPadding));
  GH_ASSERT(block != nullptr);
  return block;
}

void BlockPool::give_back(char* block) {
  GH_ASSERT(lent_ > 0);
  --lent_;
  if (free_.size() < kKeep) free_.push_back(block);
  else std::free(block);
}

ByteSpan InputBlock::room() {
  if (block_ == nullptr) {
    block_ = pool_.take();
    begin_ = end_ = pinned_ = 0;
  }
  return {block_ + end_, kBlockBytes - end_};
}

void InputBlock::compact() {
  if (block_ == nullptr || begin_ == pinned_) return;
  std::memmove(block_ + pinned_, block_ + begin_, end_ - begin_);
  end_ = pinned_ + (end_ - begin_);
  begin_ = pinned_;
}

void InputBlock::drop() {
  if (block_ == nullptr) return;
  pool_.give_back(block_);
  block_ = nullptr;
  begin_ = end_ = pinned_ = 0;
}

Heads* HeadsPool::take() {
  if (free_.empty()) return new Heads;
  Heads* heads = free_.back().release();
  free_.pop_back();
  heads->request.fields.count = 0;
  heads->response.fields.count = 0;
  heads->request_scan = {};
  heads->response_scan = {};
  return heads;
}

void HeadsPool::give_back(Heads* heads) {
  std::unique_ptr<Heads> owned(heads);
  if (free_.size() < kKeep) free_.push_back(std::move(owned));
}

BodyPool::~BodyPool() {
  GH_ASSERT(lent_ == 0);
  for (auto& list : free_)
    for (char* memory : list) std::free(memory);
}

size_t BodyPool::class_of(size_t bytes) {
  const size_t size = std::bit_ceil(bytes < kSmallest ? kSmallest : bytes);
  return static_cast<size_t>(std::countr_zero(size) - std::countr_zero(kSmallest));
}

char* BodyPool::take(size_t size_class) {
  GH_ASSERT(size_class < kClasses);
  const uint64_t size = uint64_t{kSmallest} << size_class;
  if (lent_ + size > limit_) return nullptr;
  lent_ += size;
  auto& list = free_[size_class];
  if (!list.empty()) {
    char* memory = list.back();
    list.pop_back();
    return memory;
  }
  auto* memory = static_cast<char*>(std::malloc(size));
  GH_ASSERT(memory != nullptr);
  return memory;
}

void BodyPool::give_back(char* memory, size_t size_class) {
  const uint64_t size = uint64_t{kSmallest} << size_class;
  GH_ASSERT(lent_ >= size);
  lent_ -= size;
  auto& list = free_[size_class];
  if ((list.size() + 1) * size <= kKeepBytes) list.push_back(memory);
  else std::free(memory);
}

bool Body::reserve(size_t total) {
  GH_ASSERT(borrowed_.empty());
  if (total <= capacity_) return true;
  const size_t size_class = BodyPool::class_of(total + kSimdPadding);
  char* memory = pool_.take(size_class);
  if (memory == nullptr) return false;
  if (memory_ != nullptr) {
    std::memcpy(memory, memory_, size_);
    pool_.give_back(memory_, size_class_);
  }
  memory_ = memory;
  size_class_ = size_class;
  capacity_ = (BodyPool::kSmallest << size_class) - kSimdPadding;
  return true;
}

bool Body::append(ByteView bytes) {
  if (bytes.empty()) return true;
  if (!reserve(size_ + bytes.size())) return false;
  std::memcpy(memory_ + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
  return true;
}

void Body::borrow(ByteView bytes) {
  GH_ASSERT(memory_ == nullptr && borrowed_.empty());
  borrowed_ = bytes;
}

void Body::clear() {
  if (memory_ != nullptr) pool_.give_back(memory_, size_class_);
  memory_ = nullptr;
  borrowed_ = {};
  size_ = capacity_ = 0;
}

}  // namespace gatehouse::proxy
