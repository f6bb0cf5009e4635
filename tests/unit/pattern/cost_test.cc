#include "pattern/cost.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "pattern/literal.h"
#include "pattern/normal_form.h"

namespace gatehouse::pattern {
namespace {

TEST(RequiredLiteral, what_every_match_contains) {
  const struct { const char* expression; size_t length; } cases[] = {
      {"drop", 4}, {"drop\\s+table", 5}, {"a+bc", 2}, {"ab+", 2}, {"ab?c", 1}, {"ab*", 1}, {"ab{0,3}cd", 2}, {"ab{2}c", 2},
      {"drop|truncate", 4}, {"drop|x", 1}, {"(?:drop|delete)\\b", 4}, {"(?:drop)?x", 1}, {"(drop)+", 4}, {".*a.*b", 1},
      {"\\d{3}-\\d{2}", 1}, {"[a-z]+", 0}, {"", 0}, {"a|", 0}, {"\\x41\\x42c", 3}, {"\\bAKIA[0-9A-Z]{16}\\b", 4},
      {"(?i)abc", 3}, {"(?x)a b c", 0}, {"\\Qabc\\E", 0}, {"(?=abcdef)x", 1}, {"(?<!abc)xy", 2}, {"(?<n>abc)d", 3},
      {"[]abc]de", 2}, {"[[:alpha:]]ab", 2}, {"a\\.b\\/c", 5}, {"\\p{L}ab", 2}, {"\xc3\xa9\xc3\xa9?", 2}, {"(", 0}, {"(?#abc)d", 0},
      {"ab\\b cd", 5}, {"^abc$", 3}, {"a{b}c", 5}, {"a)b", 0}, {"(*UTF8)abc", 0}, {"(a)\\1bc", 2},
  };
  for (const auto& one : cases) EXPECT_EQ(required_literal(one.expression), one.length) << one.expression;
  EXPECT_EQ(required_literal(std::string(100'000, '(')), 0u);
  EXPECT_EQ(required_literal(std::string(100'000, 'a')), 100'000u);
}

TEST(CostSample, is_64_kib_of_text) {
  EXPECT_EQ(cost_sample().size(), 65536u);
  NormalForm form;
  EXPECT_NE(form.make(cost_sample()), NormalForm::Outcome::failed);
  EXPECT_GT(std::count(cost_sample().begin(), cost_sample().end(), '\n'), 300);
}

/// A clock that moves as it is read, by a little more each time but once.
struct Clock {
  MonotonicNs now = 0;
  MonotonicNs step = 64 * 100;
  MonotonicNs operator()() { return now += step; }
};

TEST(Cost, is_the_fastest_round_for_each_kib) {
  Clock clock;
  const std::vector<Pattern> patterns = {{"zzzz", 0, true}, {"e", 0, true}, {"zq(?!x)", 0, true}};
  auto measured = cost(patterns, [&] { return clock(); });
  ASSERT_TRUE(measured.ok());
  EXPECT_EQ(measured->ns_per_kib, 100u);
  ASSERT_EQ(measured->patterns.size(), 3u);
  EXPECT_EQ(measured->patterns[0].ns_per_kib, 100u);
  EXPECT_EQ(measured->patterns[0].literal, 4u);
  EXPECT_EQ(measured->patterns[0].hits_per_mib, 0u);
  EXPECT_GT(measured->patterns[1].hits_per_mib, 10'000u);
  EXPECT_TRUE(measured->patterns[2].approximate);
  EXPECT_FALSE(measured->patterns[1].approximate);
  Database none;
  EXPECT_EQ(ns_per_kib(none, [&] { return clock(); }), 0u);
  const std::vector<Pattern> bad = {{"fine", 0, true}, {"(", 0, true}};
  auto failed = cost(bad, [&] { return clock(); });
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().pattern, 1u);
}

TEST(Cost, what_is_over_budget_is_named_with_its_figure) {
  const std::vector<Pattern> patterns = {{"cheap", 0, true}, {".*a.*b", 0, true}, {"\\d{3}-\\d{2}", 0, true}};
  const SetCost measured{900, {{30, 5, 0, false}, {700, 1, 12, false}, {400, 1, 0, true}}};
  EXPECT_FALSE(over_budget(measured, patterns, 900));
  EXPECT_EQ(over_budget(measured, patterns, 899),
            "the set costs 900 ns per KiB of text, the budget is 899; dearest: pattern 1 `.*a.*b`: 700 ns alone, every "
            "match contains only 1 plain bytes, 12 hits in 1 MiB of ordinary text; pattern 2 `\\d{3}-\\d{2}`: 400 ns "
            "alone, every match contains only 1 plain bytes, confirmed by PCRE2; pattern 0 `cheap`: 30 ns alone");
}

TEST(Cost, a_pattern_that_ordinary_text_defeats_is_over_every_budget) {
  Clock clock;
  const std::vector<Pattern> patterns = {{"(?:[a-z ]+[a-z ]+)+[^a-z ](?<=7q)|e(?!x)", 0, true}};
  auto measured = cost(patterns, [&] { return clock(); });
  ASSERT_TRUE(measured.ok());
  EXPECT_EQ(measured->ns_per_kib, kCostUnknown);
  EXPECT_TRUE(over_budget(*measured, patterns, kCostUnknown - 1)->find("beyond the limits") != std::string::npos);
}

}  // namespace
}  // namespace gatehouse::pattern
