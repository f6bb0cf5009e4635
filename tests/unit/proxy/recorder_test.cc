// Records that find no room: counted, and told by the next that does.
#include "proxy/recorder.h"

#include <gtest/gtest.h>

#include "record/ring_memory.h"

namespace gatehouse::proxy {
namespace {

using record::Append;
using record::Kind;
using record::Tag;

struct Ring {
  alignas(4096) char memory[64 * 1024];
  record::RingMemory view{ByteSpan(memory)};
  std::unique_ptr<record::RingLog> log;

  Ring() {
    record::create_ring(memory, 0, {});
    log = record::RingLog::open(memory);
  }
  /// kinds of the records from `offset` on, and what gaps say.
  std::vector<Kind> kinds(uint64_t offset, std::vector<uint64_t>* told) const {
    std::vector<Kind> all;
    while (offset < view.head()) {
      record::RecordHeader header;
      view.copy_out(offset, {reinterpret_cast<char*>(&header), sizeof header});
      all.push_back(static_cast<Kind>(header.kind));
      std::string payload(header.payload_bytes, '\0');
      view.copy_out(offset + sizeof header, payload);
      ByteView value;
      uint64_t number = 0;
      for (const Tag tag : {Tag::gap_records, Tag::gap_bytes})
        if (all.back() == Kind::gap && record::find_section(payload, tag, &value) && record::read_number(value, &number))
          told->push_back(number);
      offset += header.total_bytes;
    }
    return all;
  }
};

TEST(Recorder, GapsAreToldWhereTheyWereAskedForAndNowhereElse) {
  auto ring = std::make_unique<Ring>();
  telemetry::WorkerMetrics metrics;
  Recorder recorder(*ring->log, metrics);
  const std::string body(5000, 'x');
  record::Sections sections;
  sections.bytes(Tag::body, body);
  while (recorder.append(Kind::piece, {}, 1, sections, false) == Append::ok) {
  }
  EXPECT_EQ(recorder.append(Kind::piece, {}, 1, sections, false), Append::full) << "block: it waits";
  EXPECT_EQ(metrics.record_gaps.get(), 0U);
  EXPECT_EQ(recorder.append(Kind::piece, {}, 1, sections, true), Append::ok);
  EXPECT_EQ(recorder.append(Kind::close, {}, 1, sections, true), Append::ok);
  EXPECT_EQ(metrics.record_gaps.get(), 2U);
  EXPECT_EQ(recorder.append(Kind::piece, {}, 1, sections, false), Append::full) << "the gap has to be told first";
  const uint64_t before = ring->view.head();
  ring->view.publish_committed(before);
  EXPECT_EQ(recorder.append(Kind::outcome, {}, 1, sections, true), Append::ok);
  std::vector<uint64_t> told;
  EXPECT_EQ(ring->kinds(before, &told), (std::vector<Kind>{Kind::gap, Kind::outcome}));
  EXPECT_EQ(told, (std::vector<uint64_t>{2, 2 * (120 + 8 + 5000)}));
  EXPECT_TRUE(recorder.settle(1)) << "told once";
  EXPECT_EQ(ring->kinds(before, &told).size(), 2U);
}

}  // namespace
}  // namespace gatehouse::proxy
