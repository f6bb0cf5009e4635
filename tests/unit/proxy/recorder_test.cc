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
  EXPECT_EQ(recorder.settle(1), Append::ok) << "told once";
  EXPECT_EQ(ring->kinds(before, &told).size(), 2U);
}

// An exchange whose close found no room is closed when there is some: nobody takes it for open for ever.
TEST(Recorder, ClosesThatFoundNoRoomComeLater) {
  auto ring = std::make_unique<Ring>();
  telemetry::WorkerMetrics metrics;
  Recorder recorder(*ring->log, metrics);
  const std::string body(2000, 'x');
  record::Sections piece, close;
  piece.bytes(Tag::body, body);
  close.number(Tag::reason, 7);
  close.bytes(Tag::ended_by, "client");
  ExchangeIdSource ids(1);
  const ExchangeId first = ids.next(kNsPerMs), second = ids.next(2 * kNsPerMs), third = ids.next(3 * kNsPerMs);
  while (recorder.append(Kind::piece, first, 1, piece, false) == Append::ok) {
  }
  record::Sections little;
  while (recorder.append(Kind::outcome, first, 1, little, false) == Append::ok) {
  }
  EXPECT_EQ(recorder.append(Kind::close, first, 5, close, true), Append::ok);
  EXPECT_EQ(recorder.append(Kind::close, second, 6, close, true), Append::ok);
  uint64_t at = ring->view.head();
  ring->view.publish_committed(at);
  EXPECT_EQ(recorder.append(Kind::request, third, 9, piece, true), Append::ok);
  std::vector<uint64_t> told;
  ASSERT_EQ(ring->kinds(at, &told), (std::vector<Kind>{Kind::gap, Kind::request, Kind::close, Kind::close}));
  for (const Kind kind : {Kind::gap, Kind::request, Kind::close, Kind::close}) {
    record::RecordHeader header;
    ring->view.copy_out(at, {reinterpret_cast<char*>(&header), sizeof header});
    std::string payload(header.payload_bytes, '\0');
    ring->view.copy_out(at + sizeof header, payload);
    ByteView value;
    uint64_t reason = 0;
    if (kind == Kind::close) {
      EXPECT_EQ(record::id_of(header.exchange), header.wall_ns == 5 ? first : second);
      EXPECT_TRUE(record::find_section(payload, Tag::reason, &value) && record::read_number(value, &reason) && reason == 7);
      EXPECT_TRUE(record::find_section(payload, Tag::ended_by, &value) && value == "client");
    }
    at += header.total_bytes;
  }
  EXPECT_EQ(recorder.settle(9), Append::ok) << "told once";
  EXPECT_EQ(ring->view.head(), at);
}

/// A disk that fails takes no record. Of an exchange that was open then the end is told when it takes some again, once.
TEST(Recorder, ClosesThatABrokenLogDidNotTakeAreOwed) {
  auto ring = std::make_unique<Ring>();
  telemetry::WorkerMetrics metrics;
  Recorder recorder(*ring->log, metrics);
  record::Sections close;
  close.number(Tag::reason, 7);
  ExchangeIdSource ids(1);
  const ExchangeId open = ids.next(kNsPerMs), never = ids.next(kNsPerMs);
  ASSERT_EQ(recorder.append(Kind::request, open, 1, close, false), Append::ok);
  const uint32_t state = ring->view.state();
  ring->view.set_state(state + 1);
  EXPECT_EQ(recorder.append(Kind::request, never, 2, close, false), Append::failed);
  EXPECT_EQ(recorder.append(Kind::close, never, 2, close, false, false), Append::failed);
  EXPECT_EQ(recorder.append(Kind::close, open, 2, close, false), Append::failed);
  EXPECT_EQ(recorder.settle(3), Append::ok);
  const uint64_t at = ring->view.head();
  ring->view.set_state(state);
  EXPECT_EQ(recorder.settle(3), Append::ok);
  EXPECT_EQ(recorder.settle(3), Append::ok);
  std::vector<uint64_t> told;
  EXPECT_EQ(ring->kinds(at, &told), (std::vector<Kind>{Kind::close}));
  EXPECT_EQ(metrics.record_gaps.get(), 0U);
}

/// A gap that is owed is no reason to take what a log that fails did not take for one more: nobody would be told of it.
TEST(Recorder, ALogThatFailsSaysSoWithAGapOwed) {
  auto ring = std::make_unique<Ring>();
  telemetry::WorkerMetrics metrics;
  Recorder recorder(*ring->log, metrics);
  record::Sections close;
  close.number(Tag::reason, 7);
  ExchangeIdSource ids(1);
  const ExchangeId open = ids.next(kNsPerMs), other = ids.next(kNsPerMs);
  ASSERT_EQ(recorder.append(Kind::request, open, 1, close, true), Append::ok);
  ASSERT_EQ(recorder.append(Kind::request, other, 1, close, true), Append::ok);
  while (metrics.record_gaps.get() == 0) ASSERT_EQ(recorder.append(Kind::outcome, {}, 1, close, true), Append::ok);
  const uint32_t state = ring->view.state();
  ring->view.set_state(state + 1);
  EXPECT_EQ(recorder.append(Kind::request, ids.next(kNsPerMs), 2, close, true), Append::failed);
  EXPECT_EQ(recorder.append(Kind::close, open, 2, close, true), Append::failed);
  EXPECT_EQ(recorder.append(Kind::close, other, 2, close, false), Append::failed) << "fail_closed since";
  EXPECT_EQ(recorder.settle(3), Append::failed);
  EXPECT_EQ(metrics.record_gaps.get(), 1U);
  const uint64_t at = ring->view.head();
  ring->view.set_state(state);
  ring->view.publish_committed(at);
  EXPECT_EQ(recorder.settle(3), Append::ok);
  EXPECT_EQ(recorder.settle(3), Append::ok);
  std::vector<uint64_t> told;
  EXPECT_EQ(ring->kinds(at, &told), (std::vector<Kind>{Kind::gap, Kind::close, Kind::close}));
}

TEST(Recorder, LostClosesAreBounded) {
  auto ring = std::make_unique<Ring>();
  telemetry::WorkerMetrics metrics;
  Recorder recorder(*ring->log, metrics);
  record::Sections close;
  close.number(Tag::reason, 7);
  ExchangeIdSource ids(1);
  for (size_t i = 0; i < Recorder::kLostClosesMax + 5000; ++i)
    ASSERT_EQ(recorder.append(Kind::close, ids.next(kNsPerMs), 5, close, true), Append::ok);
  const uint64_t lost = metrics.record_gaps.get();
  ASSERT_GT(lost, Recorder::kLostClosesMax);
  uint64_t closed = 0;
  for (uint64_t at = ring->view.head(), before = 0; at != before; before = at, at = ring->view.head()) {
    std::vector<uint64_t> told;
    ring->view.publish_committed(at);
    EXPECT_EQ(recorder.settle(9), Append::ok);
    EXPECT_EQ(recorder.settle(9), Append::ok);
    for (const Kind kind : ring->kinds(at, &told)) closed += kind == Kind::close;
  }
  EXPECT_EQ(closed, Recorder::kLostClosesMax);
}

// What is lost altogether takes no place from those that were recorded as open.
TEST(Recorder, OfExchangesThatWereNeverRecordedNoCloseIsOwed) {
  auto ring = std::make_unique<Ring>();
  telemetry::WorkerMetrics metrics;
  Recorder recorder(*ring->log, metrics);
  record::Sections close;
  close.number(Tag::reason, 7);
  ExchangeIdSource ids(1);
  const ExchangeId open = ids.next(kNsPerMs);
  ASSERT_EQ(recorder.append(Kind::request, open, 1, close, true), Append::ok);
  EXPECT_EQ(recorder.chain(), ring->log->chain());
  while (metrics.record_gaps.get() == 0) recorder.append(Kind::outcome, {}, 1, close, true);
  for (size_t i = 0; i < Recorder::kLostClosesMax + 10; ++i)
    ASSERT_EQ(recorder.append(Kind::close, ids.next(kNsPerMs), 5, close, true, false), Append::ok);
  EXPECT_EQ(recorder.chain(), record::Chain{});
  ASSERT_EQ(recorder.append(Kind::close, open, 6, close, true), Append::ok);
  const uint64_t at = ring->view.head();
  ring->view.publish_committed(at);
  EXPECT_EQ(recorder.settle(9), Append::ok);
  EXPECT_EQ(recorder.settle(9), Append::ok);
  std::vector<uint64_t> told;
  EXPECT_EQ(ring->kinds(at, &told), (std::vector<Kind>{Kind::gap, Kind::close})) << "of the one that was open";
}

// The chain of a request is its own, whatever closes were owed behind it.
TEST(Recorder, TheChainIsThatOfTheRecordThatWasAskedFor) {
  auto ring = std::make_unique<Ring>();
  telemetry::WorkerMetrics metrics;
  Recorder recorder(*ring->log, metrics);
  record::Sections close;
  close.number(Tag::reason, 7);
  ExchangeIdSource ids(1);
  while (metrics.record_gaps.get() == 0) recorder.append(Kind::close, ids.next(kNsPerMs), 1, close, true);
  uint64_t at = ring->view.head();
  ring->view.publish_committed(at);
  ASSERT_EQ(recorder.append(Kind::request, ids.next(kNsPerMs), 1, close, true), Append::ok);
  std::vector<uint64_t> told;
  ASSERT_EQ(ring->kinds(at, &told), (std::vector<Kind>{Kind::gap, Kind::request, Kind::close}));
  record::RecordHeader header;
  for (int i = 0; i < 2; ++i, at += header.total_bytes) ring->view.copy_out(at, {reinterpret_cast<char*>(&header), sizeof header});
  EXPECT_EQ(recorder.chain(), record::chain_of(header.chain));
  EXPECT_NE(recorder.chain(), ring->log->chain());
}

}  // namespace
}  // namespace gatehouse::proxy
