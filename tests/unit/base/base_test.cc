#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <string>

#include "base/address.h"
#include "base/arena.h"
#include "base/exchange_id.h"
#include "base/reason.h"
#include "base/result.h"
#include "base/slab.h"

namespace gatehouse {
namespace {

TEST(ExchangeId, TextFormRoundTrips) {
  ExchangeIdSource source(7);
  const ExchangeId id = source.next(1'700'000'000'000 * kNsPerMs);
  char text[kExchangeIdText];
  format_exchange_id(id, text);
  EXPECT_EQ(text[14], '7');  // version
  const auto back = parse_exchange_id({text, sizeof text});
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, id);
}

TEST(ExchangeId, RefusesOtherForms) {
  EXPECT_FALSE(parse_exchange_id(""));
  EXPECT_FALSE(parse_exchange_id("018bcfe5-6800-7000-8000-00000000000"));
  EXPECT_FALSE(parse_exchange_id("018BCFE5-6800-7000-8000-000000000000"));
  EXPECT_FALSE(parse_exchange_id("018bcfe5x6800-7000-8000-000000000000"));
}

TEST(ExchangeId, GrowsEvenWhenTheClockGoesBack) {
  ExchangeIdSource source(1);
  ExchangeId last;
  for (int i = 0; i < 20'000; ++i) {
    const WallNs now = i < 10'000 ? 5'000 * kNsPerMs : 1'000 * kNsPerMs;
    const ExchangeId id = source.next(now);
    ASSERT_LT(last, id) << i;
    last = id;
  }
}

TEST(Arena, AlignsAndKeepsItsFirstBlockOverReset) {
  Arena arena;
  char* first = arena.take(1, 1);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(arena.take(8, 64)) % 64, 0u);
  arena.take(100'000);  // larger than a block
  arena.reset();
  EXPECT_EQ(arena.used(), 0u);
  EXPECT_EQ(arena.take(1, 1), first);
}

TEST(Arena, ManyTakesDoNotOverlap) {
  Arena arena;
  std::vector<std::pair<char*, int>> all;
  for (int i = 0; i < 5'000; ++i) {
    char* at = arena.take(1 + i % 97, 1);
    std::memset(at, i & 127, 1 + i % 97);
    all.emplace_back(at, i);
  }
  for (const auto& [at, i] : all)
    for (int k = 0; k < 1 + i % 97; ++k) ASSERT_EQ(at[k], i & 127);
}

struct Named {
  Named(SlotId slot, int number) : id(slot), value(number) {}
  SlotId id;
  int value;
};

TEST(Slab, StaleIdsResolveToNothing) {
  Slab<Named> slab(3);
  SlotId a;
  ASSERT_NE(slab.make(&a, 1), nullptr);
  slab.destroy(a);
  SlotId b;
  ASSERT_NE(slab.make(&b, 2), nullptr);
  EXPECT_EQ(a.slot, b.slot);
  EXPECT_EQ(slab.find(a), nullptr);
  EXPECT_EQ(slab.find(b)->value, 2);
  EXPECT_EQ(slab.find(b)->id, b);
  slab.destroy(b);
}

TEST(Slab, CapacityIsABound) {
  Slab<Named> slab(70);
  std::vector<SlotId> ids(70);
  for (auto& id : ids) ASSERT_NE(slab.make(&id, 0), nullptr);
  SlotId extra;
  EXPECT_EQ(slab.make(&extra, 0), nullptr);
  for (auto& id : ids) slab.destroy(id);
}

TEST(Slab, CapacityCanBeMoved) {
  Slab<Named> slab(0);
  SlotId none;
  EXPECT_EQ(slab.make(&none, 0), nullptr);
  std::vector<SlotId> ids;
  for (const uint32_t capacity : {1u, 3u, 64u, 65u, 70u, 200u}) {
    slab.set_capacity(capacity);
    while (!slab.full()) {
      const int number = static_cast<int>(ids.size()) + 1;
      ASSERT_NE(slab.make(&ids.emplace_back(), number), nullptr);
    }
    EXPECT_EQ(slab.live(), capacity);
    EXPECT_EQ(slab.make(&none, 0), nullptr);
  }
  for (size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(slab.find(ids[i])->value, static_cast<int>(i + 1));
  slab.set_capacity(66);
  EXPECT_TRUE(slab.full());
  for (size_t left = 200; left > 66; --left) {
    EXPECT_EQ(slab.make(&none, 0), nullptr);
    slab.destroy(ids[left - 1]);
  }
  EXPECT_TRUE(slab.full());
  slab.destroy(ids[0]);
  EXPECT_NE(slab.make(&ids[0], 0), nullptr);
  for (size_t i = 0; i < 66; ++i) slab.destroy(ids[i]);
}

TEST(Address, RoundTripsEachFamily) {
  for (const char* text : {"127.0.0.1:80", "[::1]:8443", "unix:/run/gatehouse.sock", "0.0.0.0:0"}) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(format_address(*address), text);
  }
  for (const char* text : {"", ":80", "localhost:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:80",
                           "unix:relative", "127.0.0.1:+1", "[::1:80"})
    EXPECT_FALSE(parse_address(text)) << text;
  EXPECT_TRUE(parse_address("127.9.9.9:1")->is_loopback());
  EXPECT_FALSE(parse_address("128.0.0.1:1")->is_loopback());
}

TEST(Reason, CodesAreUniqueAndNamed) {
  std::set<int> codes;
#define CHECK_REASON(name, code, http_status, text)          \
  EXPECT_TRUE(codes.insert(code).second) << code;            \
  EXPECT_EQ(reason_name(Reason::name), #name);               \
  EXPECT_TRUE(http_status == 0 || (http_status >= 200 && http_status < 600));
  GATEHOUSE_REASONS(CHECK_REASON)
#undef CHECK_REASON
  Reason out;
  EXPECT_FALSE(reason_from_code(99, &out));
}

TEST(Result, HoldsOneArm) {
  Result<int, std::string> good = 3;
  EXPECT_TRUE(good.ok());
  EXPECT_EQ(*good, 3);
  Result<std::string, std::string> bad = Failure<std::string>{"no"};
  EXPECT_FALSE(bad.ok());
  EXPECT_EQ(bad.error(), "no");
}

}  // namespace
}  // namespace gatehouse
