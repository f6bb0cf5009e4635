#include "json/path.h"

#include <gtest/gtest.h>

namespace gatehouse::json {
namespace {

std::string show(ByteView text) {
  std::vector<Segment> path;
  PathError error;
  if (!parse_path(text, &path, &error)) return "column " + std::to_string(error.column);
  std::string out;
  for (const Segment& segment : path) {
    switch (segment.kind) {
      case Segment::Kind::name: out += "<" + segment.name + ">"; break;
      case Segment::Kind::any_key: out += "*"; break;
      case Segment::Kind::element: out += "[]"; break;
      case Segment::Kind::deep: out += "**"; break;
      case Segment::Kind::any: out += "any"; break;
      case Segment::Kind::index: out += "#" + segment.name; break;
    }
  }
  return out;
}

TEST(Path, every_form) {
  EXPECT_EQ(show("a.b"), "<a><b>");
  EXPECT_EQ(show("a[*].b"), "<a>[]<b>");
  EXPECT_EQ(show("[*].x"), "[]<x>");
  EXPECT_EQ(show("[*][*]"), "[][]");
  EXPECT_EQ(show("**.name"), "**<name>");
  EXPECT_EQ(show("a.**.b"), "<a>**<b>");
  EXPECT_EQ(show("**.**.b"), "**<b>");
  EXPECT_EQ(show("*.x"), "*<x>");
  EXPECT_EQ(show("a[\"odd.key\"].b"), "<a><odd.key><b>");
  EXPECT_EQ(show("[\"q\\\"\\\\\"]"), "<q\"\\>");
  EXPECT_EQ(show("[\"\"]"), "<>");
  EXPECT_EQ(show("author-e_mail$.\xc3\xa9"), "<author-e_mail$><\xc3\xa9>");
}

TEST(Path, errors_name_the_column) {
  EXPECT_EQ(show(""), "column 1");
  EXPECT_EQ(show("a..b"), "column 3");
  EXPECT_EQ(show(".a"), "column 1");
  EXPECT_EQ(show("a."), "column 3");
  EXPECT_EQ(show("a[0]"), "column 3");
  EXPECT_EQ(show("a[*"), "column 3");
  EXPECT_EQ(show("a[*]b"), "column 5");
  EXPECT_EQ(show("a*"), "column 2");
  EXPECT_EQ(show("***"), "column 3");
  EXPECT_EQ(show("**a"), "column 3");
  EXPECT_EQ(show("*a"), "column 2");
  EXPECT_EQ(show("a b"), "column 2");
  EXPECT_EQ(show("$.a"), "column 1");
  EXPECT_EQ(show("$[*]"), "column 1");
  EXPECT_EQ(show("[\"a\\n\"]"), "column 4");
  EXPECT_EQ(show("[\"a"), "column 4");
  std::string longest = "a";
  for (int i = 1; i < 60; ++i) longest += ".a";
  EXPECT_EQ(show(longest).size(), 180u);
  EXPECT_EQ(show(longest + ".a"), "column 120");
}

}  // namespace
}  // namespace gatehouse::json
