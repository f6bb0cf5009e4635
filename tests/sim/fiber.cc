#include "fiber.h"

#include <cstdint>

#include "base/assert.h"
#include "memory_guard.h"

#ifdef SIM_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

namespace gatehouse::sim {

namespace {

void before_switch([[maybe_unused]] void** fake, [[maybe_unused]] const void* stack,
                   [[maybe_unused]] size_t size) {
#ifdef SIM_ASAN
  __sanitizer_start_switch_fiber(fake, stack, size);
#endif
}

void after_switch([[maybe_unused]] void* fake, [[maybe_unused]] const void** stack,
                  [[maybe_unused]] size_t* size) {
#ifdef SIM_ASAN
  __sanitizer_finish_switch_fiber(fake, stack, size);
#endif
}

}  // namespace

Fiber::Fiber(std::function<void()> body) : body_(std::move(body)), stack_(new char[kStack]) {
  GH_ASSERT(getcontext(&own_) == 0);
  own_.uc_stack.ss_sp = stack_.get();
  own_.uc_stack.ss_size = kStack;
  own_.uc_link = &outside_;
  const auto self = reinterpret_cast<uintptr_t>(this);
  makecontext(&own_, reinterpret_cast<void (*)()>(&Fiber::enter), 2, static_cast<unsigned>(self >> 32),
              static_cast<unsigned>(self));
}

Fiber::~Fiber() {
  GH_ASSERT(ended_);
}

void Fiber::enter(unsigned high, unsigned low) {
  reinterpret_cast<Fiber*>(uintptr_t{high} << 32 | low)->run();
}

void Fiber::run() {
  after_switch(nullptr, &outside_stack_, &outside_size_);
  body_();
  ended_ = true;
  before_switch(nullptr, outside_stack_, outside_size_);  // nullptr: this stack is left for good
}

void Fiber::resume() {
  GH_ASSERT(!ended_);
  before_switch(&outside_fake_, stack_.get(), kStack);
  GH_ASSERT(swapcontext(&outside_, &own_) == 0);
  after_switch(outside_fake_, nullptr, nullptr);
}

void Fiber::sleep() {
  before_switch(&own_fake_, outside_stack_, outside_size_);
  GH_ASSERT(swapcontext(&own_, &outside_) == 0);
  after_switch(own_fake_, &outside_stack_, &outside_size_);
}

}  // namespace gatehouse::sim
