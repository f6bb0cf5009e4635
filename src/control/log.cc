#include "control/log.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "control/process.h"

namespace gatehouse::control {

namespace {

constexpr size_t kBatchBytes = 64 * 1024;
constexpr auto kPause = std::chrono::milliseconds(20);  // how late a line may be

void write_all(int descriptor, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written > 0) {
      bytes.remove_prefix(static_cast<size_t>(written));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return;  // nobody reads any more: the lines are gone
    pollfd wait{descriptor, POLLOUT, 0};
    ::poll(&wait, 1, 1000);
  }
}

}  // namespace

telemetry::Level level_of(config::LogLevel level) {
  switch (level) {
    case config::LogLevel::debug: return telemetry::Level::debug;
    case config::LogLevel::info: return telemetry::Level::info;
    case config::LogLevel::warning: return telemetry::Level::warning;
    case config::LogLevel::error: return telemetry::Level::error;
  }
  return telemetry::Level::info;
}

LogQueue& LogThread::add() {
  const std::lock_guard hold(mutex_);
  queues_.push_back(std::make_unique<LogQueue>(kLogQueueLines));
  return *queues_.back();
}

void LogThread::start() {
  thread_ = start_thread([this] { run(); });
}

void LogThread::stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true, std::memory_order_release);
  thread_.join();
}

bool LogThread::drain() {
  batch_.clear();
  telemetry::LogText line;
  {
    const std::lock_guard hold(mutex_);
    for (auto& queue : queues_) {
      while (batch_.size() < kBatchBytes && queue->pop(line)) batch_.append(line.view());
    }
  }
  write_all(descriptor_, batch_);
  return !batch_.empty();
}

void LogThread::run() {
  for (;;) {
    const bool stopping = stopping_.load(std::memory_order_acquire);  // before the last look
    if (drain()) continue;
    if (stopping) return;
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace gatehouse::control
