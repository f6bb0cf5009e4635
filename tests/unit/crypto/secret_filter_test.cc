#include "crypto/secret_filter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace gatehouse::crypto {
namespace {

struct Outcome {
  std::string passed;
  bool found = false;
};

// The stream cut at `cuts`, until the filter has had enough. Whatever it withholds at the end is set free.
Outcome stream(ByteView secret, const std::string& text, const std::vector<size_t>& cuts) {
  SecretFilter filter;
  Outcome outcome;
  size_t at = 0;
  for (size_t i = 0; i <= cuts.size(); ++i) {
    const size_t end = i < cuts.size() ? cuts[i] : text.size();
    const ByteView piece = ByteView(text).substr(at, end - at);
    at = end;
    const auto passed = filter.look(secret, piece);
    outcome.found = passed.found;
    if (passed.found) return outcome;
    outcome.passed.append(passed.before).append(passed.piece);
    filter.take(passed, piece);
  }
  outcome.passed += filter.withheld(secret);
  return outcome;
}

TEST(FindBytes, IsWhatTheStandardLibraryFinds) {
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    const unsigned letters = 2 + round % 7;
    std::string text(random() % (round % 2 == 0 ? 90 : 700), 'a');
    for (char& c : text) c = static_cast<char>('a' + random() % letters);
    std::string needle(1 + random() % 20, 'a');
    for (char& c : needle) c = static_cast<char>('a' + random() % letters);
    if (round % 5 == 0 && text.size() > needle.size()) text.replace(random() % (text.size() - needle.size()), needle.size(), needle);
    ASSERT_EQ(find_bytes(text, needle), text.find(needle)) << text << " " << needle;
  }
  EXPECT_EQ(find_bytes("abc", ""), ByteView::npos);
  EXPECT_EQ(find_bytes("", "a"), ByteView::npos);
}

TEST(FindBytes, FindsWhatStandsBehindManyThatAlmostAreIt) {
  const std::string needle = "service-key", almost = "service_key";
  std::string text;
  for (int i = 0; i < 1000; ++i) text += almost;
  EXPECT_EQ(find_bytes(text, needle), ByteView::npos);
  EXPECT_EQ(find_bytes(text + needle, needle), text.size());
}

TEST(BlankBytes, OverwritesEveryOccurrence) {
  std::string text = "X-Echo: service-key\r\nX: service-keyservice-ke service-key";
  EXPECT_TRUE(blank_bytes({text.data(), text.size()}, "service-key"));
  EXPECT_EQ(text, "X-Echo: ***********\r\nX: ***********service-ke ***********");
  EXPECT_FALSE(blank_bytes({text.data(), text.size()}, "service-key"));
  EXPECT_FALSE(blank_bytes({text.data(), text.size()}, ""));
}

TEST(SecretFilter, FindsTheSecretWhereverPiecesCutItAndLetsNoPartOfItPass) {
  const std::string secret = "service-key";
  const std::string text = "{\"detail\":\"no such key: service-key\"}";
  const size_t begin = text.find(secret);
  for (size_t first = 0; first <= text.size(); ++first) {
    for (size_t second = first; second <= text.size(); ++second) {
      const Outcome outcome = stream(secret, text, {first, second});
      EXPECT_TRUE(outcome.found) << first << " " << second;
      EXPECT_LE(outcome.passed.size(), begin);
      EXPECT_TRUE(text.starts_with(outcome.passed));
    }
  }
  std::vector<size_t> every;
  for (size_t i = 1; i < text.size(); ++i) every.push_back(i);
  EXPECT_TRUE(stream(secret, text, every).found);
  EXPECT_EQ(stream(secret, text, every).passed, text.substr(0, begin));
}

TEST(SecretFilter, ChangesNothingInWhatDoesNotHoldIt) {
  std::mt19937 random(2);
  int found = 0, passed = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string secret(1 + random() % 9, 'a');   // repeating ones are the hard ones
    for (char& c : secret) c = static_cast<char>('a' + random() % 2);
    std::string text(random() % 60, 'a');
    for (char& c : text) c = static_cast<char>('a' + random() % 2);
    std::vector<size_t> cuts(random() % 6);
    for (size_t& cut : cuts) cut = text.empty() ? 0 : random() % (text.size() + 1);
    std::sort(cuts.begin(), cuts.end());
    const Outcome outcome = stream(secret, text, cuts);
    ASSERT_EQ(outcome.found, text.find(secret) != std::string::npos) << secret << " in " << text;
    if (outcome.found) {
      ++found;
      ASSERT_LE(outcome.passed.size(), text.find(secret)) << secret << " in " << text;
      ASSERT_TRUE(text.starts_with(outcome.passed));
    } else {
      ++passed;
      ASSERT_EQ(outcome.passed, text) << secret;
    }
  }
  EXPECT_GT(found, 1000);
  EXPECT_GT(passed, 1000);
}

TEST(SecretFilter, WithoutASecretEverythingPasses) {
  const SecretFilter filter;
  const auto passed = filter.look("", "anything");
  EXPECT_FALSE(passed.found);
  EXPECT_EQ(passed.piece, "anything");
}

}  // namespace
}  // namespace gatehouse::crypto
