// Mapped files that are cut: a flag for who uses the mapping, a signal for nobody; elsewhere the signal ends the process as ever.
#include "record/lost_pages.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "record/lane.h"
#include "world.h"

namespace gatehouse::record {
namespace {

constexpr uint64_t kBytes = 64 * 1024;

/// Mapped is a file of its own and its mapping.
struct Mapped {
  TempFolder dir{"/dev/shm"};
  Descriptor file{::open((dir.path() + "/mapped").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  ByteSpan memory;

  Mapped() {
    cut(kBytes);
    void* const at = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    if (at == MAP_FAILED) ::abort();
    memory = {static_cast<char*>(at), kBytes};
    std::memset(memory.data(), 'x', memory.size());
  }
  ~Mapped() { ::munmap(memory.data(), memory.size()); }
  void cut(uint64_t bytes) const { ASSERT_EQ(::ftruncate(file.get(), static_cast<off_t>(bytes)), 0); }
};

volatile char seen;

TEST(LostPages, APageThatTheFileHasNoMoreIsZerosAndAFlag) {
  Mapped mapped;
  LostPages pages;
  ASSERT_TRUE(pages.watch(mapped.memory));
  mapped.cut(8192);
  seen = mapped.memory.data()[8191];
  EXPECT_EQ(seen, 'x');
  EXPECT_FALSE(pages.lost()) << "what the file has is good";
  errno = 7;
  seen = mapped.memory.data()[8192];
  EXPECT_EQ(errno, 7);
  EXPECT_EQ(seen, 0);
  EXPECT_TRUE(pages.lost());
  mapped.memory.data()[kBytes - 1] = 'y';   // writing is no different
  seen = mapped.memory.data()[kBytes - 1];
  EXPECT_EQ(seen, 'y');
  EXPECT_EQ(::lseek(mapped.file.get(), 0, SEEK_END), 8192) << "the file is not grown again";
}

TEST(LostPages, EachMappingHasAFlagOfItsOwn) {
  Mapped one, other;
  LostPages first, second;
  ASSERT_TRUE(first.watch(one.memory) && second.watch(other.memory));
  other.cut(0);
  std::thread([&] { seen = other.memory.data()[100]; }).join();   // in whatever thread
  EXPECT_FALSE(first.lost());
  EXPECT_TRUE(second.lost());
  EXPECT_EQ(&LostPages::flag_of(other.memory.data() + kBytes - 1), &second.flag());
  EXPECT_EQ(&LostPages::flag_of(one.memory.data()), &first.flag());
  const LostPages moved(std::move(second));
  EXPECT_TRUE(moved.lost());
  EXPECT_FALSE(second.lost());   // NOLINT: it watches nothing now
  char plain = 0;
  EXPECT_FALSE(LostPages::flag_of(&plain).load());
}

TEST(LostPages, ASlotThatIsTakenAgainKnowsNothingOfBefore) {
  Mapped one, other;
  {
    LostPages pages;
    ASSERT_TRUE(pages.watch(one.memory));
    one.cut(0);
    seen = one.memory.data()[0];
    EXPECT_TRUE(pages.lost());
  }
  LostPages again;
  ASSERT_TRUE(again.watch(other.memory));
  EXPECT_FALSE(again.lost());
}

TEST(LostPages, ManyThreadsThatTouchTheSamePageAllSeeTheFlag) {
  Mapped mapped;
  LostPages pages;
  ASSERT_TRUE(pages.watch(mapped.memory));
  mapped.cut(0);
  std::atomic<int> unseen{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (uint64_t at = 0; at < kBytes; at += kPage) {
        const auto word = std::atomic_ref<uint64_t>(*reinterpret_cast<uint64_t*>(mapped.memory.data() + at)).load();
        if (word == 0 && !pages.lost()) ++unseen;
      }
    });
  for (auto& each : threads) each.join();
  EXPECT_EQ(unseen.load(), 0);
}

/// dies_of says by which signal a child ends that does this; 0: by none. A sanitizer that had the signal first ends it with a code.
template <typename Work>
int dies_of(const Work& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    ::_exit(0);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  if (WIFEXITED(status)) return WEXITSTATUS(status) == 0 ? 0 : SIGBUS;
  return WTERMSIG(status);
}

TEST(LostPages, ElsewhereTheSignalEndsTheProcess) {
  const auto touch = [](bool watched, bool sent) {
    Mapped mapped, other;
    LostPages pages;
    if (!pages.watch(watched ? mapped.memory : other.memory)) ::abort();
    mapped.cut(0);
    if (sent) ::raise(SIGBUS);
    seen = mapped.memory.data()[0];
  };
  EXPECT_EQ(dies_of([&] { touch(true, false); }), 0);
  EXPECT_EQ(dies_of([&] { touch(false, false); }), SIGBUS);
  EXPECT_EQ(dies_of([&] { touch(true, true); }), SIGBUS) << "one that somebody sent is not about memory";
}

struct Ring {
  TempFolder dir{"/dev/shm"};
  RingFile file;
  std::unique_ptr<RingLog> log;

  Ring() : file(make(dir)), log(RingLog::open(file.memory().memory())) {}
  static RingFile make(const TempFolder& dir) {
    auto made = RingFile::create(dir.folder(), {.worker = 3, .process = test_id(1)}, 64 * 1024);
    if (!made) ::abort();
    return std::move(*made);
  }
  void cut(uint64_t bytes) const { ASSERT_EQ(::truncate((dir.path() + "/" + file.name()).c_str(), static_cast<off_t>(bytes)), 0); }
};

TEST(LostPages, ARecordThatTheRingsFileHasNoRoomForIsNotOk) {
  for (const uint64_t left : {uint64_t{0}, kPage, 2 * kPage}) {
    Ring ring;
    ASSERT_EQ(append_test_record(*ring.log, 0, 100), Append::ok);
    ring.cut(left);
    bool cut = false;
    EXPECT_FALSE(ring.file.linked(ring.dir.folder(), &cut));
    EXPECT_TRUE(cut);
    EXPECT_EQ(append_test_record(*ring.log, 1, 3000), left == 2 * kPage ? Append::ok : Append::failed) << "within what is left";
    EXPECT_EQ(append_test_record(*ring.log, 2, 3000), Append::failed) << left;
    EXPECT_TRUE(ring.file.lost());
    EXPECT_TRUE(ring.log->broken());
    EXPECT_EQ(append_test_record(*ring.log, 3, 10), Append::failed) << "for good";
  }
}

TEST(LostPages, ARingThatSomebodyWritesOverFailsTheLogAndAssertsNothing) {
  for (const uint64_t committed : {uint64_t{1} << 40, uint64_t{UINT64_MAX}}) {
    Ring ring;
    while (append_test_record(*ring.log, 0, 3000) == Append::ok) {}
    ring.file.memory().publish_committed(committed);
    EXPECT_EQ(append_test_record(*ring.log, 1, 3000), Append::failed);
    EXPECT_TRUE(ring.log->broken());
  }
}

/// Written is a ring whose records are on their way to a segment: written, not yet settled.
struct Written {
  TempFolder dir, rings{"/dev/shm"};
  std::unique_ptr<Disk> disk = [] {
    auto opened = Disk::open();
    if (!opened) ::abort();
    return std::move(*opened);
  }();
  SpareMaker spares{dir.folder(), test_id(1), "records", 64 << 10, false, 1};
  Lane lane{Ring::make(rings), {}, 0};
  std::unique_ptr<RingLog> log{RingLog::open(lane.ring().memory().memory())};

  Written() {
    lane.digest_from_now();
    for (uint64_t n = 0; n < 5; ++n) EXPECT_EQ(append_test_record(*log, n, 3000), Append::ok);
    std::string error;
    while (!lane.begin(dir.folder(), spares, *disk, &error)) {   // its segment is being made
      if (!error.empty()) ADD_FAILURE() << error;
      std::this_thread::yield();
    }
  }
  void cut(uint64_t bytes) {
    ASSERT_EQ(::truncate((rings.path() + "/" + lane.ring().name()).c_str(), static_cast<off_t>(bytes)), 0);
  }
};

TEST(LostPages, WhatWasReadFromLostPagesIsNeverDurable) {
  Written good;
  EXPECT_TRUE(good.disk->run().empty());
  EXPECT_TRUE(good.lane.settle());
  EXPECT_EQ(good.log->committed(), good.log->head());
  const HeadRing head = good.lane.head();
  EXPECT_EQ(head.offset, good.log->head());
  EXPECT_EQ(head.digests.size(), 1U);

  for (const uint64_t left : {uint64_t{0}, kPage, 2 * kPage}) {
    Written written;
    EXPECT_TRUE(written.disk->run().empty());
    written.cut(left);
    EXPECT_FALSE(written.lane.settle()) << "its digests are of zeros";
    EXPECT_TRUE(written.lane.broken());
    EXPECT_LT(written.log->committed(), written.log->head());
    const HeadRing none = written.lane.head();
    EXPECT_EQ(none.offset, 0U);
    EXPECT_TRUE(none.digests.empty());
    EXPECT_TRUE(written.log->broken());
    std::string error;
    EXPECT_FALSE(written.lane.ring_in_place(written.rings.folder(), &error));
    EXPECT_NE(error.find(written.lane.ring().name()), std::string::npos);
  }
}

// Nobody touched a page that was gone: the file's blocks tell.
TEST(LostPages, ARingThatWasCutAndHasGrownBackIsSeen) {
  for (const uint64_t left : {uint64_t{0}, kPage, 4 * kPage}) {
    Written written;
    EXPECT_TRUE(written.disk->run().empty());
    std::string error;
    EXPECT_TRUE(written.lane.ring_in_place(written.rings.folder(), &error)) << error;
    const uint64_t bytes = written.lane.ring().memory().memory().size();
    written.cut(left);
    written.cut(bytes);
    EXPECT_FALSE(written.lane.ring_in_place(written.rings.folder(), &error));
    EXPECT_TRUE(written.lane.ring_cut());
    EXPECT_NE(error.find(written.lane.ring().name()), std::string::npos);
  }
}

TEST(LostPages, WhatCannotBeReadAnyMoreFailsTheWrite) {
  Written written;
  written.cut(kPage);
  EXPECT_FALSE(written.disk->run().empty()) << "the kernel does not raise a signal of it";
}

// Readers read: they map nothing, and a ring that is cut between two looks is a damage that names it.
TEST(LostPages, AReaderOfARingThatIsCutMeanwhileSaysSo) {
  for (const uint64_t left : {uint64_t{0}, kPage, 2 * kPage}) {
    Ring ring;
    const TempFolder dir;
    for (uint64_t n = 0; n < 10; ++n) ASSERT_EQ(append_test_record(*ring.log, n, 3000), Append::ok);
    auto reader = Reader::open({dir.path(), ring.dir.path(), 0});
    ASSERT_TRUE(reader.ok());
    ASSERT_EQ((*reader)->next(), Stream::Step::record);
    ring.cut(left);
    std::vector<Damage> found;
    for (Stream::Step step = (*reader)->next(); step != Stream::Step::end; step = (*reader)->next())
      if (step == Stream::Step::damage) found.push_back((*reader)->damage());
    EXPECT_FALSE(found.empty()) << left;
    for (const Damage& each : found) EXPECT_EQ(each.file, ring.file.name());
  }
}

}  // namespace
}  // namespace gatehouse::record
