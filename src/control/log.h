// Log lines of all threads -> stderr, by a thread of its own, so that a slow reader of the log stops nobody.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/spsc_queue.h"
#include "config/config.h"
#include "telemetry/log_line.h"

namespace gatehouse::control {

using LogQueue = SpscQueue<telemetry::LogText>;

/// kLogQueueLines is the room of one thread's queue; lines beyond are lost and counted by who writes them.
inline constexpr size_t kLogQueueLines = 2048;

/// level_of is a configuration's level as lines have it.
telemetry::Level level_of(config::LogLevel level);

/// LogThread writes what its queues hold to a descriptor. start() and stop() belong to one thread.
class LogThread {
 public:
  explicit LogThread(int descriptor) : descriptor_(descriptor) {}
  ~LogThread() { stop(); }
  LogThread(const LogThread&) = delete;

  /// add gives a queue with one other producer. Valid as long as this. The thread of start().
  LogQueue& add();
  void start();
  /// stop writes what is left and ends the thread.
  void stop();

 private:
  void run();
  bool drain();

  const int descriptor_;
  std::mutex mutex_;   // of the list
  std::vector<std::unique_ptr<LogQueue>> queues_;
  std::string batch_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

/// Log is the control thread's own way into its queue. Lines below `least` are dropped.
class Log {
 public:
  Log(LogQueue& queue, telemetry::Level least) : queue_(queue), least_(least) {}

  /// line makes one line; `fill(LogLine&)` adds the fields.
  template <typename Fill>
  void line(WallNs wall, telemetry::Level level, ByteView event, Fill&& fill) {
    if (level < least_) return;
    telemetry::LogText text;
    telemetry::LogLine line(text, wall, level, event);
    fill(line);
    line.finish();
    if (!queue_.push(std::move(text))) ++lost_;
  }
  void set_least(telemetry::Level least) { least_ = least; }
  uint64_t lost() const { return lost_; }

 private:
  LogQueue& queue_;
  telemetry::Level least_;
  uint64_t lost_ = 0;
};

}  // namespace gatehouse::control
