#include "net/send_queue.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "base/assert.h"

namespace gatehouse::net {

ChunkPool::~ChunkPool() {
  GH_ASSERT(lent_ == 0);
  while (free_ != nullptr) {
    SendChunk* chunk = free_;
    free_ = chunk->next;
    delete chunk;
  }
}

SendChunk* ChunkPool::take() {
  ++lent_;
  if (free_ == nullptr) return new SendChunk;
  SendChunk* chunk = free_;
  free_ = chunk->next;
  --free_count_;
  chunk->next = nullptr;
  chunk->begin = chunk->end = 0;
  return chunk;
}

void ChunkPool::give_back(SendChunk* chunk) {
  GH_ASSERT(lent_ > 0);
  --lent_;
  if (free_count_ == kKeep) {
    delete chunk;
    return;
  }
  chunk->next = free_;
  free_ = chunk;
  ++free_count_;
}

void SendQueue::append(ByteView bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    if (back_ == nullptr || back_->end == kSendChunkBytes) {
      SendChunk* chunk = pool_.take();
      if (back_ == nullptr) front_ = chunk;
      else back_->next = chunk;
      back_ = chunk;
    }
    const size_t room = kSendChunkBytes - back_->end;
    const size_t count = bytes.size() < room ? bytes.size() : room;
    std::memcpy(back_->bytes + back_->end, bytes.data(), count);
    back_->end += static_cast<uint32_t>(count);
    bytes.remove_prefix(count);
  }
}

// Only a queue that its reader lets grow comes to kSendBytes.
const msghdr* SendQueue::message(size_t* bytes) {
  GH_ASSERT(front_ != nullptr);
  SendChunk& head = *front_;
  size_t count = 0, total = 0;
  for (SendChunk* chunk = front_; chunk != nullptr && count < kSendVectors && total < kSendBytes; chunk = chunk->next) {
    head.vectors[count].iov_base = chunk->bytes + chunk->begin;
    head.vectors[count].iov_len = std::min<size_t>(chunk->end - chunk->begin, kSendBytes - total);
    total += head.vectors[count++].iov_len;
  }
  head.message = msghdr{};
  head.message.msg_iov = head.vectors;
  head.message.msg_iovlen = count;
  *bytes = total;
  return &head.message;
}

void SendQueue::sent(size_t bytes) {
  GH_ASSERT(bytes <= size_);
  size_ -= bytes;
  while (front_ != nullptr) {
    const size_t here = front_->end - front_->begin;
    if (bytes < here) {
      front_->begin += static_cast<uint32_t>(bytes);
      return;
    }
    bytes -= here;
    SendChunk* done = front_;
    front_ = done->next;
    if (front_ == nullptr) back_ = nullptr;
    pool_.give_back(done);
  }
  GH_ASSERT(bytes == 0);
}

void SendQueue::clear() {
  size_ = 0;
  while (front_ != nullptr) {
    SendChunk* chunk = front_;
    front_ = chunk->next;
    pool_.give_back(chunk);
  }
  back_ = nullptr;
}

}  // namespace gatehouse::net
