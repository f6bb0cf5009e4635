// Signed heads, what they prove, and what verify says that it proved.
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>

#include "forger.h"
#include "proof_world.h"
#include "record/rewrap.h"

namespace gatehouse::record {
namespace {

HeadRing some_ring(uint64_t n) {
  HeadRing ring{{test_id(n), static_cast<uint32_t>(n)}, 8 * kPage, 1200, 7, {}, n % 2 == 1, {}};
  ring.chain.fill(static_cast<uint8_t>(n));
  return ring;
}

TEST(Head, ComesBackAsItWasSigned) {
  const auto key = crypto::PrivateKey::make_ed25519();
  Head head;
  head.name = {test_id(3), 5, {}};
  head.before = {test_id(2), 9, crypto::sha256(ByteView("before"))};
  head.wall = 1234;
  head.interval = 99;
  head.final = true;
  head.strict = true;
  head.rings = {some_ring(1), some_ring(2)};
  head.rings[1].digests = {{0, 64, crypto::sha256(ByteView("a"))}, {128, 1072, crypto::sha256(ByteView("b"))}};
  const std::string bytes = sign_head(head, key);
  Head back;
  size_t used = 0;
  ASSERT_EQ(parse_head(bytes + "more", &back, &used), HeadParse::whole);
  EXPECT_EQ(used, bytes.size());
  EXPECT_EQ(back.name, head.name);
  EXPECT_EQ(back.before, head.before);
  EXPECT_EQ(back.rings, head.rings);
  EXPECT_TRUE(back.final && back.strict && back.wall == 1234 && back.interval == 99);
  EXPECT_EQ(back.key, key_part(key.public_key()));
  EXPECT_TRUE(head_signed(bytes, back.key));
  for (size_t cut = 0; cut < bytes.size(); ++cut) EXPECT_EQ(parse_head(ByteView(bytes).substr(0, cut), &back, &used), HeadParse::cut) << cut;
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string changed = bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
    if (parse_head(changed, &back, &used) == HeadParse::whole && used == changed.size()) {
      EXPECT_FALSE(head_signed(changed, back.key) && back.key == head.key) << bit;
    }
  }
}

// What a false head says that it has is not fetched, nor hashed: rings and digests are looked at first, as far as they are there.
TEST(Head, WhatDoesNotFitIsDamagedHoweverEarlyItEnds) {
  const auto key = crypto::PrivateKey::make_ed25519();
  Head head;
  head.name = {test_id(3), 0, {}};
  head.rings = {some_ring(1)};
  std::string bytes = sign_head(head, key);
  const auto total = static_cast<uint32_t>(kHeadBytesMax);
  std::memcpy(bytes.data() + 12, &total, sizeof total);
  Head back;
  size_t used = 0;
  EXPECT_EQ(parse_head(ByteView(bytes).substr(0, 152 + 87), &back, &used), HeadParse::cut);
  EXPECT_EQ(parse_head(ByteView(bytes).substr(0, 152 + 88), &back, &used), HeadParse::damaged) << "no digests fill it";
  const auto digests = static_cast<uint32_t>((total - 152 - 88 - 64) / 48);
  const auto fits = static_cast<uint32_t>(152 + 88 + 64 + digests * 48);
  std::memcpy(bytes.data() + 12, &fits, sizeof fits);
  std::memcpy(bytes.data() + 152 + 80, &digests, sizeof digests);
  EXPECT_EQ(parse_head(ByteView(bytes).substr(0, 152 + 88), &back, &used), HeadParse::cut);
  EXPECT_EQ(parse_head(bytes + std::string(48, '\x7f'), &back, &used), HeadParse::damaged) << "what follows are no digests";
}

TEST(Heads, FalseHeadsTakeNoMoreTimeThanTheyHaveBytes) {
  TempFolder dir{"/dev/shm"};
  Head head;
  head.name = {test_id(3), 0, {}};
  const auto key = crypto::PrivateKey::make_ed25519();
  const std::string good = sign_head(head, key);
  std::string one = good.substr(0, 152);
  const uint32_t total = 8 << 20;
  std::memcpy(one.data() + 12, &total, sizeof total);
  std::string all;
  for (int i = 0; i < 100'000; ++i) all += one;   // 15 MiB: looked at to the end of each it would be terabytes
  write_whole(dir.path() + "/x.heads", all + good);
  size_t seen = 0;
  const HeadsRead read = read_head_file(dir.folder(), "x.heads", [&](const Head&, ByteView, uint64_t) { ++seen; });
  EXPECT_EQ(seen, 1u);
  EXPECT_EQ(read.damaged.size(), kHeadGapsMax);
}

// Numbers are hostile: a head that says it is the 2^25th takes no more memory than another.
TEST(Heads, ANumberTakesNoMemory) {
  ProofWorld world;
  world.run(2);
  const std::string heads = world.dir.path() + "/heads/";
  const std::string name = list_folder(*open_folder(heads), kHeadsSuffix).back();
  Head last;
  read_head_file(*open_folder(heads), name, [&](const Head& head, ByteView, uint64_t) { last = head; });
  Head far;
  far.name = {last.name.process, 1 << 25, {}};
  far.before = last.name;
  write_whole(heads + name, read_whole(heads + name) + sign_head(far, *world.heads));
  rusage before{}, behind{};
  ASSERT_EQ(::getrusage(RUSAGE_SELF, &before), 0);
  const Findings found = findings(world.verifying());
  ASSERT_EQ(::getrusage(RUSAGE_SELF, &behind), 0);
  EXPECT_LT(behind.ru_maxrss - before.ru_maxrss, 512 << 10) << "KiB";
  EXPECT_TRUE(found.has(Change::head_missing)) << found.text();
}

TEST(Heads, ProveAWholeFolder) {
  for (const bool strict : {false, true}) {
    ProofWorld world;
    world.options.strict = strict;
    world.run(20);
    world.run(20);
    auto wanted = world.verifying();
    const OpenKeys keys = TestKeys::with(world.keys.auditor);
    wanted.keys = &keys;
    const Findings found = findings(wanted);
    EXPECT_EQ(found.text(), "");
    EXPECT_EQ(found.totals.segments, found.totals.segments_expected);
    EXPECT_GT(found.totals.segments, 4u);
    EXPECT_GT(found.totals.heads, 8u);
    EXPECT_EQ(found.totals.heads, found.totals.heads_expected);
    EXPECT_TRUE(found.totals.heads_believed);
    EXPECT_EQ(found.totals.unsigned_records, 0u);
    EXPECT_GE(found.totals.signed_records, found.totals.records);
    EXPECT_EQ(found.totals.operations.opened, 80u * 5 + 4) << "every record of an exchange, and the start records";
    EXPECT_GT(found.totals.auditor.opened, 0u);
    EXPECT_EQ(found.totals.notes.size(), 0u);
    if (strict) {
      EXPECT_EQ(found.totals.undigested_bytes, 0u);
      EXPECT_GT(found.totals.digested_bytes, found.totals.bytes - 1);
    } else {
      EXPECT_EQ(found.totals.digested_bytes, 0u);
    }
  }
}

TEST(Heads, ALiveRingNeverLooksDamaged) {
  ProofWorld world;
  world.options.strict = true;
  auto writer = world.start();
  std::atomic<bool> done{false};
  std::thread worker([&] {
    auto log = RingLog::open(writer->ring(0), writer->sealer(0));
    for (uint64_t n = 0; n < 150; ++n) world.exchange(*log, n);
    done = true;
  });
  const OpenKeys keys = TestKeys::with(world.keys.auditor);
  auto wanted = world.verifying();
  wanted.keys = &keys;
  std::string found;
  uint64_t looks = 0;
  do found += findings(wanted).text(), ++looks;
  while (!done);
  worker.join();
  EXPECT_EQ(found, "") << looks;
  world.stop(std::move(writer));
  EXPECT_EQ(findings(wanted).text(), "");
}

TEST(Heads, AWrongKeyIsCalledAWrongKey) {
  ProofWorld world;
  world.run(5);
  const auto with = [&](const KeySecret& key) {
    const OpenKeys keys = TestKeys::with(key);
    auto wanted = world.verifying();
    wanted.keys = &keys;
    return findings(wanted);
  };
  const Findings stranger = with(world.keys.stranger);
  EXPECT_TRUE(stranger.has(Change::wrong_key)) << stranger.text();
  EXPECT_EQ(stranger.totals.operations.opened, 0u);
  const Findings operations = with(world.keys.operations);
  EXPECT_EQ(operations.text(), "");
  EXPECT_GT(operations.totals.operations.opened, 0u);
  EXPECT_EQ(operations.totals.auditor.opened, 0u);
  EXPECT_GT(operations.totals.auditor.no_key, 0u) << "not asked for, and not claimed";
  auto other = world.verifying();
  other.heads_keys = {key_part(crypto::PrivateKey::make_ed25519().public_key())};
  EXPECT_TRUE(findings(other).has(Change::head_forged));
  other.heads_keys.clear();
  const Findings unbelieved = findings(other);
  EXPECT_EQ(unbelieved.text(), "");
  EXPECT_FALSE(unbelieved.totals.heads_believed);
}

TEST(Heads, APartOfACopyIsProvedAsAPart) {
  ProofWorld world;
  world.options.strict = true;
  world.run(60);
  world.run(60);
  std::vector<std::string> names = list_folder(world.dir.folder(), kSegmentSuffix);
  ASSERT_GT(names.size(), 8u);
  for (size_t i = 0; i < names.size(); ++i)
    if (i != 3 && i != 5 && i + 2 != names.size()) std::filesystem::remove(world.dir.path() + "/" + names[i]);
  auto wanted = world.verifying();
  EXPECT_FALSE(findings(wanted).damages.empty());
  wanted.part = true;
  const OpenKeys keys = TestKeys::with(world.keys.auditor);
  wanted.keys = &keys;
  const Findings part = findings(wanted);
  EXPECT_EQ(part.text(), "");
  EXPECT_EQ(part.totals.segments, 3u);
  EXPECT_GT(part.totals.digested_bytes, 100'000u);
  EXPECT_GT(part.totals.auditor.opened, 20u);
  std::string bytes = read_whole(world.dir.path() + "/" + names[3]);
  bytes[kPage + 5000] = static_cast<char>(bytes[kPage + 5000] ^ 1);
  write_whole(world.dir.path() + "/" + names[3], bytes);
  EXPECT_FALSE(findings(wanted).damages.empty()) << "what is here is looked at all the same";
}

TEST(Heads, WhateverSegmentIsNotCopiedWithAPartIsNoFinding) {
  ProofWorld world;
  world.run(30);
  world.run(30);
  auto wanted = world.verifying();
  wanted.part = true;
  for (const std::string& name : list_folder(world.dir.folder(), kSegmentSuffix)) {
    const std::string file = world.dir.path() + "/" + name, aside = world.rings.path() + "/aside";
    std::filesystem::copy_file(file, aside);
    std::filesystem::remove(file);
    EXPECT_EQ(findings(wanted).text(), "") << name;
    std::filesystem::copy_file(aside, file);
    std::filesystem::remove(aside);
  }
  EXPECT_EQ(findings(world.verifying()).text(), "");
}

TEST(Heads, SayHowLongALostTailIs) {
  ProofWorld world;
  world.options.rings = 1;
  world.run(10);
  Forger forger(world.dir.path(), 0);
  const ForgedSegment& last = forger.epochs().begin()->second.back();
  const ForgedRecord& from = last.records[last.records.size() - 4];
  std::string bytes = read_whole(world.dir.path() + "/" + last.name);
  const ForgedRecord& end = last.records.back();
  std::fill(bytes.begin() + static_cast<ptrdiff_t>(from.place), bytes.end(), '\0');
  write_whole(world.dir.path() + "/" + last.name, bytes);
  const Findings found = findings(world.verifying());
  EXPECT_TRUE(found.has(Change::tail)) << found.text();
  EXPECT_EQ(found.totals.lost_records, 4u);
  EXPECT_EQ(found.totals.lost_bytes, end.place + end.header.total_bytes - from.place);
}

TEST(Heads, RecoverysWorkIsSignedByTheNextStart) {
  ProofWorld world;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto writer = world.start();
    auto log = RingLog::open(writer->ring(0), writer->sealer(0));
    for (uint64_t n = 0; n < 30; ++n) world.exchange(*log, n);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  const Findings before = findings(world.verifying());
  EXPECT_EQ(before.text(), "") << "a dead process's ring is read as it is";
  EXPECT_GT(before.totals.unsigned_records, 0u) << "and not all of it is signed";
  EXPECT_FALSE(before.totals.notes.empty());
  world.options.rings = 1;   // worker 1 has no epoch after this: the first head speaks for its end
  world.run(3);
  const Findings after = findings(world.verifying());
  EXPECT_EQ(after.text(), "");
  EXPECT_EQ(after.totals.unsigned_records, 0u);
}

TEST(Heads, WhoTakesTheHeadsAwayIsNoticed) {
  ProofWorld world;
  world.run(5);
  std::filesystem::remove_all(world.dir.path() + "/heads");
  EXPECT_TRUE(findings(world.verifying()).has(Change::head_missing));
  const std::string witness = world.rings.path() + "/witness";
  write_whole(witness, world.witness);
  auto wanted = world.verifying();
  wanted.witnesses = {witness};
  const Findings found = findings(wanted);
  EXPECT_TRUE(found.has(Change::rolled_back)) << found.text();
  EXPECT_EQ(found.totals.unsigned_records, 0u) << "the witness still proves the records";
}

TEST(Heads, AWitnessThatHoldsNothingProvesNothing) {
  ProofWorld world;
  world.run(5);
  const std::string empty = world.rings.path() + "/empty", whole = world.rings.path() + "/whole";
  write_whole(empty, "");
  write_whole(whole, world.witness);
  auto wanted = world.verifying();
  wanted.witnesses = {empty};
  EXPECT_TRUE(findings(wanted).has(Change::head_missing)) << "it was asked for";
  wanted.witnesses = {whole};
  const uint64_t seen = findings(wanted).totals.heads_witnessed;
  wanted.witnesses = {whole, whole};
  const Findings twice = findings(wanted);
  EXPECT_EQ(twice.text(), "");
  EXPECT_EQ(twice.totals.heads_witnessed, seen) << "heads are counted, not copies of them";
  EXPECT_EQ(seen, twice.totals.heads);
}

TEST(Heads, WhatTheFolderLacksIsCountedOnceHoweverManyWitnessesHaveIt) {
  ProofWorld world;
  world.run(5);
  std::filesystem::remove_all(world.dir.path() + "/heads");
  const std::string one = world.rings.path() + "/one", other = world.rings.path() + "/other";
  write_whole(one, world.witness);
  write_whole(other, world.witness + world.witness);   // it was asked twice for each
  auto wanted = world.verifying();
  wanted.witnesses = {one};
  const Findings once = findings(wanted);
  ASSERT_GT(once.totals.heads_expected, 0u);
  wanted.witnesses = {one, other};
  const Findings twice = findings(wanted);
  EXPECT_EQ(twice.totals.heads_expected, once.totals.heads_expected);
  EXPECT_EQ(twice.totals.problems, once.totals.problems) << twice.text();
}

TEST(Heads, WhereNothingIsNothingIsProved) {
  const TempFolder folder{"/dev/shm"};
  VerifyOptions wanted;
  wanted.dir = folder.path();
  for (const bool part : {false, true}) {
    wanted.part = part;
    EXPECT_TRUE(findings(wanted).has(Change::missing));
  }
}

TEST(Heads, ADiskThatRefusesHeadsLosesNoRecords) {
  ProofWorld world;
  auto writer = world.start();
  auto log = RingLog::open(writer->ring(0), writer->sealer(0));
  std::filesystem::remove_all(world.dir.path() + "/heads");
  for (uint64_t n = 0; n < 20 || writer->stats().heads.failures == 0; ++n) {
    world.exchange(*log, n);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_TRUE(writer->stats().healthy);
  EXPECT_NE(writer->stats().heads.error, "");
  EXPECT_FALSE(writer->stop()) << "the end is not signed, and that is said";
  auto wanted = world.verifying();
  wanted.heads_keys.clear();
  EXPECT_EQ(findings(wanted).text(), "");
}

TEST(Demands, WeakerSealingThanTheSnapshotDemandsIsFound) {
  ProofWorld world;
  world.options.sealing = {};
  world.options.rings = 1;
  auto writer = world.start();
  auto log = RingLog::open(writer->ring(0));
  Sections sections;
  for (const ByteView each : {"records.auditor_keys=[\"a.pub\",\"b.pub\"]", "records.sealed=\"content\"", "record \"full\"=job"}) sections.bytes(Tag::demands, each);
  ASSERT_EQ(log->append(Kind::snapshot, {}, 0, wall_now(), sections), Append::ok);
  world.exchange(*log, 1);
  world.stop(std::move(writer));
  const Findings found = findings(world.verifying());
  EXPECT_TRUE(found.has(Change::sealed_less)) << found.text();
  EXPECT_GT(found.totals.operations.in_clear, 0u);
}

TEST(Demands, HeadsThatWereNotCopiedWithAPartAreToldAndNoFinding) {
  ProofWorld world;
  world.options.rings = 1;
  auto writer = world.start();
  auto log = RingLog::open(writer->ring(0), writer->sealer(0));
  Sections sections;
  sections.bytes(Tag::demands, "records.heads_key_file=\"heads.key\"");
  ASSERT_EQ(log->append(Kind::snapshot, {}, 0, wall_now(), sections), Append::ok);
  world.exchange(*log, 1);
  world.stop(std::move(writer));
  std::filesystem::remove_all(world.dir.path() + "/" + kHeadsFolder);
  auto wanted = world.verifying();
  wanted.heads_keys.clear();
  EXPECT_TRUE(findings(wanted).has(Change::head_missing)) << "of a whole folder";
  wanted.part = true;
  const Findings part = findings(wanted);
  EXPECT_EQ(part.text(), "");
  EXPECT_FALSE(part.totals.notes.empty());
  EXPECT_TRUE(part.totals.signers.empty());
  wanted = world.verifying();
  wanted.part = true;
  EXPECT_TRUE(findings(wanted).has(Change::head_missing)) << "they were asked for";
}

// What lies beside a segment is under no chain: an auditor who is named there alone was not sealed for.
TEST(Demands, WhoIsLetInBesideASegmentDoesNotCount) {
  ProofWorld world;
  world.options.rings = 1;
  auto writer = world.start();
  auto log = RingLog::open(writer->ring(0), writer->sealer(0));
  Sections sections;
  for (const ByteView each : {"records.auditor_keys=[\"a.pub\",\"b.pub\"]", "records.sealed=\"content\""}) sections.bytes(Tag::demands, each);
  ASSERT_EQ(log->append(Kind::snapshot, {}, 0, wall_now(), sections), Append::ok);
  for (uint64_t n = 0; n < 60; ++n) world.exchange(*log, n);
  world.stop(std::move(writer));
  ASSERT_TRUE(findings(world.verifying()).has(Change::sealed_less));
  const OpenKeys keys = TestKeys::with(world.keys.auditor);
  for (const std::string& name : list_folder(world.dir.folder(), kSegmentSuffix)) {
    const auto entry = read_segment_entry(world.dir.folder(), name);
    ASSERT_TRUE(rewrap_segment(world.dir.folder(), *entry, keys, public_half(make_key(KeyUse::auditor, "eve"))).ok());
  }
  EXPECT_TRUE(findings(world.verifying()).has(Change::sealed_less));
}

}  // namespace
}  // namespace gatehouse::record
