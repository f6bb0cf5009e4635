#include "identity/failure_budget.h"

#include <gtest/gtest.h>

namespace gatehouse::identity {
namespace {

FailureBudget::Source source(ByteView address) { return sender_of(*parse_address(address)); }

constexpr MonotonicNs kStart = 1000 * kNsPerSecond;

TEST(FailureBudget, ABurstPassesThenTimePaysItBack) {
  FailureBudget budget(1);
  const auto bad = source("192.0.2.1:1");
  for (int i = 0; i < 64; ++i) {
    ASSERT_TRUE(budget.allows(bad, 64, kStart)) << i;
    budget.failed(bad, 64, kStart);
  }
  EXPECT_FALSE(budget.allows(bad, 64, kStart));
  EXPECT_FALSE(budget.allows(bad, 64, kStart + kNsPerSecond / 10));
  int allowed = 0;
  for (; budget.allows(bad, 64, kStart + kNsPerSecond); ++allowed) budget.failed(bad, 64, kStart + kNsPerSecond);
  EXPECT_EQ(allowed, 8);   // an eighth each second
  EXPECT_TRUE(budget.allows(bad, 64, kStart + 20 * kNsPerSecond));
}

TEST(FailureBudget, SourcesAreAddressesWithoutPortAndNetworksOf64Bits) {
  EXPECT_EQ(source("192.0.2.1:1"), source("192.0.2.1:2"));
  EXPECT_NE(source("192.0.2.1:1"), source("192.0.2.2:1"));
  EXPECT_EQ(source("[2001:db8::1]:1"), source("[2001:db8::ffff:0:1]:1"));
  EXPECT_NE(source("[2001:db8::1]:1"), source("[2001:db8:0:1::1]:1"));
  EXPECT_NE(source("192.0.2.1:1"), source("[2001:db8::1]:1"));
  EXPECT_EQ(source("[::ffff:192.0.2.1]:1"), source("192.0.2.1:1"));
  EXPECT_NE(source("[::ffff:192.0.2.1]:1"), source("[::ffff:192.0.2.2]:1"));
  EXPECT_EQ(source("unix:/a"), source("unix:/b"));
}

TEST(FailureBudget, OneSourceCostsNoOther) {
  FailureBudget budget(7);
  for (int i = 0; i < 5000; ++i) budget.failed(source("192.0.2.1:1"), 64, kStart);
  EXPECT_FALSE(budget.allows(source("192.0.2.1:1"), 64, kStart));
  EXPECT_TRUE(budget.allows(source("192.0.2.2:1"), 64, kStart));
}

TEST(FailureBudget, ManySourcesDoNotHideTheWorst) {
  FailureBudget budget(3);
  for (int i = 0; i < 1000; ++i) budget.failed(source("192.0.2.1:1"), 64, kStart);
  for (int i = 0; i < 20'000; ++i)
    budget.failed(source("10." + std::to_string(i >> 8 & 255) + "." + std::to_string(i & 255) + ".1:1"), 64, kStart);
  EXPECT_FALSE(budget.allows(source("192.0.2.1:1"), 64, kStart));
}

TEST(FailureBudget, OnlyWhatWasWorthASignatureCounts) {
  EXPECT_TRUE(costs_signature(Reason::token_signature));
  EXPECT_TRUE(costs_signature(Reason::token_expired));
  EXPECT_FALSE(costs_signature(Reason::token_malformed));
  EXPECT_FALSE(costs_signature(Reason::token_issuer));
  EXPECT_FALSE(costs_signature(Reason::token_missing));
}

}  // namespace
}  // namespace gatehouse::identity
