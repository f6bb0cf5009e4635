#include "base/spsc_queue.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <thread>

namespace gatehouse {
namespace {

TEST(SpscQueue, FullAndEmptyAreAnswers) {
  SpscQueue<int> queue(2);
  int out;
  EXPECT_FALSE(queue.pop(out));
  EXPECT_TRUE(queue.push(1));
  EXPECT_TRUE(queue.push(2));
  EXPECT_FALSE(queue.push(3));
  EXPECT_TRUE(queue.pop(out));
  EXPECT_EQ(out, 1);
}

TEST(SpscQueue, AnItemThatDoesNotFitIsUntouched) {
  SpscQueue<std::unique_ptr<int>> queue(2);
  ASSERT_TRUE(queue.push(std::make_unique<int>(1)));
  ASSERT_TRUE(queue.push(std::make_unique<int>(2)));
  auto third = std::make_unique<int>(3);
  EXPECT_FALSE(queue.push(std::move(third)));
  EXPECT_NE(third, nullptr);
}

TEST(SpscQueue, TwoThreadsKeepOrder) {
  // On the heap: ASan's frames in g++ 12 align to less than the queue's cache lines.
  const auto owned = std::make_unique<SpscQueue<std::unique_ptr<uint64_t>>>(64);
  auto& queue = *owned;
  constexpr uint64_t kItems = 200'000;
  std::thread producer([&queue] {
    for (uint64_t i = 0; i < kItems;) {
      if (queue.push(std::make_unique<uint64_t>(i))) ++i;
      else std::this_thread::yield();
    }
  });
  std::unique_ptr<uint64_t> item;
  for (uint64_t expected = 0; expected < kItems;) {
    if (!queue.pop(item)) {
      std::this_thread::yield();
      continue;
    }
    ASSERT_EQ(*item, expected++);
  }
  producer.join();
}

}  // namespace
}  // namespace gatehouse
