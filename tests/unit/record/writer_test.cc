#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <numeric>
#include <set>
#include <thread>

#include "record/spare.h"
#include "record/whereabouts.h"
#include "record/tail.h"
#include "record/verify.h"
#include "record/writer.h"
#include "world.h"

namespace gatehouse::record {
namespace {

struct WriterWorld {
  TempFolder dir;
  TempFolder rings{"/dev/shm"};
  WriterOptions options;

  WriterWorld() {
    options.dir = dir.path();
    options.ring_dir = rings.path();
    options.ring_bytes = 256 * 1024;
    options.segment_bytes = 64 * 1024;
    options.commit_interval = kNsPerMs;
    options.version = "test";
  }
  std::unique_ptr<Writer> start() {
    auto writer = Writer::start(options);
    EXPECT_TRUE(writer.ok()) << writer.error();
    return writer ? std::move(*writer) : nullptr;
  }
  Everything read(const OpenKeys* keys = nullptr) const { return read_everything(dir.path(), rings.path(), keys); }
  std::string problems(Verified* totals = nullptr) const {
    auto reader = Reader::open({dir.path(), rings.path(), 0});
    std::vector<Damage> found;
    const Verified all = verify(**reader, [&](const Damage& d) { found.push_back(d); });
    if (totals != nullptr) *totals = all;
    return say(found);
  }
};

void append_all(RingLog& log, uint64_t from, uint64_t to, size_t size) {
  for (uint64_t n = from; n < to;) {
    const Append result = append_test_record(log, n, (size + n * 97) % (2 * size + 1), Kind::snapshot);
    ASSERT_NE(result, Append::failed);
    if (result == Append::ok) ++n;
    else std::this_thread::yield();
  }
}

std::vector<uint64_t> up_to(uint64_t n) {
  std::vector<uint64_t> all(n);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

TEST(Writer, EverythingIsInSegmentsAfterAStop) {
  WriterWorld world;
  {
    auto writer = world.start();
    auto log = RingLog::open(writer->ring(0));
    append_all(*log, 0, 500, 1000);
    EXPECT_TRUE(writer->stop()) << writer->stats().last_error;
  }
  EXPECT_TRUE(list_folder(world.rings.folder(), ".ring").empty());
  EXPECT_TRUE(list_folder(world.dir.folder(), kDraftSuffix).empty());
  const auto all = world.read();
  EXPECT_EQ(say(all.damages), "");
  EXPECT_EQ(all.numbers, up_to(500));
  EXPECT_EQ(all.from_rings, 0u);
  EXPECT_EQ(all.kinds.front(), Kind::start);
  EXPECT_EQ(all.kinds.back(), Kind::end);
  Verified totals;
  EXPECT_EQ(world.problems(&totals), "");
  EXPECT_GT(totals.segments, 5u) << "segments of 64 KiB: it rotated";
}

TEST(Writer, SaysWhatARingFolderCosts) {
  const auto notes_with = [](const std::string& ring_dir) {
    WriterWorld world;
    world.options.ring_dir = ring_dir.empty() ? world.rings.path() : ring_dir;
    auto writer = world.start();
    std::string all;
    for (const std::string& note : writer->notes()) all += note + "\n";
    EXPECT_TRUE(writer->stop());
    return all;
  };
  const TempFolder disk;   // kernels differ in how they refuse to hold its pages: EOPNOTSUPP or EFAULT
  struct statfs info {};
  ASSERT_EQ(::fstatfs(disk.folder().get(), &info), 0);
  if (info.f_type == TMPFS_MAGIC) GTEST_SKIP() << "temporary files are on a tmpfs here";
  EXPECT_NE(notes_with(disk.path()).find("writes are not registered: the ring folder is not on a tmpfs"), std::string::npos)
      << notes_with(disk.path());
  EXPECT_EQ(notes_with("").find("the ring folder is not on a tmpfs"), std::string::npos) << notes_with("");
}

TEST(Writer, ManyRingsOnOneWriter) {
  WriterWorld world;
  world.options.rings = 3;
  auto writer = world.start();
  std::vector<std::thread> workers;
  for (uint32_t w = 0; w < 3; ++w)
    workers.emplace_back([&, w] {
      auto log = RingLog::open(writer->ring(w));
      append_all(*log, w * 1000, w * 1000 + 400, 700);
    });
  for (auto& worker : workers) worker.join();
  EXPECT_TRUE(writer->stop());
  auto all = world.read();
  EXPECT_EQ(say(all.damages), "");
  std::sort(all.numbers.begin(), all.numbers.end());
  ASSERT_EQ(all.numbers.size(), 1200u);
  EXPECT_EQ(all.numbers.back(), 2399u);
  EXPECT_EQ(world.problems(), "");
}

TEST(Writer, EpochsAreLinkedOverRestarts) {
  WriterWorld world;
  for (uint64_t run = 0; run < 4; ++run) {
    world.options.rings = run == 2 ? 1 : 2;  // worker 1's epoch before is two starts back in the last run
    auto writer = world.start();
    auto log = RingLog::open(writer->ring(0));
    append_all(*log, run * 10, run * 10 + 10, 100);
    EXPECT_TRUE(writer->stop());
  }
  EXPECT_EQ(world.problems(), "");
  EXPECT_EQ(world.read().numbers, up_to(40));
  // An epoch taken away is missed, for another one continues it.
  const auto names = list_folder(world.dir.folder(), kSegmentSuffix);
  ASSERT_EQ(::unlinkat(world.dir.folder().get(), names.front().c_str(), 0), 0);
  EXPECT_NE(world.problems().find("is missing"), std::string::npos) << world.problems();
}

// An epoch ends, and what comes next is damage in another one: no memory of the first is touched again.
TEST(Writer, DamageBehindTheEndOfAnEpochIsRead) {
  WriterWorld world;
  for (uint64_t run = 0; run < 2; ++run) {
    auto writer = world.start();
    append_all(*RingLog::open(writer->ring(0)), run * 10, run * 10 + 10, 100);
    EXPECT_TRUE(writer->stop());
  }
  uint64_t bytes = 0;
  const Descriptor last = open_regular(world.dir.folder(), list_folder(world.dir.folder(), kSegmentSuffix).back(), true, &bytes);
  ASSERT_EQ(write_at(last, kPage, std::string(64, 'x')), 0);   // its first record
  const auto all = world.read();
  EXPECT_GE(all.damages.size(), 1u);
  EXPECT_EQ(all.numbers, up_to(20));
}

TEST(Writer, ASecondOneIsRefused) {
  WriterWorld world;
  auto writer = world.start();
  auto second = Writer::start(world.options);
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().find("in use by process"), std::string::npos) << second.error();
}

TEST(Writer, FilesAreForTheOwnerOnly) {
  WriterWorld world;
  auto writer = world.start();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(world.dir.path()))
    EXPECT_EQ(static_cast<unsigned>(entry.status().permissions()) & 077, 0u) << entry.path();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(world.rings.path()))
    EXPECT_EQ(static_cast<unsigned>(entry.status().permissions()) & 077, 0u) << entry.path();
}

// Zeroing a segment writes the disk twice: where segments go as fast as they come, it is left out, and they are zeros all the same.
TEST(Spares, AreNotZeroedWhereTheyAreWaitedFor) {
  WriterWorld world;
  constexpr uint64_t kBytes = 16 << 20;
  SpareMaker spares(world.dir.folder(), ExchangeIdSource(1).next(kNsPerMs), "records", kBytes, true, 1);
  SegmentFile draft;
  for (int taken = 0; taken < 50; ++taken) {   // nothing but taking: who is slow is not waited for
    if (taken > 0) ::unlinkat(world.dir.folder().get(), draft.name.c_str(), 0);
    std::string error;
    while (!spares.take(&draft, &error)) {
      ASSERT_EQ(error, "");
      std::this_thread::yield();
    }
    if (taken == 0) {
      EXPECT_EQ(draft.zeroed, kBytes) << "the first one is in nobody's way";
    }
    if (draft.zeroed < kBytes) break;
  }
  EXPECT_LT(draft.zeroed, kBytes);
  uint64_t size = 0;
  const Descriptor file = open_regular(world.dir.folder(), draft.name, false, &size);
  EXPECT_EQ(size, kBytes);
  std::string content(size, 'x');
  EXPECT_EQ(read_at(file, 0, content), size);
  EXPECT_TRUE(content == std::string(kBytes, '\0'));
}

// What recovery waits for after a kill: a write through the descriptor holds the lock until it is done.
TEST(Writer, SegmentsAreHeldWhileTheyAreWritten) {
  WriterWorld world;
  auto writer = world.start();
  const auto names = list_folder(world.dir.folder(), kSegmentSuffix);
  ASSERT_EQ(names.size(), 1u);
  uint64_t size = 0;
  const Descriptor file = open_regular(world.dir.folder(), names[0], false, &size);
  EXPECT_NE(::flock(file.get(), LOCK_EX | LOCK_NB), 0);
  EXPECT_TRUE(writer->stop());
  EXPECT_EQ(::flock(file.get(), LOCK_EX | LOCK_NB), 0);
}

// A reader in another process reads again and again while records are appended, committed, rotated.
TEST(Writer, ReadersSeeAWholePrefixAtAnyMoment) {
  WriterWorld world;
  int start[2], reports[2], rounds_said[2];
  ASSERT_EQ(::pipe(start), 0);
  ASSERT_EQ(::pipe(reports), 0);
  ASSERT_EQ(::pipe(rounds_said), 0);
  const pid_t child = ::fork();   // before the writer's thread is there: it could hold the allocator's lock
  if (child == 0) {
    char go;
    if (::read(start[0], &go, 1) != 1) ::_exit(4);
    uint64_t rounds = 0, last = 0;
    while (last < 4000 && rounds < 100'000) {
      const auto all = read_everything(world.dir.path(), world.rings.path());
      const bool good = all.damages.empty() && all.numbers == up_to(all.numbers.size()) && all.numbers.size() >= last;
      if (!good) {
        const std::string text = "after " + std::to_string(last) + " got " + std::to_string(all.numbers.size()) + "\n" +
                                 say(all.damages);
        if (::write(reports[1], text.data(), text.size()) < 0) ::_exit(2);
        ::_exit(1);
      }
      last = all.numbers.size();
      if (++rounds <= 4 && ::write(rounds_said[1], "!", 1) != 1) ::_exit(5);
    }
    ::_exit(rounds > 4 && last == 4000 ? 0 : 3);
  }
  auto writer = world.start();
  ASSERT_EQ(::write(start[1], "!", 1), 1);
  auto log = RingLog::open(writer->ring(0));
  for (uint64_t n = 0; n < 4000; n += 50) {
    append_all(*log, n, n + 50, 500);
    while (writer->stats().lag_bytes > 100'000) std::this_thread::yield();
    if (n % 1000 != 500) continue;
    char round;   // the reader is at work, too, however busy the machine is
    ::pollfd said{rounds_said[0], POLLIN, 0};
    ASSERT_EQ(::poll(&said, 1, 60'000), 1);
    ASSERT_EQ(::read(rounds_said[0], &round, 1), 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ::close(reports[1]);
  char text[2000] = {};
  EXPECT_GE(::read(reports[0], text, sizeof text - 1), 0);
  ::close(reports[0]);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status << "\n" << text;
}

/// crash_run lets a child append until it is killed; every number it managed to say was appended first.
uint64_t crash_run(WriterWorld& world, uint64_t from, unsigned after_us) {
  int said[2];
  EXPECT_EQ(::pipe(said), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(said[0]);
    auto writer = Writer::start(world.options);
    if (!writer) ::_exit(9);
    auto log = RingLog::open((*writer)->ring(0), (*writer)->sealer(0));
    for (uint64_t n = from;; ++n) {
      while (append_test_record(*log, n, n * 173 % 5000) != Append::ok) std::this_thread::yield();
      if (::write(said[1], &n, sizeof n) != sizeof n) ::_exit(8);
    }
  }
  ::close(said[1]);
  uint64_t last = from, value = 0;
  // The first word says that it runs; from then on it is killed at any instruction.
  EXPECT_EQ(::read(said[0], &value, sizeof value), static_cast<ssize_t>(sizeof value));
  const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(after_us);
  while (std::chrono::steady_clock::now() < until) {
    if (::read(said[0], &value, sizeof value) == sizeof value) last = value;
  }
  ::kill(child, SIGKILL);
  while (::read(said[0], &value, sizeof value) == sizeof value) last = value;
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  ::close(said[0]);
  return last + 1;
}

/// kill_again_and_again: with keys records are sealed, and all of them are opened whenever they are read.
void kill_again_and_again(const TestKeys* keys) {
  WriterWorld world;
  world.options.segment_bytes = 128 * 1024;  // many kills fall into a rotation
  OpenKeys open;
  if (keys != nullptr) {
    world.options.sealing = keys->sealing();
    open = TestKeys::with(keys->auditor);
  }
  uint64_t next = 0;
  uint64_t seed = 42;
  const int runs = keys == nullptr ? 20 : 10;
  for (int run = 0; run < runs; ++run) {
    seed = seed * 6364136223846793005 + 1442695040888963407;
    const uint64_t said = crash_run(world, next, static_cast<unsigned>((seed >> 33) % 30'000));
    const auto before = world.read(&open);
    EXPECT_EQ(say(before.damages), "") << "run " << run;
    EXPECT_EQ(before.shut, 0u) << "run " << run;
    ASSERT_GE(before.opened, keys == nullptr ? 0 : said) << "run " << run;
    ASSERT_GE(before.numbers.size(), said) << "run " << run;
    ASSERT_LE(before.numbers.size(), said + 1) << "at most the one in the making is read and was not said";
    EXPECT_EQ(before.numbers, up_to(before.numbers.size()));
    next = before.numbers.size();
    if (run % 5 == 4) {
      auto writer = world.start();
      ASSERT_NE(writer, nullptr);
      EXPECT_TRUE(writer->stop());
      const auto after = world.read(&open);
      EXPECT_EQ(say(after.damages), "");
      EXPECT_EQ(after.shut, 0u);
      EXPECT_EQ(after.numbers, before.numbers);
      EXPECT_EQ(after.from_rings, 0u);
      Verified totals;
      EXPECT_EQ(world.problems(&totals), "") << "every exchange is closed, every epoch ended and linked";
      EXPECT_EQ(totals.exchanges, after.numbers.size());
    }
  }
}

TEST(Crash, NothingAppendedIsLostBeforeOrAfterRecovery) { kill_again_and_again(nullptr); }

TEST(Crash, NothingSealedIsLostEitherAndAllOfItOpens) {
  const TestKeys keys;
  kill_again_and_again(&keys);
}

TEST(Crash, RecoveryClosesWhatWasOpen) {
  WriterWorld world;
  const uint64_t said = crash_run(world, 0, 3000);
  auto writer = world.start();
  ASSERT_NE(writer, nullptr);
  EXPECT_FALSE(writer->notes().empty());
  EXPECT_TRUE(writer->stop());
  auto reader = Reader::open({world.dir.path(), world.rings.path(), 0});
  uint64_t closed = 0, requests = 0;
  for (auto step = (*reader)->next(); step != Stream::Step::end; step = (*reader)->next()) {
    ASSERT_EQ(step, Stream::Step::record) << (*reader)->damage().what;
    const RecordView& record = (*reader)->record();
    requests += record.kind() == Kind::request;
    if (record.kind() != Kind::close) continue;
    ByteView value;
    uint64_t reason = 0;
    ASSERT_TRUE(find_section(record.payload, Tag::reason, &value) && read_number(value, &reason));
    EXPECT_EQ(reason, 905u);
    ASSERT_TRUE(find_section(record.payload, Tag::ended_by, &value));
    EXPECT_EQ(value, "process");
    ++closed;
  }
  EXPECT_GE(requests, said);
  EXPECT_EQ(closed, requests);
}

// Recovery itself is killed at any moment, again and again; the last one finds everything.
TEST(Crash, RecoveryMayDieToo) {
  WriterWorld world;
  world.options.ring_bytes = 1 << 20;
  world.options.commit_interval = 60 * kNsPerSecond;  // all stays in the ring
  crash_run(world, 0, 20'000);
  const auto before = world.read();
  for (unsigned run = 0; run < 15; ++run) {
    const pid_t child = ::fork();
    if (child == 0) {
      auto writer = Writer::start(world.options);
      ::_exit(0);
    }
    const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(100 + run * 150);
    while (std::chrono::steady_clock::now() < until) {}
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    const auto all = world.read();
    EXPECT_EQ(all.numbers, before.numbers) << run << "\n" << say(all.damages);
  }
  world.options.commit_interval = kNsPerMs;
  auto writer = world.start();
  ASSERT_NE(writer, nullptr);
  EXPECT_TRUE(writer->stop());
  EXPECT_EQ(world.read().numbers, before.numbers);
  EXPECT_EQ(world.problems(), "");
}

// Power loss: the ring is gone, the segment ends in bytes of a record that was never whole.
TEST(Crash, ATornTailIsSetAsideAndSaid) {
  WriterWorld world;
  int said[2];
  ASSERT_EQ(::pipe(said), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    auto writer = Writer::start(world.options);
    if (!writer) ::_exit(9);
    auto log = RingLog::open((*writer)->ring(0));
    for (uint64_t n = 0; n < 5; ++n) append_test_record(*log, n, 500);
    while ((*writer)->stats().lag_bytes > 0) std::this_thread::yield();
    if (::write(said[1], "!", 1) != 1) ::_exit(8);
    for (;;) ::pause();
  }
  char byte;
  ASSERT_EQ(::read(said[0], &byte, 1), 1);
  ::kill(child, SIGKILL);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  for (const auto& name : list_folder(world.rings.folder(), kRingSuffix))
    ::unlinkat(world.rings.folder().get(), name.c_str(), 0);
  EXPECT_NE(world.problems().find("no end record and no ring"), std::string::npos) << world.problems();

  const auto names = list_folder(world.dir.folder(), kSegmentSuffix);
  ASSERT_EQ(names.size(), 1u);
  uint64_t size = 0;
  const Descriptor file = open_regular(world.dir.folder(), names[0], true, &size);
  std::string content(size, '\0');
  ASSERT_EQ(read_at(file, 0, content), size);
  const size_t end = round_up(content.find_last_not_of('\0') + 1, 8);
  ASSERT_EQ(write_at(file, end + 8, "torn bytes of a record that was never whole"), 0);
  EXPECT_NE(world.problems().find("no whole record"), std::string::npos);
  auto writer = world.start();
  ASSERT_NE(writer, nullptr);
  EXPECT_TRUE(writer->stop());
  EXPECT_EQ(list_folder(world.dir.folder(), kTornSuffix).size(), 1u);
  EXPECT_EQ(world.problems(), "");
  EXPECT_EQ(world.read().numbers, up_to(5));
}

// RLIMIT_FSIZE makes the disk refuse, in a child; nothing is lost and nobody dies of a signal.
// ---- writers beside each other --------------------------------------------------------------------

TEST(Beside, TwoWriteOneFolderAndAThirdGoesOnWhereTheFirstEnded) {
  WriterWorld world;
  world.options.rings = 2;
  std::shared_ptr<Writer> first = world.start();
  ASSERT_NE(first, nullptr);
  append_all(*RingLog::open(first->ring(0)), 0, 10, 100);
  WriterOptions options = world.options;
  options.workers = {2, 3};
  options.ring_bytes = 128 * 1024;
  auto second = Writer::start(options, {first});
  ASSERT_TRUE(second.ok()) << second.error();
  EXPECT_LT(first->process(), (*second)->process());
  append_all(*RingLog::open((*second)->ring(1)), 10, 20, 100);
  append_all(*RingLog::open(first->ring(1)), 20, 30, 100);
  EXPECT_EQ(world.read().numbers, up_to(30));
  EXPECT_EQ(list_folder(world.dir.folder(), ".writer").size(), 2u);
  EXPECT_TRUE(first->stop());
  (*second)->forget(first->process());
  EXPECT_EQ(list_folder(world.dir.folder(), ".writer").size(), 1u);
  first = nullptr;
  EXPECT_FALSE(Writer::start(world.options).ok()) << "the folder stays locked by the second";
  const std::shared_ptr<Writer> kept = std::move(*second);
  options.workers = {0, 1};
  auto third = Writer::start(options, {kept});
  ASSERT_TRUE(third.ok()) << third.error();
  append_all(*RingLog::open((*third)->ring(0)), 30, 40, 100);
  EXPECT_TRUE(kept->stop() && (*third)->stop());
  EXPECT_EQ(world.read().numbers, up_to(40));
  EXPECT_EQ(world.problems(), "");
}

// Whoever took the number of a worker whose epoch has not ended would go on from what is not its end.
TEST(Beside, ANumberIsFreeWhenItsEpochHasEnded) {
  WriterWorld world;
  const std::shared_ptr<Writer> first = world.start();
  ASSERT_NE(first, nullptr);
  for (const std::vector<uint32_t>& workers : {std::vector<uint32_t>{}, std::vector<uint32_t>{0}}) {
    WriterOptions options = world.options;
    options.workers = workers;
    const auto refused = Writer::start(options, {first});
    ASSERT_FALSE(refused.ok());
    EXPECT_NE(refused.error().find("worker 0 are not closed yet"), std::string::npos) << refused.error();
  }
  append_all(*RingLog::open(first->ring(0)), 0, 10, 100);
  EXPECT_TRUE(first->stop());
  EXPECT_EQ(world.problems(), "") << "it was not touched";
}

// A process with two writers is killed; whoever begins where the second one wrote makes the first one's whole, too.
void killed_beside(WriterWorld& world, WriterOptions later) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::shared_ptr<Writer> first = world.start();
    auto second = Writer::start(later, {first});
    if (!second) ::_exit(1);
    append_all(*RingLog::open(first->ring(0)), 0, 10, 100);
    append_all(*RingLog::open((*second)->ring(0)), 10, 20, 100);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  later.workers.clear();
  auto writer = Writer::start(later);
  ASSERT_TRUE(writer.ok()) << writer.error();
  EXPECT_TRUE((*writer)->stop());
  std::vector<uint64_t> numbers;
  for (const std::string& dir : std::set{world.dir.path(), later.dir}) {
    const auto all = read_everything(dir, dir == later.dir ? later.ring_dir : world.options.ring_dir);
    EXPECT_EQ(say(all.damages), "");
    EXPECT_EQ(all.from_rings, 0u);
    numbers.insert(numbers.end(), all.numbers.begin(), all.numbers.end());
    auto reader = Reader::open({dir, later.ring_dir, 0});
    std::vector<Damage> found;
    verify(**reader, [&](const Damage& d) { found.push_back(d); });
    EXPECT_EQ(say(found), "");
  }
  std::sort(numbers.begin(), numbers.end());
  EXPECT_EQ(numbers, up_to(20));
  EXPECT_EQ(list_folder(*make_folder(later.dir), ".writer").size(), 0u);
}

TEST(Beside, KilledInOneFolder) {
  WriterWorld world;
  WriterOptions later = world.options;
  later.workers = {1};
  killed_beside(world, later);
}

TEST(Beside, KilledWhileTheRingsMoved) {
  WriterWorld world;
  TempFolder rings("/dev/shm");
  WriterOptions later = world.options;
  later.workers = {1};
  later.ring_dir = rings.path();
  killed_beside(world, later);
}

TEST(Beside, KilledWhileTheSegmentsMoved) {
  WriterWorld world;
  TempFolder dir;
  WriterOptions later = world.options;
  later.workers = {1};
  later.dir = dir.path();
  killed_beside(world, later);
}

TEST(Beside, KilledWhileBothMoved) {
  WriterWorld world;
  TempFolder dir, rings("/dev/shm");
  WriterOptions later = world.options;
  later.workers = {1};
  later.dir = dir.path();
  later.ring_dir = rings.path();
  killed_beside(world, later);
}

// Folders that were changed between a kill and the next start: what is noted in the one leads to the other.
TEST(Crash, TheNextStartHasAnotherFolder) {
  for (const bool rings_move : {false, true}) {
    WriterWorld world;
    const uint64_t said = crash_run(world, 0, 3000);
    TempFolder other(rings_move ? "/dev/shm" : ::testing::TempDir());
    WriterOptions later = world.options;
    (rings_move ? later.ring_dir : later.dir) = other.path();
    auto writer = Writer::start(later);
    ASSERT_TRUE(writer.ok()) << writer.error();
    EXPECT_TRUE((*writer)->stop());
    const auto all = read_everything(world.dir.path(), other.path());
    EXPECT_EQ(all.from_rings, 0u);
    ASSERT_GE(all.numbers.size(), said);
    EXPECT_EQ(all.numbers, up_to(all.numbers.size()));
    EXPECT_EQ(world.problems(), "");
    EXPECT_TRUE(noted_whereabouts(other.folder()).empty() && noted_whereabouts(world.dir.folder()).empty());
  }
}

TEST(Beside, WhatCannotBeRecoveredKeepsItsNote) {
  WriterWorld world;
  TempFolder dir;
  std::shared_ptr<Writer> other = world.start();
  ASSERT_TRUE(note_whereabouts(dir.folder(), {other->process(), world.dir.path(), world.rings.path()}).ok());
  WriterOptions options = world.options;
  options.dir = dir.path();
  options.ring_dir = dir.path() + "/rings";
  auto writer = Writer::start(options);
  ASSERT_TRUE(writer.ok()) << writer.error();
  EXPECT_NE(std::accumulate((*writer)->notes().begin(), (*writer)->notes().end(), std::string()).find("stays as it is: folder"),
            std::string::npos);
  EXPECT_EQ(noted_whereabouts(dir.folder()).size(), 2u);
  EXPECT_TRUE((*writer)->stop());
  ASSERT_EQ(noted_whereabouts(dir.folder()).size(), 1u);
  EXPECT_EQ(noted_whereabouts(dir.folder())[0].process, other->process());
}

TEST(Full, ARefusingDiskIsSaidAndNothingIsLost) {
  for (const OnFull on_full : {OnFull::block, OnFull::fail_closed}) {
    WriterWorld world;
    world.options.on_full = on_full;
    const pid_t child = ::fork();
    if (child == 0) {
      auto writer = Writer::start(world.options);
      if (!writer) ::_exit(10);
      auto log = RingLog::open((*writer)->ring(0));
      const rlimit low{1 << 14, RLIM_INFINITY};
      if (::setrlimit(RLIMIT_FSIZE, &low) != 0) ::_exit(11);
      Append result = Append::ok;
      uint64_t n = 0;
      while (true) {
        result = append_test_record(*log, n, 3000, Kind::snapshot);
        if (result == Append::ok) ++n;
        else if (result == Append::failed) break;  // `full` may still come first: it says so a moment later
        else if (on_full == OnFull::block && !(*writer)->stats().healthy) break;
        else std::this_thread::yield();
      }
      const WriterStats stats = (*writer)->stats();
      if (stats.healthy || stats.failures == 0 || stats.last_error.empty()) ::_exit(12);
      if (result != (on_full == OnFull::block ? Append::full : Append::failed)) ::_exit(13);
      const rlimit high{RLIM_INFINITY, RLIM_INFINITY};
      if (::setrlimit(RLIMIT_FSIZE, &high) != 0) ::_exit(14);
      while (!(*writer)->stats().healthy) std::this_thread::yield();  // it tries again by itself
      while (append_test_record(*log, n, 3000, Kind::snapshot) != Append::ok) std::this_thread::yield();
      if (!(*writer)->stop()) ::_exit(15);
      ::_exit(n > 5 ? 0 : 16);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    const auto all = world.read();
    EXPECT_EQ(all.numbers, up_to(all.numbers.size()));
    EXPECT_EQ(world.problems(), "");
  }
}

// The first interval is far longer than the test: only the one that is set later can make the record durable.
TEST(Writer, IsRetunedWhileItRuns) {
  WriterWorld world;
  world.options.commit_interval = 3600 * kNsPerSecond;
  auto writer = world.start();
  ASSERT_NE(writer, nullptr);
  auto log = RingLog::open(writer->ring(0));
  ASSERT_EQ(append_test_record(*log, 0, 100), Append::ok);
  writer->retune(kNsPerMs, OnFull::block);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (writer->stats().lag_bytes > 0 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  EXPECT_EQ(writer->stats().lag_bytes, 0u);
  EXPECT_TRUE(writer->stop());
  EXPECT_EQ(world.read().numbers, up_to(1));
}

TEST(Full, ARemovedSegmentFailsTheLog) {
  WriterWorld world;
  auto writer = world.start();
  auto log = RingLog::open(writer->ring(0));
  for (const auto& name : list_folder(world.dir.folder(), kSegmentSuffix)) ::unlinkat(world.dir.folder().get(), name.c_str(), 0);
  uint64_t n = 0;
  while (append_test_record(*log, n, 10) == Append::ok) {
    ++n;
    while (writer->stats().healthy && writer->stats().lag_bytes > 0) std::this_thread::yield();
  }
  EXPECT_NE(writer->stats().last_error.find("was removed"), std::string::npos) << writer->stats().last_error;
  EXPECT_EQ(append_test_record(*log, n, 10), Append::failed);
  EXPECT_FALSE(writer->stop());
}

// Between two looks: its size is what it was, its blocks are not.
TEST(Full, ASegmentThatWasCutAndHasGrownBackFailsTheLog) {
  for (const char* const under : {"/dev/shm", "/tmp"}) {
    WriterWorld world;
    const TempFolder dir(under);
    world.options.dir = dir.path();
    auto writer = world.start();
    ASSERT_NE(writer, nullptr);
    auto log = RingLog::open(writer->ring(0));
    ASSERT_EQ(append_test_record(*log, 0, 10), Append::ok);
    while (writer->stats().lag_bytes > 0) std::this_thread::yield();
    for (const auto& name : list_folder(dir.folder(), kSegmentSuffix)) {
      const std::string path = dir.path() + "/" + name;
      uint64_t bytes = 0;
      const Descriptor file = open_regular(dir.folder(), name, false, &bytes);
      if (!counts_blocks(file, bytes)) GTEST_SKIP() << under << " does not tell blocks exactly";
      ASSERT_EQ(::truncate(path.c_str(), kPage), 0);
      ASSERT_EQ(::truncate(path.c_str(), static_cast<off_t>(bytes)), 0);
    }
    uint64_t n = 1;
    while (append_test_record(*log, n, 10) == Append::ok) {
      ++n;
      while (writer->stats().healthy && writer->stats().lag_bytes > 0) std::this_thread::yield();
    }
    EXPECT_NE(writer->stats().last_error.find("has grown back"), std::string::npos) << writer->stats().last_error;
    EXPECT_EQ(append_test_record(*log, n, 10), Append::failed);
    EXPECT_FALSE(writer->stop());
  }
}

// Every byte of a small folder, flipped one at a time: each is found, and named with its file.
TEST(Verify, EveryFlippedByteIsFound) {
  WriterWorld world;
  {
    auto writer = world.start();
    auto log = RingLog::open(writer->ring(0));
    for (uint64_t n = 0; n < 12; ++n) ASSERT_EQ(append_test_record(*log, n, 40 + n * 13, Kind::snapshot), Append::ok);
    ASSERT_TRUE(writer->stop());
  }
  const auto names = list_folder(world.dir.folder(), kSegmentSuffix);
  ASSERT_EQ(names.size(), 1u);
  ASSERT_EQ(world.problems(), "");
  uint64_t size = 0;
  const Descriptor file = open_regular(world.dir.folder(), names[0], true, &size);
  for (uint64_t at = 0; at < 2 * kPage + 64; ++at) {  // header page, all records, zeros behind them
    char byte;
    ASSERT_EQ(read_at(file, at, {&byte, 1}), 1u);
    const char flipped = static_cast<char>(byte ^ (1 << (at % 8)));
    ASSERT_EQ(write_at(file, at, {&flipped, 1}), 0);
    const std::string problems = world.problems();
    EXPECT_NE(problems.find(names[0]), std::string::npos) << "byte " << at << ": " << problems;
    ASSERT_EQ(write_at(file, at, {&byte, 1}), 0);
  }
  EXPECT_EQ(world.problems(), "");
}

// Cut, swap, insert, roll back: each on a fresh copy of a folder of several segments.
TEST(Verify, ChangesOfWholeRecordsAndFilesAreFound) {
  WriterWorld world;
  {
    auto writer = world.start();
    auto log = RingLog::open(writer->ring(0));
    append_all(*log, 0, 200, 1000);
    ASSERT_TRUE(writer->stop());
  }
  ASSERT_EQ(world.problems(), "");
  const auto names = list_folder(world.dir.folder(), kSegmentSuffix);
  ASSERT_GE(names.size(), 4u);
  const auto changed = [&](auto change) {
    TempFolder copy;
    for (const auto& name : names) std::filesystem::copy(world.dir.path() + "/" + name, copy.path() + "/" + name);
    change(copy.path() + "/");
    auto reader = Reader::open({copy.path(), "", 0});
    std::vector<Damage> found;
    verify(**reader, [&](const Damage& d) { found.push_back(d); });
    return say(found);
  };
  using std::filesystem::remove;
  EXPECT_EQ(changed([](const std::string&) {}), "");
  for (size_t i = 0; i < names.size(); ++i)
    EXPECT_NE(changed([&](const std::string& in) { remove(in + names[i]); }), "") << "segment " << i << " dropped";
  EXPECT_NE(changed([&](const std::string& in) {
    std::filesystem::rename(in + names[1], in + "x");
    std::filesystem::rename(in + names[2], in + names[1]);
    std::filesystem::rename(in + "x", in + names[2]);
  }), "") << "two segments swapped";
  EXPECT_NE(changed([&](const std::string& in) { std::filesystem::resize_file(in + names[1], 20'000); }), "") << "cut";
  EXPECT_NE(changed([&](const std::string& in) { std::filesystem::resize_file(in + names.back(), kPage); }), "") << "cut last";
  EXPECT_NE(changed([&](const std::string& in) {
    std::string far = names[1];
    far.replace(far.find("-00000001.ghr"), 13, "-00000077.ghr");
    std::filesystem::copy(in + names[1], in + far);
  }), "") << "a copy under another name";
  EXPECT_NE(changed([&](const std::string& in) {  // cut one record out and close the gap
    std::fstream file(in + names[0], std::ios::in | std::ios::out | std::ios::binary);
    std::string content((std::istreambuf_iterator<char>(file)), {});
    RecordHeader first;
    std::memcpy(&first, content.data() + kPage, sizeof first);
    content.erase(kPage, first.total_bytes);
    content.append(first.total_bytes, '\0');
    file.clear();
    file.seekp(0);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
  }), "") << "a record cut out";
}

TEST(OpenExchanges, AreBounded) {
  OpenExchanges open;
  RecordHeader header{};
  header.kind = GATEHOUSE_RECORD_REQUEST;
  for (uint64_t n = 1; n <= 2 * OpenExchanges::kMax; ++n) {
    std::memcpy(header.exchange, &n, sizeof n);
    open.see(header, n * 8);
    ASSERT_LE(open.all().size(), OpenExchanges::kMax);
  }
  EXPECT_GT(open.oldest(UINT64_MAX), OpenExchanges::kMax * 8) << "the older ones are forgotten";
  EXPECT_GE(open.all().size(), OpenExchanges::kMax / 2);
}

}  // namespace
}  // namespace gatehouse::record
