// What a reload tells: added, changed and removed, by section and name.
#include "config/difference.h"

#include <gtest/gtest.h>

namespace gatehouse::config {
namespace {

Inventory sample() {
  return {{"rules", {{"kept", {{"groups", "[\"a\"]"}, {"paths", ""}}}, {"gone", {{"groups", "[\"a\"]"}}}}},
          {"settings", {{"limits.held", {{"value", "64"}}}}}};
}

TEST(Difference, NothingBetweenEqualOnes) {
  EXPECT_TRUE(difference(sample(), sample()).empty());
  EXPECT_EQ(describe_difference({}), "");
  EXPECT_EQ(difference_json({}), "{}");
}

TEST(Difference, NamesAndKeysBySection) {
  Inventory fresh = sample();
  fresh["rules"].erase("gone");
  fresh["rules"]["came"] = {};
  fresh["rules"]["kept"]["groups"] = "[\"b\"]";
  fresh["rules"]["kept"]["guards"] = "[\"g\"]";
  fresh["settings"]["limits.held"]["value"] = "3";
  fresh["guards"]["g"] = {};
  const std::vector<Difference> all = difference(sample(), fresh);
  EXPECT_EQ(describe_difference(all),
            "rules         added came; changed kept (groups, guards); removed gone\n"
            "guards        added g\n"
            "settings      changed limits.held (64 -> 3)\n");
  EXPECT_EQ(difference_json(all),
            R"({"rules":{"added":["came"],"changed":[{"name":"kept","keys":["groups","guards"]}],"removed":["gone"]},)"
            R"("guards":{"added":["g"],"changed":[],"removed":[]},)"
            R"("settings":{"added":[],"changed":[{"name":"limits.held","keys":["value"],"from":"64","to":"3"}],"removed":[]}})");
}

TEST(Difference, TextFromFilesReachesNoTerminalAsItIs) {
  Inventory fresh = sample();
  fresh["certificates"]["main: \x1b[2J.pem"] = {};
  EXPECT_EQ(describe_difference(difference(sample(), fresh)).find('\x1b'), std::string::npos);
  EXPECT_EQ(difference_json(difference(sample(), fresh)).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace gatehouse::config
