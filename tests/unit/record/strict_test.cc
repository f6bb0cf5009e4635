// Strict heads: what recovery alone wrote, and tombstones, are under digests as all other records are.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "forger.h"
#include "proof_world.h"
#include "record/attest.h"
#include "record/recovery.h"
#include "record/retention.h"
#include "record/verify_epoch.h"

namespace gatehouse::record {
namespace {

/// killed is a process that writes `exchanges` to ring 0, has one open, and dies in the middle of it, once it wrote `heads`, and `on_disk`:
/// once they are there; 2: once a head says so, too.
void killed(ProofWorld& world, uint64_t exchanges, uint64_t heads = 0, int on_disk = 0) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto writer = world.start();
    auto log = RingLog::open(writer->ring(0), writer->sealer(0));
    for (uint64_t n = 0; n < exchanges; ++n) world.exchange(*log, n);
    while (writer->stats().heads.written < heads) std::this_thread::yield();
    while (on_disk > 0 && log->committed() < log->head()) std::this_thread::yield();
    const Epoch epoch{writer->process(), 0};
    while (on_disk > 1 && digested_to(world.dir.folder(), epoch.process).durable(epoch) < log->head()) std::this_thread::yield();
    Sections sections;
    sections.bytes(Tag::subject, "job-7");
    sections.bytes(Tag::path, "/open");
    log->append(Kind::request, test_id(exchanges), 0, wall_now(), sections);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
}

/// change changes a byte range of a record such that its checksum still fits; false where it has too few bytes.
bool change(const std::string& dir, const ForgedSegment& segment, ForgedRecord record) {
  if (record.header.payload_bytes < 16) return false;
  std::string bytes = read_whole(dir + "/" + segment.name);
  keep_crc(&record.body, record.header.payload_bytes - 8);
  bytes.replace(record.place + kHeaderBytes, record.body.size(), record.body);
  write_whole(dir + "/" + segment.name, bytes);
  return true;
}

/// each_change_is_found changes every record of every epoch of a worker, one at a time.
size_t each_change_is_found(const ProofWorld& world, uint32_t worker) {
  size_t changed = 0;
  Forger forger(world.dir.path(), worker);
  for (const auto& [epoch, segments] : forger.epochs())
    for (const ForgedSegment& segment : segments)
      for (const ForgedRecord& record : segment.records) {
        const std::string before = read_whole(world.dir.path() + "/" + segment.name);
        if (!change(world.dir.path(), segment, record)) continue;
        ++changed;
        const Findings found = findings(world.verifying());
        EXPECT_TRUE(found.has(Change::digest)) << segment.name << " sequence " << record.header.sequence << "\n" << found.text();
        write_whole(world.dir.path() + "/" + segment.name, before);
      }
  return changed;
}

void all_is_digested(const ProofWorld& world) {
  const Findings found = findings(world.verifying());
  EXPECT_EQ(found.text(), "");
  EXPECT_EQ(found.totals.unsigned_records, 0u);
  EXPECT_EQ(found.totals.undigested_bytes, 0u);
  EXPECT_GE(found.totals.digested_bytes, found.totals.bytes);
}

TEST(Strict, WhatRecoveryWroteIsUnderDigests) {
  for (const MonotonicNs interval : {2 * kNsPerMs, 3600 * kNsPerSecond}) {   // with heads of its own, or none but the first
    ProofWorld world;
    world.options.strict = true;
    world.options.rings = 1;
    world.options.sealing = {};
    world.options.head_interval = interval;
    killed(world, 5, interval == 2 * kNsPerMs ? 3 : 0);
    world.run(2);
    all_is_digested(world);
    EXPECT_GE(each_change_is_found(world, 0), 30u);
  }
}

TEST(Strict, RecoveryGoesBackOverSegmentsToWhereHeadsHaveDigests) {
  ProofWorld world;
  world.options.strict = true;
  world.options.rings = 1;
  world.options.head_interval = 3600 * kNsPerSecond;   // no head has digests of what was there at the end
  killed(world, 150);   // three times what the ring holds: the rest is in segments
  ASSERT_GE(list_folder(world.dir.folder(), kSegmentSuffix).size(), 4u);
  world.run(1);
  const Findings found = findings(world.verifying());
  EXPECT_EQ(found.text(), "");
  EXPECT_EQ(found.totals.undigested_bytes, 0u);
}

// After a loss of power a hole is a torn write only behind what a head, strict or not, says was on disk: else somebody changed it, and
// what follows stays where it is.
TEST(Strict, WhatAHeadSaysWasOnDiskIsNotTorn) {
  for (const bool strict : {false, true}) {
    for (const bool signed_by_then : {false, true}) {
      ProofWorld world;
      world.options.strict = strict;
      world.options.rings = 1;
      world.options.sealing = {};
      world.options.head_interval = signed_by_then ? 2 * kNsPerMs : 3600 * kNsPerSecond;
      killed(world, 5, 0, signed_by_then ? 2 : 1);
      for (const auto& each : std::filesystem::directory_iterator(world.rings.path()))
        if (each.path().string().ends_with(kRingSuffix)) std::filesystem::remove(each.path());
      const std::string file = world.dir.path() + "/" + list_folder(world.dir.folder(), kSegmentSuffix).back();
      std::string bytes = read_whole(file);
      bytes[kPage + 2000] ^= 1;   // of the first exchanges: others follow
      write_whole(file, bytes);
      world.run(2);
      const Findings found = findings(world.verifying());
      EXPECT_EQ(found.has(Change::contents), signed_by_then) << found.text();
      EXPECT_FALSE(found.has(Change::tail)) << found.text();
      EXPECT_EQ(list_folder(world.dir.folder(), ".torn").empty(), signed_by_then) << strict;
      if (!signed_by_then) {
        EXPECT_EQ(found.text(), "") << "as far as anybody can tell it was torn";
      }
    }
  }
}

// Recovery may come again: before a head said what it had come to, and after.
TEST(Strict, RecoveryThatIsKilledIsDigestedByTheNextOne) {
  ProofWorld world;
  world.options.strict = true;
  world.options.rings = 1;
  killed(world, 5);
  {
    Scope scope;
    scope.digests = true;
    const auto rings = make_folder(world.rings.path());
    ASSERT_TRUE(rings.ok());
    ASSERT_TRUE(recover(world.dir.folder(), *rings, wall_now(), scope).ok());
  }
  killed(world, 5);
  world.run(2);
  all_is_digested(world);
}

// With a gateway and without: what a tombstone says is proved, in a strict folder and in any other that has heads.
TEST(Strict, TombstonesAreUnderDigests) {
  for (const bool strict : {false, true}) {
    ProofWorld world;
    world.options.strict = strict;
    world.options.rings = 1;
    world.run(60);
    world.run(20);
    Keep keep;
    keep.bytes = 128 * 1024;
    const auto alone = sweep(world.dir.folder(), world.dir.path(), keep, wall_now(), "test", attest_alone(world.dir.path(), world.heads));
    ASSERT_TRUE(alone.ok()) << alone.error();
    ASSERT_FALSE(alone->erased.empty());
    std::shared_ptr<Writer> writer = world.start();
    ASSERT_NE(writer, nullptr);
    keep.bytes = 64 * 1024;
    const auto swept = sweep(world.dir.folder(), world.dir.path(), keep, wall_now(), "test", attest_with(writer));
    ASSERT_TRUE(swept.ok()) << swept.error();
    ASSERT_FALSE(swept->erased.empty());
    ASSERT_TRUE(writer->stop());
    const Findings found = findings(world.verifying());
    EXPECT_EQ(found.text(), "");
    EXPECT_EQ(found.totals.undigested_bytes == 0, strict);
    EXPECT_GT(found.totals.digested_bytes, 0u);
    EXPECT_GE(each_change_is_found(world, kTombstones), 4u) << "two of them, with start and erased records";
  }
}

// A first head says nothing of where an epoch ended that was erased whole: it would not be whole itself.
TEST(Strict, AStartAfterAnEpochWasErasedWholeHasAWholeHead) {
  ProofWorld world;
  world.run(5);
  Keep keep;
  keep.age = kNsPerSecond;
  const auto swept =
      sweep(world.dir.folder(), world.dir.path(), keep, wall_now() + 3600 * kNsPerSecond, "test", attest_alone(world.dir.path(), world.heads));
  ASSERT_TRUE(swept.ok()) << swept.error();
  ASSERT_EQ(swept->erased.size(), 2u);
  world.run(5);
  EXPECT_EQ(findings(world.verifying()).text(), "");
}

// Two heads may say of the same bytes: each digest has to fit, and no byte counts twice.
TEST(Strict, DigestsThatOverlapAreAllLookedAt) {
  ProofWorld world;
  world.options.strict = true;
  world.options.rings = 1;
  world.run(10);
  HeadBook book;
  book.read_folder(world.dir.path());
  book.settle();
  SignedEpoch said = book.epochs().begin()->second;
  const std::string file = read_whole(world.dir.path() + "/" + list_folder(world.dir.folder(), kSegmentSuffix).front());
  const uint64_t from = 4096 + 8;   // it begins and ends within others
  const ByteView bytes = ByteView(file).substr(kPage + from, 4096);
  for (const bool fits : {true, false}) {
    SignedEpoch both = said;
    both.runs.push_back({from, 4096, fits ? crypto::sha256(bytes) : crypto::Sha256{}});
    both.runs.push_back({from, 4096, crypto::sha256(bytes)});
    std::stable_sort(both.runs.begin(), both.runs.end(), [](const auto& a, const auto& b) { return a.offset < b.offset; });
    for (const bool changed : {false, true}) {
      if (changed) both.runs.back().sha256[0] ^= 1;   // what comes behind is looked at, too
      std::vector<Damage> damages;
      const EpochProof::Report report = [&damages](const Damage& damage) { damages.push_back(damage); };
      RunBatch batch;
      EpochProof proof(&both, report, batch);
      auto reader = Reader::open({world.dir.path(), world.rings.path(), 0, nullptr, Stream::Pads::show});
      while ((*reader)->next() == Stream::Step::record) proof.see((*reader)->record());
      batch.settle();
      proof.end();
      EXPECT_EQ(damages.size(), size_t{!fits} + changed) << say(damages);
      EXPECT_EQ(proof.undigested(), 0u);
      EXPECT_EQ(proof.signed_undigested(), 0u);
    }
  }
}

// What no digest covers is not called proved, and where the configuration demands digests that is a finding.
TEST(Strict, WhatNoDigestCoversIsAFinding) {
  for (const bool demanded : {false, true}) {
    ProofWorld world;
    world.options.sealing = {};
    world.options.rings = 1;
    auto writer = world.start();
    auto log = RingLog::open(writer->ring(0));
    Sections sections;
    if (demanded) sections.bytes(Tag::demands, "records.strict=true");
    else sections.bytes(Tag::demands, "records.strict=false");
    ASSERT_EQ(log->append(Kind::snapshot, {}, 0, wall_now(), sections), Append::ok);
    world.exchange(*log, 1);
    world.stop(std::move(writer));
    const Findings found = findings(world.verifying());
    EXPECT_EQ(found.has(Change::digest), demanded) << found.text();
    EXPECT_EQ(found.totals.digested_bytes, 0u);
    EXPECT_GE(found.totals.undigested_bytes, found.totals.bytes);
  }
}

}  // namespace
}  // namespace gatehouse::record
