// Retention: what may go goes, a tombstone says so, and the rest still verifies.
#include "record/retention.h"

#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <numeric>

#include "record/attest.h"
#include "record/verify.h"
#include "record/writer.h"
#include "forger.h"
#include "proof_world.h"

namespace gatehouse::record {
namespace {

constexpr WallNs kAges = 3600 * kNsPerSecond;

struct House {
  TempFolder dir;
  TempFolder rings{"/dev/shm"};
  WriterOptions options;
  uint64_t next = 0;   // number of the next exchange

  House() {
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

  static void put(RingLog& log, uint64_t n, size_t size, Kind kind) {
    for (;;) {
      const Append result = append_test_record(log, n, size, kind);
      ASSERT_NE(result, Append::failed);
      if (result == Append::ok) return;
      std::this_thread::yield();
    }
  }

  /// exchanges appends whole ones: request, piece, close.
  void exchanges(RingLog& log, uint64_t count) {
    for (const uint64_t until = next + count; next < until; ++next) {
      put(log, next, 100, Kind::request);
      put(log, next, 6000, Kind::piece);
      put(log, next, 50, Kind::close);
    }
  }

  /// epoch is one start of a gateway that ended well.
  void epoch(uint64_t count) {
    auto writer = start();
    exchanges(*RingLog::open(writer->ring(0)), count);
    EXPECT_TRUE(writer->stop()) << writer->stats().last_error;
  }

  std::vector<std::string> segments() const {
    std::vector<std::string> names = list_folder(dir.folder(), kSegmentSuffix);
    std::erase_if(names, [](const std::string& name) { return name.find("-w4095-") != std::string::npos; });
    return names;
  }

  std::string problems() const {
    auto reader = Reader::open({dir.path(), rings.path(), 0});
    std::vector<Damage> found;
    verify(**reader, [&](const Damage& d) { found.push_back(d); });
    return say(found);
  }

  /// verifying: with the public half of the key that signs heads.
  VerifyOptions verifying() const {
    VerifyOptions wanted;
    wanted.dir = dir.path();
    wanted.ring_dir = rings.path();
    wanted.heads_keys = {key_part(options.heads_key->public_key())};
    return wanted;
  }

  Swept sweep_now(const Keep& keep, WallNs later = 0, const Attest& sign = {}) const {
    auto swept = sweep(dir.folder(), dir.path(), keep, wall_now() + later, "test", sign);
    EXPECT_TRUE(swept.ok()) << swept.error();
    return swept ? *swept : Swept{};
  }

  void command(const std::string& segment, const char* suffix) const {
    EXPECT_TRUE(mark(dir.folder(), segment, suffix, "by a test").ok());
  }
};

TEST(Retention, NothingGoesUnlessItIsSaid) {
  House house;
  house.epoch(40);
  const auto before = house.segments();
  ASSERT_GE(before.size(), 4u);
  EXPECT_TRUE(house.sweep_now({}, 1000 * kAges).erased.empty());
  EXPECT_TRUE(house.sweep_now({kAges, 0, false}).erased.empty()) << "younger than that";
  EXPECT_TRUE(house.sweep_now({kAges, 0, true}, 2 * kAges).erased.empty()) << "held";
  EXPECT_EQ(house.segments(), before);
}

TEST(Retention, AClockThatIsSetBackMakesNothingOlder) {
  House house;
  auto writer = house.start();
  const auto log = RingLog::open(writer->ring(0));
  const std::string body = test_body(1, 6000);
  Sections sections;
  sections.bytes(Tag::body, body);
  const WallNs now = wall_now();
  for (const WallNs wall : {now, now - 100 * kAges})   // more than a segment of each
    for (uint64_t n = 0; n < 15; ++n) {
      Append result = Append::full;
      while ((result = log->append(Kind::snapshot, test_id(n), 0, wall, sections)) == Append::full) std::this_thread::yield();
      ASSERT_EQ(result, Append::ok);
    }
  house.exchanges(*log, 12);   // set right again
  EXPECT_TRUE(writer->stop()) << writer->stats().last_error;
  const auto before = house.segments();
  ASSERT_GE(before.size(), 4u);
  EXPECT_TRUE(house.sweep_now({kAges, 0, false}).erased.empty()) << "each has a record that is young";
  EXPECT_EQ(house.segments(), before);
}

TEST(Retention, WholeEpochsGoByAgeAndTheChainGoesOn) {
  House house;
  house.epoch(40);
  house.epoch(10);
  const size_t count = house.segments().size();
  const Swept swept = house.sweep_now({kAges, 0, false}, 2 * kAges);
  EXPECT_EQ(swept.erased.size(), count);
  EXPECT_EQ(swept.erased[0].why, "age");
  EXPECT_TRUE(house.segments().empty());
  EXPECT_EQ(house.problems(), "");
  house.epoch(5);   // continues the chain of an epoch of which only the tombstone is left
  EXPECT_EQ(house.problems(), "");
  house.sweep_now({kAges, 0, false}, 4 * kAges);
  house.epoch(5);
  EXPECT_EQ(house.problems(), "");
  EXPECT_EQ(list_folder(house.dir.folder(), "-w4095-00000000.ghr").size(), 2u);
}

TEST(Retention, ATombstoneStandsForItsSegmentsAlone) {
  House house;
  house.epoch(60);
  const auto all = house.segments();
  ASSERT_GE(all.size(), 6u);
  for (const size_t i : {size_t{1}, size_t{3}}) house.command(all[i], kEraseSuffix);
  const Swept swept = house.sweep_now({});
  ASSERT_EQ(swept.erased.size(), 2u);
  EXPECT_EQ(swept.erased[0].why, "command");
  EXPECT_EQ(swept.erased[0].by, "uid:" + std::to_string(::geteuid()));
  EXPECT_EQ(house.problems(), "") << "holes that are accounted for";
  EXPECT_TRUE(list_folder(house.dir.folder(), kEraseSuffix).empty());
  std::filesystem::remove(house.dir.path() + "/" + all[4]);
  EXPECT_NE(house.problems().find("segment 4 is missing"), std::string::npos) << house.problems();
}

TEST(Retention, WithoutItsTombstoneAnErasedSegmentIsMissing) {
  House house;
  house.epoch(60);
  house.command(house.segments()[1], kEraseSuffix);
  house.sweep_now({});
  ASSERT_EQ(house.problems(), "");
  for (const std::string& name : list_folder(house.dir.folder(), "-w4095-00000000.ghr"))
    std::filesystem::remove(house.dir.path() + "/" + name);
  EXPECT_NE(house.problems().find("segment 1 is missing"), std::string::npos) << house.problems();
}

TEST(Retention, AChangedTombstoneIsFoundAndNotBelieved) {
  House house;
  house.epoch(60);
  house.command(house.segments()[1], kEraseSuffix);
  house.sweep_now({});
  const std::string name = list_folder(house.dir.folder(), "-w4095-00000000.ghr").at(0);
  std::fstream file(house.dir.path() + "/" + name, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(4096 + 120 + 120);
  file.put('~');
  file.close();
  const std::string problems = house.problems();
  EXPECT_NE(problems.find(name), std::string::npos) << problems;
  EXPECT_NE(problems.find("segment 1 is missing"), std::string::npos) << problems;
}

TEST(Retention, CutsBehindTombstonesAreSeen) {
  House house;
  house.epoch(60);
  const auto all = house.segments();
  house.command(all[0], kEraseSuffix);
  house.sweep_now({});
  for (size_t i = 1; i < all.size(); ++i) std::filesystem::remove(house.dir.path() + "/" + all[i]);
  EXPECT_NE(house.problems().find("its tail is missing"), std::string::npos) << house.problems();
}

TEST(Retention, WhatIsHeldStaysWhateverElseIsSaid) {
  House house;
  house.epoch(60);
  const auto all = house.segments();
  house.command(all[2], kHoldSuffix);
  house.command(all[2], kEraseSuffix);
  const Swept swept = house.sweep_now({kAges, 1, false}, 2 * kAges);
  EXPECT_EQ(house.segments(), std::vector<std::string>{all[2]});
  ASSERT_EQ(swept.spared.size(), 1u);
  EXPECT_EQ(swept.spared[0].why, "it is held");
  EXPECT_EQ(house.problems(), "") << "exchanges that went on in what was erased are no finding";
  EXPECT_EQ(note_of(house.dir.folder(), all[2], kHoldSuffix), "by a test");
  ASSERT_TRUE(unmark(house.dir.folder(), all[2], kHoldSuffix).ok());
  house.sweep_now({}, 2 * kAges);   // the command still stands
  EXPECT_TRUE(house.segments().empty());
  EXPECT_EQ(house.problems(), "");
  house.epoch(3);
  EXPECT_EQ(house.problems(), "");
}

TEST(Retention, BySizeTheOldestGoUntilSomeIsFree) {
  House house;
  house.epoch(100);
  house.epoch(100);
  const auto all = house.segments();
  const uint64_t bound = (all.size() - 4) * 64 * 1024;
  const Swept swept = house.sweep_now({0, bound, false});
  EXPECT_GE(swept.erased.size(), 4u);
  EXPECT_LE(swept.erased.size(), 4u + all.size() / 20 + 1);
  for (size_t i = 0; i < swept.erased.size(); ++i) EXPECT_EQ(swept.erased[i].name, all[i]);
  EXPECT_EQ(swept.erased[0].why, "size");
  EXPECT_TRUE(house.sweep_now({0, bound, false}).erased.empty());
  EXPECT_EQ(house.problems(), "");
}

TEST(Retention, WhatALivingGatewayNeedsStays) {
  House house;
  auto writer = house.start();
  auto log = RingLog::open(writer->ring(0));
  house.exchanges(*log, 40);
  const uint64_t open = house.next++;
  House::put(*log, open, 100, Kind::request);
  house.exchanges(*log, 40);
  while (writer->stats().lag_bytes != 0) std::this_thread::yield();
  const auto all = house.segments();
  Swept swept = house.sweep_now({kAges, 0, false}, 2 * kAges);
  EXPECT_FALSE(swept.erased.empty());
  EXPECT_LT(swept.erased.size(), all.size() / 2 + 1) << "where the open exchange began is needed";
  EXPECT_EQ(house.problems(), "");
  House::put(*log, open, 10, Kind::close);
  house.exchanges(*log, 40);
  while (writer->stats().lag_bytes != 0) std::this_thread::yield();
  swept = house.sweep_now({kAges, 0, false}, 2 * kAges);
  EXPECT_GT(swept.erased.size(), all.size() / 2);
  EXPECT_EQ(house.problems(), "");
  EXPECT_FALSE(house.segments().empty()) << "the one that is being written";
  house.exchanges(*log, 10);
  EXPECT_TRUE(writer->stop());
  EXPECT_EQ(house.problems(), "");
}

TEST(Retention, AKilledGatewayRecoversBehindWhatWasErased) {
  House house;
  const pid_t child = ::fork();
  if (child == 0) {
    auto writer = house.start();
    auto log = RingLog::open(writer->ring(0));
    house.exchanges(*log, 60);
    House::put(*log, house.next, 100, Kind::request);
    while (writer->stats().lag_bytes != 0) std::this_thread::yield();
    const bool some = !house.sweep_now({kAges, 0, false}, 2 * kAges).erased.empty();
    House::put(*log, house.next, 100, Kind::piece);
    ::_exit(some && !::testing::Test::HasFailure() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  EXPECT_EQ(house.problems(), "") << "its ring is left";
  house.next = 1000;
  house.epoch(5);
  EXPECT_EQ(house.problems(), "");
}

// An exchange that never closes spares what lies behind it for a while, not until the disk is full.
TEST(Retention, AnOpenExchangeSparesOnlySoMuch) {
  House house;
  auto writer = house.start();
  auto log = RingLog::open(writer->ring(0));
  House::put(*log, house.next++, 100, Kind::request);
  house.exchanges(*log, 100);
  while (writer->stats().lag_bytes != 0) std::this_thread::yield();
  const size_t all = house.segments().size();
  ASSERT_GE(all, 10u);
  const uint64_t one = 64 * 1024;
  EXPECT_TRUE(house.sweep_now({0, (all - 2) * one, false}).erased.empty()) << "not so much more";
  EXPECT_TRUE(house.sweep_now({kAges, 0, false}, 2 * kAges).erased.empty()) << "not so old";
  EXPECT_FALSE(house.sweep_now({0, 4 * one, false}).erased.empty());
  EXPECT_EQ(house.segments().size(), 6u) << "half as much again";
  EXPECT_EQ(house.problems(), "");
  EXPECT_FALSE(house.sweep_now({kAges, 0, false}, 5 * kAges).erased.empty());
  EXPECT_EQ(house.segments().size(), 2u) << "what recovery begins with";
  EXPECT_EQ(house.problems(), "");
  house.exchanges(*log, 5);
  EXPECT_TRUE(writer->stop());
  writer.reset();
  EXPECT_EQ(house.problems(), "");
  house.epoch(2);
  EXPECT_EQ(house.problems(), "");
}

TEST(Retention, RecoveryStepsOverTheHoleBehindAnOpenExchange) {
  House house;
  const pid_t child = ::fork();
  if (child == 0) {
    auto writer = house.start();
    auto log = RingLog::open(writer->ring(0));
    house.exchanges(*log, 20);
    const uint64_t open = house.next++;
    House::put(*log, open, 100, Kind::request);   // goes on behind the hole
    House::put(*log, house.next++, 100, Kind::request);   // does not
    while (writer->stats().lag_bytes != 0) std::this_thread::yield();
    house.command(house.segments().back(), kHoldSuffix);   // recovery scans from here, and then comes to the hole
    house.exchanges(*log, 60);
    House::put(*log, open, 100, Kind::piece);
    while (writer->stats().lag_bytes != 0) std::this_thread::yield();
    const bool some = house.sweep_now({kAges, 0, false}, 5 * kAges).erased.size() > 4;
    house.exchanges(*log, 1);
    ::_exit(some && house.segments().size() == 3 && !::testing::Test::HasFailure() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  EXPECT_EQ(house.problems(), "");
  house.next = 1000;
  house.epoch(5);
  EXPECT_EQ(house.problems(), "");
  auto reader = Reader::open({house.dir.path(), house.rings.path(), 0});
  size_t closed = 0;
  for (Stream::Step step = (*reader)->next(); step != Stream::Step::end; step = (*reader)->next()) {
    ByteView value;
    const RecordView& record = (*reader)->record();
    if (step == Stream::Step::record && record.kind() == Kind::close && find_section(record.payload, Tag::recovered, &value)) {
      ++closed;
      EXPECT_EQ(record.exchange(), test_id(20)) << "the one that was seen behind the hole";
    }
  }
  EXPECT_EQ(closed, 1u);
}

TEST(Retention, APassThatWasCutShortIsCompleted) {
  House house;
  house.epoch(60);
  const auto all = house.segments();
  house.command(all[1], kEraseSuffix);
  const Choice choice = choose(house.dir.folder(), {}, wall_now());
  ASSERT_EQ(choice.erase.size(), 1u);
  ASSERT_TRUE(write_tombstone(house.dir.folder(), choice.erase, wall_now(), "test").ok());
  EXPECT_EQ(house.problems(), "") << "told, and still there";
  EXPECT_TRUE(house.sweep_now({}).erased.empty());
  EXPECT_EQ(house.segments().size(), all.size() - 1);
  EXPECT_EQ(house.problems(), "");
}

TEST(Retention, WhatCannotBeSignedIsNotDeleted) {
  House house;
  house.epoch(60);
  const auto all = house.segments();
  house.command(all[1], kEraseSuffix);
  Attest refuses;
  refuses.sign = [](const TombstoneEnd&) -> Result<Done, std::string> { return Failure<std::string>{"no"}; };
  const auto swept = sweep(house.dir.folder(), house.dir.path(), {}, wall_now(), "test", refuses);
  EXPECT_FALSE(swept.ok());
  EXPECT_EQ(house.segments(), all);
  TombstoneEnd end;
  Attest notes;
  notes.sign = [&](const TombstoneEnd& told) -> Result<Done, std::string> { return end = told, Done{}; };
  house.sweep_now({}, 0, notes);
  EXPECT_EQ(end.sequence, 3u);   // start, erased, end
  EXPECT_EQ(end.chain, last_tombstone(house.dir.folder()).chain);
  EXPECT_EQ(house.problems(), "");
}

// A head says each tombstone before anything is deleted; one that no head says is not gone on from.
TEST(Retention, TombstonesAreUnderHeads) {
  House house;
  const auto key = std::make_shared<const crypto::PrivateKey>(crypto::PrivateKey::make_ed25519());
  house.options.heads_key = key;
  house.epoch(60);
  const auto all = house.segments();
  const Attest attest = attest_alone(house.dir.path(), key);
  house.command(all[0], kEraseSuffix);
  ASSERT_EQ(house.sweep_now({}, 0, attest).erased.size(), 1u);
  EXPECT_EQ(list_folder(*open_folder(house.dir.path() + "/heads"), kHeadsSuffix).size(), 2u);
  house.command(all[1], kEraseSuffix);
  ASSERT_EQ(house.sweep_now({}, 0, attest).erased.size(), 1u) << "the one before is signed";

  house.command(all[2], kEraseSuffix);   // killed before a head said the tombstone
  ASSERT_TRUE(write_tombstone(house.dir.folder(), choose(house.dir.folder(), {}, wall_now()).erase, wall_now(), "test").ok());
  ASSERT_EQ(house.sweep_now({}, 0, attest).erased.size(), 1u) << "the choice is made anew";
  EXPECT_EQ(house.problems(), "");

  house.command(all[3], kEraseSuffix);   // somebody deletes, and forges a tombstone
  ASSERT_TRUE(write_tombstone(house.dir.folder(), choose(house.dir.folder(), {}, wall_now()).erase, wall_now(), "test").ok());
  std::filesystem::remove(house.dir.path() + "/" + all[3]);
  const auto swept = sweep(house.dir.folder(), house.dir.path(), {}, wall_now(), "test", attest);
  ASSERT_FALSE(swept.ok());
  EXPECT_NE(swept.error().find("is under no signed head"), std::string::npos);
}

TEST(Retention, TheWritersNextHeadSaysATombstone) {
  House house;
  house.options.heads_key = std::make_shared<const crypto::PrivateKey>(crypto::PrivateKey::make_ed25519());
  house.options.head_interval = 20 * kNsPerMs;
  std::shared_ptr<Writer> writer = house.start();
  auto log = RingLog::open(writer->ring(0));
  house.exchanges(*log, 60);
  while (writer->stats().lag_bytes != 0) std::this_thread::yield();
  const auto all = house.segments();
  for (const size_t i : {size_t{0}, size_t{1}}) {
    house.command(all[i], kEraseSuffix);
    ASSERT_EQ(house.sweep_now({}, 0, attest_with(writer)).erased.size(), 1u);
  }
  EXPECT_TRUE(writer->stop());
  EXPECT_TRUE(look_at_last(house.dir.folder(), key_part(house.options.heads_key->public_key())).ok());
  house.command(all[2], kEraseSuffix);   // a forged one behind it is not gone on from, by whichever process
  ASSERT_TRUE(write_tombstone(house.dir.folder(), choose(house.dir.folder(), {}, wall_now()).erase, wall_now(), "test").ok());
  std::filesystem::remove(house.dir.path() + "/" + all[2]);
  EXPECT_FALSE(look_at_last(house.dir.folder(), key_part(house.options.heads_key->public_key())).ok());
}

// However seldom heads come: a tombstone has its own. One whose head fails stays, and the head is waited for.
TEST(Retention, ATombstoneWhoseHeadFailsStays) {
  House house;
  house.options.heads_key = std::make_shared<const crypto::PrivateKey>(crypto::PrivateKey::make_ed25519());
  house.options.head_interval = 3600 * kNsPerSecond;
  std::shared_ptr<Writer> writer = house.start();
  auto log = RingLog::open(writer->ring(0));
  house.exchanges(*log, 60);
  while (writer->stats().lag_bytes != 0) std::this_thread::yield();
  const auto all = house.segments();
  house.command(all[0], kEraseSuffix);
  ASSERT_EQ(house.sweep_now({}, 0, attest_with(writer)).erased.size(), 1u) << "at once";

  const std::string file = house.dir.path() + "/heads/" + heads_name(writer->process());
  const std::string heads = read_whole(file);
  std::filesystem::resize_file(file, 0);   // no head can be written behind one that is gone
  house.command(all[1], kEraseSuffix);
  const auto fails = [&] { return !sweep(house.dir.folder(), house.dir.path(), {}, wall_now(), "test", attest_with(writer)).ok(); };
  EXPECT_TRUE(fails());
  EXPECT_TRUE(fails()) << "owed";
  EXPECT_EQ(list_folder(house.dir.folder(), "-w4095-00000000.ghr").size(), 2u) << "a head may still name it";
  EXPECT_EQ(house.segments().size(), all.size() - 1) << "nothing is deleted meanwhile";
  write_whole(file, heads);
  EXPECT_TRUE(house.sweep_now({}, 0, attest_with(writer)).erased.empty()) << "told before";
  EXPECT_EQ(house.segments().size(), all.size() - 2);
  EXPECT_TRUE(writer->stop());
  EXPECT_EQ(findings(house.verifying()).text(), "");
}

/// forge puts a head behind those of a process that names the tombstone; whose key signs it is not the gateway's, or nobody's does.
void forge(const House& house, const TombstoneEnd& end, bool names_the_key) {
  const std::string heads = house.dir.path() + "/heads/";
  const std::string name = list_folder(*open_folder(heads), kHeadsSuffix).back();
  Head last;
  read_head_file(*open_folder(heads), name, [&](const Head& head, ByteView, uint64_t) { last = head; });
  Head forged;
  forged.name = {last.name.process, last.name.number + 1, {}};
  forged.before = last.name;
  forged.rings = {head_ring(end)};
  std::string bytes = sign_head(forged, crypto::PrivateKey::make_ed25519());
  if (names_the_key) {
    const HeadKey key = key_part(house.options.heads_key->public_key());
    const std::string other(forged.key.begin(), forged.key.end());
    bytes.replace(bytes.find(other), key.size(), std::string(key.begin(), key.end()));
  }
  write_whole(heads + name, read_whole(heads + name) + bytes);
}

// Whoever writes to the folder and has no key cannot have a tombstone believed, nor a head gone on from.
TEST(Retention, AForgedHeadMakesNoTombstoneGood) {
  for (const bool names_the_key : {false, true}) {
    House house;
    house.options.heads_key = std::make_shared<const crypto::PrivateKey>(crypto::PrivateKey::make_ed25519());
    house.epoch(60);
    const auto all = house.segments();
    house.command(all[1], kEraseSuffix);
    auto told = write_tombstone(house.dir.folder(), choose(house.dir.folder(), {}, wall_now()).erase, wall_now(), "test");
    ASSERT_TRUE(told.ok());
    ASSERT_TRUE(unmark(house.dir.folder(), all[1], kEraseSuffix).ok());
    forge(house, *told, names_the_key);
    const Attest attest = attest_alone(house.dir.path(), house.options.heads_key);
    EXPECT_TRUE(house.sweep_now({}, 0, attest).erased.empty());
    EXPECT_EQ(house.segments(), all);
    EXPECT_TRUE(list_folder(house.dir.folder(), "-w4095-00000000.ghr").empty());
    house.epoch(1);
    const Findings found = findings(house.verifying());
    ASSERT_EQ(found.damages.size(), 1u) << found.text();
    EXPECT_EQ(found.damages[0].change, names_the_key ? Change::head_damaged : Change::head_forged) << found.text();
  }
}

TEST(Retention, AnotherKeyGoesOnWhereTheOneBeforeEnded) {
  House house;
  const auto first = std::make_shared<const crypto::PrivateKey>(crypto::PrivateKey::make_ed25519());
  house.options.heads_key = first;
  house.epoch(60);
  house.command(house.segments()[0], kEraseSuffix);
  ASSERT_EQ(house.sweep_now({}, 0, attest_alone(house.dir.path(), first)).erased.size(), 1u);
  house.options.heads_key = std::make_shared<const crypto::PrivateKey>(crypto::PrivateKey::make_ed25519());
  house.epoch(60);
  house.command(house.segments()[0], kEraseSuffix);
  ASSERT_EQ(house.sweep_now({}, 0, attest_alone(house.dir.path(), house.options.heads_key)).erased.size(), 1u);
  auto wanted = house.verifying();
  wanted.heads_keys.push_back(key_part(first->public_key()));
  EXPECT_EQ(findings(wanted).text(), "");
}

// A new generation begins while the old one owes a head: the tombstone stays, and is under a head of either.
TEST(Retention, WhatAnOlderGenerationOwesIsWaitedForByTheNewerOne) {
  House house;
  house.options.heads_key = std::make_shared<const crypto::PrivateKey>(crypto::PrivateKey::make_ed25519());
  house.options.head_interval = 3600 * kNsPerSecond;
  std::shared_ptr<Writer> older = house.start();
  house.exchanges(*RingLog::open(older->ring(0)), 60);
  while (older->stats().lag_bytes != 0) std::this_thread::yield();
  const auto all = house.segments();
  const std::string file = house.dir.path() + "/heads/" + heads_name(older->process());
  while (older->stats().heads.written < 2) std::this_thread::yield();   // the first, and the one that is due at once
  const std::string heads = read_whole(file);
  std::filesystem::resize_file(file, heads.size() - 1);   // no head can be written behind one that was cut
  house.command(all[0], kEraseSuffix);
  EXPECT_FALSE(sweep(house.dir.folder(), house.dir.path(), {}, wall_now(), "test", attest_with(older)).ok());

  house.options.workers = {1};
  auto begun = Writer::start(house.options, {older});
  ASSERT_TRUE(begun.ok()) << begun.error();
  const std::shared_ptr<Writer> newer = std::move(*begun);
  house.sweep_now({}, 0, attest_with(newer));
  EXPECT_EQ(house.segments().size(), all.size()) << "one is gone, one is new";
  EXPECT_EQ(list_folder(house.dir.folder(), "-w4095-00000000.ghr").size(), 1u) << "the same one: the old head names it";
  write_whole(file, heads);
  EXPECT_TRUE(older->stop()) << older->stats().last_error;   // its last head names it, too
  EXPECT_TRUE(newer->stop());
  EXPECT_EQ(findings(house.verifying()).text(), "");
}

// Changed while both generations live: what the older one signed with its key is gone on from by the newer one.
TEST(Retention, ATombstoneOfAnOlderGenerationWithAnotherKeyIsGoneOnFrom) {
  House house;
  const auto first = std::make_shared<const crypto::PrivateKey>(crypto::PrivateKey::make_ed25519());
  house.options.heads_key = first;
  std::shared_ptr<Writer> older = house.start();
  house.exchanges(*RingLog::open(older->ring(0)), 60);
  while (older->stats().lag_bytes != 0) std::this_thread::yield();
  const auto all = house.segments();
  house.options.heads_key = std::make_shared<const crypto::PrivateKey>(crypto::PrivateKey::make_ed25519());
  house.options.workers = {1};
  auto begun = Writer::start(house.options, {older});
  ASSERT_TRUE(begun.ok()) << begun.error();
  const std::shared_ptr<Writer> newer = std::move(*begun);
  house.command(all[0], kEraseSuffix);
  ASSERT_EQ(house.sweep_now({}, 0, attest_with(older)).erased.size(), 1u) << "a pass that began before the change";
  house.command(all[1], kEraseSuffix);
  ASSERT_EQ(house.sweep_now({}, 0, attest_with(newer)).erased.size(), 1u);
  EXPECT_TRUE(older->stop());
  EXPECT_TRUE(newer->stop());
  auto wanted = house.verifying();
  wanted.heads_keys.push_back(key_part(first->public_key()));
  EXPECT_EQ(findings(wanted).text(), "");
}

// Who takes an earlier key again believes no tombstone that was made meanwhile: that is said, and a new key helps.
TEST(Retention, AnEarlierHeadsKeyIsNotTakenAgain) {
  House house;
  const auto make = [] { return std::make_shared<const crypto::PrivateKey>(crypto::PrivateKey::make_ed25519()); };
  const auto first = make(), second = make(), third = make();
  for (const auto& key : {first, second}) {
    house.options.heads_key = key;
    house.epoch(60);
    house.command(house.segments()[0], kEraseSuffix);
    ASSERT_EQ(house.sweep_now({}, 0, attest_alone(house.dir.path(), key)).erased.size(), 1u);
  }
  house.options.heads_key = first;
  house.epoch(10);
  house.command(house.segments()[0], kEraseSuffix);
  const auto refused = sweep(house.dir.folder(), house.dir.path(), {}, wall_now(), "test", attest_alone(house.dir.path(), first));
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().find("take a new one"), std::string::npos) << refused.error();
  house.options.heads_key = third;
  house.epoch(10);
  ASSERT_EQ(house.sweep_now({}, 0, attest_alone(house.dir.path(), third)).erased.size(), 1u);
  auto wanted = house.verifying();
  wanted.heads_keys = {key_part(first->public_key()), key_part(second->public_key()), key_part(third->public_key())};
  EXPECT_EQ(findings(wanted).text(), "");
}

// A pass reads files of heads once: later ones know the last tombstone.
TEST(Retention, HeadsOfATombstoneThatIsKnownAreNotRead) {
  House house;
  house.options.heads_key = std::make_shared<const crypto::PrivateKey>(crypto::PrivateKey::make_ed25519());
  const HeadKey key = key_part(house.options.heads_key->public_key());
  std::shared_ptr<Writer> writer = house.start();
  house.exchanges(*RingLog::open(writer->ring(0)), 60);
  while (writer->stats().lag_bytes != 0) std::this_thread::yield();
  const auto all = house.segments();
  house.command(all[0], kEraseSuffix);
  ASSERT_EQ(house.sweep_now({}, 0, attest_with(writer)).erased.size(), 1u);
  EXPECT_TRUE(writer->stop());
  TombstoneChain believed = *writer->believed(), fresh;
  EXPECT_EQ(believed.process, last_tombstone(house.dir.folder()).process);
  EXPECT_TRUE(look_at_last(house.dir.folder(), key, &fresh).ok());
  EXPECT_EQ(fresh.chain, believed.chain);
  const std::string file = house.dir.path() + "/heads/" + heads_name(writer->process());
  Head head;
  size_t used = 0;
  ASSERT_EQ(parse_head(read_whole(file), &head, &used), HeadParse::whole);
  std::filesystem::resize_file(file, used);   // who reads them now finds none that names it
  EXPECT_TRUE(look_at_last(house.dir.folder(), key, &believed).ok());
  EXPECT_FALSE(look_at_last(house.dir.folder(), key).ok());
  house.command(all[2], kEraseSuffix);   // a forged one behind it is looked at
  ASSERT_TRUE(write_tombstone(house.dir.folder(), choose(house.dir.folder(), {}, wall_now()).erase, wall_now(), "test").ok());
  std::filesystem::remove(house.dir.path() + "/" + all[2]);
  EXPECT_FALSE(look_at_last(house.dir.folder(), key, &believed).ok());
}

TEST(Retention, WhatIsHeldStaysThoughATombstoneTellsOfIt) {
  House house;
  house.epoch(60);
  const auto all = house.segments();
  house.command(all[1], kEraseSuffix);
  ASSERT_TRUE(write_tombstone(house.dir.folder(), choose(house.dir.folder(), {}, wall_now()).erase, wall_now(), "test").ok());
  house.command(all[1], kHoldSuffix);
  house.sweep_now({});
  EXPECT_EQ(house.segments(), all);
}

TEST(Retention, OneAtATime) {
  House house;
  house.epoch(60);
  house.command(house.segments()[1], kEraseSuffix);
  const auto lock = lock_folder(house.dir.folder(), house.dir.path(), kRetentionLock);
  ASSERT_TRUE(lock.ok());
  EXPECT_TRUE(house.sweep_now({}).erased.empty());
}

TEST(Retention, WhatIsDamagedStays) {
  House house;
  house.epoch(60);
  const auto all = house.segments();
  std::fstream(house.dir.path() + "/" + all[2], std::ios::in | std::ios::out | std::ios::binary).put('~');
  for (const size_t i : {size_t{1}, size_t{2}}) house.command(all[i], kEraseSuffix);
  const Swept swept = house.sweep_now({});
  EXPECT_TRUE(swept.erased.empty());
  EXPECT_EQ(swept.spared.size(), 2u);
}

// Readers that began before segments were erased find the tombstone when they come to the hole.
TEST(Retention, AReaderThatIsUnderWayStepsOver) {
  House house;
  house.epoch(60);
  auto reader = Reader::open({house.dir.path(), house.rings.path(), 0});
  ASSERT_EQ((*reader)->next(), Stream::Step::record);
  house.command(house.segments()[2], kEraseSuffix);
  ASSERT_EQ(house.sweep_now({}).erased.size(), 1u);
  bool stepped = false;
  for (Stream::Step step = (*reader)->next(); step != Stream::Step::end; step = (*reader)->next()) {
    EXPECT_EQ(step, Stream::Step::record) << (*reader)->damage().what;
    stepped = stepped || (*reader)->record().after_erased;
  }
  EXPECT_TRUE(stepped);
}

TEST(Erased, EntriesAreReadStrictly) {
  ErasedSegment entry;
  entry.name = segment_name({test_id(1), 3}, 2, wall_now());
  entry.base = 1, entry.sequence = 5, entry.next_sequence = 9, entry.why = "age";
  const auto parse = [](const ErasedSegment& each) {
    Sections sections;
    put_erased(sections, each);
    std::string row;
    for (const auto& section : sections.all()) {
      const auto tag = static_cast<uint16_t>(section.tag);
      const auto length = static_cast<uint32_t>(section.is_number ? 8 : section.view.size());
      row.append(reinterpret_cast<const char*>(&tag), 2).append(2, '\0').append(reinterpret_cast<const char*>(&length), 4);
      row.append(section.is_number ? ByteView(reinterpret_cast<const char*>(&section.number), 8) : section.view);
    }
    std::vector<ErasedSegment> entries;
    return parse_erased(row, &entries) && entries.size() == 1 && entries[0].next_sequence == each.next_sequence;
  };
  EXPECT_TRUE(parse(entry));
  for (const auto& spoil : {+[](ErasedSegment& e) { e.name = "../etc"; }, +[](ErasedSegment& e) { e.next_sequence = 5; },
                            +[](ErasedSegment& e) { e.base = 0; },
                            +[](ErasedSegment& e) { e.name = segment_name({test_id(1), kTombstones}, 2, 1); }}) {
    ErasedSegment bad = entry;
    spoil(bad);
    EXPECT_FALSE(parse(bad));
  }
  std::vector<ErasedSegment> entries;
  EXPECT_FALSE(parse_erased({}, &entries));
}

}  // namespace
}  // namespace gatehouse::record
