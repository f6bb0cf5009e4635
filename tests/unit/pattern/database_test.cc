#include "pattern/database.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "pattern/literal.h"
#include "pattern/normal_form.h"

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

TEST(AlikeInBytes, tells_what_finds_the_same_by_bytes_and_by_characters) {
  for (const char* expression : {"drop", R"(\bdrop\s+(?:table|schema)\b)", R"(rm\s+-rf)", R"(a\.b)", "[a-z_]{2,8}=", "^x$",
                                 "a.*b", R"([\w\-.]+@)", R"("ids"\s*:\s*\[\s*\])", R"(a\tb\n)", ""})
    EXPECT_TRUE(alike_in_bytes(expression)) << expression;
  for (const char* expression : {"a.b", "a.+b", "a.{2}", "[^a]b", R"(\Sa)", R"(\Wa)", R"(\Da)", R"(\x41)", R"(\pL)", R"(\va)",
                                 R"(\Qa.b\E)", "(?i)a", "(?!a)b", "(*UCP)a", "[[:alpha:]]", "[]a]", "caf\u00e9", "a\\", "[a",
                                 "[\\x80]", R"(\Ba)", R"((a)\1)", R"(\Ra)", R"([\W])"})
    EXPECT_FALSE(alike_in_bytes(expression)) << expression;
}

TEST(AlikeInBytes, means_that_matches_are_the_same) {
  constexpr const char* kAtoms[] = {"a", "B", "se", "K", "-", " ", R"(\s)", R"(\s+)", R"(\b)", R"(\w)", R"(\d)", "[a-k]",
                                    R"([\w\-]+)", ".*", "(?:a|se)", "(b|k)+", "{", R"(\.)", "x?", "e{1,3}", "^", "$", R"(\n)"};
  constexpr const char* kTexts[] = {"a", "b", "S", "e", "k", "K", "-", " ", "\n", "\t", "x", "7", ".", "{", "\u00e9", "\u00a0",
                                    "\u0085", "\u2028", "\U0001f600", "\u0301", "se", "_"};
  std::mt19937 random(5);
  size_t compared = 0, hits = 0;
  for (int round = 0; round < 400; ++round) {
    std::string expression, text;
    for (size_t i = 1 + random() % 5; i > 0; --i) expression += kAtoms[random() % std::size(kAtoms)];
    if (!alike_in_bytes(expression)) continue;
    const bool caseless = random() % 4 != 0;
    const std::vector<Pattern> characters = {{expression, 1, caseless, false}}, bytes = {{expression, 1, caseless, true}};
    if (!Database::compile(characters).ok() || !Database::compile(bytes).ok()) continue;
    for (int i = 0; i < 200; ++i) text += kTexts[random() % std::size(kTexts)];
    Seen by_characters = matches(characters, text), by_bytes = matches(bytes, text);
    const auto goes_on = [&](size_t at) { return at < text.size() && (static_cast<uint8_t>(text[at]) & 0xc0) == 0x80; };
    std::erase_if(by_bytes, [&](const auto& one) { return goes_on(one.second); });   // .* may end there
    EXPECT_EQ(by_bytes, by_characters) << expression << " in " << text;
    ++compared;
    hits += by_bytes.size();
  }
  EXPECT_GT(compared, 250u);
  EXPECT_GT(hits, 1000u);
}

// Where the case is not minded characters may take what is not ASCII for a letter: no normal form has that.
TEST(AlikeInBytes, differs_where_no_normal_form_is) {
  std::vector<Pattern> letters;
  for (char c = 'a'; c <= 'z'; ++c) letters.push_back({std::string(1, c), static_cast<uint32_t>(c), true, false});
  for (const char* some : {"[a-z]", R"(\w)", R"(\d)", R"(\s)"}) letters.push_back({some, 1, true, false});
  std::string text;
  const auto add = [&](uint32_t point) {
    const int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    text += static_cast<char>((more == 1 ? 0xc0 : more == 2 ? 0xe0 : 0xf0) | point >> 6 * more);
    for (int i = more; i-- > 0;) text += static_cast<char>(0x80 | (point >> 6 * i & 63));
  };
  for (uint32_t point = 0x80; point < 0x110000; ++point)
    if (point < 0xd800 || point > 0xdfff) add(point);
  size_t taken = 0;
  for (const auto& [id, end] : matches(letters, text)) {
    size_t begin = end - 1;
    while ((static_cast<uint8_t>(text[begin]) & 0xc0) == 0x80) --begin;
    const std::string character = text.substr(begin, end - begin);
    EXPECT_FALSE(plain(character)) << character;
    NormalForm form;
    ASSERT_EQ(form.make(character), NormalForm::Outcome::changed);
    EXPECT_FALSE(matches({{std::string(1, static_cast<char>(id)), 2, true, true}}, form.text()).empty() && id != 1) << character;
    ++taken;
  }
  EXPECT_GE(taken, 2u);   // U+017F, U+212A
}

TEST(NeedsWholeText, finds_every_way_to_speak_of_the_whole) {
  for (const char* yes : {"\\Aa", "a\\z", "a\\Z", "(?-m)^a", "(?i-m:^a)", "\\\\\\Aa", "(*ANYCRLF)a$", "(?^:a)", "\\Qa\\E"})
    EXPECT_TRUE(needs_whole_text(yes)) << yes;
  for (const char* no : {"^a$", "\\\\A", "\\ba\\B", "(?:a-b)", "(?i)a-b", "[A-Z]", "a(b|c)*", "(a)*"})
    EXPECT_FALSE(needs_whole_text(no)) << no;
}

}  // namespace
}  // namespace gatehouse::pattern
