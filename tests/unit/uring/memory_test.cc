// Rings where locked memory is limited: what others had of it is waited for.
#include <gtest/gtest.h>
#include <liburing.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "uring/ring.h"

namespace gatehouse::uring {
namespace {

constexpr int kUncounted = 77;   // a kernel to which rings are no locked memory

/// crowded opens rings until there is no memory, closes them a while later, and meanwhile opens one more: 0 when that came to be.
int crowded() {
  const rlimit limit{2 << 20, 2 << 20};
  if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0 || setresuid(54321, 54321, 54321) != 0) return 2;
  std::vector<std::unique_ptr<io_uring>> others;
  for (const unsigned entries : {1024U, 64U, 1U}) {   // the last of them fill what is left
    for (int result = 0; result == 0;) {
      if (others.size() == 200) return kUncounted;
      others.push_back(std::make_unique<io_uring>());
      result = io_uring_queue_init(entries, others.back().get(), 0);
    }
    others.pop_back();
  }
  std::thread closing([&others] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    for (const auto& each : others) io_uring_queue_exit(each.get());
  });
  RingOptions options;
  options.entries = 64;
  options.sockets = 32;
  options.hot_buffers = 4;
  options.overflow_buffers = 4;
  const auto ring = Ring::open(options);
  closing.join();
  return ring.ok() ? 0 : 1;
}

TEST(RingMemory, WhatOthersHadIsWaitedFor) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can be a user who has nothing else";
  const pid_t child = fork();
  if (child == 0) _exit(crowded());
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << status;
  if (WEXITSTATUS(status) == kUncounted) GTEST_SKIP() << "this kernel does not count rings as locked memory";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace gatehouse::uring
