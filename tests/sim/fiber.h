// A fiber lets a worker's endless loop sleep inside Ring::wait() while the world goes on: exact
// blocking semantics, several workers, one thread.
#pragma once

#include <ucontext.h>

#include <cstddef>
#include <functional>
#include <memory>

namespace gatehouse::sim {

/// Fiber runs `body` on its own stack. resume() goes on with it until it sleeps or ends; sleep() is
/// called from within. Not copyable, not movable; must have ended before it is destroyed.
class Fiber {
 public:
  explicit Fiber(std::function<void()> body);
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;
  ~Fiber();

  void resume();
  void sleep();
  bool ended() const { return ended_; }

 private:
  static void enter(unsigned high, unsigned low);
  void run();

  static constexpr size_t kStack = 1024 * 1024;

  std::function<void()> body_;
  std::unique_ptr<char[]> stack_;
  ucontext_t own_{};
  ucontext_t outside_{};
  bool ended_ = false;
  // AddressSanitizer wants to know whose stack it is on.
  void* own_fake_ = nullptr;
  void* outside_fake_ = nullptr;
  const void* outside_stack_ = nullptr;
  size_t outside_size_ = 0;
};

}  // namespace gatehouse::sim
