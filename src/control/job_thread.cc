#include "control/job_thread.h"

#include <sys/eventfd.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <thread>
#include <vector>

#include "control/process.h"

namespace gatehouse::control {

struct JobThread::State {
  struct Job {
    std::function<void()> work, done;
    Urgency urgency;
  };
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Job> waiting;
  std::vector<std::function<void()>> ended;
  bool stopping = false;
  bool finished = false;
  int notify = -1;
  std::thread thread;

  void run() {
    std::unique_lock lock(mutex);
    for (;;) {
      changed.wait(lock, [this] { return stopping || !waiting.empty(); });
      if (stopping) break;
      Job job = std::move(waiting.front());
      waiting.pop_front();
      lock.unlock();
      job.work();
      job.work = nullptr;  // what it captured goes here, not on the control thread
      lock.lock();
      if (stopping) break;  // the notify descriptor may be gone
      ended.push_back(std::move(job.done));
      eventfd_write(notify, 1);
    }
    finished = true;
    changed.notify_all();
  }
};

JobThread::JobThread(int notify) : state_(std::make_shared<State>()) {
  state_->notify = notify;
  state_->thread = start_thread([state = state_] { state->run(); });
}

JobThread::~JobThread() { stop(); }

void JobThread::post(std::function<void()> work, std::function<void()> done, Urgency urgency) {
  std::lock_guard lock(state_->mutex);
  auto& waiting = state_->waiting;
  auto at = waiting.end();
  while (at != waiting.begin() && std::prev(at)->urgency > urgency) --at;
  waiting.insert(at, {std::move(work), std::move(done), urgency});
  state_->changed.notify_all();
}

void JobThread::collect() {
  std::vector<std::function<void()>> ended;
  {
    std::lock_guard lock(state_->mutex);
    ended.swap(state_->ended);
  }
  for (auto& done : ended) done();
}

void JobThread::stop() {
  if (!state_->thread.joinable()) return;
  bool finished = false;
  {
    std::unique_lock lock(state_->mutex);
    state_->stopping = true;
    state_->waiting.clear();
    state_->ended.clear();
    state_->changed.notify_all();
    finished = state_->changed.wait_for(lock, std::chrono::seconds(1), [this] { return state_->finished; });
  }
  if (finished) {
    state_->thread.join();
  } else {
    state_->thread.detach();
  }
}

}  // namespace gatehouse::control
