#include "failing_disk.h"

#include <chrono>
#include <thread>

#include "plain_disk.h"

namespace gatehouse::record {

FailingDisk failing_disk;

int before_operation(bool is_sync) {
  failing_disk.syncs += is_sync;
  ++failing_disk.done;
  while (failing_disk.hangs) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  if (failing_disk.fails) return failing_disk.error;
  const int64_t left = failing_disk.fails_at;
  if (left > 0) failing_disk.fails_at = left - 1;
  return left == 1 ? failing_disk.error.load() : 0;
}

}  // namespace gatehouse::record
