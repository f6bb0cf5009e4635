// Segments made ahead of need, in the background: zeroing a file must not hold up a commit.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "record/segment.h"

namespace gatehouse::record {

/// SpareMaker keeps up to `count` drafts ready. Its thread is its own; the other calls are the writer
/// thread's. Drafts not taken are removed at the end. Zeroing has the disk write everything twice: where segments go faster than
/// kZeroedRate, or one behind the first `count` is waited for, drafts are handed over as they are (Haste::hurry).
class SpareMaker {
 public:
  /// `whose` tells the drafts of two makers of one process apart, which may have one size.
  SpareMaker(const Descriptor& folder, const ExchangeId& process, const char* whose, uint64_t segment_bytes, bool direct,
             size_t count);
  ~SpareMaker();
  SpareMaker(const SpareMaker&) = delete;

  /// take hands over a draft; false when none is ready yet: *error then says why none can be made, or
  /// is empty while one is being made.
  bool take(SegmentFile* out, std::string* error);

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr uint64_t kZeroedRate = 256'000'000;  // bytes a second

  void work();

  const Descriptor& folder_;
  std::string name_;
  uint64_t segment_bytes_;
  bool direct_;
  size_t count_;
  Haste haste_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<SegmentFile> ready_;  // under mutex_
  std::vector<Clock::time_point> taken_;  // when the last `count` were, by turns; under mutex_
  uint64_t takes_ = 0;              // under mutex_
  std::string error_;               // under mutex_
  std::thread thread_;
};

/// block_file_size_signal keeps RLIMIT_FSIZE from ending the process: writes then fail with EFBIG.
void block_file_size_signal();

}  // namespace gatehouse::record
