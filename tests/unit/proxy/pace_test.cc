#include "proxy/pace.h"

#include <gtest/gtest.h>

namespace gatehouse::proxy {
namespace {

constexpr MonotonicNs kWindow = 10 * kNsPerSecond;
constexpr uint64_t kRate = 500;

TEST(Pace, JudgesEachWindowOfWaitingByItself) {
  Pace pace;
  EXPECT_EQ(pace.due(), kNever);
  pace.wait(1, kWindow, 100);
  pace.wait(5 * kNsPerSecond, kWindow, 4000);   // the window runs on
  EXPECT_EQ(pace.due(), 1 + kWindow);
  EXPECT_FALSE(pace.too_slow(kWindow, kWindow, 100, kRate));            // not over yet
  EXPECT_FALSE(pace.too_slow(1 + kWindow, kWindow, 5100, kRate));       // 5,000 bytes in 10 s
  EXPECT_EQ(pace.due(), 1 + 2 * kWindow);
  EXPECT_TRUE(pace.too_slow(1 + 2 * kWindow, kWindow, 10'099, kRate));  // a fast window before does not help
  EXPECT_FALSE(pace.too_slow(1 + 3 * kWindow, kWindow, 15'099, kRate));
}

TEST(Pace, AWindowThatIsJudgedLateAsksForMore) {
  Pace pace;
  pace.wait(0, kWindow, 0);
  EXPECT_TRUE(pace.too_slow(2 * kWindow, kWindow, 9'999, kRate));
  EXPECT_FALSE(pace.too_slow(4 * kWindow, kWindow, 19'999, kRate));
}

TEST(Pace, WaitingForSomethingElseIsNotHeldAgainstTheClient) {
  Pace pace;
  pace.wait(0, kWindow, 0);
  pace.rest();
  EXPECT_EQ(pace.due(), kNever);
  EXPECT_FALSE(pace.too_slow(100 * kWindow, kWindow, 0, kRate));
  pace.wait(100 * kWindow, kWindow, 0);
  EXPECT_EQ(pace.due(), 101 * kWindow);
}

TEST(Pace, NothingOverflowsInAnHourAtTheHighestRate) {
  Pace pace;
  pace.wait(0, 3600 * kNsPerSecond, 0);
  EXPECT_TRUE(pace.too_slow(3600 * kNsPerSecond, 1, (uint64_t{3600} << 20) - 1, 1 << 20));
  EXPECT_FALSE(pace.too_slow(3601 * kNsPerSecond, 1, (uint64_t{3601} << 20) - 1, 1 << 20));
}

}  // namespace
}  // namespace gatehouse::proxy
