#include "json/pointer.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <set>

#include "json/automaton.h"

namespace gatehouse::json {
namespace {

using Path = std::vector<Segment>;

std::string show(ByteView text) {
  Path path;
  PathError error;
  if (!parse_pointer(text, &path, &error)) return "column " + std::to_string(error.column);
  std::string out;
  for (const Segment& segment : path) {
    switch (segment.kind) {
      case Segment::Kind::name: out += "<" + segment.name + ">"; break;
      case Segment::Kind::index: out += "#" + segment.name; break;
      case Segment::Kind::any: out += "*"; break;
      case Segment::Kind::deep: out += "**"; break;
      case Segment::Kind::any_key:
      case Segment::Kind::element: out += "not of pointers"; break;
    }
  }
  return out;
}

TEST(Pointer, EveryForm) {
  EXPECT_EQ(show(""), "");
  EXPECT_EQ(show("/"), "<>");
  EXPECT_EQ(show("/ids"), "<ids>");
  EXPECT_EQ(show("/docs/*/id"), "<docs>*<id>");
  EXPECT_EQ(show("/**/url"), "**<url>");
  EXPECT_EQ(show("/**/**/url"), "**<url>");
  EXPECT_EQ(show("/**"), "**");
  EXPECT_EQ(show("/a~1b/m~0n/~2/~2~2"), "<a/b><m~n><*><**>");
  EXPECT_EQ(show("/~01"), "<~1>");       // RFC 6901 section 4
  EXPECT_EQ(show("/0/17/999999999"), "#0#17#999999999");
  EXPECT_EQ(show("/00/01/-/1a"), "<00><01><-><1a>");
  EXPECT_EQ(show("/ /c%d/k\"l/\xc3\xa9"), "< ><c%d><k\"l><\xc3\xa9>");
}

TEST(Pointer, ErrorsNameTheColumn) {
  EXPECT_EQ(show("ids"), "column 1");
  EXPECT_EQ(show("#/ids"), "column 1");
  EXPECT_EQ(show("/a/~"), "column 4");
  EXPECT_EQ(show("/a/b~3"), "column 5");
  EXPECT_EQ(show("/a*"), "column 3");
  EXPECT_EQ(show("/***"), "column 2");
  EXPECT_EQ(show("/a\n"), "column 3");
  EXPECT_EQ(show("/1000000000"), "column 2");
  std::string longest;
  for (int i = 0; i < 60; ++i) longest += "/a";
  EXPECT_EQ(show(longest).size(), 180u);
  EXPECT_EQ(show(longest + "/a"), "column 121");
}

// A place is the steps that lead there: a key's text, or an element's number.
struct Step {
  bool element;
  std::string text;
};

bool fits(const Path& path, size_t at, const std::vector<Step>& place, size_t step) {
  if (at == path.size()) return step == place.size();
  const Segment& segment = path[at];
  if (segment.kind == Segment::Kind::deep)
    return fits(path, at + 1, place, step) || (step < place.size() && fits(path, at, place, step + 1));
  if (step == place.size()) return false;
  const bool here = segment.kind == Segment::Kind::any || (segment.kind == Segment::Kind::index && segment.name == place[step].text) ||
                    (segment.kind == Segment::Kind::name && !place[step].element && segment.name == place[step].text);
  return here && fits(path, at + 1, place, step + 1);
}

TEST(Pointer, TheAutomatonAgreesWithAPlainMatcher) {
  std::mt19937 random(7);
  const std::vector<std::string> steps = {"a", "b", "0", "1", "2", "*", "**", "longer-than-eight"};
  const std::vector<Step> taken = {{false, "a"}, {false, "b"}, {false, "0"}, {true, "0"}, {true, "1"}, {true, "7"},
                                   {false, "longer-than-eight"}, {false, "c"}};
  size_t matched = 0;
  for (int round = 0; round < 300; ++round) {
    Automaton automaton;
    std::vector<Path> paths(1 + random() % 12);
    for (uint32_t i = 0; i < paths.size(); ++i) {
      std::string text;
      for (size_t n = random() % 5; n > 0; --n) text += "/" + steps[random() % steps.size()];
      PathError error;
      ASSERT_TRUE(parse_pointer(text, &paths[i], &error));
      ASSERT_TRUE(automaton.add(paths[i], i));
    }
    automaton.build();
    const uint64_t selected = random();
    std::vector<std::vector<Automaton::Word>> rows(1, std::vector<Automaton::Word>(automaton.words()));
    automaton.begin(selected, rows[0].data());
    std::vector<Step> place;
    for (int depth = 0; depth < 5; ++depth) {
      std::set<uint32_t> found, wanted;
      automaton.for_each_match(rows.back().data(), [&](uint32_t label) { found.insert(label); });
      for (uint32_t i = 0; i < paths.size(); ++i)
        if ((selected >> i & 1) != 0 && fits(paths[i], 0, place, 0)) wanted.insert(i);
      ASSERT_EQ(found, wanted);
      ASSERT_EQ(automaton.matches(rows.back().data()), !wanted.empty());
      matched += wanted.size();
      place.push_back(taken[random() % taken.size()]);
      std::vector<Automaton::Word> next(automaton.words());
      char padded[32] = {};
      std::memcpy(padded, place.back().text.data(), place.back().text.size());
      if (place.back().element) automaton.element(rows.back().data(), static_cast<uint32_t>(std::stoul(place.back().text)), next.data());
      else automaton.key(rows.back().data(), automaton.symbol({padded, place.back().text.size()}), next.data());
      rows.push_back(std::move(next));
    }
  }
  EXPECT_GT(matched, 300u);
}

}  // namespace
}  // namespace gatehouse::json
