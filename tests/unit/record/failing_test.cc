// Disks that fail, hang, are full or read-only, files that are cut, clocks that jump: what the writer says and that nothing is
// lost. Under GATEHOUSE_LONG each many times; the n-th operation failing for every n.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <numeric>
#include <thread>

#include "record/verify.h"
#include "record/writer.h"
#include "tests/support/failing_disk.h"
#include "world.h"

namespace gatehouse::record {
namespace {

constexpr uint64_t kRecords = 40;

bool is_long() { return std::getenv("GATEHOUSE_LONG") != nullptr; }
int times() { return is_long() ? 20 : 1; }

/// Hang is a disk that hangs until it goes, however the test ends: before the writer, which waits for the disk.
struct Hang {
  Hang() { failing_disk.hangs = true; }
  ~Hang() { end(); }
  static void end() { failing_disk.hangs = false; }
};

struct World {
  TempFolder dir;
  TempFolder rings{"/dev/shm"};
  WriterOptions options;

  World() {
    options.dir = dir.path();
    options.ring_dir = rings.path();
    options.ring_bytes = 256 * 1024;
    options.segment_bytes = 64 * 1024;
    options.commit_interval = kNsPerMs;
    options.decisions = true;   // a second stream fails and goes on like the first
    failing_disk.fails = failing_disk.hangs = false;
    failing_disk.fails_at = 0;
    failing_disk.error = EIO;
  }
  std::string problems() const {
    auto reader = Reader::open({dir.path(), rings.path(), 0});
    std::vector<Damage> found;
    verify(**reader, [&](const Damage& d) { found.push_back(d); });
    return say(found);
  }
  /// numbers of all records, without the copies among decisions.
  std::vector<uint64_t> numbers() const { return read_everything(dir.path(), rings.path()).numbers; }
};

std::vector<uint64_t> up_to(uint64_t n) {
  std::vector<uint64_t> all(n);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

void append(RingLog& log, uint64_t from, uint64_t to) {
  for (uint64_t n = from; n < to;) {
    const Append result = append_test_record(log, n, 3000, Kind::snapshot);
    ASSERT_NE(result, Append::failed);
    if (result == Append::ok) ++n;
    else std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

/// failing_at runs a writer whose n-th operation fails; false when it did not come to it.
bool failing_at(int64_t n) {
  World world;
  failing_disk.fails_at = n;
  auto writer = Writer::start(world.options);
  if (!writer) {   // it failed at once, and says so; the next start finds all well
    EXPECT_NE(writer.error().find("Input/output error"), std::string::npos) << writer.error();
    writer = Writer::start(world.options);
    EXPECT_TRUE(writer.ok()) << n;
    if (!writer) return true;
  }
  auto log = RingLog::open((*writer)->ring(0));
  auto decisions = RingLog::open((*writer)->decisions(0));
  append(*log, 0, kRecords / 2);
  Sections sections;
  sections.bytes(Tag::verdict, "allow");
  EXPECT_EQ(decisions->append(Kind::decision, test_id(1), 0, wall_now(), sections), Append::ok);
  append(*log, kRecords / 2, kRecords);
  (*writer)->urge().call();
  EXPECT_TRUE(patient([&] { return (*writer)->stats().lag_bytes == 0 && (*writer)->stats().healthy; })) << n;
  EXPECT_TRUE((*writer)->stop()) << n;
  const bool failed = failing_disk.fails_at == 0;
  EXPECT_EQ(world.numbers(), up_to(kRecords)) << n;
  EXPECT_EQ(world.problems(), "") << n;
  return failed;
}

TEST(Failing, TheNthOperationForEveryN) {
  int64_t n = 1;
  for (; failing_at(n); n += is_long() || n < 3 ? 1 : 7) ASSERT_LT(n, 2000);
  EXPECT_GT(n, 10) << "too little was written";
}

TEST(Failing, ADiskThatDiedLosesNothingThatIsInTheRing) {
  for (int i = 0; i < times(); ++i) {
    World world;
    auto writer = Writer::start(world.options);
    ASSERT_TRUE(writer.ok()) << writer.error();
    auto log = RingLog::open((*writer)->ring(0));
    append(*log, 0, 5);
    failing_disk.fails = true;
    uint64_t n = 5;
    while (append_test_record(*log, n, 3000, Kind::snapshot) == Append::ok) ++n;   // until the ring is full
    ASSERT_TRUE(patient([&] { return !(*writer)->stats().healthy; }));
    const WriterStats stats = (*writer)->stats();
    EXPECT_GT(stats.failures, 0U);
    EXPECT_GT(stats.occupied, 500U);
    EXPECT_FALSE(stats.last_error.empty());
    EXPECT_FALSE((*writer)->stop()) << "not all could be written";
    writer->reset();
    failing_disk.fails = false;
    auto next = Writer::start(world.options);
    ASSERT_TRUE(next.ok()) << next.error();
    EXPECT_TRUE((*next)->stop());
    EXPECT_EQ(world.numbers(), up_to(n));
    EXPECT_EQ(world.problems(), "");
  }
}

// As after SIGSTOP of whatever the disk is: appends go on until the ring is full, and never wait.
TEST(Failing, ADiskThatHangsStopsNobodyElse) {
  for (int i = 0; i < times(); ++i) {
    World world;
    auto writer = Writer::start(world.options);
    ASSERT_TRUE(writer.ok()) << writer.error();
    auto log = RingLog::open((*writer)->ring(0));
    const Hang hang;
    uint64_t n = 0;
    Append result = Append::ok;
    while ((result = append_test_record(*log, n, 3000, Kind::snapshot)) == Append::ok) ++n;
    EXPECT_EQ(result, Append::full);
    EXPECT_GT(n, 40U);
    ASSERT_TRUE(patient([&] { return (*writer)->stats().silent > 20 * kNsPerMs; })) << "nobody says that it hangs";
    EXPECT_GT((*writer)->stats().lag_bytes, 0U);
    Hang::end();
    append(*log, n, n + 10);
    EXPECT_TRUE((*writer)->stop());
    EXPECT_EQ(world.numbers(), up_to(n + 10));
    EXPECT_EQ(world.problems(), "");
  }
}

// Many ask, one round makes it durable for all; without them it would take an hour.
TEST(Failing, WhoUrgesSharesARound) {
  World world;
  world.options.commit_interval = 3600 * kNsPerSecond;
  auto writer = Writer::start(world.options);
  ASSERT_TRUE(writer.ok()) << writer.error();
  auto log = RingLog::open((*writer)->ring(0));
  append(*log, 0, 8);   // less than what presses
  const uint64_t before = failing_disk.done;
  const Hang hang;
  (*writer)->urge().call();   // a round that hangs: all who come meanwhile have the next one
  ASSERT_TRUE(patient([&] { return failing_disk.done > before; }));
  const uint64_t syncs = failing_disk.syncs;
  append(*log, 8, 12);
  for (int i = 0; i < 100; ++i) (*writer)->urge().call();
  Hang::end();
  EXPECT_TRUE(patient([&] { return log->committed() == log->head(); }));
  EXPECT_LE(failing_disk.syncs - syncs, 4U) << "two rounds of one ring each";
  EXPECT_GE((*writer)->stats().urged, 2U);
  EXPECT_TRUE((*writer)->stop());
  EXPECT_EQ(world.numbers(), up_to(12));
}

/// cut_or_removed has a segment changed under a writer: the log says failed, whoever asks hears which file, and what the ring
/// has is kept for the next start.
void changed_under(void (*change)(const TempFolder&, const std::string&)) {
  for (int i = 0; i < times(); ++i) {
    World world;
    auto writer = Writer::start(world.options);
    ASSERT_TRUE(writer.ok()) << writer.error();
    auto log = RingLog::open((*writer)->ring(0));
    for (const auto& name : list_folder(world.dir.folder(), kSegmentSuffix)) change(world.dir, name);
    uint64_t n = 0;
    Append result = Append::ok;
    ASSERT_TRUE(patient([&] {
      result = append_test_record(*log, n, 10, Kind::snapshot);
      n += result == Append::ok;
      return result == Append::failed;
    }));
    const WriterStats stats = (*writer)->stats();
    EXPECT_FALSE(stats.healthy);
    EXPECT_NE(stats.last_error.find(".ghr"), std::string::npos) << stats.last_error;
    static_cast<void>((*writer)->stop());
  }
}

TEST(Failing, ASegmentThatIsCutFailsTheLog) {
  changed_under([](const TempFolder& dir, const std::string& name) {
    ASSERT_EQ(::truncate((dir.path() + "/" + name).c_str(), 4096), 0);
  });
}

TEST(Failing, ASegmentThatIsUnlinkedFailsTheLog) {
  changed_under([](const TempFolder& dir, const std::string& name) { ::unlinkat(dir.folder().get(), name.c_str(), 0); });
}

/// Losing is a writer whose first ring is gone before `count` records are durable.
struct Losing {
  World world;
  std::unique_ptr<Writer> writer;
  std::unique_ptr<RingLog> log;
  std::string ring;
  uint64_t count = 0;

  Losing() {
    auto started = Writer::start(world.options);
    if (!started.ok()) ::abort();
    writer = std::move(*started);
    log = RingLog::open(writer->ring(0));
    for (const auto& name : list_folder(world.rings.folder(), kRingSuffix))
      if (name.find("-w0000.") != std::string::npos) ring = world.rings.path() + "/" + name;
  }
  bool append() {
    const bool taken = append_test_record(*log, count, 3000, Kind::snapshot) == Append::ok;
    count += taken;
    return taken;
  }
  void append_until_failed() {
    EXPECT_TRUE(patient([&] { return !append() && append_test_record(*log, 0, 10) == Append::failed; }));
  }
  void says_which() const {
    EXPECT_TRUE(patient([&] {
      const WriterStats stats = writer->stats();
      const std::string wanted = ring.substr(ring.rfind('/') + 1) + " was removed or cut";
      return !stats.healthy && stats.last_error.find(wanted) != std::string::npos;
    })) << writer->stats().last_error;
  }
};

TEST(Failing, ARingThatIsCutFailsTheLogForGood) {
  for (const off_t left : {off_t{0}, off_t{4096}, off_t{64 << 10}}) {
    Losing losing;
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(losing.append());
    ASSERT_TRUE(patient([&] { return losing.log->committed() == losing.log->head(); }));
    const uint64_t durable = losing.count;
    ASSERT_EQ(::truncate(losing.ring.c_str(), left), 0);
    losing.append_until_failed();
    losing.says_which();
    ASSERT_EQ(::truncate(losing.ring.c_str(), (256 << 10) + 4096), 0);   // it looks whole again, and is believed no more
    losing.append_until_failed();
    losing.says_which();
    const bool complete = losing.writer->stop();
    losing.writer.reset();
    const auto numbers = losing.world.numbers();
    EXPECT_GE(numbers.size(), durable);
    if (left == 0) {
      EXPECT_FALSE(complete) << "who cannot know that all is on disk does not say so";
    }
  }
}

TEST(Failing, WhatARingHoldsThatIsUnlinkedGoesToTheSegments) {
  Losing losing;
  ASSERT_EQ(::unlink(losing.ring.c_str()), 0);
  losing.append_until_failed();
  losing.says_which();
  EXPECT_TRUE(losing.writer->stop());
  EXPECT_EQ(losing.world.numbers(), up_to(losing.count));
  EXPECT_EQ(losing.world.problems(), "");
}

/// Nobody writes, and all is on disk: the files are missed all the same, until they are back.
TEST(Failing, FilesThatAreGoneAreMissedThoughNothingIsWritten) {
  for (const bool is_ring : {true, false}) {
    Losing losing;
    EXPECT_TRUE(losing.append());
    ASSERT_TRUE(patient([&] { return losing.log->committed() == losing.log->head(); }));
    const TempFolder& folder = is_ring ? losing.world.rings : losing.world.dir;
    const std::string away = folder.path() + "/away";
    std::string place = losing.ring;
    if (!is_ring)
      for (const auto& name : list_folder(folder.folder(), kSegmentSuffix))
        if (name.find("-w0000-") != std::string::npos) place = folder.path() + "/" + name;
    std::filesystem::rename(place, away);
    EXPECT_TRUE(patient([&] {
      const WriterStats stats = losing.writer->stats();
      return !stats.healthy && stats.last_error.find(place.substr(place.rfind('/') + 1)) != std::string::npos;
    })) << losing.writer->stats().last_error;
    EXPECT_EQ(append_test_record(*losing.log, 0, 10), Append::failed);
    std::filesystem::rename(away, place);
    EXPECT_TRUE(patient([&] { return losing.append(); }));
    EXPECT_TRUE(losing.writer->stop());
    EXPECT_EQ(losing.world.numbers(), up_to(losing.count));
  }
}

/// Records go on where their names lead, or not at all: whoever reads them, and the next start, looks there.
TEST(Failing, AFolderThatIsMovedIsMissedUntilItIsBack) {
  for (const bool is_rings : {true, false}) {
    for (const bool made_anew : {true, false}) {
      Losing losing;
      EXPECT_TRUE(losing.append());
      ASSERT_TRUE(patient([&] { return losing.log->committed() == losing.log->head(); }));
      const std::string& path = (is_rings ? losing.world.rings : losing.world.dir).path();
      std::filesystem::rename(path, path + ".away");
      if (made_anew) {
        ASSERT_TRUE(make_folder(path).ok());
      }
      EXPECT_TRUE(patient([&] {   // nothing is written meanwhile
        const WriterStats stats = losing.writer->stats();
        return !stats.healthy && stats.last_error.find("folder " + path + " was moved or removed") != std::string::npos;
      })) << losing.writer->stats().last_error;
      EXPECT_EQ(append_test_record(*losing.log, 0, 10), Append::failed);
      std::filesystem::remove(path);
      std::filesystem::rename(path + ".away", path);
      EXPECT_TRUE(patient([&] { return losing.append(); }));
      EXPECT_TRUE(patient([&] { return losing.writer->stats().healthy; }));
      EXPECT_TRUE(losing.writer->stop());
      EXPECT_EQ(losing.world.numbers(), up_to(losing.count));
      EXPECT_EQ(losing.world.problems(), "");
    }
  }
}

/// What nobody finds there does not count as durable: an answer that waits for its record does not leave.
TEST(Failing, NothingBecomesDurableInAFolderThatWasMoved) {
  Losing losing;
  EXPECT_TRUE(losing.append());
  ASSERT_TRUE(patient([&] { return losing.log->committed() == losing.log->head(); }));
  const std::string path = losing.world.dir.path();
  const uint64_t committed = losing.log->committed();
  const uint64_t before = failing_disk.done;
  const Hang hang;
  EXPECT_TRUE(losing.append());
  ASSERT_TRUE(patient([&] { return failing_disk.done > before; }));
  std::filesystem::rename(path, path + ".away");   // within the round
  Hang::end();
  EXPECT_TRUE(patient([&] { return !losing.writer->stats().healthy; }));
  EXPECT_EQ(losing.log->committed(), committed);
  std::filesystem::rename(path + ".away", path);
  EXPECT_TRUE(patient([&] { return losing.log->committed() == losing.log->head(); }));
  EXPECT_TRUE(losing.writer->stop());
  EXPECT_EQ(losing.world.numbers(), up_to(losing.count));
}

TEST(Failing, ASecondWriterIsRefusedThoughLocksWereDeleted) {
  World world;
  auto first = Writer::start(world.options);
  ASSERT_TRUE(first.ok()) << first.error();
  EXPECT_EQ(::unlink((world.dir.path() + "/lock").c_str()), 0);
  EXPECT_EQ(::unlink((world.rings.path() + "/rings.lock").c_str()), 0);
  TempFolder other;
  for (const bool same_dir : {true, false}) {   // with its own folder of records, and the rings alone in common
    WriterOptions options = world.options;
    if (!same_dir) options.dir = other.path();
    const auto second = Writer::start(options);
    ASSERT_FALSE(second.ok());
    EXPECT_NE(second.error().find((same_dir ? world.dir : world.rings).path() + " is in use by "), std::string::npos) << second.error();
  }
  EXPECT_TRUE((*first)->stop());
  first->reset();
  EXPECT_TRUE(Writer::start(world.options).ok()) << "the lock ended with its writer";
}

TEST(Failing, ARingThatComesBackIsGoneOnWith) {
  Losing losing;
  const std::string away = losing.world.rings.path() + "/away";
  std::filesystem::rename(losing.ring, away);
  losing.append_until_failed();
  losing.says_which();
  std::filesystem::rename(away, losing.ring);
  EXPECT_TRUE(patient([&] { return losing.append(); }));
  EXPECT_TRUE(patient([&] { return losing.writer->stats().healthy; }));
  EXPECT_TRUE(losing.writer->stop());
  EXPECT_EQ(losing.world.numbers(), up_to(losing.count));
}

/// on_small_disk runs `work` on a tmpfs of this many bytes, in a mount namespace of its own; its exit code, -1 where none can be had.
int on_small_disk(const std::string& where, const char* bytes, int (*work)(const std::string&)) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) ::_exit(99);
    if (::mount("tmpfs", where.c_str(), "tmpfs", 0, (std::string("mode=0700,size=") + bytes).c_str()) != 0) ::_exit(99);
    ::_exit(work(where));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFEXITED(status)) return 255;
  return WEXITSTATUS(status) == 99 ? -1 : WEXITSTATUS(status);
}

WriterOptions small_options(const std::string& dir) {
  WriterOptions options;
  options.dir = dir;
  options.ring_dir = "/dev/shm/gatehouse-small-" + std::to_string(::getpid());
  options.ring_bytes = 256 * 1024;
  options.segment_bytes = 64 * 1024;
  options.commit_interval = kNsPerMs;
  return options;
}

/// full_disk: no space for a further segment; then somebody makes room, and all that was taken is there.
int full_disk(const std::string& dir) {
  const WriterOptions options = small_options(dir);
  auto writer = Writer::start(options);
  if (!writer) return 1;
  auto log = RingLog::open((*writer)->ring(0));
  uint64_t n = 0;
  for (;;) {
    if (append_test_record(*log, n, 3000, Kind::snapshot) == Append::ok) ++n;
    else if (!(*writer)->stats().healthy) break;
    else std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (n > 5000) return 2;
  }
  if ((*writer)->stats().last_error.find("No space") == std::string::npos) return 3;
  if (::mount("tmpfs", dir.c_str(), "tmpfs", MS_REMOUNT, "size=8m") != 0) return 4;
  if (!patient([&] { return (*writer)->stats().healthy; })) return 5;
  if (!(*writer)->stop()) return 6;
  auto reader = Reader::open({dir, options.ring_dir, 0});
  size_t found = 0;
  verify(**reader, [&](const Damage&) { ++found; });
  const bool whole = read_everything(dir, options.ring_dir).numbers == up_to(n);
  std::filesystem::remove_all(options.ring_dir);
  return found != 0 ? 7 : whole ? 0 : 8;
}

/// read_only: the file system refuses all writes, then takes them again.
int read_only(const std::string& dir) {
  const WriterOptions options = small_options(dir);
  {
    auto writer = Writer::start(options);
    if (!writer || !(*writer)->stop()) return 1;
  }
  if (::mount("tmpfs", dir.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr) != 0) return 2;
  auto refused = Writer::start(options);
  if (refused) return 3;
  if (refused.error().find("Read-only") == std::string::npos) return 4;
  if (::mount("tmpfs", dir.c_str(), "tmpfs", MS_REMOUNT, nullptr) != 0) return 5;
  auto writer = Writer::start(options);
  if (!writer || !(*writer)->stop()) return 6;
  std::filesystem::remove_all(options.ring_dir);
  return 0;
}

TEST(Failing, ADiskWithoutSpaceIsSaidAndGoneOnWith) {
  for (int i = 0; i < times(); ++i) {
    World world;
    const int code = on_small_disk(world.dir.path(), "512k", full_disk);
    if (code == -1) GTEST_SKIP() << "no mount namespace can be had";
    ASSERT_EQ(code, 0);
  }
}

TEST(Failing, AReadOnlyDiskRefusesTheStart) {
  for (int i = 0; i < times(); ++i) {
    World world;
    const int code = on_small_disk(world.dir.path(), "4m", read_only);
    if (code == -1) GTEST_SKIP() << "no mount namespace can be had";
    ASSERT_EQ(code, 0);
  }
}

// The wall clock is a label: it may jump either way, and order is the sequence's.
TEST(Failing, ClocksThatJumpChangeNoOrder) {
  World world;
  auto writer = Writer::start(world.options);
  ASSERT_TRUE(writer.ok()) << writer.error();
  auto log = RingLog::open((*writer)->ring(0));
  const WallNs now = wall_now();
  for (uint64_t n = 0; n < kRecords; ++n) {
    const std::string body = test_body(n, 3000);
    Sections sections;
    sections.number(Tag::offset, n);
    sections.bytes(Tag::body, body);
    const WallNs jumped = n % 3 == 0 ? now - n * 86400 * kNsPerSecond : n % 3 == 1 ? now + n * 86400 * kNsPerSecond : 0;
    ASSERT_TRUE(patient([&] { return log->append(Kind::snapshot, test_id(n), 0, jumped, sections) == Append::ok; }));
  }
  EXPECT_TRUE((*writer)->stop());
  writer->reset();
  auto next = Writer::start(world.options);
  ASSERT_TRUE(next.ok()) << next.error();
  EXPECT_TRUE((*next)->stop());
  EXPECT_EQ(world.numbers(), up_to(kRecords));
  EXPECT_EQ(world.problems(), "");
}

TEST(Failing, ASecondWriterIsRefusedFromAnotherProcess) {
  World world;
  auto writer = Writer::start(world.options);
  ASSERT_TRUE(writer.ok()) << writer.error();
  const pid_t child = ::fork();
  if (child == 0) ::_exit(Writer::start(world.options).ok() ? 1 : 0);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_TRUE((*writer)->stop());
}

}  // namespace
}  // namespace gatehouse::record
