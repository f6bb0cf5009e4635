#include "approve/board.h"

#include <gtest/gtest.h>

namespace gatehouse::approve {
namespace {

ExchangeId id_of(uint8_t n) {
  ExchangeId id;
  id.bytes[15] = n;
  return id;
}

Card card(uint8_t n, WallNs expires = 1000) {
  Card made;
  made.exchange = id_of(n);
  made.digest = crypto::sha256(std::string(1, static_cast<char>(n)));
  made.subject = "job-" + std::to_string(n);
  made.asked = n;
  made.expires = expires;
  return made;
}

TEST(Board, TakesOneAnswer) {
  Board board(4);
  ASSERT_TRUE(board.add(card(1), {3, {7, 9}}));
  ASSERT_EQ(board.waiting().size(), 1u);
  EXPECT_EQ(board.grant(id_of(1), "uid:1(a)", "fine", 10), Answered::done);
  const Held* held = board.find(id_of(1));
  ASSERT_NE(held, nullptr);
  EXPECT_EQ(held->hold.state(), HoldState::granted);
  EXPECT_EQ(held->by, "uid:1(a)");
  EXPECT_EQ(held->note, "fine");
  EXPECT_EQ(held->asker.worker, 3u);
  EXPECT_EQ(held->asker.session, (SlotId{7, 9}));
  EXPECT_TRUE(board.waiting().empty());
  EXPECT_EQ(board.grant(id_of(1), "uid:2(b)", "", 11), Answered::too_late);
  EXPECT_EQ(board.deny(id_of(1), "uid:2(b)", "", 11), Answered::too_late);
  EXPECT_EQ(held->by, "uid:1(a)") << "the first answer stands";
  EXPECT_TRUE(board.consumed(id_of(1)));
  EXPECT_FALSE(board.consumed(id_of(1)));
  EXPECT_EQ(board.find(id_of(1))->hold.state(), HoldState::consumed);
  EXPECT_EQ(board.grant(id_of(9), "", "", 1), Answered::unknown);
}

TEST(Board, DeniesExpiresAndCancels) {
  Board board(4);
  for (uint8_t n = 1; n <= 4; ++n) ASSERT_TRUE(board.add(card(n, 1000 * n), {}));
  EXPECT_EQ(board.deny(id_of(1), "me", "no", 5), Answered::done);
  EXPECT_FALSE(board.consumed(id_of(1)));
  EXPECT_EQ(board.expire(1999), 0u);
  EXPECT_EQ(board.expire(2000), 1u);
  EXPECT_EQ(board.find(id_of(2))->hold.state(), HoldState::expired);
  EXPECT_EQ(board.grant(id_of(2), "me", "", 2001), Answered::too_late);
  EXPECT_TRUE(board.cancelled(id_of(3)));
  EXPECT_FALSE(board.cancelled(id_of(3)));
  EXPECT_EQ(board.grant(id_of(3), "me", "", 10), Answered::too_late);
  EXPECT_EQ(board.grant(id_of(4), "me", "", 4000), Answered::too_late) << "time has come though nobody said so";
  EXPECT_EQ(board.find(id_of(4))->hold.state(), HoldState::expired);
  EXPECT_TRUE(board.waiting().empty());
}

TEST(Board, CancelsAGrantThatWasNotUsed) {
  Board board(2);
  ASSERT_TRUE(board.add(card(1), {}));
  ASSERT_EQ(board.grant(id_of(1), "me", "", 1), Answered::done);
  EXPECT_EQ(board.expire(5000), 0u) << "a grant does not expire: the worker's deadline ends it";
  EXPECT_TRUE(board.cancelled(id_of(1)));
  EXPECT_FALSE(board.consumed(id_of(1)));
}

TEST(Board, IsBounded) {
  Board board(2);
  EXPECT_TRUE(board.add(card(1), {}));
  EXPECT_TRUE(board.add(card(2), {}));
  EXPECT_FALSE(board.add(card(3), {}));
  EXPECT_TRUE(board.cancelled(id_of(1)));
  EXPECT_FALSE(board.add(card(1), {})) << "an id is used once";
  EXPECT_FALSE(board.add(card(2), {}));
  EXPECT_TRUE(board.add(card(3), {}));
  EXPECT_EQ(board.grant(id_of(2), "me", "", 1), Answered::done);
  EXPECT_TRUE(board.add(card(4), {})) << "a granted one waits for nobody any more";
  Board churn(1);
  for (int i = 0; i < 1100; ++i) {
    Card one = card(0);
    one.exchange.bytes[0] = static_cast<uint8_t>(i);
    one.exchange.bytes[1] = static_cast<uint8_t>(i >> 8);
    ASSERT_TRUE(churn.add(one, {}));
    ASSERT_TRUE(churn.cancelled(one.exchange));
  }
  Card first = card(0);
  EXPECT_EQ(churn.find(first.exchange), nullptr) << "old ends are forgotten";
}

TEST(Board, ListsTheOldestFirst) {
  Board board(8);
  for (uint8_t n : {3, 1, 2}) ASSERT_TRUE(board.add(card(n), {}));
  ASSERT_TRUE(board.cancelled(id_of(1)));
  const auto list = board.waiting();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0]->card.subject, "job-3");
  EXPECT_EQ(list[1]->card.subject, "job-2");
}

TEST(Board, MakesTextSafeAndShort) {
  Board board(1);
  Card hostile = card(1);
  hostile.subject = "root\x1b[2K\radmin";
  hostile.path = "/" + std::string(9000, 'p');
  hostile.body_excerpt = std::string(400, '\n') + "x";
  hostile.groups.assign(100, "g\u202e");
  ASSERT_TRUE(board.add(hostile, {}));
  EXPECT_EQ(board.grant(id_of(1), "me", "ok\n\x1b[0m", 1), Answered::done);
  const Held& held = *board.find(id_of(1));
  EXPECT_EQ(held.card.subject, "root<U+001B>[2K<U+000D>admin");
  EXPECT_EQ(held.card.path.size(), kPathMax);
  EXPECT_TRUE(held.card.path.ends_with("\u2026"));
  EXPECT_LE(held.card.body_excerpt.size(), kExcerptMax);
  EXPECT_EQ(held.card.body_excerpt.find('\n'), std::string::npos);
  EXPECT_EQ(held.card.groups.size(), kGroupsMax);
  EXPECT_EQ(held.card.groups[0], "g<U+202E>");
  EXPECT_EQ(held.note, "ok<U+000A><U+001B>[0m");
}

TEST(Board, CapacityCanBeMoved) {
  Board board(1);
  const auto add = [&board](uint8_t number) {
    Card card;
    card.exchange.bytes[15] = number;
    card.expires = 1000;
    return board.add(std::move(card), {});
  };
  EXPECT_TRUE(add(1));
  EXPECT_FALSE(add(2));
  board.set_capacity(2);
  EXPECT_TRUE(add(2));
  board.set_capacity(1);
  EXPECT_FALSE(add(3));
  EXPECT_EQ(board.waiting().size(), 2u);
}

}  // namespace
}  // namespace gatehouse::approve
