// Hits are the same however wide the machine's instructions are.
#include "detect/hits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <vector>

#include "detect/finder.h"
#include "detect/literals.h"
#include "mask/markup.h"

namespace gatehouse::mask {
namespace {

/// Texts in which signs are near one another, from a small generator of numbers.
class Texts {
 public:
  std::string next(size_t size) {
    static constexpr ByteView kAlphabet =
        "0123456789012345678901234567890123456789abcdefAz:::---...///   \\\\uu__@\xc2\xa0\xe2\x80\x93";
    static constexpr const char* kPieces[] = {
        "ab-12-cd-34-ef-56", "ab12.cd34.ef56", "10.20.3.255", "DE44 5", "DE 44 5", "12 34-56", "passw"};
    std::string out;
    while (out.size() < size) {
      const size_t kind = below(5);
      if (kind == 0) out += std::string(below(40), one_of(kAlphabet));
      else if (kind == 1) out += kPieces[below(std::size(kPieces))];
      else out += one_of(kAlphabet);
    }
    out.resize(size);
    return out;
  }
  size_t below(size_t limit) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<size_t>(state_ >> 33) % limit;
  }

 private:
  char one_of(ByteView set) { return set[below(set.size())]; }
  uint64_t state_ = 7;
};

struct Block {
  uint64_t hits[10];
  bool operator==(const Block&) const = default;
};

std::vector<Block> blocks_of(const std::vector<detect::Hits>& hits, size_t count) {
  std::vector<Block> out;
  for (size_t i = 0; i < count; ++i) {
    const detect::Hits& at = hits[i / detect::kLanes];
    const size_t b = i % detect::kLanes;
    out.push_back({at.at[b], at.run[b], at.account[b], at.colon[b], at.token[b], at.groups[b], at.quad[b], at.literal[b],
                   at.escape[b], at.sure[b]});
    const uint64_t sure = at.at[b] | at.run[b] | at.account[b] | at.colon[b] | at.token[b] | at.groups[b] | at.quad[b];
    EXPECT_EQ(at.sure[b], sure);
    EXPECT_EQ(at.has_sure >> b & 1, sure != 0);
    EXPECT_EQ(at.has_literal >> b & 1, at.literal[b] != 0);
    EXPECT_EQ(at.has_escape >> b & 1, at.escape[b] != 0);
  }
  return out;
}

TEST(Hits, OneBlockOrManyAtATime) {
  if (!detect::has_avx512) GTEST_SKIP() << "this machine has one way only";
  Texts texts;
  for (int round = 0; round < 2000; ++round) {
    const std::string text = texts.next(1 + texts.below(2500));
    const size_t blocks = (text.size() + 63) / 64;
    std::vector<detect::Signs> signs((blocks + detect::kLanes - 1) / detect::kLanes);
    read_signs(text, signs.size(), detect::SignSet::all, signs.data());
    std::vector<detect::Hits> one(signs.size()), many(signs.size());
    detect::HitReader::Needs needs;
    if (round % 5 == 1) needs.token = needs.colon = needs.at = false;
    if (round % 5 == 2) needs.run = needs.groups = needs.account = needs.literal = false;
    detect::Ended ended, ended_many;
    read_hits_plain(text, 0, signs.data(), blocks, needs, &ended, one.data());
    const size_t first = std::min(blocks, detect::kLanes * (1 + texts.below(3)));   // what they ended with reaches the next
    read_hits_wide(text, 0, signs.data(), first, needs, &ended_many, many.data());
    const size_t rest = first / detect::kLanes;
    read_hits_wide(text, first * 64, signs.data() + rest, blocks - first, needs, &ended_many, many.data() + rest);
    ASSERT_EQ(blocks_of(one, blocks), blocks_of(many, blocks)) << text;
  }
}

TEST(Hits, FewSignsAreOfAll) {
  Texts texts;
  for (int round = 0; round < 2000; ++round) {
    std::string text = texts.next(1 + texts.below(2500));
    for (size_t i = 0; i < 3; ++i) text.insert(texts.below(text.size() + 1), i == 0 ? "(at)" : i == 1 ? "[at]" : "{AT}");
    const size_t blocks = (text.size() + 63) / 64;
    std::vector<detect::Signs> all((blocks + detect::kLanes - 1) / detect::kLanes), few(all.size());
    read_signs(text, all.size(), detect::SignSet::all, all.data());
    read_signs(text, few.size(), detect::SignSet::few, few.data());
    for (size_t i = 0; i < blocks; ++i) {
      const detect::Signs &a = all[i / detect::kLanes], &b = few[i / detect::kLanes];
      const size_t k = i % detect::kLanes;
      ASSERT_EQ(a.at[k], b.at[k]);
      ASSERT_EQ(a.digit[k], b.digit[k]);
      ASSERT_EQ(a.between[k], b.between[k]);
      ASSERT_EQ(a.backslash[k], b.backslash[k]);
      ASSERT_EQ(a.slash[k], b.slash[k]);
      ASSERT_EQ(a.letter_u[k], b.letter_u[k]);
      ASSERT_EQ(a.two[k], b.two[k]);
      ASSERT_EQ(a.three[k], b.three[k]);
    }
    text.append(8, '\0');
    for (size_t at = 0; at + 8 < text.size(); ++at)
      detect::each_literal(ByteView(text).substr(0, text.size() - 8), at, [&](size_t row) {
        const bool bracket = ByteView("([{").find(text[at]) != ByteView::npos;
        const uint64_t literals = few[at / detect::kLaneBytes].literal[at / 64 % detect::kLanes];
        EXPECT_TRUE(!bracket || (literals >> at % 64 & 1) != 0) << row << ' ' << at;
      });
  }
}

/// with_literal writes a literal of a row in any case into a text: behind some bytes of it, before the rest.
std::string with_literal(Texts* texts, ByteView literal) {
  std::string written(literal);
  for (char& c : written)
    if (c >= 'a' && c <= 'z' && texts->below(2) == 0) c = static_cast<char>(c ^ 0x20);
  return written + texts->next(texts->below(3) == 0 ? 0 : 1 + texts->below(100));
}

TEST(Hits, EveryLiteralIsSeenWhereverItStands) {
  Texts texts;
  for (size_t row = 0; row < detect::kFinderCount; ++row) {
    for (size_t i = 0; i < detect::kFinders[row].literal_count; ++i) {
      for (int round = 0; round < 40; ++round) {
        const std::string before = round % 4 == 0 ? std::string() : texts.next(1 + texts.below(700));
        const std::string text = before + with_literal(&texts, detect::kFinders[row].literals[i]);
        std::vector<detect::Signs> signs((text.size() + detect::kLaneBytes - 1) / detect::kLaneBytes);
        detect::read_signs(text, signs.size(), detect::SignSet::all, signs.data());
        const size_t at = before.size();
        ASSERT_TRUE((signs[at / detect::kLaneBytes].literal[at / 64 % detect::kLanes] >> at % 64 & 1) != 0) << text << ' ' << at;
      }
    }
  }
}

/// Words that no literal begins with are not taken for one often: what is looked at closely costs more than the pass itself.
TEST(Hits, FewWordsAreTakenForLiterals) {
  if (!detect::has_avx512) GTEST_SKIP() << "by halves of bytes more are";
  const std::string text =
      "The recipient shall not publish, copy or otherwise make available any contribution that was received under this section "
      "unless the contributor has given consent in writing; an identical provision governs public representation, signed copies "
      "and invariant texts. Secondary transmission requires no separate licence where the terminal conditions of section nine are "
      "met, and nothing herein contained shall be held against a licensor who, in good faith, has passed on what was not of his "
      "making. Connecting passengers are asked to keep their tokens of travel until the terminus. The author of a translation "
      "keeps a right of authorship beside that of the original, and both may be identified by name in the notice that comes first. "
      "Wir haben die Unterlagen gestern nach M\xc3\xbcnchen geschickt. \xd0\x97\xd0\xb0\xd1\x81\xd0\xb5\xd0\xb4\xd0\xb0\xd0\xbd"
      "\xd0\xb8\xd0\xb5 \xd0\xbf\xd0\xb5\xd1\x80\xd0\xb5\xd0\xbd\xd0\xb5\xd1\x81\xd0\xbb\xd0\xb8 \xd0\xbd\xd0\xb0 "
      "\xd0\xbf\xd1\x8f\xd1\x82\xd0\xbd\xd0\xb8\xd1\x86\xd1\x83.";
  std::vector<detect::Signs> signs((text.size() + detect::kLaneBytes - 1) / detect::kLaneBytes);
  detect::read_signs(text, signs.size(), detect::SignSet::all, signs.data());
  int seen = 0;
  for (size_t lane = 0; lane < (text.size() + 63) / 64; ++lane)
    seen += std::popcount(signs[lane / detect::kLanes].literal[lane % detect::kLanes]);
  EXPECT_LE(seen, 20);   // 37 in eight buckets
}

TEST(Hits, FewSignsAreAskedForWhenNoOtherCounts) {
  detect::Called own;
  using enum detect::Detector;
  EXPECT_TRUE(called_for(set_of(email) | set_of(us_ssn) | set_of(payment_card), &own).needs.few());
  EXPECT_FALSE(called_for(set_of(detect::Detector::email) | set_of(detect::Detector::passport), &own).needs.few());
  EXPECT_FALSE(called_for(set_of(detect::Detector::us_ssn) | set_of(detect::Detector::ipv4), &own).needs.few());
  EXPECT_FALSE(detect::HitReader::Needs{}.few());
}

TEST(Hits, MarkupIsFoundWhereItMayBegin) {
  if (!detect::has_avx512) GTEST_SKIP() << "this machine has no such way";
  Texts texts;
  size_t seen = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string text(1 + texts.below(300), 'x');
    for (size_t i = texts.below(6); i > 0; --i) text[texts.below(text.size())] = ";;;;<&b"[texts.below(7)];
    if (texts.below(2) == 0) text.insert(texts.below(text.size()), ";base64,");
    const size_t size = 1 + texts.below(text.size());   // what stands behind does not count
    for (size_t from = 0; from <= size; ++from) {
      size_t at = from;
      while (at < size && text[at] != '<' && text[at] != '&' && !(text[at] == ';' && (at + 1 == size || text[at + 1] == 'b'))) ++at;
      ASSERT_EQ(find_markup(ByteView(text).substr(0, size), from), at) << text << ' ' << from << ' ' << size;
      seen += at != size;
    }
  }
  EXPECT_GT(seen, 1000u);
}

TEST(Hits, NothingBehindTheTextCounts) {
  for (size_t size = 1; size < 200; ++size) {
    const std::string text = std::string(size, 'x');
    const std::string longer = text + "0123456789@:::DE44passport";
    detect::HitReader alone(text, {}), within(ByteView(longer).substr(0, size), {});
    ASSERT_EQ(alone.next(), 1u);
    ASSERT_EQ(within.next(), 1u);
    EXPECT_EQ(within[0].has_sure, alone[0].has_sure);
    EXPECT_EQ(within[0].has_literal | within[0].has_escape, 0);
    EXPECT_EQ(alone.next(), 0u);
  }
}

TEST(Markup, a_value_in_angle_brackets_is_no_tag) {
  bool within;
  const std::string name(48, 'k');
  EXPECT_EQ(see_tag("<w:p>", 100, true, &within).length, 5u);
  EXPECT_EQ(see_tag("<" + name + ">", 100, true, &within).length, 50u);
  for (const std::string& value : {std::string("<E2:96:D0:D1>"), "<" + name + "k>", "<" + name + "k"})
    EXPECT_EQ(see_tag(value, 100, false, &within).kind, Seen::Kind::none) << value;
  EXPECT_EQ(see_tag("<" + name, 100, false, &within).kind, Seen::Kind::incomplete);
}

}  // namespace
}  // namespace gatehouse::mask
