// A disk for the record writer whose operations fail or hang as a test says: plain_disk.cc, linked with this, in place of record/disk.cc.
#pragma once

#include <atomic>
#include <cstdint>

namespace gatehouse::record {

/// FailingDisk is what the test sets; all of one program's writers share it.
struct FailingDisk {
  std::atomic<int64_t> fails_at{0};     // the n-th write or sync from now fails; 0: none
  std::atomic<bool> fails{false};       // all of them fail
  std::atomic<int> error{5};            // with this errno
  std::atomic<bool> hangs{false};       // the next one does not come back until this is false
  std::atomic<uint64_t> done{0};        // operations so far
  std::atomic<uint64_t> syncs{0};       // of them
};
extern FailingDisk failing_disk;

}  // namespace gatehouse::record
