// What threads share of a ring, as the product does it: workers append, the writer thread drains and commits, readers
// follow. In the thread sanitizer's suite, where the head and the commit mark must order every byte.
#include <atomic>
#include <thread>

#include "record/writer.h"
#include "world.h"

namespace gatehouse::record {
namespace {

constexpr uint32_t kWorkers = 2;
constexpr uint64_t kRecords = 3'000;   // of each worker
constexpr uint64_t kApart = 1'000'000;  // between two workers' numbers

void append_all(RingLog& log, uint64_t from, const std::atomic<uint64_t>& readings) {
  for (uint64_t n = from; n < from + kRecords;) {
    // Somebody reads twice while they append, however busy the machine.
    for (uint64_t seen = readings; n - from == kRecords / 2 && seen < 2; seen = readings) readings.wait(seen);
    const Append result = append_test_record(log, n, n * 97 % 3001, Kind::snapshot);
    ASSERT_NE(result, Append::failed);
    if (result == Append::ok) ++n;
    else std::this_thread::yield();
  }
}

/// in_order says whether each worker's records are there from the first on, none twice, none left out.
bool in_order(const std::vector<uint64_t>& numbers) {
  std::array<uint64_t, kWorkers> next{};
  for (const uint64_t n : numbers)
    if (n / kApart >= kWorkers || n % kApart != next[n / kApart]++) return false;
  return true;
}

void append_drain_and_follow(const Sealing& sealing) {
  TempFolder dir, rings{"/dev/shm"};
  WriterOptions options;
  options.dir = dir.path();
  options.ring_dir = rings.path();
  options.ring_bytes = 64 * 1024;      // wraps some two hundred times
  options.segment_bytes = 128 * 1024;
  options.commit_interval = 200 * kNsPerUs;
  options.rings = kWorkers;
  options.sealing = sealing;
  auto writer = Writer::start(options);
  ASSERT_TRUE(writer.ok()) << writer.error();

  std::vector<std::thread> workers;
  std::atomic<uint32_t> running{kWorkers};
  std::atomic<uint64_t> readings{0};
  for (uint32_t w = 0; w < kWorkers; ++w)
    workers.emplace_back([&, w] {
      append_all(*RingLog::open((*writer)->ring(w), (*writer)->sealer(w)), w * kApart, readings);
      --running;
    });
  std::thread reader([&] {
    size_t last = 0;
    do {
      const Everything all = read_everything(dir.path(), rings.path());
      EXPECT_EQ(say(all.damages), "");
      EXPECT_TRUE(in_order(all.numbers));
      EXPECT_GE(all.numbers.size(), last);
      last = all.numbers.size();
      ++readings;
      readings.notify_all();
    } while (running > 0);
  });
  while (running > 0) {
    ASSERT_TRUE((*writer)->stats().healthy) << (*writer)->stats().last_error;   // any thread may ask
    std::this_thread::yield();
  }
  for (std::thread& worker : workers) worker.join();
  reader.join();
  EXPECT_GT(readings, 1u);
  EXPECT_GT((*writer)->stats().commits, 100u);
  EXPECT_TRUE((*writer)->stop()) << (*writer)->stats().last_error;
  const Everything all = read_everything(dir.path(), rings.path());
  EXPECT_EQ(say(all.damages), "");
  EXPECT_EQ(all.numbers.size(), kWorkers * kRecords);
  EXPECT_TRUE(in_order(all.numbers));
}

// The same two words without the writer, as fast as two threads can go.
TEST(Threads, PublicationOrdersTheBytes) {
  TempFolder rings{"/dev/shm"};
  RingStart start;
  start.process = test_id(1);
  start.segment_bytes = 64 * kPage;
  auto file = RingFile::create(rings.folder(), start, 64 * 1024);
  ASSERT_TRUE(file.ok()) << file.error();
  const RingMemory ring = file->memory();
  constexpr uint64_t kCount = 20'000;
  std::thread worker([&] {
    auto log = RingLog::open(ring.memory());
    for (uint64_t n = 0; n < kCount;) {
      if (append_test_record(*log, n, n * 37 % 900) == Append::ok) ++n;
      else std::this_thread::yield();
    }
  });
  uint64_t at = 0, records = 0;
  std::vector<char> body;
  Chain chain{};
  while (records < kCount) {
    const uint64_t head = ring.head();
    while (at < head) {
      if (const uint64_t left = 63 * kPage - at % (63 * kPage); left < kHeaderBytes) {
        at += left;
        continue;
      }
      RecordHeader header;
      ring.copy_out(at, {reinterpret_cast<char*>(&header), sizeof header});
      ASSERT_TRUE(header_fits(header, head - at));
      body.resize(header.total_bytes - kHeaderBytes);
      ring.copy_out(at + kHeaderBytes, body);
      ASSERT_TRUE(payload_fits(header, view_of(ByteSpan(body))));
      chain = chain_step(chain, header);
      ASSERT_EQ(chain, chain_of(header.chain));
      const bool pad = header.kind == GATEHOUSE_RECORD_PAD;
      records += !pad;
      at += header.total_bytes;
      if (pad) at = round_up(at, 63 * kPage);
    }
    ring.publish_committed(head);
  }
  worker.join();
  EXPECT_EQ(at, ring.head());
}

TEST(Threads, WorkersAppendTheWriterDrainsReadersFollow) { append_drain_and_follow({}); }

// Keys go from the writer thread to the workers, and back come their empty places.
TEST(Threads, TheWriterMakesKeysThatWorkersTake) { append_drain_and_follow(TestKeys().sealing()); }

}  // namespace
}  // namespace gatehouse::record
