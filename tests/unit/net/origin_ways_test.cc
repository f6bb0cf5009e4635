// Several addresses of one origin: whose turn it is, and who rests.
#include <gtest/gtest.h>

#include "net/origin_ways.h"

namespace gatehouse::net {
namespace {

constexpr MonotonicNs kNow = 1'000 * kNsPerSecond;

struct Ways : ::testing::Test {
  OriginPool pools[3] = {{"a", 1}, {"b", 1}, {"c", 1}};
  OriginWays ways;

  void SetUp() override {
    for (OriginPool& pool : pools) ways.add(&pool, *parse_address("127.0.0.1:" + std::to_string(&pool - pools + 1)));
  }
  uint32_t next(uint32_t tried = 0, MonotonicNs now = kNow) { return ways.choose(tried, now).value_or(99); }
};

TEST_F(Ways, TakeTurns) {
  EXPECT_EQ((std::vector{next(), next(), next(), next()}), (std::vector<uint32_t>{0, 1, 2, 0}));
  EXPECT_EQ(ways.text(2), "127.0.0.1:3");
  EXPECT_TRUE(ways.uses(&pools[1]));
  OriginPool other("d", 1);
  EXPECT_FALSE(ways.uses(&other));
}

TEST_F(Ways, AreTriedOnceEach) {
  EXPECT_EQ(next(0b001), 1u);
  EXPECT_EQ(next(0b011), 2u);
  EXPECT_EQ(next(0b111), 99u);
  EXPECT_FALSE(ways.all_tried(0b011));
  EXPECT_TRUE(ways.all_tried(0b111));
}

TEST_F(Ways, RestAfterAFailure) {
  ways.failed(0, kNow);
  EXPECT_EQ((std::vector{next(), next(), next()}), (std::vector<uint32_t>{1, 2, 1}));
  EXPECT_EQ(next(0b110), 0u);   // better than none
  const MonotonicNs later = kNow + OriginWays::kRest;
  EXPECT_EQ(next(0b110, later), 0u);
  EXPECT_EQ((std::vector{next(0, later), next(0, later), next(0, later)}), (std::vector<uint32_t>{1, 2, 1}));   // one finds out
  ways.connected(0);
  EXPECT_EQ((std::vector{next(0, later), next(0, later)}), (std::vector<uint32_t>{2, 0}));
}

TEST_F(Ways, TheOneThatFailedFirstIsTheLastResort) {
  ways.failed(2, kNow - 3);
  ways.failed(0, kNow - 2);
  ways.failed(1, kNow - 1);
  EXPECT_EQ(next(), 2u);
  EXPECT_EQ(next(0b100), 0u);
}

}  // namespace
}  // namespace gatehouse::net
