// Bytes that wait to be sent on one link, in chunks of a worker's pool.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/limits.h"

namespace gatehouse::net {

inline constexpr size_t kSendVectors = 16;  // chunks in one sendmsg: 640 KiB

/// SendChunk holds bytes [begin, end) of `bytes`. The message and vectors are used by the chunk at the
/// front of a queue only; they live here so that an idle link carries none.
struct SendChunk {
  SendChunk* next = nullptr;
  uint32_t begin = 0;
  uint32_t end = 0;
  msghdr message{};
  iovec vectors[kSendVectors]{};
  char bytes[kSendChunkBytes];
};

/// ChunkPool lends chunks; one per worker. It grows on demand (queued bytes per link are bounded by
/// the callers) and keeps a bounded number free.
class ChunkPool {
 public:
  ChunkPool() = default;
  ChunkPool(const ChunkPool&) = delete;
  ChunkPool& operator=(const ChunkPool&) = delete;
  ~ChunkPool();

  SendChunk* take();
  void give_back(SendChunk* chunk);
  size_t lent() const { return lent_; }

 private:
  static constexpr size_t kKeep = 256;  // 10 MiB
  SendChunk* free_ = nullptr;
  size_t free_count_ = 0;
  size_t lent_ = 0;
};

/// SendQueue: append copies; message() describes the front for one sendmsg; sent() removes. Chunks
/// whose message is in flight stay where they are until sent() or clear() after its completion.
class SendQueue {
 public:
  explicit SendQueue(ChunkPool& pool) : pool_(pool) {}
  SendQueue(const SendQueue&) = delete;
  SendQueue& operator=(const SendQueue&) = delete;
  ~SendQueue() { clear(); }

  void append(ByteView bytes);
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }

  /// message returns the vectors of everything queued, up to kSendVectors chunks. Not empty. The
  /// memory stays valid and unchanged until sent() or clear().
  const msghdr* message(size_t* bytes);
  void sent(size_t bytes);
  void clear();

 private:
  ChunkPool& pool_;
  SendChunk* front_ = nullptr;
  SendChunk* back_ = nullptr;
  size_t size_ = 0;
};

}  // namespace gatehouse::net
