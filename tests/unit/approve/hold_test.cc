#include "approve/hold.h"

#include <gtest/gtest.h>

#include <set>

namespace gatehouse::approve {
namespace {

const crypto::Sha256 kBound = crypto::sha256("these bytes");
const crypto::Sha256 kOther = crypto::sha256("other bytes");
constexpr WallNs kExpires = 1000;

TEST(Digest, NamesEveryPart) {
  const Bound bound{"POST /x HTTP/1.1\r\n\r\n", "{}", "https://issuer", "job", "chunker", "policy"};
  std::set<crypto::Sha256> seen{digest_of(bound)};
  for (ByteView Bound::*part : {&Bound::head, &Bound::body, &Bound::issuer, &Bound::subject, &Bound::origin,
                                &Bound::policy_hash}) {
    Bound changed = bound;
    changed.*part = "changed";
    EXPECT_TRUE(seen.insert(digest_of(changed)).second);
  }
  // No byte moves from one part to the next.
  EXPECT_TRUE(seen.insert(digest_of({"POST /x HTTP/1.1\r\n\r\n{", "}", "https://issuer", "job", "chunker", "policy"}))
                  .second);
  EXPECT_TRUE(seen.insert(digest_of({"", "POST /x HTTP/1.1\r\n\r\n{}", "https://issuer", "job", "chunker", "policy"}))
                  .second);
  EXPECT_FALSE(seen.insert(digest_of(bound)).second);
}

TEST(Digest, IsWrittenDown) {
  // The form is stored in records: sha256 of the first line and 8-byte lengths before each part.
  std::string text = "gatehouse approval 1\n";
  for (const char* part : {"h", "bo", "iss", "subj", "origi", "policy"}) {
    text += std::string(7, '\0') + static_cast<char>(strlen(part)) + part;
  }
  EXPECT_EQ(digest_of({"h", "bo", "iss", "subj", "origi", "policy"}), crypto::sha256(text));
}

TEST(Digest, WhatItIsMadeOfCanBeReadInPiecesAndTakenApart) {
  const Bound bound{"POST /x HTTP/1.1\r\n\r\n", std::string_view("{\0}", 3), "https://issuer", "", "chunker", "policy"};
  for (const size_t step : {1, 2, 7, 64, 4096}) {
    std::string all;
    for (size_t copied = 1; copied > 0; all.resize(all.size() - step + copied)) {
      all.resize(all.size() + step);
      copied = read_bound(bound, all.size() - step, std::span(all).last(step));
    }
    EXPECT_EQ(crypto::sha256(all), digest_of(bound)) << step;
    const auto parts = parse_bound(all);
    ASSERT_TRUE(parts.has_value()) << step;
    EXPECT_EQ(parts->head, bound.head);
    EXPECT_EQ(parts->body, bound.body);
    EXPECT_EQ(parts->subject, "");
    EXPECT_EQ(parts->policy_hash, bound.policy_hash);
    for (size_t cut = 0; cut < all.size(); ++cut) EXPECT_FALSE(parse_bound(ByteView(all).substr(0, cut)).has_value());
    EXPECT_FALSE(parse_bound(all + " ").has_value());
    all[21] = '\xff';   // a length beyond everything
    EXPECT_FALSE(parse_bound(all).has_value());
    char none[8];
    EXPECT_EQ(read_bound(bound, UINT64_MAX, none), 0u);
  }
}

Hold in_state(HoldState state) {
  Hold hold(kBound, kExpires);
  switch (state) {
    case HoldState::asked: break;
    case HoldState::granted: hold.grant(kBound, 1); break;
    case HoldState::denied: hold.deny(1); break;
    case HoldState::expired: hold.expire(kExpires); break;
    case HoldState::cancelled: hold.cancel(); break;
    case HoldState::consumed: hold.grant(kBound, 1); hold.consume(kBound); break;
  }
  EXPECT_EQ(hold.state(), state);
  return hold;
}

// Every state times every event: what is allowed is listed, all else changes nothing.
TEST(Hold, AllowsOnlyItsTransitions) {
  using S = HoldState;
  enum class Event { grant, deny, expire, cancel, consume };
  const auto apply = [](Hold& hold, Event event) {
    switch (event) {
      case Event::grant: return hold.grant(kBound, kExpires - 1);
      case Event::deny: return hold.deny(kExpires - 1);
      case Event::expire: return hold.expire(kExpires);
      case Event::cancel: return hold.cancel();
      case Event::consume: return hold.consume(kBound);
    }
    return false;
  };
  struct Edge {
    S from;
    Event event;
    S to;
  };
  const Edge edges[] = {{S::asked, Event::grant, S::granted},     {S::asked, Event::deny, S::denied},
                        {S::asked, Event::expire, S::expired},    {S::asked, Event::cancel, S::cancelled},
                        {S::granted, Event::consume, S::consumed}, {S::granted, Event::cancel, S::cancelled}};
  for (const S from : {S::asked, S::granted, S::denied, S::expired, S::cancelled, S::consumed}) {
    for (const Event event : {Event::grant, Event::deny, Event::expire, Event::cancel, Event::consume}) {
      S to = from;
      for (const Edge& edge : edges)
        if (edge.from == from && edge.event == event) to = edge.to;
      Hold hold = in_state(from);
      EXPECT_EQ(apply(hold, event), to != from) << hold_state_name(from) << " " << static_cast<int>(event);
      EXPECT_EQ(hold.state(), to) << hold_state_name(from) << " " << static_cast<int>(event);
    }
  }
}

TEST(Hold, GrantsOnlyWhatWasShown) {
  Hold hold(kBound, kExpires);
  EXPECT_FALSE(hold.grant(kOther, 1));
  EXPECT_EQ(hold.state(), HoldState::asked);
  EXPECT_TRUE(hold.grant(kBound, 1));
  EXPECT_FALSE(hold.consume(kOther));
  EXPECT_EQ(hold.state(), HoldState::granted);
  EXPECT_TRUE(hold.consume(kBound));
  EXPECT_FALSE(hold.consume(kBound)) << "one use";
}

TEST(Hold, TakesNoAnswerAfterItsTime) {
  Hold granted(kBound, kExpires);
  EXPECT_FALSE(granted.expire(kExpires - 1));
  EXPECT_FALSE(granted.grant(kBound, kExpires));
  EXPECT_EQ(granted.state(), HoldState::expired);
  EXPECT_EQ(granted.reason(), Reason::approval_expired);
  Hold denied(kBound, kExpires);
  EXPECT_FALSE(denied.deny(kExpires + 5));
  EXPECT_EQ(denied.state(), HoldState::expired);
}

TEST(Hold, GivesAReasonForEachEnd) {
  EXPECT_EQ(in_state(HoldState::asked).reason(), Reason::none);
  EXPECT_EQ(in_state(HoldState::granted).reason(), Reason::none);
  EXPECT_EQ(in_state(HoldState::consumed).reason(), Reason::none);
  EXPECT_EQ(in_state(HoldState::denied).reason(), Reason::approval_denied);
  EXPECT_EQ(in_state(HoldState::expired).reason(), Reason::approval_expired);
  EXPECT_EQ(in_state(HoldState::cancelled).reason(), Reason::approval_cancelled);
  EXPECT_EQ(hold_state_name(HoldState::granted), "granted");
}

}  // namespace
}  // namespace gatehouse::approve
