#include "identity/token_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <vector>

#include "tests/support/allocation_count.h"
#include "token_world.h"

namespace gatehouse::identity {
namespace {

using gatehouse::testing::allocations;

std::string token_of(int number, const std::string& exp = "1800000300") {
  return mint_jwt(World::get().ed, "ed",
                  Claims().set("sub", "\"job-" + std::to_string(number) + "\"").set("exp", exp).json());
}

TEST(TokenCache, SecondSightIsAHitWithTheSameIdentity) {
  const IssuerSet issuers = World::get().issuers();
  TokenCache cache(4);
  const std::string token = good_token();
  const auto first = cache.verify(issuers, 1, token, kNow);
  const auto second = cache.verify(issuers, 1, token, kNow);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(*first, *second);
  EXPECT_EQ(cache.hits(), 1U);
  EXPECT_EQ(cache.misses(), 1U);
  EXPECT_EQ(cache.size(), 1U);
}

TEST(TokenCache, HitTakesNoMemory) {
  const IssuerSet issuers = World::get().issuers();
  TokenCache cache(4);
  const std::string token = good_token();
  const size_t before_proof = allocations();
  ASSERT_TRUE(cache.verify(issuers, 1, token, kNow).ok());
  EXPECT_GT(allocations(), before_proof);  // the count works
  const size_t before = allocations();
  for (int i = 0; i < 1000; ++i)
    if (!cache.verify(issuers, 1, token, kNow).ok()) std::abort();
  EXPECT_EQ(allocations(), before);
  EXPECT_EQ(cache.hits(), 1000U);
}

TEST(TokenCache, EntryDiesWithItsExpiry) {
  const IssuerSet issuers = World::get().issuers();
  TokenCache cache(4);
  const std::string token = good_token();
  const WallNs end = cache.verify(issuers, 1, token, kNow).value()->expires;
  EXPECT_TRUE(cache.verify(issuers, 1, token, end - 1).ok());
  EXPECT_EQ(cache.hits(), 1U);
  const auto late = cache.verify(issuers, 1, token, end);
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error(), Reason::token_expired);
  EXPECT_EQ(cache.size(), 0U);
}

TEST(TokenCache, ClockThatWentBackIsJudgedAgain) {
  const IssuerSet issuers = World::get().issuers();
  TokenCache cache(4);
  const std::string token = good_token();
  ASSERT_TRUE(cache.verify(issuers, 1, token, kNow).ok());
  const auto early = cache.verify(issuers, 1, token, kNow - 3600 * kNsPerSecond);
  ASSERT_FALSE(early.ok());
  EXPECT_EQ(early.error(), Reason::token_not_yet);
  EXPECT_EQ(cache.hits(), 0U);
}

TEST(TokenCache, AnotherVersionEmptiesIt) {
  IssuerSet issuers = World::get().issuers();
  TokenCache cache(4);
  const std::string token = good_token();
  ASSERT_TRUE(cache.verify(issuers, 1, token, kNow).ok());
  issuers.issuers[0].keys = KeySet::parse("{\"keys\":[]}").value();  // the key is gone
  const auto after = cache.verify(issuers, 2, token, kNow);
  ASSERT_FALSE(after.ok());
  EXPECT_EQ(after.error(), Reason::token_key);
  EXPECT_EQ(cache.size(), 0U);
  EXPECT_EQ(cache.hits(), 0U);
}

TEST(TokenCache, RefusedTokensAreNotKept) {
  const IssuerSet issuers = World::get().issuers();
  TokenCache cache(4);
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(cache.verify(issuers, 1, mint_jwt(World::get().stranger, "ec", Claims().json()), kNow).ok());
    EXPECT_FALSE(cache.verify(issuers, 1, "x", kNow).ok());
    EXPECT_FALSE(cache.verify(issuers, 1, "", kNow).ok());
    EXPECT_FALSE(cache.verify(issuers, 1, std::string(20'000, 'x'), kNow).ok());
  }
  EXPECT_EQ(cache.size(), 0U);
}

TEST(TokenCache, LeastRecentlyUsedFallsOut) {
  const IssuerSet issuers = World::get().issuers();
  TokenCache cache(3);
  const std::string tokens[] = {token_of(0), token_of(1), token_of(2), token_of(3)};
  const auto is_hit = [&](const std::string& token) {
    const uint64_t hits = cache.hits();
    EXPECT_TRUE(cache.verify(issuers, 1, token, kNow).ok());
    return cache.hits() != hits;
  };
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(is_hit(tokens[i]));
  EXPECT_TRUE(is_hit(tokens[0]));   // 1 is now the oldest
  EXPECT_FALSE(is_hit(tokens[3]));
  EXPECT_EQ(cache.size(), 3U);
  EXPECT_TRUE(is_hit(tokens[0]));
  EXPECT_TRUE(is_hit(tokens[2]));
  EXPECT_TRUE(is_hit(tokens[3]));
  EXPECT_FALSE(is_hit(tokens[1]));
}

TEST(TokenCache, CapacityZeroKeepsNothing) {
  const IssuerSet issuers = World::get().issuers();
  TokenCache cache(0);
  EXPECT_TRUE(cache.verify(issuers, 1, good_token(), kNow).ok());
  EXPECT_TRUE(cache.verify(issuers, 1, good_token(), kNow).ok());
  EXPECT_EQ(cache.size(), 0U);
}

// Against a plain list of recency: random use, expiry, clock and version over many more tokens than fit.
TEST(TokenCache, BehavesLikeItsModel) {
  const IssuerSet issuers = World::get().issuers();
  constexpr size_t kCapacity = 13;
  TokenCache cache(kCapacity);
  std::vector<std::string> tokens;
  for (int i = 0; i < 40; ++i) tokens.push_back(token_of(i, i % 4 == 0 ? "1800000010" : "1800000300"));
  const auto end_of = [](size_t i) { return (i % 4 == 0 ? 1'800'000'040 : 1'800'000'330) * kNsPerSecond; };

  std::vector<size_t> model;  // most recent first
  std::mt19937 random(7);
  WallNs now = kNow;
  uint64_t version = 1, hits = 0;
  for (int step = 0; step < 4000; ++step) {
    if (random() % 500 == 0) {
      ++version;
      model.clear();
    }
    if (step == 2000) now = kNow + 50 * kNsPerSecond;  // the short ones end
    const size_t pick = random() % tokens.size();
    const auto place = std::find(model.begin(), model.end(), pick);
    const bool known = place != model.end() && now < end_of(pick);
    if (place != model.end()) model.erase(place);
    const auto result = cache.verify(issuers, version, tokens[pick], now);
    ASSERT_EQ(result.ok(), now < end_of(pick));
    if (result.ok()) {
      ASSERT_EQ((*result)->subject, "job-" + std::to_string(pick));
      model.insert(model.begin(), pick);
      if (model.size() > kCapacity) model.pop_back();
    }
    hits += known ? 1 : 0;
    ASSERT_EQ(cache.hits(), hits) << step;
    ASSERT_EQ(cache.size(), model.size()) << step;
  }
  EXPECT_GT(hits, 500U);
}

}  // namespace
}  // namespace gatehouse::identity
