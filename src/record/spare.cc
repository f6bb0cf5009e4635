#include "record/spare.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

namespace gatehouse::record {
namespace {

constexpr auto kRetry = std::chrono::milliseconds(250);  // after a failure; a full disk may be emptied

}  // namespace

void block_file_size_signal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGXFSZ);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

SpareMaker::SpareMaker(const Descriptor& folder, const ExchangeId& process, const char* whose, uint64_t segment_bytes,
                       bool direct, size_t count)
    : folder_(folder), name_(ring_name({process, 0}).substr(0, kExchangeIdText) + "-" + whose), segment_bytes_(segment_bytes),
      direct_(direct), count_(count), taken_(count), thread_([this] { work(); }) {}

SpareMaker::~SpareMaker() {
  {
    const std::lock_guard hold(mutex_);
    haste_.stop = true;
  }
  changed_.notify_all();
  thread_.join();
  for (const SegmentFile& draft : ready_) ::unlinkat(folder_.get(), draft.name.c_str(), 0);
}

bool SpareMaker::take(SegmentFile* out, std::string* error) {
  const std::lock_guard hold(mutex_);
  *error = error_;
  if (ready_.empty()) {
    haste_.hurry = takes_ >= count_;
    return false;
  }
  const auto now = Clock::now();
  Clock::time_point& before = taken_[takes_ % count_];
  const std::chrono::nanoseconds zeroing(count_ * (segment_bytes_ / kPage) * (kPage * kNsPerSecond / kZeroedRate));
  haste_.hurry = takes_++ >= count_ && now - before < zeroing;
  before = now;
  *out = std::move(ready_.back());
  ready_.pop_back();
  changed_.notify_all();
  return true;
}

void SpareMaker::work() {
  block_file_size_signal();
  std::unique_lock hold(mutex_);
  for (uint64_t number = 0; !haste_.stop; ++number) {
    changed_.wait(hold, [this] { return haste_.stop || ready_.size() < count_; });
    if (haste_.stop) return;
    hold.unlock();
    const std::string name = name_ + "-" + std::to_string(segment_bytes_) + "-" + std::to_string(number) + kDraftSuffix;
    auto made = make_draft(folder_, name, segment_bytes_, direct_, &haste_);
    hold.lock();
    error_ = made ? "" : made.error();
    if (made) ready_.push_back(std::move(*made));
    else changed_.wait_for(hold, kRetry, [this] { return haste_.stop.load(); });
  }
}

}  // namespace gatehouse::record
