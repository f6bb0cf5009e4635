#include "pattern/database.h"

#include <gtest/gtest.h>

#include <vector>

namespace gatehouse::pattern {
namespace {

std::vector<std::pair<uint32_t, size_t>> matches(const std::vector<Pattern>& patterns, ByteView text) {
  auto database = Database::compile(patterns);
  EXPECT_TRUE(database.ok());
  Scratch scratch;
  EXPECT_TRUE(scratch.fit(*database));
  std::vector<std::pair<uint32_t, size_t>> seen;
  EXPECT_EQ(scratch.scan(*database, text, [&](uint32_t id, size_t end) { return seen.push_back({id, end}), true; }),
            Scratch::Outcome::ended);
  return seen;
}

using Seen = std::vector<std::pair<uint32_t, size_t>>;

TEST(Database, reports_ids_and_ends) {
  EXPECT_EQ(matches({{"drop\\s+table", 3, true}, {"Cat", 9, false}}, "x DROP \n TABLE Cat cat"),
            (Seen{{3, 14}, {9, 18}}));
  EXPECT_EQ(matches({}, "anything"), Seen{});
  EXPECT_EQ(matches({{"a", 1, true}}, ByteView()), Seen{});
}

TEST(Database, dot_is_a_character_and_lines_have_borders) {
  EXPECT_EQ(matches({{"a.b", 1, true}}, "a\xe2\x82\xac" "b"), (Seen{{1, 5}}));
  EXPECT_EQ(matches({{"a.b", 1, true}}, "a\nb"), (Seen{{1, 3}}));
  EXPECT_EQ(matches({{"^b$", 1, true}}, "a\nb\nc"), (Seen{{1, 3}}));
}

TEST(Database, refuses_what_matches_nothing_or_cannot_be) {
  for (const char* bad : {"", "a*", "(", "a|", "(?=x)", "\\1", "[z-a]", "$"}) {
    const std::vector<Pattern> patterns = {{"fine", 0, true}, {bad, 1, true}};
    auto database = Database::compile(patterns);
    ASSERT_FALSE(database.ok()) << bad;
    EXPECT_EQ(database.error().pattern, 1u) << bad;
    EXPECT_FALSE(database.error().text.empty());
  }
  const std::vector<Pattern> nul = {{std::string("a\0b", 3), 0, true}};
  EXPECT_FALSE(Database::compile(nul).ok());
}

TEST(Database, bytes_that_are_not_text_compile_as_bytes) {
  EXPECT_EQ(matches({{"\xff\xfe", 1, true}}, "a\xff\xfe"), (Seen{{1, 3}}));
}

TEST(Scratch, stops_when_told_and_fails_when_it_does_not_fit) {
  const std::vector<Pattern> patterns = {{"a", 0, true}};
  auto database = Database::compile(patterns);
  ASSERT_TRUE(database.ok());
  Scratch unfit, scratch;
  EXPECT_EQ(unfit.scan(*database, "aaa", [](uint32_t, size_t) { return true; }), Scratch::Outcome::failed);
  ASSERT_TRUE(scratch.fit(*database));
  int calls = 0;
  EXPECT_EQ(scratch.scan(*database, "aaa", [&](uint32_t, size_t) { return ++calls < 2; }), Scratch::Outcome::stopped);
  EXPECT_EQ(calls, 2);
  scratch.scan(*database, "a", [&](uint32_t, size_t) {
    EXPECT_EQ(scratch.scan(*database, "a", [](uint32_t, size_t) { return true; }), Scratch::Outcome::failed);
    return true;
  });
}

TEST(NeedsWholeText, finds_every_way_to_speak_of_the_whole) {
  for (const char* yes : {"\\Aa", "a\\z", "a\\Z", "(?-m)^a", "(?i-m:^a)", "\\\\\\Aa", "(*ANYCRLF)a$", "(?^:a)", "\\Qa\\E"})
    EXPECT_TRUE(needs_whole_text(yes)) << yes;
  for (const char* no : {"^a$", "\\\\A", "\\ba\\B", "(?:a-b)", "(?i)a-b", "[A-Z]", "a(b|c)*", "(a)*"})
    EXPECT_FALSE(needs_whole_text(no)) << no;
}

}  // namespace
}  // namespace gatehouse::pattern
