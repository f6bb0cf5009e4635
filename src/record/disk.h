// The writer thread's own io_uring: a round of writes, then a round of syncs, each waited for.
#pragma once

#include <liburing.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace gatehouse::record {

/// may_lock_all: no limit of locked memory holds for this process (CAP_IPC_LOCK).
bool may_lock_all();

/// Disk belongs to the thread that opened it. Memory handed to write() stays as it is until run()
/// returns; run() returns only when the kernel holds nothing any more.
class Disk {
 public:
  static Result<std::unique_ptr<Disk>, std::string> open();
  ~Disk();
  Disk(const Disk&) = delete;

  /// register_memory lets writes from this memory (indexes 0, 1, ...) skip the page look-up of each
  /// write. Returns empty, or why the kernel refused; writes work either way. `spare` bytes of what may be locked are
  /// left to others, who cannot do without.
  std::string register_memory(std::span<const ByteSpan> memory, uint64_t spare);

  static constexpr int kNoBuffer = -1;

  /// write queues one; `owner` says whose error it would be, `buffer` is its registered memory.
  void write(int fd, ByteView bytes, uint64_t offset, uint32_t owner, int buffer = kNoBuffer);
  void sync(int fd, uint32_t owner);

  struct Failed {
    uint32_t owner;
    int error;  // errno
  };
  /// run does all that is queued and returns what failed.
  std::vector<Failed> run();

 private:
  struct Operation {
    int fd;
    ByteView bytes;
    uint64_t offset;
    uint32_t owner;
    int buffer;
    bool is_sync;
    uint32_t attempts;
  };

  Disk() = default;
  void submit(uint32_t index);
  bool again(Operation& operation, int result);

  io_uring ring_{};
  bool registered_ = false;
  std::vector<Operation> queue_;
};

}  // namespace gatehouse::record
