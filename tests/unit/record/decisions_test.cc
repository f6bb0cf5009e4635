// Decisions of rule.commit = "now": each names the record of its request, and verify holds them against each other.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/reason.h"
#include "forger.h"
#include "proof_world.h"
#include "record/recovery.h"
#include "record/verify_decisions.h"

namespace gatehouse::record {
namespace {

/// DecidedWorld is one worker that writes as the gateway does under commit = "now".
struct DecidedWorld : ProofWorld {
  std::unique_ptr<Writer> writer;
  std::unique_ptr<RingLog> log, decisions;

  explicit DecidedWorld(bool sealed = false) {
    options.rings = 1;
    options.decisions = true;
    if (!sealed) options.sealing = {};
  }
  void begin() {
    writer = start();
    log = RingLog::open(writer->ring(0), writer->sealer(0));
    decisions = RingLog::open(writer->decisions(0), writer->decision_sealer(0));
  }
  void end() {
    log.reset();
    decisions.reset();
    stop(std::move(writer));
  }
  /// ended is begin and end with what stands between them.
  void ended(const std::function<void()>& between) {
    begin();
    between();
    end();
  }

  static void put(RingLog& to, Kind kind, uint64_t n, const Sections& sections) {
    for (;;) {
      const Append appended = to.append(kind, test_id(n), 0, wall_now(), sections);
      ASSERT_NE(appended, Append::failed);
      if (appended == Append::ok) return;
      std::this_thread::yield();
    }
  }
  Chain request(uint64_t n, bool marked = true) {
    Sections sections;
    sections.bytes(Tag::subject, "job-7");
    if (marked) sections.number(Tag::has_decision, 1);
    put(*log, Kind::request, n, sections);
    return log->chain();
  }
  void decision(uint64_t n, const std::optional<Chain>& chain) {
    Sections sections;
    sections.bytes(Tag::verdict, "allow");
    if (chain) sections.bytes(Tag::request_chain, view_of(std::span<const uint8_t>(*chain)));
    put(*decisions, Kind::decision, n, sections);
  }
  void rest(uint64_t n, uint64_t reason = 0) {
    Sections sections;
    sections.number(Tag::status, 200);
    sections.number(Tag::reason, reason);
    put(*log, Kind::outcome, n, sections);
    put(*log, Kind::close, n, sections);
  }
  void piece(uint64_t n, Direction direction) {
    Sections sections;
    sections.direction(direction);
    sections.bytes(Tag::body, "some");
    put(*log, Kind::piece, n, sections);
  }
  void whole(uint64_t n) {
    decision(n, request(n));
    rest(n);
  }
};

/// told has the findings that are no decision's, and the exchange of the one that is.
std::string told(const Findings& found, ExchangeId* exchange = nullptr) {
  std::string other;
  for (const Damage& each : found.damages) {
    if (each.change != Change::decision) other += say({each});
    else if (exchange != nullptr) *exchange = each.exchange;
  }
  return other;
}

TEST(Decisions, EachIsHeldAgainstItsRequest) {
  for (const bool sealed : {false, true}) {
    DecidedWorld world(sealed);
    for (int start = 0; start < 2; ++start)
      world.ended([&] {
        for (uint64_t n = 0; n < 50; ++n) world.whole(n);
      });
    const Findings found = findings(world.verifying());
    EXPECT_EQ(found.text(), "");
    EXPECT_EQ(found.totals.decisions, 100u);
    EXPECT_EQ(found.totals.decisions_bound, 100u);
    EXPECT_TRUE(found.totals.notes.empty());
  }
}

TEST(Decisions, OneThatNamesAnotherRecordIsFound) {
  DecidedWorld world;
  world.ended([&] {
    world.whole(1);
    const Chain chain = world.request(2);
    world.request(3, false);
    world.decision(2, world.log->chain());   // of exchange 3
    world.rest(2);
    world.rest(3);
    world.decision(4, world.request(4));
    world.rest(4);
    world.request(5);
    world.decision(5, std::nullopt);
    world.rest(5);
    static_cast<void>(chain);
  });
  const Findings found = findings(world.verifying());
  EXPECT_EQ(told(found), "");
  ASSERT_EQ(found.damages.size(), 2u) << found.text();
  EXPECT_EQ(found.damages[0].exchange, test_id(2));
  EXPECT_EQ(found.damages[0].epoch.worker, kDecisionWorkers);
  EXPECT_EQ(found.damages[1].exchange, test_id(5));
  EXPECT_EQ(found.totals.decisions_bound, 2u);
}

TEST(Decisions, OneWithoutItsRequestIsFound) {
  DecidedWorld world;
  world.ended([&] {
    world.whole(1);
    world.decision(2, Chain{1, 2, 3});
    world.decision(3, Chain{1, 2, 4});
  });
  ExchangeId exchange;
  const Findings found = findings(world.verifying());
  EXPECT_EQ(told(found, &exchange), "");
  ASSERT_EQ(found.damages.size(), 1u) << found.text();
  EXPECT_EQ(exchange, test_id(2)) << "the first one";
  EXPECT_NE(found.damages[0].what.find("2 decisions"), std::string::npos) << found.text();
}

TEST(Decisions, ARequestThatWentOnWithoutOneIsFound) {
  DecidedWorld world;
  world.ended([&] {
    world.whole(1);
    world.request(2);
    world.rest(2);
    world.request(3);
    world.rest(3, 0);
    world.request(4);   // refused, for the log of decisions was broken
    world.rest(4, static_cast<uint64_t>(Reason::record_failed));
    world.request(7);   // the same, with the body that was read, and what the client got instead
    world.piece(7, Direction::request);
    world.piece(7, Direction::refusal);
    world.rest(7, static_cast<uint64_t>(Reason::record_failed));
    world.request(8);   // what an origin said was let pass without a decision
    world.piece(8, Direction::answer);
    world.rest(8, static_cast<uint64_t>(Reason::record_failed));
    world.request(5);   // its client went before it was decided
    Sections sections;
    sections.number(Tag::reason, 0);
    DecidedWorld::put(*world.log, Kind::close, 5, sections);
    world.request(6, false);   // under another rule
    world.rest(6);
  });
  ExchangeId exchange;
  const Findings found = findings(world.verifying());
  EXPECT_EQ(told(found, &exchange), "");
  ASSERT_EQ(found.damages.size(), 1u) << found.text();
  EXPECT_EQ(exchange, test_id(2));
  EXPECT_NE(found.damages[0].what.find("3 requests"), std::string::npos) << found.text();
}

// What an earlier gateway wrote says nothing of decisions in its requests.
TEST(Decisions, ThoseOfEarlierGatewaysAreNotMissed) {
  DecidedWorld world;
  world.ended([&] {
    for (uint64_t n = 0; n < 5; ++n) {
      world.decision(n, world.request(n, false));
      world.rest(n);
    }
  });
  EXPECT_EQ(findings(world.verifying()).text(), "");
}

TEST(Decisions, ALiveRingAndAKilledOneAreNoDamage) {
  DecidedWorld world;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    world.begin();
    for (uint64_t n = 0; n < 20; ++n) world.whole(n);
    world.request(20);   // killed before it was decided
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(findings(world.verifying()).text(), "");
  world.begin();
  for (uint64_t n = 30; n < 40; ++n) world.decision(n, world.request(n));
  world.request(40);
  world.decision(41, Chain{1});   // as it looks where the one ring is read before the other
  EXPECT_EQ(findings(world.verifying()).text(), "") << "a live ring";
  for (uint64_t n = 30; n < 41; ++n) world.rest(n);
  world.end();
  const Findings found = findings(world.verifying());
  EXPECT_EQ(told(found), "");
  EXPECT_EQ(found.damages.size(), 2u) << "and it is found once nothing follows\n" << found.text();
}

// Of a killed process recovery says that its rings were whole: what is missing then was never there.
TEST(Decisions, WhatAKilledProcessNeverWroteIsFound) {
  DecidedWorld world;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    world.begin();
    world.whole(1);
    world.request(2);
    world.rest(2);
    world.decision(3, Chain{1});
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  world.ended([] {});
  const Findings found = findings(world.verifying());
  EXPECT_EQ(told(found), "");
  EXPECT_EQ(found.damages.size(), 2u) << found.text();
}

// A loss of power takes the rings: the end of the one epoch may be on disk, and of the other not.
TEST(Decisions, ALossOfPowerIsNoDamage) {
  for (const bool of_requests : {false, true}) {
    DecidedWorld world;
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      world.begin();
      for (uint64_t n = 0; n < 5; ++n) world.whole(n);
      if (of_requests) {
        world.request(5);
        world.rest(5);
      } else {
        world.decision(5, Chain{1});
      }
      while (world.writer->stats().lag_bytes != 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    for (const auto& file : std::filesystem::directory_iterator(world.rings.path()))
      if (file.path().extension() == ".ring") std::filesystem::remove(file.path());
    world.ended([] {});
    EXPECT_EQ(findings(world.verifying()).text(), "") << of_requests;
  }
}

// A part of a copy, and what retention deleted, is missed nowhere; what is here is looked at all the same.
TEST(Decisions, WhatIsNotHereIsNotMissed) {
  DecidedWorld world;
  world.ended([&] {
    for (uint64_t n = 0; n < 5; ++n) world.whole(n);
  });
  std::string small;
  for (const std::string& name : list_folder(world.dir.folder(), kSegmentSuffix))
    if (name.find("-w2048-") != std::string::npos) small = name;
  std::filesystem::remove(world.dir.path() + "/" + small);
  auto wanted = world.verifying();
  EXPECT_TRUE(findings(wanted).has(Change::epoch_missing));
  EXPECT_FALSE(findings(wanted).has(Change::decision));
  wanted.part = true;
  EXPECT_EQ(findings(wanted).text(), "");
}

TEST(Decisions, MemoryIsBounded) {
  std::vector<Damage> damages;
  const DecisionProof::Report report = [&damages](const Damage& damage) { damages.push_back(damage); };
  DecisionProof proof(report);
  RecordView record;
  record.epoch = {test_id(1), kDecisionWorkers};
  record.header.kind = GATEHOUSE_RECORD_DECISION;
  char section[8 + 32] = {};
  const auto tag = static_cast<uint16_t>(Tag::request_chain);
  std::memcpy(section, &tag, sizeof tag);
  section[4] = 32;
  record.payload = {section, sizeof section};
  for (uint64_t n = 0; n < 2 * DecisionProof::kWaitingMax; ++n) {
    put_id(test_id(n), record.header.exchange);
    proof.see(record);
  }
  std::vector<std::string> notes;
  std::vector<Reader::Ended> ended(2);
  ended[0].epoch = {test_id(1), 0};
  ended[1].epoch = {test_id(1), kDecisionWorkers};
  ended[0].ended = ended[1].ended = true;
  proof.settle(ended, Erased(), [&notes](std::string text) { notes.push_back(std::move(text)); });
  EXPECT_TRUE(damages.empty());
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_NE(notes[0].find("too many"), std::string::npos);
}

}  // namespace
}  // namespace gatehouse::record
