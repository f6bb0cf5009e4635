#include "chunker/chunk.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "chunker/split.h"

namespace gatehouse::chunker {
namespace {

using Texts = std::vector<std::string>;

Texts texts_of(std::string_view text, const Plan& plan) {
  Texts texts;
  for (const Chunk& chunk : chunk(text, plan)) texts.emplace_back(text.substr(chunk.begin, chunk.end - chunk.begin));
  return texts;
}

Texts pieces_of(std::string_view text, Level level) {
  std::vector<std::string_view> pieces = split(text, level);
  return Texts(pieces.begin(), pieces.end());
}

TEST(Split, paragraphs_end_after_their_blank_lines) {
  EXPECT_EQ(pieces_of("a\nb\n\nc\n\n\n\nd\n", Level::paragraph), (Texts{"a\nb\n\n", "c\n\n\n\n", "d\n"}));
  EXPECT_EQ(pieces_of("a\r\n\r\nb", Level::paragraph), (Texts{"a\r\n\r\n", "b"}));
}

TEST(Split, lines_keep_their_ends) {
  EXPECT_EQ(pieces_of("a\nb\r\nc\rd", Level::line), (Texts{"a\n", "b\r\n", "c\r", "d"}));
}

TEST(Split, sentences_end_at_a_stop_and_space_but_not_inside_numbers) {
  EXPECT_EQ(pieces_of("Pay 3.50 now. Really? Yes!  See v1.2.", Level::sentence),
            (Texts{"Pay 3.50 now. ", "Really? ", "Yes!  ", "See v1.2."}));
  EXPECT_EQ(pieces_of("これは文です。次の文！終", Level::sentence), (Texts{"これは文です。", "次の文！", "終"}));
  EXPECT_EQ(pieces_of("One.\nTwo.", Level::sentence), (Texts{"One.\n", "Two."}));
}

TEST(Split, words_carry_the_space_after_them) {
  EXPECT_EQ(pieces_of("  a bc \n d", Level::word), (Texts{"  ", "a ", "bc \n ", "d"}));
  EXPECT_EQ(words("  a bc \n d"), 4u);
}

TEST(Split, characters_are_code_points) {
  EXPECT_EQ(pieces_of("aé😀", Level::character), (Texts{"a", "é", "😀"}));
}

TEST(Chunk, recursive_prefers_paragraphs_then_lines_then_sentences_then_words) {
  Plan plan{.size = 12};
  EXPECT_EQ(texts_of("first.\n\nsecond.\n\nthird", plan), (Texts{"first.\n\n", "second.\n\n", "third"}));
  EXPECT_EQ(texts_of("line one\nline two\nx", plan), (Texts{"line one\n", "line two\nx"}));
  EXPECT_EQ(texts_of("One two. Three four. Five", plan), (Texts{"One two. ", "Three four. ", "Five"}));
  EXPECT_EQ(texts_of("alpha beta gamma", plan), (Texts{"alpha beta ", "gamma"}));
  EXPECT_EQ(texts_of("abcdefghijklmnopq", plan), (Texts{"abcdefghijkl", "mnopq"}));
}

TEST(Chunk, recursive_joins_neighbours_that_fit) {
  EXPECT_EQ(texts_of("a\n\nb\n\nc\n\nd", Plan{.size = 6}), (Texts{"a\n\nb\n\n", "c\n\nd"}));
}

TEST(Chunk, offsets_are_code_points_and_tokens_are_counted) {
  std::vector<Chunk> chunks = chunk("äöü 日本", Plan{.size = 4});
  ASSERT_EQ(chunks.size(), 2u);
  EXPECT_EQ(chunks[0].start_index, 0u);
  EXPECT_EQ(chunks[0].end_index, 4u);
  EXPECT_EQ(chunks[0].end, 7u);
  EXPECT_EQ(chunks[1].start_index, 4u);
  EXPECT_EQ(chunks[1].end_index, 6u);
  EXPECT_EQ(chunks[1].token_count, 2u);
}

TEST(Chunk, words_overlap) {
  Plan plan{.cut = Cut::word, .size = 3, .overlap = 1};
  EXPECT_EQ(texts_of("a b c d e f", plan), (Texts{"a b c ", "c d e ", "e f"}));
  EXPECT_EQ(chunk("a b c d e f", plan)[1].start_index, 4u);
}

TEST(Chunk, characters_overlap) {
  EXPECT_EQ(texts_of("abcdefg", Plan{.cut = Cut::character, .size = 4, .overlap = 2}),
            (Texts{"abcd", "cdef", "efg"}));
}

TEST(Chunk, sentences_overlap_whole_and_a_long_one_stays_whole) {
  Plan plan{.cut = Cut::sentence, .size = 10, .overlap = 4};
  EXPECT_EQ(texts_of("Aa. Bb. Cc. A very long sentence. Dd.", plan),
            (Texts{"Aa. Bb. ", "Bb. Cc. ", "A very long sentence. ", "Dd."}));
}

TEST(Chunk, empty_text_has_no_chunks) {
  for (Cut cut : {Cut::recursive, Cut::sentence, Cut::word, Cut::character}) {
    EXPECT_TRUE(chunk("", Plan{.cut = cut}).empty());
  }
}

std::string random_text(std::mt19937& random) {
  static const char* const parts[] = {"a", "bc", " ", "  ", "\n", "\n\n", "\r\n", ". ", "! ", "?", "。", "é", "日", "😀", "word ", "\t"};
  std::string text;
  for (size_t i = random() % 60; i > 0; --i) text += parts[random() % std::size(parts)];
  return text;
}

/// What must hold for any text and plan.
TEST(Chunk, chunks_cover_the_text_in_order_within_their_size) {
  std::mt19937 random(20240601);
  for (int round = 0; round < 20000; ++round) {
    std::string text = random_text(random);
    Plan plan;
    plan.cut = static_cast<Cut>(random() % 4);
    plan.unit = static_cast<Unit>(random() % 2);
    plan.size = 1 + random() % 12;
    plan.overlap = plan.cut == Cut::recursive ? 0 : random() % plan.size;
    size_t covered = 0, last_begin = 0;
    for (const Chunk& piece : chunk(text, plan)) {
      SCOPED_TRACE(text + " size " + std::to_string(plan.size) + " overlap " + std::to_string(plan.overlap));
      std::string_view part = std::string_view(text).substr(piece.begin, piece.end - piece.begin);
      ASSERT_FALSE(part.empty());
      ASSERT_LE(piece.begin, covered);                      // no gap
      if (plan.overlap == 0) { ASSERT_EQ(piece.begin, covered); }
      ASSERT_TRUE(covered == 0 || piece.begin > last_begin);  // progress
      ASSERT_GT(piece.end, covered);
      ASSERT_EQ(piece.start_index, code_points(std::string_view(text).substr(0, piece.begin)));
      ASSERT_EQ(piece.end_index, piece.start_index + code_points(part));
      bool one_sentence = plan.cut == Cut::sentence && split(part, Level::sentence).size() == 1;
      if (!one_sentence) { ASSERT_LE(piece.token_count, plan.size); }
      ASSERT_NE(static_cast<unsigned char>(part[0]) & 0xc0, 0x80);  // no code point is split
      covered = piece.end;
      last_begin = piece.begin;
    }
    ASSERT_EQ(covered, text.size());
  }
}

}  // namespace
}  // namespace gatehouse::chunker
