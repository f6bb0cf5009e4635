// Two rows of masked places compared as they come: what a plain comparison of both whole rows says.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "cli/change_merge.h"

namespace gatehouse::cli {
namespace {

using How = ChangeMerge::How;

MaskedPlace place(uint64_t begin, uint64_t end, ByteView text = "x") {
  MaskedPlace out;
  out.begin = begin;
  out.end = end;
  out.text = crypto::sha256(text);
  return out;
}

struct Told {
  How how;
  uint64_t begin;
  auto operator<=>(const Told&) const = default;
};

struct Counted {
  std::vector<Told> told;
  ChangeMerge merge{[this](How how, const MaskedPlace& one) { told.push_back({how, one.begin}); }};
};

TEST(ChangeMergeTest, EachKindOfDifference) {
  Counted counted;
  counted.merge.was(place(0, 4));
  counted.merge.was(place(10, 14));
  counted.merge.was(place(20, 24));
  counted.merge.was(place(30, 34));
  counted.merge.would(place(0, 4));
  counted.merge.would(place(10, 14, "y"));
  counted.merge.would(place(22, 26));
  counted.merge.would(place(40, 44));
  counted.merge.finish();
  EXPECT_EQ(counted.told, (std::vector<Told>{{How::otherwise, 10}, {How::otherwise, 22}, {How::no_longer, 30}, {How::anew, 40}}));
}

TEST(ChangeMergeTest, OneThatCoversTwoIsNotToldOfAsGone) {
  Counted counted;
  counted.merge.was(place(0, 20));
  counted.merge.would(place(2, 4));
  counted.merge.would(place(6, 8));
  counted.merge.would(place(30, 31));
  counted.merge.finish();
  EXPECT_EQ(counted.told, (std::vector<Told>{{How::otherwise, 2}, {How::otherwise, 6}, {How::anew, 30}}));
}

TEST(ChangeMergeTest, NothingIsToldBeforeTheOtherSideIsKnown) {
  Counted counted;
  counted.merge.was(place(10, 14));
  counted.merge.settle(14, 12);
  EXPECT_TRUE(counted.told.empty());
  counted.merge.would(place(13, 15));
  counted.merge.settle(15, 15);
  EXPECT_EQ(counted.told, (std::vector<Told>{{How::otherwise, 13}}));
  counted.merge.would(place(15, 15));   // empty: another one may come at the same place
  counted.merge.settle(15, 15);
  counted.merge.was(place(15, 15));
  counted.merge.finish();
  EXPECT_EQ(counted.told.size(), 1U);
}

std::vector<MaskedPlace> some_places(std::mt19937& random) {
  std::vector<MaskedPlace> out;
  for (uint64_t at = random() % 5; at < 200;) {
    const uint64_t end = at + 1 + random() % 6;
    out.push_back(place(at, end, random() % 4 == 0 ? "y" : "x"));
    at = end + random() % 8;
  }
  return out;
}

TEST(ChangeMergeTest, InAnyPiecesWhatAComparisonOfTheWholeSays) {
  for (uint32_t seed = 0; seed < 3000; ++seed) {
    std::mt19937 random(seed);
    const std::vector<MaskedPlace> was = some_places(random), would = some_places(random);
    const auto overlap = [](const MaskedPlace& a, const MaskedPlace& b) { return a.begin < b.end && b.begin < a.end; };
    const auto same = [](const MaskedPlace& a, const MaskedPlace& b) {
      return a.begin == b.begin && a.end == b.end && a.text == b.text;
    };
    size_t anew = 0, gone = 0, otherwise = 0;
    for (const MaskedPlace& a : was) {
      gone += std::none_of(would.begin(), would.end(), [&](const MaskedPlace& b) { return overlap(a, b); }) ? 1 : 0;
      for (const MaskedPlace& b : would) otherwise += overlap(a, b) && !same(a, b) ? 1 : 0;
    }
    for (const MaskedPlace& b : would)
      anew += std::none_of(was.begin(), was.end(), [&](const MaskedPlace& a) { return overlap(a, b); }) ? 1 : 0;

    Counted counted;
    size_t i = 0, j = 0;
    for (uint64_t was_known = 0, would_known = 0; i < was.size() || j < would.size();) {   // the recorded side is ahead
      was_known += random() % 20;
      would_known = std::min(was_known, would_known + random() % 20);
      for (; i < was.size() && was[i].begin < was_known; ++i) counted.merge.was(was[i]);
      for (; j < would.size() && would[j].begin < would_known; ++j) counted.merge.would(would[j]);
      counted.merge.settle(was_known, would_known);
    }
    counted.merge.finish();
    const auto count = [&](How how) {
      return static_cast<size_t>(
          std::count_if(counted.told.begin(), counted.told.end(), [how](const Told& each) { return each.how == how; }));
    };
    ASSERT_EQ(count(How::anew), anew) << seed;
    ASSERT_EQ(count(How::no_longer), gone) << seed;
    ASSERT_EQ(count(How::otherwise), otherwise) << seed;
  }
}

}  // namespace
}  // namespace gatehouse::cli
