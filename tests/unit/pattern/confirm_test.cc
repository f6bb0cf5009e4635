#include "pattern/confirm.h"

#include <gtest/gtest.h>

#include <vector>

#include "pattern/database.h"

namespace gatehouse::pattern {
namespace {

using Seen = std::vector<size_t>;

struct Told {
  Scratch::Outcome outcome;
  Seen ends;
};

Told scan(const std::vector<Pattern>& patterns, ByteView text) {
  auto database = Database::compile(patterns);
  if (!database.ok()) {
    ADD_FAILURE() << database.error().text;
    return {Scratch::Outcome::failed, {}};
  }
  Scratch scratch;
  EXPECT_TRUE(scratch.fit(*database));
  Told told{};
  told.outcome = scratch.scan(*database, text, [&](uint32_t, size_t end) { return told.ends.push_back(end), true; });
  return told;
}

Seen ends(const char* expression, ByteView text, bool caseless = true) {
  const Told told = scan({{expression, 0, caseless}}, text);
  EXPECT_EQ(told.outcome, Scratch::Outcome::ended);
  return told.ends;
}

std::string repeated(ByteView text, size_t times) {
  std::string all;
  for (size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(Confirmed, look_around_and_back_references) {
  EXPECT_EQ(ends("drop (?!shadow)\\w+", "drop shadow"), Seen{});
  EXPECT_EQ(ends("drop (?!shadow)\\w+", "drop shadow drop tab drop x"), (Seen{20, 27}));
  EXPECT_EQ(ends("(?<!un)safe", "unsafe SAFE"), Seen{11});
  EXPECT_EQ(ends("(?<=a)b(?=c)", "abd bbc abc"), Seen{10});
  EXPECT_EQ(ends("(['\"])x\\1", "'x\" \"x\""), Seen{7});
  EXPECT_EQ(ends("(\\w+) \\1", "one two Two"), Seen{11});
  EXPECT_EQ(ends("(\\w{2,}) \\1", "one two Two", false), Seen{});
}

TEST(Confirmed, means_what_hyperscan_means) {
  EXPECT_EQ(ends("a.b(?!c)", "a\nb"), Seen{3});                       // . is every character
  EXPECT_EQ(ends("^b$(?!c)", "a\nb\nc"), Seen{3});                    // ^ and $ at lines
  EXPECT_EQ(ends("a.b(?!c)", "a\xe2\x82\xac" "b"), Seen{5});          // one code point
  EXPECT_EQ(ends("\xc3\xa9(?!c)", "\xc3\x89"), Seen{2});              // caseless beyond ASCII
  EXPECT_EQ(ends("x\\w(?!c)", "x\xc3\xa9"), Seen{});                  // \w is ASCII
  EXPECT_EQ(ends("\xff\xfe(?!c)", "a\xff\xfe"), Seen{3});             // compiles only for bytes
}

TEST(Confirmed, what_is_too_large_is_approximated) {
  const char* const large = "(?:[a-z]{1,60}\\.){1,60}@(?:[a-z]{1,60}\\.){1,60}[0-9]{2,9}y";
  auto database = Database::compile(std::vector<Pattern>{{"plain", 0, true}, {large, 1, true}});
  ASSERT_TRUE(database.ok()) << database.error().text;
  EXPECT_EQ(database->approximate(), std::vector<size_t>{1});
  Scratch scratch;
  ASSERT_TRUE(scratch.fit(*database));
  const auto hits = [&](const std::string& text) {
    return scratch.scan(*database, text, [](uint32_t, size_t) { return false; }) == Scratch::Outcome::stopped;
  };
  EXPECT_TRUE(hits("ab.@cd." + repeated("e", 60) + ".77y"));
  EXPECT_FALSE(hits("ab.@cd." + repeated("e", 60) + ".7y"));
  EXPECT_FALSE(hits("ab.@" + repeated("e", 61) + ".77y"));
}

TEST(Confirmed, limits_fail_closed) {
  // Exponential for who backtracks.
  EXPECT_EQ(scan({{"(?<!q)(?:x+x+)+y", 0, true}}, repeated("x", 5000) + "z xxy").outcome, Scratch::Outcome::unconfirmed);
  // Quadratic without one way back: PCRE2's own limits do not see it.
  EXPECT_EQ(scan({{"(?<!q)\\w++!(?<=y!)|z\\d(?!k)", 0, true}}, repeated("a", 300'000) + " z1k x!").outcome,
            Scratch::Outcome::unconfirmed);
  // Each way back compares a long group.
  EXPECT_EQ(scan({{"(a*)b\\1c", 0, true}}, repeated("a", 100'000) + "b" + repeated("a", 100'000) + "c bc").outcome,
            Scratch::Outcome::ended);
  EXPECT_EQ(scan({{"(a*)(a*)b\\1\\2c", 0, true}}, repeated("a", 3000) + "b" + repeated("a", 2999) + "xc bac").outcome,
            Scratch::Outcome::unconfirmed);
  // Memory for the ways back.
  EXPECT_EQ(scan({{"(?<!q)(?:(a)|b)+c(?!d)", 0, true}}, repeated("ab", 200'000) + "c").outcome, Scratch::Outcome::unconfirmed);
  EXPECT_EQ(scan({{"a(?!b)", 0, true}}, repeated(" ", kConfirmTextMax) + "a").outcome, Scratch::Outcome::unconfirmed);
  EXPECT_EQ(scan({{"a(?!b)", 0, true}}, "\xff a").outcome, Scratch::Outcome::unconfirmed);  // not text
  EXPECT_EQ(scan({{"a(?!b)", 0, true}}, "\xff b").outcome, Scratch::Outcome::ended);   // nor a candidate
}

TEST(Confirmed, ordinary_patterns_stay_far_below_the_limits) {
  const std::string prose = repeated("The quick brown fox is not dropped; he (and 27 others) may drop tables.\n", 14'000);
  EXPECT_EQ(ends("\\bdrop\\s+(?!tables)\\w+", prose), Seen{});
  EXPECT_EQ(ends("(?<![a-z])[a-z]+ [a-z]+ (?=zebra)", prose + " others may zebra").size(), 1u);
  EXPECT_EQ(ends("^(?!.*quick).*drop", "quick drop"), Seen{});
}

TEST(Confirmed, on_match_stops_and_others_are_still_seen) {
  const std::vector<Pattern> patterns = {{"b(?!c)", 7, true}, {"d", 8, true}};
  auto database = Database::compile(patterns);
  Scratch scratch;
  ASSERT_TRUE(database.ok() && scratch.fit(*database));
  for (int round = 0; round < 3; ++round) {  // the same scratch, again
    std::vector<std::pair<uint32_t, size_t>> seen;
    EXPECT_EQ(scratch.scan(*database, "bc b b d", [&](uint32_t id, size_t end) { return seen.push_back({id, end}), true; }),
              Scratch::Outcome::ended);
    EXPECT_EQ(seen, (std::vector<std::pair<uint32_t, size_t>>{{7, 4}, {7, 6}, {8, 8}}));
    EXPECT_EQ(scratch.scan(*database, "b b", [](uint32_t, size_t) { return false; }), Scratch::Outcome::stopped);
  }
  Scratch other;
  const std::vector<Pattern> exact = {{"b", 0, true}};
  auto fitted = Database::compile(exact);
  ASSERT_TRUE(fitted.ok() && other.fit(*fitted));
  EXPECT_EQ(other.scan(*database, "b", [](uint32_t, size_t) { return true; }), Scratch::Outcome::failed);
}

TEST(Candidates, every_end_is_told_and_none_confirmed) {
  const std::vector<Pattern> patterns = {{"a.*b(?!x)", 3, true}};
  auto database = Database::compile_candidates(patterns);
  Scratch scratch;
  ASSERT_TRUE(database.ok() && scratch.fit(*database));
  Seen seen;
  scratch.scan(*database, "ab\nabx", [&](uint32_t, size_t end) { return seen.push_back(end), true; });
  EXPECT_EQ(seen, (Seen{2, 5}));
}

TEST(Confirmed, refuses_what_neither_library_takes) {
  for (const char* bad : {"(?=a)", "(?=.*a)(?=.*b)", "a(?<=b*c)", "a(?=b", "a\\2(b)", "a(?!b)|"}) {
    const std::vector<Pattern> patterns = {{"fine", 0, true}, {bad, 1, true}};
    auto database = Database::compile(patterns);
    ASSERT_FALSE(database.ok()) << bad;
    EXPECT_EQ(database.error().pattern, 1u) << bad;
    EXPECT_FALSE(database.error().text.empty());
  }
}

std::string spans(const char* expression, ByteView text, bool open, size_t last = SIZE_MAX) {
  const auto confirmation = Confirmation::compile(expression, true, true);
  EXPECT_TRUE(confirmation.ok());
  Confirmer confirmer;
  uint64_t steps = confirm_steps(text.size());
  confirmer.start(&steps);
  std::string told;
  for (size_t from = 0; from < text.size();) {
    Confirmer::Span span;
    const auto found = confirmer.find_span(*confirmation, text, from, last, open, &span);
    if (found == Confirmer::Found::failed) return told + "failed";
    if (found == Confirmer::Found::nothing) break;
    told += std::to_string(span.begin) + "-" + (span.part ? "" : std::to_string(span.end)) + " ";
    if (span.part) break;
    from = span.end;
  }
  return told;
}

TEST(Span, of_matches_and_of_what_may_become_one) {
  EXPECT_EQ(spans("ab+", "ab abbb b", false), "0-2 3-7 ");
  EXPECT_EQ(spans("ab+", "ab abbb", true), "0-2 3- ") << "more may follow";
  EXPECT_EQ(spans("ab+", "ab a", true), "0-2 3- ");
  EXPECT_EQ(spans("ab+", "ab x", true), "0-2 ");
  EXPECT_EQ(spans("ab\\b", "ab", true), "0- ") << "what stands behind tells";
  EXPECT_EQ(spans("ab(?=c)", "abc", true), "0-2 ");
  EXPECT_EQ(spans("(?<=x)b", "xb b", false), "1-2 ");
  EXPECT_EQ(spans("ab", "ab ab ab", false, 3), "0-2 3-5 ") << "none that begins behind";
  EXPECT_EQ(spans("(a|aa)+b", std::string(2000, 'a') + " b", false), "failed");
}

}  // namespace
}  // namespace gatehouse::pattern
