// Whether the clock that deletion by age goes by can be right.
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "record/believed_clock.h"
#include "world.h"

namespace gatehouse::record {
namespace {

constexpr WallNs kHour = 3600 * kNsPerSecond, kNoon = 1'764'504'000 * kNsPerSecond;

void write_note(const TempFolder& dir, const std::string& text) { std::ofstream(dir.path() + "/" + kClockNote) << text; }

TEST(Clock, IsBelievedWhereItGoesOnFromWhenItWas) {
  const TempFolder dir;
  EXPECT_FALSE(doubt_clock(dir.folder(), kNoon, false, kHour)) << "a folder's first start";
  EXPECT_FALSE(doubt_clock(dir.folder(), kNoon + kHour, false, kHour));
  EXPECT_FALSE(doubt_clock(dir.folder(), kNoon + 2 * kHour, false, kHour)) << "from when it was believed last";
  EXPECT_FALSE(doubt_clock(dir.folder(), kNoon, false, kHour)) << "set back: less is deleted";
  const auto doubt = doubt_clock(dir.folder(), kNoon + 3 * kHour + 1, false, kHour);
  ASSERT_TRUE(doubt);
  EXPECT_EQ(doubt->last, kNoon + 2 * kHour) << "going back moves nothing";
  EXPECT_TRUE(doubt_clock(dir.folder(), kNoon + 3 * kHour + 1, false, kHour)) << "asking again is no confirmation";
  EXPECT_FALSE(doubt_clock(dir.folder(), kNoon + 300 * kHour, true, kHour));
  EXPECT_FALSE(doubt_clock(dir.folder(), kNoon + 301 * kHour, false, kHour));
  ASSERT_TRUE(doubt_clock(dir.folder(), kNoon + 900 * kHour, false, kHour));
  ASSERT_TRUE(believe_clock(dir.folder(), kNoon + 900 * kHour).ok());
  EXPECT_FALSE(doubt_clock(dir.folder(), kNoon + 901 * kHour, false, kHour));
}

/// Who confirms it may be root, for a gateway that runs as another user.
TEST(Clock, TheNoteIsOfWhoseFolderItIs) {
  const TempFolder dir;
  const uid_t owner = ::geteuid() == 0 ? 65534 : ::geteuid();
  ASSERT_EQ(::chown(dir.path().c_str(), owner, static_cast<gid_t>(-1)), 0);
  ASSERT_TRUE(believe_clock(dir.folder(), kNoon).ok());
  struct stat info {};
  ASSERT_EQ(::stat((dir.path() + "/" + kClockNote).c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, owner);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST(Clock, ANoteThatCannotBeReadVouchesForNothing) {
  const TempFolder dir;
  for (const char* text : {"", "1", "x\n", "-5\n", "1764504000000000000", "1764504000000000000\n\n", "99999999999999999999999\n",
                           "1764504000000000000 1764504000000000000\n"}) {
    write_note(dir, text);
    EXPECT_TRUE(doubt_clock(dir.folder(), kNoon, false, kHour)) << text;
  }
  std::filesystem::remove(dir.path() + "/" + kClockNote);
  std::filesystem::create_symlink("/dev/null", dir.path() + "/" + kClockNote);
  EXPECT_TRUE(doubt_clock(dir.folder(), kNoon, false, kHour));
  EXPECT_FALSE(doubt_clock(dir.folder(), kNoon, true, kHour)) << "somebody else vouches for it: noted anew";
  EXPECT_FALSE(doubt_clock(dir.folder(), kNoon + kHour, false, kHour));
}

}  // namespace
}  // namespace gatehouse::record
