#include <gtest/gtest.h>

#include <algorithm>

#include "policy/policy.h"

namespace gatehouse::policy {
namespace {

Rule rule_to(uint32_t origin, std::vector<std::string> methods, std::vector<std::string> paths) {
  Rule rule;
  rule.effect = Effect::allow;
  rule.groups = {"g"};
  rule.methods = std::move(methods);
  for (std::string& path : paths) rule.paths.push_back({std::move(path)});
  rule.origin = origin;
  return rule;
}

TEST(Conflict, NeedsTwoOriginsAndARequestThatMatchesBoth) {
  const Rule base = rule_to(1, {"POST"}, {"/v1/chunk/*"});
  const auto conflicts = [&](std::vector<std::string> methods, std::vector<std::string> paths) {
    const Rule other = rule_to(2, std::move(methods), std::move(paths));
    EXPECT_EQ(conflicting(base, other), conflicting(other, base));
    return conflicting(base, other);
  };
  EXPECT_TRUE(conflicts({}, {}));
  EXPECT_TRUE(conflicts({"GET", "POST"}, {"/v1/**"}));
  EXPECT_TRUE(conflicts({"POST"}, {"/v1/chunk/token"}));
  EXPECT_TRUE(conflicts({"POST"}, {"/*/*/token"}));
  EXPECT_TRUE(conflicts({}, {"/v2", "/v1/chunk/*/**"}));
  EXPECT_FALSE(conflicts({"GET"}, {}));
  EXPECT_FALSE(conflicts({}, {"/v1/chunk"}));
  EXPECT_FALSE(conflicts({}, {"/v1/chunk/"}));
  EXPECT_FALSE(conflicts({}, {"/v1/chunk/a/b"}));
  EXPECT_FALSE(conflicting(base, rule_to(1, {}, {})));
  Rule deny = rule_to(2, {}, {});
  deny.effect = Effect::deny;
  EXPECT_FALSE(conflicting(base, deny));
}

// Overlap must agree with the matcher: whenever some path matches two patterns, they conflict.
TEST(Conflict, AgreesWithTheMatcherOnAllSmallPatterns) {
  const std::vector<std::string> pieces = {"a", "b", "*", "**", ""};
  std::vector<std::string> patterns, paths = {"/"};
  for (const auto& x : pieces)
    for (const auto& y : pieces)
      for (const auto& text : {"/" + x, "/" + x + "/" + y, "/a/" + x + "/" + y})
        if (!pattern_error(text)) patterns.push_back(text);
  for (const std::string x : {"/a", "/b"})
    for (const std::string y : {"", "/a", "/b"})
      for (const std::string z : {"", "/", "/a", "/b"}) paths.push_back(x + y + z);
  for (const auto& p : patterns)
    for (const auto& q : patterns) {
      const bool both = std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
        return path_matches({p}, path) && path_matches({q}, path);
      });
      EXPECT_EQ(conflicting(rule_to(1, {}, {p}), rule_to(2, {}, {q})), both) << p << " " << q;
    }
}

}  // namespace
}  // namespace gatehouse::policy
