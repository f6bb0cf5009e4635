// Work that may take long (name look-ups, compiling a configuration), away from the control thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

namespace gatehouse::control {

/// Urgency is which of the jobs that wait comes next; those of one urgency come in their order.
enum class Urgency : uint8_t {
  first,   // somebody is to be shut out
  soon,    // a person waits
  usual,
};

/// JobThread runs jobs one after the other on a thread of its own. What a job captures must be its own or
/// outlive it. Owned by the control thread.
class JobThread {
 public:
  /// `notify` is an event descriptor that becomes readable when a job has ended; borrowed.
  explicit JobThread(int notify);
  ~JobThread();
  JobThread(const JobThread&) = delete;

  /// post queues `work` for the thread; `done` runs in collect() afterwards. A job that runs is never interrupted.
  void post(std::function<void()> work, std::function<void()> done, Urgency urgency = Urgency::usual);

  /// collect runs the `done` of every ended job. Control thread.
  void collect();

  /// stop drops what is queued and waits a second for the running job; one that hangs is left behind
  /// (its thread then ends with the process). No `done` runs any more.
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the thread, which may outlive this
};

}  // namespace gatehouse::control
