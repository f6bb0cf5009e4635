#include "proxy/memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace gatehouse::proxy {
namespace {

constexpr size_t kMiB = 1 << 20;

// Bytes come `each` at a time; what they cost in copies of growing.
struct Grown {
  size_t copied = 0;
  uint64_t most_lent = 0;
  bool fitted = true;
};

Grown grow(BodyPool& pool, size_t total, size_t each, bool appended) {
  Grown grown;
  Body body(pool);
  std::string sent;
  for (size_t i = 0; i < total; ++i) sent += static_cast<char>(i * 31 % 251);
  const char* before = nullptr;
  while (body.size() < total) {
    const size_t count = std::min(each, total - body.size());
    const size_t had = body.size();
    const ByteView next = ByteView(sent).substr(had, count);
    if (appended) {
      if (!body.append(next, total)) return {0, 0, false};
    } else {
      if (!body.make_room(total, count)) return {0, 0, false};
      body.filled(next.copy(body.room().data(), body.room().size()));
    }
    if (before != nullptr && before != body.view().data()) grown.copied += had;
    before = body.view().data();
    EXPECT_LE(pool.lent(), std::max(uint64_t{kFirstRoom}, uint64_t{body.size()} * 5)) << body.size();
    grown.most_lent = std::max(grown.most_lent, pool.lent());
  }
  EXPECT_EQ(body.view(), sent);
  body.clear();
  EXPECT_EQ(pool.lent(), 0u);
  return grown;
}

TEST(Body, MemoryFollowsWhatHasComeAndIsCopiedLessThanOnce) {
  for (const bool appended : {false, true})
    for (const size_t total : {size_t{1}, kFirstRoom, kFirstRoom + 1, kMiB - 1, kMiB, 5 * kMiB + 7, 8 * kMiB})
      for (const size_t each : {size_t{4096}, size_t{16 * 1024}, size_t{128 * 1024}}) {
        BodyPool pool(64 * kMiB);
        const Grown grown = grow(pool, total, each, appended);
        EXPECT_TRUE(grown.fitted);
        EXPECT_LT(grown.copied, total) << total;
        EXPECT_LE(grown.most_lent, std::max<uint64_t>(16 * 1024, total + total / 4)) << total;   // in the end
      }
}

/// Large bodies are moved while they grow, and nobody who reads them meanwhile sees anything of it.
TEST(Body, MovesAsMuchAsComes) {
  constexpr size_t kTotal = 10 * kMiB, kEach = 96 * 1024;
  for (const size_t read_at : {kTotal, 3 * kMiB, 11 * kMiB / 4}) {
    BodyPool pool(64 * kMiB);
    Body body(pool);
    std::string sent;
    for (size_t i = 0; i < kTotal; ++i) sent += static_cast<char>(i * 31 % 251);
    size_t both = 0;
    while (body.size() < kTotal) {
      const ByteView next = ByteView(sent).substr(body.size(), kEach);
      ASSERT_TRUE(body.make_room(kTotal, kEach));
      body.filled(next.copy(body.room().data(), body.room().size()));
      both += pool.lent() > 10 * kMiB;   // 3 MiB lie in two places until as much has come again
      if (body.size() / kEach == read_at / kEach) {
        EXPECT_EQ(body.view(), ByteView(sent).substr(0, body.size()));
      }
    }
    EXPECT_EQ(pool.lent(), 10 * kMiB);
    if (read_at == kTotal) {
      EXPECT_GT(both, 20u);
      EXPECT_LT(both, 40u);
    }
    Body::Away away = body.send_away();
    EXPECT_EQ(away.view(), sent);
    body.take_back(std::move(away));
    body.clear();
    EXPECT_EQ(pool.lent(), 0u);
  }
  BodyPool pool(64 * kMiB);
  Body cut(pool);   // and one that ends while it is moved
  while (cut.size() < 4 * kMiB) {
    ASSERT_TRUE(cut.make_room(kTotal, kEach));
    cut.filled(std::min(kEach, cut.room().size()));
  }
  EXPECT_GT(pool.lent(), 10 * kMiB);
  cut.clear();
  EXPECT_EQ(pool.lent(), 0u);
}

// What grew at its very end is moved in parts, if it is asked for in parts.
TEST(Body, OneThatGrewAtItsEndIsSettledInParts) {
  BodyPool pool(64 * kMiB);
  Body body(pool);
  std::string all(8 * kMiB + 1, 'x');
  for (size_t i = 0; i < all.size(); i += 977) all[i] = static_cast<char>(i / 977);
  for (size_t at = 0; at < all.size(); at += 64 * 1024) {
    ASSERT_TRUE(body.append(ByteView(all).substr(at, 64 * 1024)));
  }
  size_t parts = 1;
  while (!body.settled()) ++parts;
  EXPECT_EQ(parts, 8u);
  EXPECT_TRUE(body.view() == all);
  EXPECT_TRUE(body.settled());
  body.clear();
  EXPECT_TRUE(body.settled());
  EXPECT_EQ(pool.lent(), 0u);
}

TEST(Body, OneThatWaitsWholeIsNotCopied) {
  BodyPool pool(64 * kMiB);
  Body body(pool);
  ASSERT_TRUE(body.make_room(300'000, 128 * 1024));
  EXPECT_GE(body.room().size(), 128u * 1024);
  EXPECT_LT(body.room().size(), 200'000u);
}

TEST(BodyPool, TheLargestFitsIntoAsMuchAsItself) {
  BodyPool pool(8 * kMiB);
  EXPECT_TRUE(grow(pool, 8 * kMiB, 100'000, false).fitted);
  EXPECT_TRUE(grow(pool, 8 * kMiB, 100'000, true).fitted);
  EXPECT_FALSE(grow(pool, 8 * kMiB + 1, 100'000, false).fitted);
  EXPECT_EQ(pool.lent(), 0u);
}

TEST(BodyPool, LendsNoMoreThanItsBound) {
  BodyPool pool(3 * kFirstRoom);
  Body one(pool), two(pool), three(pool), four(pool);
  EXPECT_TRUE(one.make_room(kMiB, 1) && two.make_room(kMiB, 1) && three.make_room(kMiB, 1));
  EXPECT_FALSE(four.make_room(kMiB, 1));
  EXPECT_FALSE(four.append("x"));
  EXPECT_EQ(pool.lent(), 3 * kFirstRoom);
  three.clear();
  one.filled(one.room().size());
  EXPECT_TRUE(one.make_room(kMiB, 1));   // what it had counts once
  EXPECT_EQ(pool.lent(), 3 * kFirstRoom);
  two.filled(two.room().size());
  EXPECT_FALSE(two.make_room(kMiB, 1));
  EXPECT_EQ(two.size(), kFirstRoom);     // and is still there
}

// Whoever is not proved never takes the room of those who are.
TEST(BodyPool, StrangersShareAnEighth) {
  BodyPool pool(8 * 3 * kFirstRoom);
  Body strangers[4]{Body(pool), Body(pool), Body(pool), Body(pool)};
  for (Body& each : strangers) each.of_stranger();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(strangers[i].make_room(kMiB, 1));
  EXPECT_FALSE(strangers[3].make_room(kMiB, 1));
  strangers[0].filled(strangers[0].room().size());
  EXPECT_FALSE(strangers[0].make_room(kMiB, 1)) << "nor more of one";
  EXPECT_EQ(pool.strangers(), 3 * kFirstRoom);
  {
    Body known(pool);
    EXPECT_TRUE(known.append(std::string(20 * kFirstRoom, 'x'), 20 * kFirstRoom));
    EXPECT_FALSE(strangers[3].make_room(kMiB, 1));
  }
  strangers[1].clear();
  EXPECT_TRUE(strangers[3].make_room(kMiB, 1));
  for (Body& each : strangers) each.clear();
  EXPECT_EQ(pool.strangers() + pool.lent(), 0u);
  EXPECT_TRUE(strangers[0].append(std::string(4 * kFirstRoom, 'x'))) << "what was cleared is nobody's any more";
  EXPECT_EQ(pool.strangers(), 0u);
}

TEST(Body, GoesAwayAndComesBack) {
  BodyPool pool(kMiB);
  const std::string bytes(1000, 'x');
  for (const ByteView said : {ByteView{}, ByteView(bytes)}) {   // a request without a body may be long to judge, too
    Body body(pool);
    body.borrow(said);
    Body::Away away = body.send_away();
    ASSERT_NE(away.memory, nullptr);
    EXPECT_EQ(away.view(), said);
    EXPECT_EQ(body.size(), 0u);
    EXPECT_GE(pool.lent(), said.size());
    body.take_back(std::move(away));
    EXPECT_EQ(body.view(), said);
    body.clear();
    EXPECT_EQ(pool.lent(), 0u);
  }
  BodyPool small(kFirstRoom / 8);
  Body body(small);
  body.borrow(bytes);
  EXPECT_EQ(body.send_away().memory, nullptr);   // no room for the copy, and nothing is lost
  EXPECT_EQ(body.view(), bytes);
}

}  // namespace
}  // namespace gatehouse::proxy
