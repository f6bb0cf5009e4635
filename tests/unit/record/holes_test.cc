// Who may write the folder, and has no key, puts records where a hole cuts them off from every signed place: in front of what is not
// here, or was erased. No chain leads to them from what is signed behind it: they are not called signed.
#include <filesystem>

#include "forger.h"
#include "proof_world.h"
#include "record/attest.h"
#include "record/retention.h"

namespace gatehouse::record {
namespace {

struct Hole : ::testing::Test {
  ProofWorld world;
  Hole() {
    world.options.sealing = {};
    world.options.head_interval = 3600 * kNsPerSecond;   // signed are its beginning and its end
    world.options.rings = 1;
  }

  std::string path(const std::string& name) const { return world.dir.path() + "/" + name; }
  void remove(const std::string& name) const { std::filesystem::remove(path(name)); }

  std::map<Epoch, SignedEpoch> signed_places() const {
    HeadBook book;
    book.read_folder(world.dir.path());
    book.settle();
    return book.epochs();
  }

  /// put_in writes a segment with these records and a pad, whose sequences, tags and chain go on from its header.
  void put_in(SegmentHeader header, std::vector<ForgedRecord> records, const std::string& in_place_of = {}) const {
    const Epoch epoch{id_of(header.process), header.worker};
    header.base = header.index * segment_data(header.segment_bytes);
    header.open_from = std::min(header.open_from, header.base);
    if (!records.empty()) {
      header.created_ns = records.front().header.wall_ns;
      ForgedRecord& pad = records.emplace_back();
      pad.header.kind = GATEHOUSE_RECORD_PAD;
      pad.header.wall_ns = header.created_ns;
    }
    seal_segment(header);
    std::string bytes(header.segment_bytes, '\0');
    std::memcpy(bytes.data(), &header, sizeof header);
    Chain chain = chain_of(header.chain);
    uint64_t at = kPage, sequence = header.sequence;
    for (ForgedRecord& record : records) {
      record.header.sequence = sequence++;
      record.header.epoch_tag = epoch_tag(epoch);
      chain = seal_header(record.header, record.header.payload_bytes, crypto::crc32c(record.body), chain);
      std::memcpy(bytes.data() + at, &record.header, sizeof record.header);
      std::memcpy(bytes.data() + at + kHeaderBytes, record.body.data(), record.body.size());
      at += record.header.total_bytes;
    }
    if (!in_place_of.empty()) remove(in_place_of);
    write_whole(path(segment_name(epoch, header.index, header.created_ns)), bytes);
  }

  Findings part() const {
    VerifyOptions wanted = world.verifying();
    wanted.part = true;
    return findings(wanted);
  }

  static bool says(const Findings& found, const std::string& text) {
    return std::any_of(found.totals.notes.begin(), found.totals.notes.end(),
                       [&](const std::string& note) { return note.find(text) != std::string::npos; });
  }
};

constexpr const char* kCutOff = "under no head, as no chain leads there";

TEST_F(Hole, BetweenTwoThatAreNotHereNothingIsSigned) {
  world.run(120);
  Forger forger(world.dir.path(), 0);
  const auto& [epoch, segments] = *forger.epochs().begin();
  ASSERT_GT(segments.size(), 5u);
  const auto places = signed_places().at(epoch).anchors;
  const ForgedSegment& where = segments[2];
  ForgedRecord record = where.records.back();
  uint64_t sequence = 0;   // with no signed place behind it
  for (const ForgedRecord& each : where.records)
    if (std::none_of(places.begin(), places.end(), [&](const Anchor& one) {   // nor behind a pad
          return one.sequence == each.header.sequence + 1 || one.sequence == each.header.sequence + 2;
        }))
      sequence = each.header.sequence;
  ASSERT_NE(sequence, 0u);
  SegmentHeader header = where.header;
  header.sequence = sequence;
  remove(segments[1].name);
  remove(segments[3].name);
  put_in(header, {record}, where.name);
  const Findings found = part();
  EXPECT_EQ(found.text(), "");
  EXPECT_GE(found.totals.unsigned_records, 1u);
  EXPECT_TRUE(says(found, kCutOff));
  // The same with nothing put in: what is chained to a signed place is signed.
  EXPECT_GT(found.totals.signed_records, 100u);
}

// An epoch that never was, a segment without records at its end whose header says the chain that the next epoch begins with.
TEST_F(Hole, ANextEpochSignsNothingOverAHole) {
  world.run(10);
  world.run(120);
  Forger forger(world.dir.path(), 0);
  const auto& [real, earlier] = *forger.epochs().begin();
  const auto& [later, segments] = *forger.epochs().rbegin();
  Epoch never = real;
  ++never.process.bytes[15];
  ASSERT_TRUE(real.process < never.process && never.process < later.process);

  SegmentHeader header = earlier[0].header;   // what never was, then a hole, then what the next epoch begins with
  put_id(never.process, header.process);
  auto records = earlier[0].records;
  if (records.back().header.kind == GATEHOUSE_RECORD_END) records.pop_back();
  put_in(header, records);
  header.index = 2;
  header.sequence = 1000;
  std::memcpy(header.chain, segments[0].header.chain, sizeof header.chain);
  put_in(header, {});
  for (const ForgedSegment& each : earlier) remove(each.name);

  for (size_t i = 0; i < segments.size(); ++i) {
    SegmentHeader of = segments[i].header;
    put_id(never.process, of.previous_process);
    seal_segment(of);
    std::string bytes = read_whole(path(segments[i].name));
    std::memcpy(bytes.data(), &of, sizeof of);
    write_whole(path(segments[i].name), bytes);
  }
  const Findings found = part();
  EXPECT_EQ(found.text(), "") << "of a part nobody can tell";
  EXPECT_GE(found.totals.unsigned_records, records.size()) << "but does not say that it is signed";
}

TEST_F(Hole, WhatStandsBeforeAnErasedSegmentIsSignedUpToTheLastPlace) {
  world.run(120);
  Forger forger(world.dir.path(), 0);
  const auto& segments = forger.epochs().begin()->second;   // no structured binding: clang 14 has none in a lambda
  ASSERT_GT(segments.size(), 5u);
  const auto places = signed_places().at(forger.epochs().begin()->first).anchors;
  // A segment behind whose last signed place records follow, pad included.
  size_t which = 0;
  for (size_t i = 1; i + 2 < segments.size(); ++i)
    if (std::none_of(places.begin(), places.end(), [&](const Anchor& one) {
          return one.sequence == segments[i + 1].header.sequence || one.sequence + 1 == segments[i + 1].header.sequence;
        }))
      which = i;
  ASSERT_NE(which, 0u) << "heads stand at each border";
  ASSERT_TRUE(mark(world.dir.folder(), segments[which + 1].name, kEraseSuffix, "by a test").ok());
  const auto swept = sweep(world.dir.folder(), world.dir.path(), {}, wall_now(), "test", attest_alone(world.dir.path(), world.heads));
  ASSERT_TRUE(swept.ok() && swept->erased.size() == 1u);
  const Findings before = findings(world.verifying());
  EXPECT_EQ(before.text(), "");
  EXPECT_TRUE(says(before, kCutOff));

  // The last record there, its header and what of the chain comes behind it.
  std::string bytes = read_whole(path(segments[which].name));
  Chain chain = chain_of(segments[which].records[segments[which].records.size() - 2].header.chain);
  uint64_t at = segments[which].records.back().place;
  for (bool first = true; at + kHeaderBytes <= bytes.size(); first = false) {
    RecordHeader header;
    std::memcpy(&header, bytes.data() + at, sizeof header);
    if (!header_fits(header, bytes.size() - at)) break;
    if (first) header.stream = 7;
    chain = seal_header(header, header.payload_bytes, header.payload_crc, chain);
    std::memcpy(bytes.data() + at, &header, sizeof header);
    at += header.total_bytes;
  }
  write_whole(path(segments[which].name), bytes);
  const Findings after = findings(world.verifying());
  EXPECT_EQ(after.text(), "") << "nobody can tell";
  EXPECT_EQ(after.totals.unsigned_records, before.totals.unsigned_records);
  EXPECT_GE(after.totals.unsigned_records, 1u) << "but does not say that it is signed";
}

}  // namespace
}  // namespace gatehouse::record
