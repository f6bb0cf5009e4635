#include "control/retention.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "record/writer.h"

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

WallNs wall_now() {
  using std::chrono::system_clock;
  return static_cast<WallNs>(std::chrono::nanoseconds(system_clock::now().time_since_epoch()).count());
}

/// Kept is a folder with the records of three processes, and starts of a gateway that looks after them.
class Kept : public ::testing::Test {
 protected:
  Kept() {
    std::string name = ::testing::TempDir() + "/gatehouse-kept-XXXXXX";
    settings_.dir = ::mkdtemp(name.data());
    settings_.keep = 30 * 24 * kHour;
    record::WriterOptions options;
    options.dir = settings_.dir;
    options.ring_bytes = options.segment_bytes = 64 << 10;
    for (int i = 0; i < 3; ++i) {
      auto writer = record::Writer::start(options);
      EXPECT_TRUE(writer.ok() && (*writer)->stop());
    }
  }
  ~Kept() override {
    std::filesystem::remove_all(settings_.dir);
    ::close(notify_);
  }
  /// segments without tombstones.
  size_t segments() const {
    const auto folder = record::open_folder(settings_.dir);
    size_t count = 0;
    for (const std::string& each : record::list_folder(*folder, record::kSegmentSuffix)) count += each.find("-w4095-") == std::string::npos;
    return count;
  }
  /// pass lets one pass come to its end: those of commands alone come each five seconds, too.
  void pass(Retention& retention, WallNs wall) {
    now_ += 3600 * kNsPerSecond;
    retention.look(settings_, now_, wall, {});
    uint64_t ended = 0;
    ASSERT_EQ(::read(notify_, &ended, sizeof ended), ssize_t{sizeof ended});   // waits for it
    retention.collect();
  }

  config::RecordSettings settings_;
  MonotonicNs now_ = 0;
  LogQueue queue_{kLogQueueLines};
  Log log_{queue_, telemetry::Level::info};
  int notify_ = ::eventfd(0, 0);
};

TEST_F(Kept, AStartWithAClockFarAheadDeletesNothingUntilItIsConfirmed) {
  constexpr WallNs kYear = 366 * 24 * kHour;
  const auto no = [] { return false; };
  const WallNs wall = wall_now();
  {
    Retention retention(notify_, log_, no);
    pass(retention, wall);
    EXPECT_FALSE(retention.in_doubt());
  }
  for (int start = 0; start < 2; ++start) {   // a second start is no confirmation
    Retention retention(notify_, log_, no);
    pass(retention, wall + kYear);
    pass(retention, wall + kYear + kHour);
    EXPECT_TRUE(retention.in_doubt());
    EXPECT_EQ(segments(), 3U);
  }
  Retention retention(notify_, log_, no);
  pass(retention, wall + kYear);
  EXPECT_TRUE(retention.in_doubt());
  ASSERT_TRUE(record::believe_clock(*record::open_folder(settings_.dir), wall + kYear).ok());
  pass(retention, wall + kYear + kHour);
  EXPECT_FALSE(retention.in_doubt());
  EXPECT_EQ(segments(), 0U);
}

TEST_F(Kept, AStartWithAClockThatIsSynchronisedDeletesAfterAYearOff) {
  constexpr WallNs kYear = 366 * 24 * kHour;
  const WallNs wall = wall_now();
  {
    Retention retention(notify_, log_, [] { return false; });
    pass(retention, wall);
  }
  Retention retention(notify_, log_, [] { return true; });
  pass(retention, wall + kYear);
  EXPECT_FALSE(retention.in_doubt());
  EXPECT_EQ(segments(), 0U);
}

}  // namespace
}  // namespace gatehouse::control
