#include "pattern/reckon.h"

#include <gtest/gtest.h>

#include "bench/hostile_patterns.h"
#include "pattern/cost.h"
#include "pattern/shipped.h"

namespace gatehouse::pattern {
namespace {

/// What a set of this pattern alone is reckoned to cost.
uint64_t reckoned(const char* expression) {
  const std::vector<Pattern> patterns = {{expression, 0, true}};
  auto database = Database::compile(patterns);
  if (!database) return 0;
  return reckon(patterns, *database)[0].ns_per_kib + kReckonedBase;
}

/// Who writes one that costs much is told so: none was measured far dearer than it is reckoned.
TEST(Reckon, is_not_far_below_what_hostile_patterns_cost) {
  for (const HostilePattern& one : kHostilePatterns) {
    EXPECT_GT(reckoned(one.expression), 0u) << one.expression;
    EXPECT_LE(one.ns_per_kib, 4 * reckoned(one.expression)) << one.expression;
  }
}

TEST(Reckon, usual_patterns_are_cheap) {
  for (const char* expression : {"drop\\s+table", "\\bdelete\\s+from\\b", "password.{0,40}=", "AKIA[A-Z0-9]{16}", "_delete_by_query"})
    EXPECT_LE(reckoned(expression), kReckonedBase + 10u) << expression;
  for (const char* expression : {"\\d{3}-\\d{2}", "[0-9a-f]{32}", "\\w{20,60}@", "a{50}"})
    EXPECT_LE(reckoned(expression), 700u) << expression;
  for (const auto set : {destructive_commands(), secrets()}) {
    std::vector<Pattern> patterns;
    for (const ShippedPattern& one : set) patterns.push_back({std::string(one.text), static_cast<uint32_t>(patterns.size()), one.caseless, true});
    auto database = Database::compile(patterns);
    ASSERT_TRUE(database.ok());
    const auto all = reckon(patterns, *database);
    uint64_t sum = 0;
    for (size_t i = 0; i < all.size(); ++i) {
      EXPECT_LE(all[i].ns_per_kib, 400u) << set[i].name;
      sum += all[i].ns_per_kib;
    }
    EXPECT_LE(sum, 2000u);
  }
}

TEST(Reckon, counts_what_runs_through_text) {
  // What costs is a repeat of what most bytes are, where no text of three bytes keeps it asleep.
  EXPECT_EQ(reckoned("e.{20}\\x01") - reckoned("e.\\x01"), 20u * 150);
  EXPECT_EQ(reckoned("e[^x]{2,20}\\x01") - reckoned("e.\\x01"), 20u * 150);
  EXPECT_EQ(reckoned("(?:e.{5}){4}\\x01") - reckoned("e.\\x01"), 20u * 150);
  EXPECT_EQ(reckoned("(?:(?:e.{5}){2}x){2}\\x01") - reckoned("e.\\x01"), 20u * 150);
  EXPECT_EQ(reckoned("e[a b]{20}\\x01") - reckoned("e.\\x01"), 20u * 150);
  EXPECT_EQ(reckoned("e[ab]{20}\\x01"), reckoned("e.\\x01"));
  EXPECT_EQ(reckoned("eqq\\x01.{20}"), reckoned("eqq\\x01."));
}

TEST(Reckon, is_the_same_each_time_and_says_why) {
  const std::vector<Pattern> patterns = {{"e(?!x)", 0, true}, {"the", 1, true}};
  auto database = Database::compile(patterns);
  ASSERT_TRUE(database.ok());
  const auto first = reckon(patterns, *database), second = reckon(patterns, *database);
  for (size_t i = 0; i < 2; ++i) EXPECT_EQ(first[i].ns_per_kib, second[i].ns_per_kib);
  EXPECT_TRUE(first[0].approximate);
  EXPECT_GT(first[1].hits_per_mib, 1000u);
  EXPECT_NE(described(first[0]).find("confirmed by PCRE2"), std::string::npos);
  EXPECT_NE(described(first[0]).find("only 1 plain bytes"), std::string::npos);
  const std::vector<Pattern> beyond = {{"(?:[a-z ]+[a-z ]+)+[^a-z ](?<=7q)|e(?!x)", 0, true}};
  auto other = Database::compile(beyond);
  EXPECT_EQ(reckon(beyond, *other)[0].ns_per_kib, kCostUnknown);
}

}  // namespace
}  // namespace gatehouse::pattern
