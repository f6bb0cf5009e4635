#include "pattern/token_run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "pattern/literal.h"

namespace gatehouse::pattern {
namespace {

using Found = std::vector<std::pair<size_t, size_t>>;

Found plainly(ByteView text, RunKind kind) {
  Found all;
  for (size_t from = 0, to = 0; from < text.size(); from = to + 1) {
    to = from;
    while (to < text.size() && is_token(text[to])) ++to;
    if (kind == RunKind::value)
      while (from < to && (text[from] < '0' || text[from] > '9')) ++from;
    if (to - from >= (kind == RunKind::token ? kTokenRun : kValueRun)) all.emplace_back(from, to);
  }
  return all;
}

Found runs_of(ByteView text, RunKind kind) {
  Found all;
  Room<TokenMasks> masks;
  token_masks_of(text, &masks);
  EXPECT_TRUE(for_each_run(masks, kind, [&](size_t from, size_t to) { return all.emplace_back(from, to), true; }));
  return all;
}

TEST(TokenRun, is_found_wherever_it_stands) {
  for (size_t size : {1u, 14u, 15u, 63u, 64u, 65u, 79u, 128u, 130u, 200u, 2100u})
    for (size_t from = 0; from < size; from += size < 300 ? 1 : 17)
      for (size_t length : {1u, 7u, 8u, 14u, 15u, 16u, 64u, 65u, 100u, 1500u}) {
        std::string text(size, ' ');
        for (size_t i = from; i < std::min(from + length, size); ++i) text[i] = "aZ-./_+=~%7"[i % 11];
        for (const RunKind kind : {RunKind::token, RunKind::value}) ASSERT_EQ(runs_of(text, kind), plainly(text, kind)) << text;
      }
  EXPECT_EQ(runs_of("", RunKind::token), Found{});
  Room<TokenMasks> masks;
  token_masks_of("12345678", &masks);
  EXPECT_FALSE(for_each_run(masks, RunKind::value, [](size_t, size_t) { return false; }));
}

TEST(TokenRun, is_what_a_plain_reader_finds) {
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    std::string text(random() % 400, ' ');
    const uint32_t gaps = 2 + random() % 24;
    for (char& c : text) c = random() % gaps == 0 ? static_cast<char>(random()) : "0123456789abcXYZ-./_+=~%"[random() % 24];
    for (const RunKind kind : {RunKind::token, RunKind::value}) ASSERT_EQ(runs_of(text, kind), plainly(text, kind)) << text;
  }
  for (int byte = 0; byte < 256; ++byte) {
    const auto c = static_cast<char>(byte);
    EXPECT_EQ(runs_of(std::string(15, c), RunKind::token).size(), is_token(c) ? 1u : 0u) << byte;
  }
}

/// An expression, and a text that it matches.
struct Pair {
  std::string expression, match;
};

Pair pair(std::mt19937& random, int depth) {
  const auto one = [&](ByteView of) { return of[random() % of.size()]; };
  switch (random() % (depth > 3 ? 4 : 7)) {
    case 0: {
      const char c = one("abz09_-+= ,:");
      return {c == '+' || c == '-' ? std::string("\\") + c : std::string(1, c), {c}};
    }
    case 1: return {"[A-Za-z0-9]", {one("AZaz09mK5")}};
    case 2: return random() % 2 == 0 ? Pair{"\\d", {one("0123456789")}} : Pair{"[\\w.\\-/]", {one("a_9.-/")}};
    case 3: return random() % 2 == 0 ? Pair{"[^a]", {one("b 9!")}} : Pair{"[a ,]", {one("a ,")}};
    case 4: {   // side by side
      Pair all;
      for (uint32_t i = 0, count = random() % 5; i < count; ++i) {
        const Pair next = pair(random, depth + 1);
        all.expression += next.expression + (random() % 5 == 0 ? "\\b" : "");
        all.match += next.match;
      }
      return {"(?:" + all.expression + ")", all.match};
    }
    case 5: {   // alternatives
      const Pair a = pair(random, depth + 1), b = pair(random, depth + 1);
      return {"(" + a.expression + "|" + b.expression + ")", random() % 2 == 0 ? a.match : b.match};
    }
    default: {   // again and again: the same text, which is one of those that may stand there
      const Pair a = pair(random, depth + 1);
      const uint32_t least = random() % 4, more = random() % 3;
      std::string times = "{" + std::to_string(least) + (random() % 2 == 0 ? "," : "," + std::to_string(least + 2)) + "}";
      if (least < 2 && random() % 2 == 0) times = least == 0 ? "*" : "+";
      Pair all{"(?:" + a.expression + ")" + times, ""};
      if (a.expression.size() == 1 || (a.expression[0] == '[' && a.expression.back() == ']')) all.expression = a.expression + times;
      for (uint32_t i = 0; i < least + more; ++i) all.match += a.match;
      return all;
    }
  }
}

size_t longest(ByteView text, bool value) {
  size_t best = 0;
  for (size_t from = 0; from < text.size(); ++from) {
    if (value && (text[from] < '0' || text[from] > '9')) continue;
    size_t end = from;
    while (end < text.size() && is_token(text[end])) ++end;
    best = std::max(best, end - from);
  }
  return best;
}

TEST(Required, is_never_more_than_a_match_has) {
  std::mt19937 random(7);
  size_t told = 0;
  for (int round = 0; round < 50'000; ++round) {
    const Pair one = pair(random, 0);
    const Required least = required(one.expression);
    told += least.token > 2;
    ASSERT_LE(least.token, longest(one.match, false)) << one.expression << " matches " << one.match;
    ASSERT_LE(least.value, longest(one.match, true)) << one.expression << " matches " << one.match;
    ASSERT_LE(least.literal, one.match.size()) << one.expression << " matches " << one.match;
    ASSERT_TRUE(!least.solid || longest(one.match, false) == one.match.size()) << one.expression << " matches " << one.match;
  }
  EXPECT_GT(told, 1500u);
}

TEST(Required, runs_of_tokens) {
  const struct { const char* expression; size_t token, value; } cases[] = {
      {"AKIA[A-Z0-9]{16}", 20, 0}, {"\\bgh[op]_[A-Za-z0-9]{36}", 40, 0}, {"sk_(?:live|prod)_[0-9a-f]{10}", 18, 0},
      {"[a-z]{0,20}\\d[\\w.]{7,}", 8, 8}, {"\\d[\\w\\-+/.=]{7,}", 8, 8}, {"a{3} b{4}", 4, 0}, {"a\\s?b", 1, 0}, {"a-?b", 2, 0},
      {"\\w{8}|\\w{5}", 5, 0}, {"(?:ab){4}", 8, 0}, {"(?i)abcdef", 0, 0}, {"[^a]{20}", 0, 0}, {"[[:alpha:]]{20}", 0, 0},
      {"[ -~]{20}", 0, 0}, {"\\S{20}", 0, 0}, {"abc(?=defghij)k", 4, 0}, {"a(?:b c)d", 1, 0}, {"\xc3\xa9{20}", 0, 0}, {"x\\d*", 1, 0},
      {"\\d+x{7}", 8, 8}, {"[0-9]{4}-[0-9]{2}", 7, 7}, {"ab|", 0, 0}, {"[A-z]{20}", 0, 0}, {"[a-\\d]{20}", 0, 0}, {"\\x41{20}", 0, 0}, {"a+{0,}", 0, 0}, {"abc{,3}", 0, 0},
  };
  EXPECT_TRUE(required("\\b(?:gh[op]_[A-Za-z0-9]{36}|x\\d?)\\b").solid);
  EXPECT_FALSE(required("\\b(?:gh[op]_[A-Za-z0-9]{36}|x:)").solid);
  EXPECT_FALSE(required("(?i)ab").solid);
  for (const auto& one : cases) {
    EXPECT_EQ(required(one.expression).token, one.token) << one.expression;
    EXPECT_EQ(required(one.expression).value, one.value) << one.expression;
  }
}

}  // namespace
}  // namespace gatehouse::pattern
