#include "pattern/reckon.h"

#include <gtest/gtest.h>
#include <time.h>

#include "pattern/cost.h"
#include "pattern/shipped.h"

namespace gatehouse::pattern {
namespace {

MonotonicNs thread_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<MonotonicNs>(now.tv_sec) * 1'000'000'000 + static_cast<MonotonicNs>(now.tv_nsec);
}

struct Both {
  uint64_t reckoned;
  uint64_t measured;
};

Both both(const char* expression) {
  const std::vector<Pattern> patterns = {{expression, 0, true}};
  auto database = Database::compile(patterns);
  if (!database) return {0, 0};
  const uint64_t reckoned = reckon(patterns, *database)[0].ns_per_kib;
  return {reckoned + kReckonedBase, ns_per_kib(*database, thread_time)};
}

/// Who writes one that costs much is told so: nothing measures far more than is reckoned.
TEST(Reckon, is_not_far_below_what_hostile_patterns_cost) {
  const char* const hostile[] = {
      "(a|e)[^x]{50}z", "(a|e)[^x]{200}z", "[aeiou][^\\n]{30}[aeiou]q", "[a-z]{3,50}x", "e.{20}q", "e.{100}q", "e.{500}q", "e[^\\n]{100}qu",
      "(e|t|a|o)[^x]{80}(q|z)", "(?:a.{10}){4}z", "\\w{20,60}@", "\\s\\w{5,40}\\d", ".*a.*b", "(a|b)+c", "[^q]{100}q", ".{5}drop", ".{50}drop",
      "a[^b]{1,100}c[^d]{1,100}e", "(?:[a-z]+ ){5}zz", "(?:\\w+\\s+){8}q", "[a-z]+[0-9]+[a-z]+", "t[^x]{60}z|e[^x]{60}z", "i.{300}j",
      "\\d{3}-\\d{2}", "[0-9a-f]{32}", "a{50}", "(?:..a){20}z", "[^ ]{40}", "x?y?z?a[^k]{90}w", "(?:(?:a.{5}){3}b){3}n", "[a-z ]{60}\\d",
      "o[\\s\\w]{70}k", "(?:e[^x]{9}|t[^y]{9}){6}s"};
  for (const char* expression : hostile) {
    const Both cost = both(expression);
    ASSERT_GT(cost.reckoned, 0u) << expression;
    EXPECT_LE(cost.measured, 4 * cost.reckoned) << expression << ": " << cost.measured << " measured, " << cost.reckoned << " reckoned";
  }
}

TEST(Reckon, usual_patterns_are_cheap) {
  for (const char* expression : {"drop\\s+table", "\\bdelete\\s+from\\b", "password.{0,40}=", "AKIA[A-Z0-9]{16}", "_delete_by_query"})
    EXPECT_LE(both(expression).reckoned, kReckonedBase + 10u) << expression;
  for (const char* expression : {"\\d{3}-\\d{2}", "[0-9a-f]{32}", "\\w{20,60}@", "a{50}"})
    EXPECT_LE(both(expression).reckoned, 700u) << expression;
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
  const auto reckoned = [](const char* expression) { return both(expression).reckoned - kReckonedBase; };
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
