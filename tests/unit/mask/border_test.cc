#include "mask/border.h"

#include <gtest/gtest.h>

#include <iterator>
#include <string>

namespace gatehouse::mask {
namespace {

/// The last or first kShownBytes of a text, with zeros behind.
class Shown {
 public:
  Shown(std::string text, bool end) {
    if (text.size() > kShownBytes) text = end ? text.substr(text.size() - kShownBytes) : text.substr(0, kShownBytes);
    size_ = text.size();
    bytes_ = text + std::string(kShownBytes - size_, '\0');
  }
  Side side() const { return {bytes_.data(), size_}; }

 private:
  std::string bytes_;
  size_t size_;
};

const std::string kBefore = "The index is rebuilt at night, and a search may miss what was added ",
                  kBehind = " and so each party keeps its own copy of what was agreed upon there";

using Judge = bool (*)(const Side&, const Side&, bool);
bool judged(Judge judge, const std::string& left, const std::string& right) {
  const Shown before(kBefore + left, true), behind(right + kBehind, false);
  return judge(before.side(), behind.side(), detect::has_avx512);
}

TEST(Border, ValuesWithBlanksGoOverIt) {
  const char* const kCut[][2] = {
      {"4111 1111 ", "1111 1111"},   {"card 4111", " 1111 1111 1111"},  {"AB ", "12 34 56 C"},
      {"AB 12 34 56 ", "C,"},        {"born 12 de ", "septiembre de 1980"}, {"born March ", "12, 1980"},
      {"ann (at) ", "example.com"},  {"ann ", "(at) example.com"},      {"\"ann ", "lee\"@example.com"},
      {"+1 (201) ", "555-0123"},     {"DE44 ", "5001 0517"},            {"-----BEGIN RSA ", "PRIVATE KEY-----"}};
  for (const auto& cut : kCut) EXPECT_TRUE(judged(may_span, cut[0], cut[1])) << cut[0] << '|' << cut[1];
}

TEST(Border, ValuesWithoutBlanksGoOverIt) {
  const char* const kCut[][2] = {{"ann@exam", "ple.com"}, {"ann.lee", "@example.com"}, {"10.1.", "2.3"},
                                 {"abcdefghijkl", "mnopqrstuvwx"}, {"key--", "--end"}};
  for (const auto& cut : kCut) EXPECT_TRUE(judged(may_span, cut[0], cut[1])) << cut[0] << '|' << cut[1];
}

TEST(Border, ProseDoesNot) {
  const char* const kCut[][2] = {{"(see 7.2). ", "In spring the river floods"}, {"in 1987. ", "It was sold"},
                                 {"the last ", "one was sold in 1987"}, {"trans", "mitted"}};
  for (const auto& cut : kCut) EXPECT_FALSE(judged(may_span, cut[0], cut[1])) << cut[0] << '|' << cut[1];
}

TEST(Border, TextsThatMayOverlapAreNearWhatStandsInEither) {
  EXPECT_TRUE(judged(may_be_near, "in 1987. ", "It was sold"));
  EXPECT_TRUE(judged(may_be_near, "the last ", "one of 1987"));
  EXPECT_FALSE(judged(may_be_near, "the last ", "one"));
}

TEST(Border, OfFewDetectorsOnlyNumbersOnBothSidesAndAddresses) {
  EXPECT_TRUE(judged(may_span_few, "4111 1111 ", "1111 1111"));
  EXPECT_TRUE(judged(may_span_few, "ann@exam", "ple.com"));
  EXPECT_TRUE(judged(may_span_few, "ann (", "at) example.com"));
  EXPECT_FALSE(judged(may_span_few, "4111 1111 1111 1111. ", "The index"));
  EXPECT_FALSE(judged(may_span_few, "the last ", "1987 copies"));
}

TEST(Border, OfFewDetectorsAWordThatIsNotShownWholeMayBeAnything) {
  const Shown word(std::string(80, 'a'), true), behind("b" + kBehind, false);
  EXPECT_TRUE(may_span_few(word.side(), behind.side()));
}

TEST(Border, IsSeenTheSameInEitherWay) {
  if (!detect::has_avx512) GTEST_SKIP() << "this machine has one way only";
  static constexpr ByteView kBytes = "abcdefghijklmnopqrstuvwxyz0123456789 \n\r\t@:=([{%&-\"'\xc2\xe2\xef\x80./ABC    eeeeeeeeeaaaaaaaaa";
  uint64_t state = 11;
  const auto below = [&](size_t limit) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<size_t>(state >> 33) % limit;
  };
  size_t yes = 0;
  for (int round = 0; round < 20'000; ++round) {
    char bytes[2][kShownBytes] = {};
    Side sides[2];
    for (size_t i = 0; i < 2; ++i) {
      sides[i] = {bytes[i], below(3) == 0 ? 1 + below(kShownBytes) : kShownBytes};
      const size_t set = below(2) == 0 ? kBytes.size() : 26 + below(kBytes.size() - 26);   // letters, and some of the others
      for (size_t k = 0; k < sides[i].size; ++k) bytes[i][k] = below(6) == 0 ? kBytes[below(set)] : " abcdefgh"[below(9)];
    }
    bool (*const asked[])(const Side&, const Side&, bool) = {may_be_near, may_span, may_be_named, may_span_short, may_span_few};
    for (size_t i = 0; i < std::size(asked); ++i) {
      const bool said = asked[i](sides[0], sides[1], false);
      yes += said;
      ASSERT_EQ(said, asked[i](sides[0], sides[1], true)) << i << ' ' << sides[0].view() << '|' << sides[1].view();
    }
  }
  EXPECT_GT(yes, 20'000u);
  EXPECT_LT(yes, 80'000u);
}

}  // namespace
}  // namespace gatehouse::mask
