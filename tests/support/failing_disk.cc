#include "failing_disk.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "record/disk.h"

namespace gatehouse::record {

FailingDisk failing_disk;

namespace {

/// failure_now is the errno that this operation fails with; 0: it does not.
int failure_now() {
  ++failing_disk.done;
  while (failing_disk.hangs) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  if (failing_disk.fails) return failing_disk.error;
  const int64_t left = failing_disk.fails_at;
  if (left > 0) failing_disk.fails_at = left - 1;
  return left == 1 ? failing_disk.error.load() : 0;
}

}  // namespace

Result<std::unique_ptr<Disk>, std::string> Disk::open() { return std::unique_ptr<Disk>(new Disk); }
Disk::~Disk() = default;

std::string Disk::register_memory(std::span<const ByteSpan>, uint64_t) { return "plain writes"; }
bool may_lock_all() { return false; }

void Disk::write(int fd, ByteView bytes, uint64_t offset, uint32_t owner, int) {
  queue_.push_back({fd, bytes, offset, owner, kNoBuffer, false, 0});
}

void Disk::sync(int fd, uint32_t owner) { queue_.push_back({fd, {}, 0, owner, kNoBuffer, true, 0}); }

std::vector<Disk::Failed> Disk::run() {
  std::vector<Failed> failed;
  for (Operation& op : queue_) {
    failing_disk.syncs += op.is_sync;
    if (const int error = failure_now(); error != 0) {
      // Half of it may have reached the disk all the same.
      if (!op.is_sync && ::pwrite(op.fd, op.bytes.data(), op.bytes.size() / 2, static_cast<off_t>(op.offset)) < 0)
        failed.push_back({op.owner, errno});
      failed.push_back({op.owner, error});
      continue;
    }
    if (op.is_sync) {
      if (::fdatasync(op.fd) != 0) failed.push_back({op.owner, errno});
      continue;
    }
    while (!op.bytes.empty()) {
      const ssize_t count = ::pwrite(op.fd, op.bytes.data(), op.bytes.size(), static_cast<off_t>(op.offset));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) {
        failed.push_back({op.owner, count < 0 ? errno : EIO});
        break;
      }
      op.bytes.remove_prefix(static_cast<size_t>(count));
      op.offset += static_cast<uint64_t>(count);
    }
  }
  queue_.clear();
  return failed;
}

}  // namespace gatehouse::record
