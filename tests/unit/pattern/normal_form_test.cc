#include <random>
#include <string>
#include <vector>

#include "pattern/normal_form.h"

#include <gtest/gtest.h>

#include "pattern/code_points.h"
#include "pattern/look_alikes.h"
#include "tests/support/plain_normal.h"

namespace gatehouse::pattern {
namespace {

using testing::plain_normal;
using testing::utf8_of;
using Outcome = NormalForm::Outcome;

std::string form(ByteView text) {
  NormalForm normal;
  const Outcome outcome = normal.make(text);
  if (outcome == Outcome::failed) return "failed";
  return std::string(outcome == Outcome::same ? text : normal.text());
}

std::string skeleton(ByteView text) {
  NormalForm normal;
  const Outcome outcome = normal.make_skeleton(text);
  if (outcome == Outcome::failed) return "failed";
  std::string lower(outcome == Outcome::same ? text : normal.text());  // as a caseless pattern sees it
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return lower;
}

std::string repeated(ByteView text, size_t times) {
  std::string all;
  for (size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(NormalForm, undoes_the_usual_disguises) {
  EXPECT_EQ(form("ＤＲＯＰ　ＴＡＢＬＥ"), "DROP TABLE");
  EXPECT_EQ(form("dr\u00adop ta\u200bb\u200dle \u2066x\u2069\ufe0f"), "drop table x");
  EXPECT_EQ(form("𝐝𝒓𝓸𝔭 ⓣⓐⓑⓛⓔ"), "drop table");
  EXPECT_EQ(form("e\u0301 e\u200d\u0301 \u212b \u00a0½ ﬁ"), "é é Å  1⁄2 fi");
  EXPECT_EQ(form("\U000e0064\U000e0072x\U0001f600\ufe0f"), "x\U0001f600");
  EXPECT_EQ(form("가\u1100\u1161\u11a8"), "가각");
  EXPECT_EQ(form(""), "");
  EXPECT_EQ(form("\u0301a"), "\u0301a");
}

/// first_not_inert, a character at a time.
size_t told_one_by_one(ByteView text, size_t at) {
  while (at < text.size()) {
    const CodePoint point = code_point_at(text, at);
    if (point.length == 0 || !inert().has(point.value)) return at;
    at += point.length;
  }
  return at;
}

TEST(NormalForm, blocks_are_told_as_characters_are) {
  const std::vector<std::string> scripts = {"Größe, naïve ", "Съешь ещё ", "漢字とかな", "한국어", "ภาษ", "«—“”»", "Ελλη", "plain ascii text "};
  const std::vector<std::string> odd = {"\u0301", "\u00ad", "ำ", "Ａ", "\u3000", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xc0\x80",
                                        "\xc1\xbf", "\x80", "\xbf", "\xff", "\xf5", "\xe4\xb8", "\xd0", "😀", "\xf4\x90\x80\x80", "…", "\u2011"};
  std::mt19937_64 random(1);
  const auto below = [&](size_t count) { return static_cast<size_t>(random() % count); };
  size_t stopped = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    const std::string& script = scripts[below(scripts.size())];
    for (size_t i = below(40); i > 0; --i) text += below(4) == 0 ? scripts[below(scripts.size())] : script;
    for (size_t i = below(3); i > 0; --i) text.insert(below(text.size() + 1), odd[below(odd.size())]);
    if (below(4) == 0) text.resize(below(text.size() + 1));
    if (below(4) == 0 && !text.empty()) text[below(text.size())] = static_cast<char>(random());
    for (size_t at = 0; at <= text.size();) {
      const size_t expected = told_one_by_one(text, at);
      ASSERT_EQ(first_not_inert(text, at), expected) << "from " << at << " of " << text;
      stopped += expected < text.size() ? 1 : 0;
      at = expected + 1;
    }
  }
  EXPECT_GT(stopped, 10000U);
}

TEST(NormalForm, ordinary_text_is_plain) {
  for (const char* text : {"", "plain text\n\twith lines", "Straße, naïve café – «ja»", "Съешь же ещё этих мягких булок",
                           "漢字とかな交じりの文。", "한국어 문장", "ภาษาไทยที่มีสระ", "שָׁלוֹם", "😀 🚀", "Ελληνικά"})
    EXPECT_EQ(plain(text), std::string(text) == *plain_normal(text)) << text;
  EXPECT_TRUE(plain("Съешь же ещё этих мягких булок, café – 漢字かな。한국어 😀 ภาษาไทยที่มีสระ"));
  EXPECT_FALSE(plain("a\u0316\u0301\u0316"));
  for (const char* bad : {"\xc0\x80", "\xed\xa0\x80", "\xe0\x80\x80", "\xf4\x90\x80\x80", "a\xe2\x82", "\x80", "\xff", "\xc3"}) {
    EXPECT_FALSE(plain(bad));
    EXPECT_EQ(form(bad), "failed");
    EXPECT_EQ(form(std::string("Ａ") + bad), "failed");
  }
}

TEST(NormalForm, agrees_with_icu_on_every_character) {
  size_t wrong = 0, unseen = 0;
  NormalForm normal;
  for (uint32_t c = 1; c < 0x110000 && wrong < 10; ++c) {
    // Every seventh of ideographs, syllables and planes of nothing.
    const bool uniform = (c >= 0x3400 && c < 0xd7a0) || (c >= 0x20000 && c < 0x2f700) ||
                         (c >= 0x30000 && c < 0xdff00) || c >= 0xe2000;
    if ((c & 0x1ff800) == 0xd800 || (uniform && c % 7 != 0)) continue;
    for (const std::string& text : {utf8_of(c), "e" + utf8_of(c) + "\u0301x", "Ａ" + utf8_of(c) + "Ｅ\u0301Ｅ"}) {
      const std::string expected = *plain_normal(text);
      const Outcome outcome = normal.make(text);
      const ByteView made = outcome == Outcome::same ? ByteView(text) : normal.text();
      if (outcome == Outcome::failed || made != expected) ADD_FAILURE() << std::hex << c << " number " << ++wrong;
      if (plain(text) && text != expected) ADD_FAILURE() << std::hex << c << " is not plain, number " << ++wrong;
      for (size_t at = 0; at < expected.size();) {  // nothing ignorable comes of what is not
        const CodePoint point = code_point_at(expected, at);
        if (ignorable(point.value)) ++unseen;
        at += point.length;
      }
    }
  }
  EXPECT_EQ(unseen, 0u);
}

/// Characters that change by themselves, that change with others, that are marks, that are not seen, in any order: what is looked
/// up is what ICU says of the whole text.
TEST(NormalForm, agrees_with_icu_on_texts_of_all_kinds) {
  const std::vector<std::string> usual = {"a", "e", " ", "x", "ก", "漢", "é", "е", "한", "가", "\u1100", "\u1161", "\u11a8", "\u3131", "\u314f"};
  const std::vector<std::string> changing = {"\u00a0", "ﬁ", "ﬀ", "²", "½", "Ａ", "ｅ", "：", "\u3000", "\u2003", "…", "™", "①", "ำ", "ຳ", "\u0958", "ｶ", "ﾞ", "゛",
                                             "\u212b", "\u1e9b", "\u0340", "\u0344", "\u2126", "\uf900", "\ufb1d", "\ufefc", "\u0675", "\u0e33", "\uffa1", "\U0001d400"};
  const std::vector<std::string> marks = {"\u0301", "\u0316", "\u0323", "\u0e38", "\u0e48", "\u05b0", "\u3099", "\u309a", "\u093c", "\u00ad", "\u200d", "\ufe0f", "\u034f",
                                          "\u0308", "\u0345", "\U000e0041", "\u20d0"};
  std::mt19937_64 random(3);
  const auto one = [&](const std::vector<std::string>& list) { return list[random() % list.size()]; };
  NormalForm normal;
  size_t wrong = 0, changed = 0;
  for (int round = 0; round < 15'000 && wrong < 10; ++round) {
    std::string text;
    for (size_t i = random() % 12; i > 0; --i) {
      const size_t kind = random() % 8;
      if (kind == 0) {   // any of the first plane
        const uint32_t c = 0x80 + static_cast<uint32_t>(random() % 0xff80);
        if ((c & 0x1ff800) != 0xd800) text += utf8_of(c);
      } else {
        text += kind < 3 ? one(usual) : kind < 6 ? one(changing) : one(marks);
      }
    }
    const std::string expected = *plain_normal(text);
    const Outcome outcome = normal.make(text);
    if (outcome == Outcome::failed) {
      EXPECT_GT(expected.size(), kNormalTimes * text.size()) << text;
      continue;
    }
    changed += outcome == Outcome::changed;
    if ((outcome == Outcome::same ? ByteView(text) : normal.text()) != expected) ADD_FAILURE() << text << " number " << ++wrong;
    if (outcome == Outcome::same) continue;
    for (size_t at = 0, last = 0; at <= expected.size(); last = normal.source_of(at), ++at) EXPECT_GE(normal.source_of(at), last) << text;
  }
  EXPECT_GT(changed, 10'000u);
}

TEST(NormalForm, is_bounded) {
  const std::string expanding = repeated("\ufdfa", 200);
  EXPECT_EQ(form(expanding), "failed");                   // eleven times as long
  EXPECT_EQ(form("D\ufdfaP\ufdfaPЕ \ufdfaP-\ufdfaP \ufdfaX/"), "failed");  // by what is copied last
  EXPECT_EQ(form("\ufdfa"), *plain_normal("\ufdfa"));     // within the 64 bytes
  EXPECT_EQ(form("a" + repeated("\u0301\u0316", 100)), "failed");
  EXPECT_EQ(form("a" + repeated("\u0301\u0316", 20)), *plain_normal("a" + repeated("\u0301\u0316", 20)));
  EXPECT_EQ(form("a" + repeated("\u200d", 100'000) + "b"), "ab");
  EXPECT_EQ(form(repeated("ｗ", 100'000)), repeated("w", 100'000));
}

TEST(NormalForm, tells_where_bytes_came_from) {
  NormalForm normal;
  const std::string text = "ab\u00adc ＤＥ fg";  // ab - c _ D E _ fg
  ASSERT_EQ(normal.make(text), Outcome::changed);
  ASSERT_EQ(normal.text(), "abc DE fg");
  EXPECT_EQ(normal.source_of(0), 0u);
  EXPECT_EQ(normal.source_of(2), 4u);
  EXPECT_EQ(normal.source_of(4), text.find("Ｄ"));
  EXPECT_EQ(normal.source_of(5), text.find("Ｅ"));
  EXPECT_EQ(normal.source_of(7), text.find("fg"));
  EXPECT_EQ(normal.source_of(9), text.size());
  ASSERT_EQ(normal.make("plain"), Outcome::same);
  EXPECT_EQ(normal.source_of(3), 3u);
}

TEST(Skeleton, look_alikes_become_ascii) {
  EXPECT_EQ(skeleton("DRОP ТАВLЕ сuѕtоmеrs"), "drop table customers");  // Cyrillic capitals and letters
  EXPECT_EQ(skeleton("ΤRUΝCΑΤΕ"), "truncate");                          // Greek
  EXPECT_EQ(skeleton("DЕLЕТЕ FRОМ х; ІNSЕRТ іntо"), "delete from x; insert into");
  EXPECT_EQ(skeleton("ＤＲＯＰ"), "drop");
  EXPECT_EQ(skeleton("ascii 0Il1|"), "ascii 0il1|");
  EXPECT_EQ(skeleton("漢字 é"), "漢字 é");
  EXPECT_EQ(skeleton("\xff"), "failed");
  NormalForm normal;
  const std::string text = "x\u00adуy Р";
  ASSERT_EQ(normal.make_skeleton(text), Outcome::changed);
  ASSERT_EQ(normal.text(), "xyy p");
  EXPECT_EQ(normal.source_of(1), text.find("у"));
  EXPECT_EQ(normal.source_of(4), text.find("Р"));
}

}  // namespace
}  // namespace gatehouse::pattern
