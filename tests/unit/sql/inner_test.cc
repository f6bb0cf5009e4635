// How long names in queries are looked for.
#include "sql/inner.h"

#include <gtest/gtest.h>

#include <string>

namespace gatehouse::sql {
namespace {

std::string listed(size_t count, const std::string& one) {
  std::string out = one;
  for (size_t i = 1; i < count; ++i) out += ", " + one;
  return out;
}

/// What it takes to look for `i` where each of three queries gives everything `count` times, and whether it was found.
struct Looked {
  uint32_t steps = 0;
  bool found = false;
};
Looked look(size_t count, size_t times, const std::string& last) {
  const std::string all = listed(count, "*");
  const std::string text = "SELECT i FROM (SELECT " + all + " FROM (SELECT " + all + " FROM (SELECT " + listed(count, last) + " FROM y) s) r) q";
  Tree tree;
  EXPECT_TRUE(tree.parse(text));
  uint32_t select = 0;
  while (tree[select].key != "SelectStmt") ++select;
  Looked out;
  for (size_t i = 0; i < times; ++i) out.found = may_be_inner(tree, select, "i", &out.steps);
  return out;
}

TEST(Inner, NamesAreLookedForInLinearTime) {
  const Looked once = look(20, 1, "a"), tenfold = look(200, 1, "a");
  EXPECT_LE(tenfold.steps, 11 * once.steps);
  EXPECT_GT(tenfold.steps, 600u) << "each of what is given counts";
  EXPECT_FALSE(tenfold.found);
  EXPECT_TRUE(look(200, 1, "i").found);
  EXPECT_TRUE(look(200, 1, "*").found);
}

/// All that is asked of one condition counts together.
TEST(Inner, BeyondTheLimitNothingIsFound) {
  EXPECT_TRUE(look(200, 10, "*").found);
  const Looked many = look(200, 1000, "*");
  EXPECT_FALSE(many.found);
  EXPECT_LE(many.steps, kInnerStepsMax + 10'000);
}

}  // namespace
}  // namespace gatehouse::sql
