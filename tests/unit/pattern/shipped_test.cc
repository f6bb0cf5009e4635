#include "pattern/shipped.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include "pattern/cost.h"
#include "pattern/database.h"
#include "pattern/literal.h"
#include "pattern/token_run.h"
#include "tests/support/sample_expression.h"
#include "tests/support/sanitized.h"

namespace gatehouse::pattern {
namespace {

std::vector<Pattern> patterns_of(std::span<const ShippedPattern> set) {
  std::vector<Pattern> patterns;
  for (const ShippedPattern& one : set)
    patterns.push_back({std::string(one.text), static_cast<uint32_t>(patterns.size()), one.caseless, true});
  return patterns;
}

/// A shipped set, compiled.
class Shipped : public ::testing::TestWithParam<ByteView> {
 protected:
  void SetUp() override {
    const auto found = shipped_set(GetParam());
    ASSERT_TRUE(found);
    set_ = *found;
    auto compiled = Database::compile(patterns_of(set_));
    ASSERT_TRUE(compiled.ok()) << set_[compiled.error().pattern].name << ": " << compiled.error().text;
    database_ = std::move(compiled).value();
    ASSERT_TRUE(scratch_.fit(database_));
  }

  std::set<ByteView> hits(ByteView text) {
    std::set<ByteView> names;
    EXPECT_EQ(scratch_.scan(database_, text, [&](uint32_t id, size_t) { return names.insert(set_[id].name), true; }),
              Scratch::Outcome::ended);
    return names;
  }

  /// What hits, with the text before each first end.
  std::map<ByteView, std::string> evidence(ByteView text) {
    std::map<ByteView, std::string> seen;
    scratch_.scan(database_, text, [&](uint32_t id, size_t end) {
      return seen.emplace(set_[id].name, text.substr(end > 60 ? end - 60 : 0, std::min<size_t>(end, 60))), true;
    });
    return seen;
  }

  std::span<const ShippedPattern> set_;
  Database database_;
  Scratch scratch_;
};

TEST_P(Shipped, each_pattern_has_its_examples) {
  std::set<ByteView> names;
  for (const ShippedPattern& one : set_) {
    EXPECT_TRUE(names.insert(one.name).second) << one.name << " is there twice";
    EXPECT_TRUE(hits(one.hits).contains(one.name)) << one.name << " does not hit: " << one.hits;
    EXPECT_EQ(hits(one.clean), std::set<ByteView>{}) << one.name << " hits: " << one.clean;
    EXPECT_FALSE(needs_whole_text(one.text)) << one.name;
  }
}

TEST_P(Shipped, is_exact) {
  for (const size_t index : database_.approximate()) ADD_FAILURE() << set_[index].name;
}

TEST_P(Shipped, passes_ordinary_text) {
  EXPECT_EQ(evidence(cost_sample()), (std::map<ByteView, std::string>{}));
  const std::filesystem::path folder = "/usr/share/common-licenses";
  if (!std::filesystem::is_directory(folder)) GTEST_SKIP() << "no licence texts on this machine";
  std::string all;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path());
    all.append(std::istreambuf_iterator<char>(file), {});
  }
  while (all.size() < (1u << 20)) all += all;
  EXPECT_EQ(evidence(all), (std::map<ByteView, std::string>{}));
}

/// What is looked for first is in everything that is looked for: made texts, each as it is, in one case, and next to others.
TEST_P(Shipped, each_match_has_its_anchor_and_its_run) {
  std::vector<Pattern> anchors = patterns_of(set_);
  for (size_t i = 0; i < anchors.size(); ++i)
    if (!set_[i].anchor.empty()) anchors[i].text = set_[i].anchor;
  auto compiled = Database::compile_candidates(anchors);
  ASSERT_TRUE(compiled.ok()) << set_[compiled.error().pattern].name << ": " << compiled.error().text;
  Scratch scratch;
  ASSERT_TRUE(scratch.fit(*compiled));
  std::mt19937 random(3);
  Room<TokenMasks> masks;
  const int rounds = gatehouse::testing::kSanitized ? 80 : 400;
  for (size_t i = 0; i < set_.size(); ++i) {
    EXPECT_FALSE(needs_whole_text(set_[i].anchor)) << set_[i].name;
    const Required least = required(set_[i].text);
    gatehouse::testing::SampleExpression sample(set_[i].text, random);
    size_t matched = 0;
    for (int round = 0; round < rounds; ++round) {
      std::string text = sample.make();
      if (set_[i].caseless && round % 3 == 1) std::transform(text.begin(), text.end(), text.begin(), ::toupper);
      if (round % 4 == 2) text = "x " + text + "\ny";
      if (round == 0) text = set_[i].hits;
      if (!hits(text).contains(set_[i].name)) continue;
      ++matched;
      const auto found_in = [&](ByteView where) {
        bool found = false;
        scratch.scan(*compiled, where, [&](uint32_t id, size_t) { return !(found = found || id == i); });
        return found;
      };
      EXPECT_TRUE(found_in(text)) << set_[i].name << " has no anchor in: " << text;
      std::string runs;
      token_masks_of(text, &masks);
      size_t values = 0;
      for_each_run(masks, RunKind::token, [&](size_t from, size_t to) { return runs += text.substr(from, to - from) + "\n", true; });
      for_each_run(masks, RunKind::value, [&](size_t, size_t) { return ++values, true; });
      EXPECT_TRUE(!least.solid || least.token < kTokenRun || found_in(runs)) << set_[i].name << " is not in its runs: " << text;
      EXPECT_TRUE(least.value < kValueRun || values > 0) << set_[i].name << ": " << text;
    }
    EXPECT_GT(matched, static_cast<size_t>(rounds) / 20) << set_[i].name;
  }
}

INSTANTIATE_TEST_SUITE_P(Sets, Shipped, ::testing::ValuesIn(kShippedSets), [](const auto& one) {
  return one.param == kShippedSets[0] ? "destructive" : "secrets";
});

TEST(ShippedSets, others_are_unknown) {
  EXPECT_FALSE(shipped_set("secret"));
  EXPECT_FALSE(shipped_set(""));
}

}  // namespace
}  // namespace gatehouse::pattern
