#include "proxy/memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/assert.h"

namespace gatehouse::proxy {
namespace {

constexpr size_t kHugePage = 2 * 1024 * 1024;

}  // namespace

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
  if (bytes <= kSmallest) return 0;
  const size_t quarter = std::bit_floor(bytes - 1) / 4;   // steps between this power of two and the next
  const size_t steps = (bytes + quarter - 1) / quarter;   // 5 to 8
  return static_cast<size_t>(std::countr_zero(quarter * 4) - std::countr_zero(kSmallest)) * 4 + steps - 4;
}

size_t BodyPool::size_of(size_t size_class) { return (kSmallest / 4 * (4 + size_class % 4)) << size_class / 4; }

char* BodyPool::take(size_t size_class, uint64_t instead, bool stranger) {
  GH_ASSERT(size_class < kClasses && instead <= lent_);
  const uint64_t size = size_of(size_class);
  if (lent() - instead + size > limit_) return nullptr;
  if (stranger && strangers_ - instead + size > limit_ / kStrangersShare) return nullptr;
  lent_ += size;
  if (stranger) strangers_ += size;
  auto& list = free_[size_class];
  if (!list.empty()) {
    char* memory = list.back();
    list.pop_back();
    kept_ -= size;
    return memory;
  }
  if (size < kHugePage) {
    auto* memory = static_cast<char*>(std::malloc(size + kSimdPadding));
    GH_ASSERT(memory != nullptr);
    return memory;
  }
  // One fault for 512 pages: filling and freeing a large body must not hold up the worker.
  const size_t whole = (size + kSimdPadding + kHugePage - 1) / kHugePage * kHugePage;
  auto* memory = static_cast<char*>(std::aligned_alloc(kHugePage, whole));
  GH_ASSERT(memory != nullptr);
  static_cast<void>(madvise(memory, whole, MADV_HUGEPAGE));   // where it is not to be had, small ones do
  return memory;
}

void BodyPool::give_back(char* memory, size_t size_class, bool stranger) {
  const uint64_t size = size_of(size_class);
  GH_ASSERT(lent_ >= size && (!stranger || strangers_ >= size));
  lent_ -= size;
  if (stranger) strangers_ -= size;
  auto& list = free_[size_class];
  // One of each size at least: memory that is there need not be cleared by the kernel while others wait.
  const bool many = !list.empty() && (list.size() + 1) * size > kKeepBytes;
  if (many || kept_ + size > kKeepAllBytes) return std::free(memory);
  kept_ += size;
  list.push_back(memory);
}

bool Body::grow(size_t needed, size_t total) {
  GH_ASSERT(borrowed_.empty());
  if (old_ != nullptr) move(SIZE_MAX);
  const size_t doubled = total / 4 <= capacity_ ? total : 2 * capacity_;
  const size_t size_class = BodyPool::class_of(std::min(total, std::max({needed, kFirstRoom, doubled})));
  char* memory = pool_.take(size_class, capacity_, stranger_);
  if (memory == nullptr) return false;
  if (memory_ != nullptr) {
    old_ = memory_;
    old_size_ = size_;
    old_class_ = size_class_;
    moved_ = 0;
  }
  memory_ = memory;
  size_class_ = size_class;
  capacity_ = BodyPool::size_of(size_class);
  if (old_ != nullptr && old_size_ <= kMovedAtOnce) move(SIZE_MAX);
  return true;
}

void Body::move(size_t bytes) const {
  const size_t some = std::min(std::max(bytes, kMoved), old_size_ - moved_);
  std::memcpy(memory_ + moved_, old_ + moved_, some);
  moved_ += some;
  if (moved_ == old_size_) pool_.give_back(std::exchange(old_, nullptr), old_class_, stranger_);
}

bool Body::make_room(size_t total, size_t waiting) {
  GH_ASSERT(total > size_);
  return size_ < capacity_ || grow(size_ + waiting, total);
}

bool Body::append(ByteView bytes, size_t total) {
  if (bytes.empty()) return true;
  GH_ASSERT(bytes.size() <= total - size_);
  if (size_ + bytes.size() > capacity_ && !grow(size_ + bytes.size(), total)) return false;
  std::memcpy(memory_ + size_, bytes.data(), bytes.size());
  filled(bytes.size());
  return true;
}

void Body::borrow(ByteView bytes) {
  GH_ASSERT(memory_ == nullptr && borrowed_.empty());
  borrowed_ = bytes;
}

Body::Away Body::send_away() {
  GH_ASSERT(!stranger_);   // guards look at what was decided on
  if (old_ != nullptr) move(SIZE_MAX);
  if (memory_ == nullptr) {   // borrowed, or empty: then a query or a field is what takes long
    const ByteView bytes = std::exchange(borrowed_, ByteView{});
    if (bytes.empty() ? !grow(1, 1) : !append(bytes, bytes.size())) {   // no body: what is asked about is the head
      borrowed_ = bytes;
      return {};
    }
  }
  Away away;
  away.memory.reset(std::exchange(memory_, nullptr));
  away.size = std::exchange(size_, 0);
  away.size_class = size_class_;
  capacity_ = 0;
  const uint64_t bytes = BodyPool::size_of(size_class_);
  pool_.lent_ -= bytes;
  pool_.away_ += bytes;
  return away;
}

void Body::take_back(Away away) {
  GH_ASSERT(memory_ == nullptr && borrowed_.empty() && away.memory != nullptr);
  const uint64_t bytes = BodyPool::size_of(away.size_class);
  pool_.away_ -= bytes;
  pool_.lent_ += bytes;
  memory_ = away.memory.release();
  size_ = away.size;
  size_class_ = away.size_class;
  capacity_ = bytes;
}

void Body::drop_away(BodyPool& pool, Away away) {
  Body body(pool);
  body.take_back(std::move(away));
}

void Body::clear() {
  if (old_ != nullptr) pool_.give_back(std::exchange(old_, nullptr), old_class_, stranger_);
  if (memory_ != nullptr) pool_.give_back(memory_, size_class_, stranger_);
  memory_ = nullptr;
  borrowed_ = {};
  size_ = capacity_ = 0;
  stranger_ = false;
}

}  // namespace gatehouse::proxy
