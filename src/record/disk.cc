#include "record/disk.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "base/assert.h"
#include "record/layout.h"
#include "uring/locked.h"

namespace gatehouse::record {
namespace {

constexpr unsigned kEntries = 64;         // operations in flight; more wait for room
constexpr uint32_t kAttemptsMax = 64;     // short or interrupted writes go on; never for ever

}  // namespace

Result<std::unique_ptr<Disk>, std::string> Disk::open() {
  std::unique_ptr<Disk> disk(new Disk);
  int error = -EINVAL;
  for (const unsigned flags : {IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN, 0U}) {
    io_uring_params params{};
    params.flags = flags;
    error = uring::open_patiently(kEntries, &disk->ring_, &params);
    if (error != -EINVAL) break;
  }
  if (error == 0) return disk;
  disk->ring_.ring_fd = -1;
  return Failure{"the record writer cannot open an io_uring: " + std::generic_category().message(-error) +
                 "; a container must allow io_uring_setup, io_uring_enter and io_uring_register"};
}

Disk::~Disk() {
  if (ring_.ring_fd > 0) io_uring_queue_exit(&ring_);
}

bool may_lock_all() {
  constexpr int kIpcLock = 14;   // CAP_IPC_LOCK, capabilities(7)
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("CapEff:")) return (std::stoull(line.substr(7), nullptr, 16) >> kIpcLock & 1) != 0;
  return false;
}

std::string Disk::register_memory(std::span<const ByteSpan> memory, uint64_t spare) {
  std::vector<iovec> parts;
  uint64_t bytes = 0;
  for (const ByteSpan& each : memory) {
    parts.push_back({each.data(), each.size()});
    bytes += each.size();
  }
  rlimit limit{};
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_MEMLOCK, &limit);
  }
  const std::string too_low =
      "the limit of locked memory is too low: LimitMEMLOCK must be at least " + std::to_string(bytes + spare) + " bytes";
  if (limit.rlim_cur != RLIM_INFINITY && bytes + spare > limit.rlim_cur && !may_lock_all()) return too_low;
  const int error = io_uring_register_buffers(&ring_, parts.data(), static_cast<unsigned>(parts.size()));
  registered_ = error == 0;
  if (registered_) return {};
  if (error == -ENOMEM) return too_low;
  // Which of the two a kernel says of pages that a filesystem on a disk may write back differs by its version.
  if (error == -EOPNOTSUPP || error == -EFAULT) return "the ring folder is not on a tmpfs";
  return std::generic_category().message(-error);
}

void Disk::write(int fd, ByteView bytes, uint64_t offset, uint32_t owner, int buffer) {
  queue_.push_back({fd, bytes, offset, owner, registered_ ? buffer : kNoBuffer, false, 0});
}

void Disk::sync(int fd, uint32_t owner) { queue_.push_back({fd, {}, 0, owner, kNoBuffer, true, 0}); }

void Disk::submit(uint32_t index) {
  const Operation& op = queue_[index];
  io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
  GH_ASSERT(sqe != nullptr);  // never more than kEntries in flight
  const auto size = static_cast<unsigned>(op.bytes.size());
  if (op.is_sync) io_uring_prep_fsync(sqe, op.fd, IORING_FSYNC_DATASYNC);
  else if (op.buffer != kNoBuffer) io_uring_prep_write_fixed(sqe, op.fd, op.bytes.data(), size, op.offset, op.buffer);
  else io_uring_prep_write(sqe, op.fd, op.bytes.data(), size, op.offset);
  io_uring_sqe_set_data64(sqe, index);
}

/// again says whether the operation has to be submitted once more: interrupted, or written in part.
bool Disk::again(Operation& op, int result) {
  if (result == -EINTR || result == -EAGAIN) return ++op.attempts < kAttemptsMax;
  if (op.is_sync || result <= 0 || static_cast<size_t>(result) >= op.bytes.size()) return false;
  const uint64_t done = round_down(static_cast<uint64_t>(result), kPage);  // direct I/O goes on at a page
  op.bytes.remove_prefix(done);
  op.offset += done;
  return ++op.attempts < kAttemptsMax;
}

std::vector<Disk::Failed> Disk::run() {
  std::vector<Failed> failed;
  if (queue_.size() == 1 && queue_[0].is_sync) {   // the ring would wake a thread for it: this one can wait as well
    Operation op = queue_[0];
    int error = 0;
    do error = ::fdatasync(op.fd) == 0 ? 0 : errno;
    while (again(op, -error));
    if (error != 0) failed.push_back({op.owner, error});
    queue_.clear();
    return failed;
  }
  uint32_t next = 0, flying = 0;
  while (next < queue_.size() || flying > 0) {
    for (; next < queue_.size() && flying < kEntries; ++flying) submit(next++);
    const int entered = io_uring_submit_and_wait(&ring_, 1);
    GH_ASSERT(entered >= 0 || entered == -EINTR || entered == -EAGAIN || entered == -EBUSY);
    io_uring_cqe* cqe = nullptr;
    while (io_uring_peek_cqe(&ring_, &cqe) == 0) {
      const auto index = static_cast<uint32_t>(io_uring_cqe_get_data64(cqe));
      const int result = cqe->res;
      io_uring_cqe_seen(&ring_, cqe);
      Operation& op = queue_[index];
      if (again(op, result)) {
        submit(index);
        continue;
      }
      --flying;
      if (result < 0) failed.push_back({op.owner, -result});
      else if (!op.is_sync && static_cast<size_t>(result) < op.bytes.size()) failed.push_back({op.owner, EIO});
    }
  }
  queue_.clear();
  return failed;
}

}  // namespace gatehouse::record
