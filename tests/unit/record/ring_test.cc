#include <sys/stat.h>
#include <unistd.h>

#include <numeric>

#include "record/write_lock.h"
#include "world.h"

namespace gatehouse::record {
namespace {

struct RingWorld {
  TempFolder dir;
  TempFolder rings;
  RingStart start;

  RingWorld() {
    start.process = test_id(1);
    start.segment_bytes = 64 * kPage;
    start.created = 1;
    start.boot_id = boot_id();
  }
  RingFile make(uint64_t capacity = 64 * 1024) {
    auto ring = RingFile::create(rings.folder(), start, capacity);
    EXPECT_TRUE(ring.ok()) << ring.error();
    return std::move(*ring);
  }
};

TEST(Ring, RecordsAreReadBackFromTheRingAlone) {
  RingWorld world;
  RingFile file = world.make();
  auto log = RingLog::open(file.memory().memory());
  for (uint64_t n = 0; n < 20; ++n) ASSERT_EQ(append_test_record(*log, n, n * 131 % 3000), Append::ok);
  const auto all = read_everything(world.dir.path(), world.rings.path());
  EXPECT_EQ(say(all.damages), "");
  ASSERT_EQ(all.numbers.size(), 20u);
  for (uint64_t n = 0; n < 20; ++n) EXPECT_EQ(all.numbers[n], n);
  EXPECT_EQ(all.from_rings, 20u);
}

TEST(Ring, IsFullWithoutACommitAndHasRoomAfterOne) {
  RingWorld world;
  RingFile file = world.make();
  auto log = RingLog::open(file.memory().memory());
  uint64_t n = 0;
  while (append_test_record(*log, n, 1000) == Append::ok) ++n;
  EXPECT_GT(n, 50u);
  const uint64_t head = file.memory().head();
  EXPECT_EQ(append_test_record(*log, n, 1000), Append::full);
  EXPECT_EQ(file.memory().head(), head) << "a refused record leaves nothing";
  file.memory().publish_committed(head);
  EXPECT_EQ(log->room(), file.memory().capacity());
  EXPECT_EQ(append_test_record(*log, n, 1000), Append::ok);
}

TEST(Ring, RefusesWhenTheWriterSaysFailed) {
  RingWorld world;
  RingFile file = world.make();
  auto log = RingLog::open(file.memory().memory());
  file.memory().set_state(kRingFailed);
  EXPECT_EQ(append_test_record(*log, 0, 10), Append::failed);
  file.memory().set_state(kRingOpen);
  EXPECT_EQ(append_test_record(*log, 0, 10), Append::ok);
  EXPECT_EQ(append_test_record(*log, 1, log->largest()), Append::failed) << "larger than any record may be";
}

TEST(Ring, OpensAgainWhereItStood) {
  RingWorld world;
  RingFile file = world.make();
  for (uint64_t n = 0; n < 5; ++n) {
    auto log = RingLog::open(file.memory().memory());
    ASSERT_EQ(append_test_record(*log, n, 300), Append::ok);
  }
  const auto all = read_everything(world.dir.path(), world.rings.path());
  EXPECT_EQ(say(all.damages), "");
  EXPECT_EQ(all.numbers, (std::vector<uint64_t>{0, 1, 2, 3, 4}));
}

// Segments of two pages make every second record meet a border; none may cross it.
TEST(Ring, NoRecordCrossesASegmentBorder) {
  RingWorld world;
  world.start.segment_bytes = 3 * kPage;
  RingFile file = world.make(256 * 1024);
  auto log = RingLog::open(file.memory().memory());
  uint64_t n = 0;
  for (; n < 60; ++n) ASSERT_EQ(append_test_record(*log, n, n * 397 % 3000), Append::ok);
  std::string why;
  Stream stream(world.dir.folder(), {world.start.process, 0}, {}, RingSource::open(world.rings.folder(), file.name(), &why));
  uint64_t seen = 0, pads_until = 0;
  for (;; ++seen) {
    const auto step = stream.next();
    if (step == Stream::Step::end) break;
    ASSERT_EQ(step, Stream::Step::record) << stream.damage().what;
    const RecordView& r = stream.record();
    EXPECT_EQ(r.offset / (2 * kPage), (r.offset + r.header.total_bytes - 1) / (2 * kPage)) << seen;
    EXPECT_GE(r.offset, pads_until);
    pads_until = r.offset + r.header.total_bytes;
  }
  EXPECT_EQ(seen, n);
}

// Every gap size before a border: from none over too small for a pad to a whole page.
TEST(Ring, EveryGapBeforeABorderIsCrossed) {
  for (size_t size = 7600; size < 8192 - 120 - 16 - 8; size += 8) {
    alignas(4096) static char memory[128 * 1024];
    create_ring(memory, RingStart{.process = test_id(3), .segment_bytes = 3 * kPage});
    auto log = RingLog::open(memory);
    ASSERT_EQ(append_test_record(*log, 0, size), Append::ok);
    ASSERT_EQ(append_test_record(*log, 1, 600), Append::ok);
    const RingMemory ring{ByteSpan(memory)};
    RecordHeader header;
    uint64_t at = round_up(120 + 16 + 8 + size, 8);
    if (2 * kPage - at >= 120 && 2 * kPage - at < round_up(120 + 16 + 8 + 600, 8)) {
      ring.copy_out(at, {reinterpret_cast<char*>(&header), sizeof header});
      EXPECT_EQ(header.kind, GATEHOUSE_RECORD_PAD) << size;
    }
    ring.copy_out(2 * kPage, {reinterpret_cast<char*>(&header), sizeof header});
    EXPECT_TRUE(header_fits(header, 2 * kPage)) << size;
    EXPECT_EQ(id_of(header.exchange), test_id(1));
  }
}

TEST(Ring, ALiveRingOfTwoWorkersMergesByTime) {
  RingWorld world;
  RingFile first = world.make();
  world.start.worker = 1;
  RingFile second = world.make();
  auto a = RingLog::open(first.memory().memory());
  auto b = RingLog::open(second.memory().memory());
  for (uint64_t n = 0; n < 40; ++n) ASSERT_EQ(append_test_record(n % 3 == 0 ? *a : *b, n, 50), Append::ok);
  const auto all = read_everything(world.dir.path(), world.rings.path());
  EXPECT_EQ(say(all.damages), "");
  std::vector<uint64_t> expected(40);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(all.numbers, expected);
}

TEST(Ring, AFlippedByteInTheRingIsNamedAndTheRestStillRead) {
  RingWorld world;
  RingFile file = world.make();
  auto log = RingLog::open(file.memory().memory());
  for (uint64_t n = 0; n < 10; ++n) ASSERT_EQ(append_test_record(*log, n, 100), Append::ok);
  const uint64_t one = round_up(120 + 16 + 8 + 100, 8);
  for (uint64_t byte = 3 * one; byte < 4 * one; ++byte) {
    file.memory().data()[byte] ^= 0x40;
    const auto all = read_everything(world.dir.path(), world.rings.path());
    EXPECT_FALSE(all.damages.empty()) << byte - 3 * one;
    EXPECT_GE(all.numbers.size(), 9u) << byte - 3 * one;
    file.memory().data()[byte] ^= 0x40;
  }
}

TEST(Ring, HostileHeadersAreNoRing) {
  RingWorld world;
  RingFile file = world.make();
  RingHeader& header = file.memory().header();
  std::string why;
  header.committed = 8;  // above head
  EXPECT_EQ(RingSource::open(world.rings.folder(), file.name(), &why), nullptr);
  EXPECT_EQ(why, "ring head and commit mark contradict each other");
  header.committed = 0;
  header.head = header.capacity + 8;
  EXPECT_EQ(RingSource::open(world.rings.folder(), file.name(), &why), nullptr);
  header.head = 0;
  EXPECT_NE(RingSource::open(world.rings.folder(), file.name(), &why), nullptr);
  header.capacity += kPage;
  EXPECT_EQ(RingSource::open(world.rings.folder(), file.name(), &why), nullptr);
  EXPECT_EQ(why, "ring header is damaged");
}

TEST(Folder, RefusesWhatOthersCanReach) {
  TempFolder dir;
  const std::string open = dir.path() + "/open";
  ASSERT_EQ(::mkdir(open.c_str(), 0755), 0);
  auto opened = make_folder(open);
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(opened.error().find("chmod 700"), std::string::npos);
  ASSERT_EQ(::symlink(dir.path().c_str(), (dir.path() + "/link").c_str()), 0);
  EXPECT_FALSE(make_folder(dir.path() + "/link").ok());
  auto made = make_folder(dir.path() + "/made");
  ASSERT_TRUE(made.ok());
  struct stat info {};
  ASSERT_EQ(::stat((dir.path() + "/made").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
}

TEST(Folder, HasOneWriter) {
  TempFolder dir;
  auto first = lock_writing(dir.folder(), dir.path(), kRecordsLock);
  ASSERT_TRUE(first.ok());
  auto second = lock_writing(dir.folder(), dir.path(), kRecordsLock);
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().find("process " + std::to_string(::getpid())), std::string::npos) << second.error();
  EXPECT_TRUE(lock_writing(dir.folder(), dir.path(), kRingsLock, {&dir.folder()}).ok()) << "rings may lie in the same folder";
  *first = {};
  auto before = lock_folder(dir.folder(), dir.path(), kRecordsLock);   // as gateways before had it
  ASSERT_TRUE(before.ok());
  EXPECT_FALSE(lock_writing(dir.folder(), dir.path(), kRecordsLock).ok());
  before->reset();
  EXPECT_TRUE(lock_writing(dir.folder(), dir.path(), kRecordsLock).ok());
}

TEST(Layout, SegmentNamesRoundTripAndSortByTime) {
  const Epoch epoch{test_id(9), 12};
  const std::string name = segment_name(epoch, 345, 1'700'000'000'123'456'789);
  EXPECT_TRUE(name.starts_with("20231114T221320.123456Z-")) << name;
  Epoch back;
  uint32_t index = 0;
  ASSERT_TRUE(parse_segment_name(name, &back, &index));
  EXPECT_EQ(back, epoch);
  EXPECT_EQ(index, 345u);
  EXPECT_LT(name, segment_name({test_id(2), 0}, 0, 1'700'000'001'000'000'000));
  EXPECT_FALSE(parse_segment_name(name.substr(1), &back, &index));
  EXPECT_FALSE(parse_segment_name(name + "x", &back, &index));
}

TEST(Sections, HostilePayloadsEndTheWalk) {
  std::string payload(8, '\0');
  Tag tag;
  ByteView value;
  payload[4] = 1;  // length past the end
  SectionReader past(payload);
  EXPECT_FALSE(past.next(&tag, &value));
  EXPECT_TRUE(past.malformed());
  SectionReader shorter(ByteView(payload).substr(0, 7));
  EXPECT_FALSE(shorter.next(&tag, &value));
  EXPECT_TRUE(shorter.malformed());
  SectionReader empty{ByteView()};
  EXPECT_FALSE(empty.next(&tag, &value));
  EXPECT_FALSE(empty.malformed());
}

TEST(Ring, WhoBeginsMidwayInARingMissesNothing) {
  RingWorld world;
  world.start.segment_bytes = 8 * kPage;
  RingFile file = world.make();
  auto log = RingLog::open(file.memory().memory());
  for (uint64_t n = 0; n < 30; ++n) ASSERT_EQ(append_test_record(*log, n, 1500), Append::ok);
  const Epoch epoch{world.start.process, world.start.worker};
  Catalog catalog;
  Catalog::Part part;
  part.ring = ring_name(epoch);
  const auto stream = open_stream(world.dir.folder(), &world.rings.folder(), epoch, part, &catalog, 1);
  uint64_t records = 0, first = 0;
  for (auto step = stream->next(); step != Stream::Step::end; step = stream->next()) {
    ASSERT_EQ(step, Stream::Step::record) << stream->damage().what;
    if (records++ == 0) first = stream->record().header.sequence;
  }
  EXPECT_GT(first, 0u);
  EXPECT_EQ(first + records, stream->next_sequence());
}

}  // namespace
}  // namespace gatehouse::record
