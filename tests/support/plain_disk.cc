// record::Disk with pwrite(2) and fdatasync(2) in place of io_uring. A thread sanitizer sees what these read of a ring; what
// the kernel reads for io_uring it cannot see. Linked before the archive of record/, as the simulator's ring is.
#include "plain_disk.h"

#include <unistd.h>

#include <cerrno>

#include "record/disk.h"

namespace gatehouse::record {

Result<std::unique_ptr<Disk>, std::string> Disk::open() { return std::unique_ptr<Disk>(new Disk); }
Disk::~Disk() = default;

std::string Disk::register_memory(std::span<const ByteSpan>, uint64_t) { return "plain writes"; }
bool may_lock_all() { return false; }
[[gnu::weak]] int before_operation(bool) { return 0; }

void Disk::write(int fd, ByteView bytes, uint64_t offset, uint32_t owner, int) {
  queue_.push_back({fd, bytes, offset, owner, kNoBuffer, false, 0});
}

void Disk::sync(int fd, uint32_t owner) { queue_.push_back({fd, {}, 0, owner, kNoBuffer, true, 0}); }

std::vector<Disk::Failed> Disk::run() {
  std::vector<Failed> failed;
  for (Operation& op : queue_) {
    if (const int error = before_operation(op.is_sync); error != 0) {
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
      const ssize_t done = ::pwrite(op.fd, op.bytes.data(), op.bytes.size(), static_cast<off_t>(op.offset));
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) {
        failed.push_back({op.owner, done < 0 ? errno : EIO});
        break;
      }
      op.bytes.remove_prefix(static_cast<size_t>(done));
      op.offset += static_cast<uint64_t>(done);
    }
  }
  queue_.clear();
  return failed;
}

}  // namespace gatehouse::record
