// A held exchange while configurations come and go.
#include "house.h"

namespace gatehouse::worker {
namespace {

class Hold : public House {
 protected:
  config::Snapshot next;
};

// A person may think for minutes: configurations come and go meanwhile.
TEST_F(Hold, AHeldExchangeKeepsNoSnapshot) {
  Plain client = Plain::connect(address);
  client.send(request("DELETE", "/collections/7"));
  const proxy::ToControl asked = told(proxy::ToControl::Kind::ask);
  ASSERT_NE(asked.card, nullptr);
  make_snapshot(next, 2);
  publish(next);
  EXPECT_EQ(told(proxy::ToControl::Kind::released).snapshot, &snapshot);
  EXPECT_EQ(metrics.hold_expiries.get(), 0u);                  // it still waits
  snapshot.policy.rules.clear();                               // nothing of the old one may be looked at
  snapshot.origins.clear();
  snapshot.version = 77;
  proxy::ToWorker grant;
  grant.kind = proxy::ToWorker::Kind::answer;
  grant.session = asked.session;
  grant.exchange = asked.exchange;
  grant.granted = true;
  grant.digest = asked.card->digest;
  ASSERT_TRUE(inbox.push(std::move(grant)));
  Plain origin = Plain::accept(origin_listener);
  EXPECT_TRUE(has(origin.message(), "DELETE /collections/7 HTTP/1.1"));
  origin.send("HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_TRUE(has(client.message(), "HTTP/1.1 204"));
}

// All that an approval is bound to can be seen, also when the configuration that held it is gone; no longer after it.
TEST_F(Hold, WhatIsHeldIsShownInPieces) {
  Plain client = Plain::connect(address);
  std::string body(150'000, 'x');
  body += "the end";
  client.send(request("DELETE", "/collections/7", body));
  const proxy::ToControl asked = told(proxy::ToControl::Kind::ask);
  ASSERT_NE(asked.card, nullptr);
  make_snapshot(next, 2);
  publish(next);
  EXPECT_EQ(told(proxy::ToControl::Kind::released).snapshot, &snapshot);
  snapshot.origins.clear();
  snapshot.policy_hash.fill(9);
  const auto piece = [&](uint64_t offset, SlotId session) {
    proxy::ToWorker show;
    show.kind = proxy::ToWorker::Kind::show;
    show.session = session;
    show.exchange = asked.exchange;
    show.offset = offset;
    show.asker = {7, 9};
    EXPECT_TRUE(inbox.push(std::move(show)));
    proxy::ToControl shown = told(proxy::ToControl::Kind::shown);
    EXPECT_EQ(shown.asker, (SlotId{7, 9}));
    EXPECT_LE(shown.bytes.size(), proxy::kShownPiece);
    return shown;
  };
  std::string all;
  for (proxy::ToControl shown = piece(0, asked.session); shown.held && !shown.bytes.empty(); shown = piece(all.size(), asked.session))
    all += shown.bytes;
  EXPECT_EQ(crypto::sha256(all), asked.card->digest);
  const auto parts = approve::parse_bound(all);
  ASSERT_TRUE(parts.has_value());
  EXPECT_EQ(parts->body, body);
  EXPECT_EQ(parts->origin, "chunker");
  EXPECT_TRUE(has(parts->head, "DELETE /collections/7 HTTP/1.1\r\n"));
  EXPECT_FALSE(has(parts->head, "service-key"));
  EXPECT_FALSE(piece(0, {77, 1}).held);
  proxy::ToWorker denial;
  denial.kind = proxy::ToWorker::Kind::answer;
  denial.session = asked.session;
  denial.exchange = asked.exchange;
  ASSERT_TRUE(inbox.push(std::move(denial)));
  EXPECT_TRUE(has(client.message(), "approval_denied"));
  const proxy::ToControl late = piece(0, asked.session);
  EXPECT_FALSE(late.held);
  EXPECT_EQ(late.bytes, "");
}

class BriefHolds : public Hold {
 protected:
  void adjust(config::Snapshot& out) override { out.deadlines.hold = kNsPerSecond; }
};

// What is recorded of a hold that ends unanswered is the decision that held it.
TEST_F(BriefHolds, AHoldThatEndsUnansweredIsRecordedAsItWasDecided) {
  Plain client = Plain::connect(address);
  client.send(request("DELETE", "/collections/7"));
  told(proxy::ToControl::Kind::ask);
  make_snapshot(next, 2);
  next.policy.rules = {{"other", policy::Effect::deny, {"*"}, {}, {}, 0, 0, 0}};
  publish(next);
  EXPECT_EQ(told(proxy::ToControl::Kind::released).snapshot, &snapshot);
  snapshot.policy.rules.clear();
  snapshot.version = 77;
  EXPECT_TRUE(has(client.message(), "approval_expired"));
  EXPECT_TRUE(has(records(), section(record::Tag::rule, "risky")));
  EXPECT_TRUE(has(records(), section(record::Tag::snapshot_version, std::string("\1\0\0\0\0\0\0\0", 8))));
  EXPECT_FALSE(has(records(), section(record::Tag::rule, "other")));
}

}  // namespace
}  // namespace gatehouse::worker
