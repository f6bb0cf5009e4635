#include "control/retention.h"

#include <gtest/gtest.h>

namespace gatehouse::control {
namespace {

constexpr WallNs kNoon = 1'764'504'000 * kNsPerSecond;
constexpr int64_t kHour = 3600 * int64_t{kNsPerSecond};

TEST(ClockWatch, TellsAClockThatWasSetForward) {
  ClockWatch clock;
  EXPECT_EQ(clock.ahead(5 * kNsPerSecond, kNoon), 0);
  EXPECT_EQ(clock.ahead(65 * kNsPerSecond, kNoon + 60 * kNsPerSecond), 0) << "both went on by a minute";
  EXPECT_EQ(clock.ahead(66 * kNsPerSecond, kNoon + 61 * kNsPerSecond + 2 * kHour), 2 * kHour);
  EXPECT_EQ(clock.ahead(66 * kNsPerSecond, kNoon + 61 * kNsPerSecond - 2 * kHour), -2 * kHour) << "set back";
  EXPECT_EQ(clock.ahead(67 * kNsPerSecond, kNoon + 62 * kNsPerSecond), 0) << "and right again";
}

}  // namespace
}  // namespace gatehouse::control
