#include "base/timing_wheel.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace gatehouse {
namespace {

constexpr MonotonicNs kTick = TimingWheel::kTick;

TEST(TimingWheel, FiresAtMostOneTickLateAndNeverEarly) {
  TimingWheel wheel(0);
  TimerNode node;
  wheel.schedule(node, 35 * kNsPerMs);
  int fired = 0;
  for (MonotonicNs now = 0; now < 35 * kNsPerMs; now += kNsPerMs) wheel.advance(now, [&](TimerNode&) { ++fired; });
  EXPECT_EQ(fired, 0);
  wheel.advance(35 * kNsPerMs + kTick, [&](TimerNode&) { ++fired; });
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(wheel.size(), 0u);
}

TEST(TimingWheel, ALaterDeadlineIsOneStore) {
  TimingWheel wheel(0);
  TimerNode node;
  wheel.schedule(node, 20 * kNsPerMs);
  wheel.schedule(node, 500 * kNsPerMs);
  int fired = 0;
  wheel.advance(490 * kNsPerMs, [&](TimerNode&) { ++fired; });
  EXPECT_EQ(fired, 0);
  wheel.advance(520 * kNsPerMs, [&](TimerNode&) { ++fired; });
  EXPECT_EQ(fired, 1);
}

TEST(TimingWheel, AnEarlierDeadlineMoves) {
  TimingWheel wheel(0);
  TimerNode node;
  wheel.schedule(node, 60 * kNsPerSecond);
  wheel.schedule(node, 30 * kNsPerMs);
  int fired = 0;
  wheel.advance(50 * kNsPerMs, [&](TimerNode&) { ++fired; });
  EXPECT_EQ(fired, 1);
}

TEST(TimingWheel, CancelledNodesDoNotFire) {
  TimingWheel wheel(0);
  TimerNode a, b;
  wheel.schedule(a, 30 * kNsPerMs);
  wheel.schedule(b, 30 * kNsPerMs);
  wheel.cancel(a);
  std::vector<TimerNode*> fired;
  wheel.advance(100 * kNsPerMs, [&](TimerNode& node) { fired.push_back(&node); });
  EXPECT_EQ(fired, std::vector<TimerNode*>{&b});
  EXPECT_EQ(wheel.next(), kNever);
}

// Against a plain map: random schedules, moves, cancels and jumps over all distances.
TEST(TimingWheel, AgreesWithAMap) {
  std::mt19937_64 random(42);
  TimingWheel wheel(123 * kTick);
  MonotonicNs now = 123 * kTick;
  std::vector<TimerNode> nodes(200);
  std::map<TimerNode*, MonotonicNs> model;
  for (int round = 0; round < 20'000; ++round) {
    TimerNode& node = nodes[random() % nodes.size()];
    switch (random() % 4) {
      case 0:
      case 1: {
        const MonotonicNs deadline = now + random() % (uint64_t{1} << (random() % 44));
        wheel.schedule(node, deadline);
        model[&node] = deadline;
        break;
      }
      case 2:
        wheel.cancel(node);
        model.erase(&node);
        break;
      case 3: {
        const MonotonicNs next = wheel.next();
        for (const auto& [owner, deadline] : model)
          ASSERT_TRUE(next <= deadline + kTick) << "would sleep past a deadline";
        now += random() % (uint64_t{1} << (random() % 36));
        wheel.advance(now, [&](TimerNode& fired) {
          ASSERT_TRUE(model.contains(&fired));
          ASSERT_LE(model[&fired], now);
          model.erase(&fired);
        });
        for (const auto& [owner, deadline] : model) ASSERT_GT(deadline + kTick, now);
        break;
      }
    }
    ASSERT_EQ(wheel.size(), model.size());
  }
  for (TimerNode& node : nodes) wheel.cancel(node);
}

}  // namespace
}  // namespace gatehouse
