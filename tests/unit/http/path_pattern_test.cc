#include "http/path_pattern.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <vector>

namespace gatehouse::http {
namespace {

bool matches(const char* pattern, const char* path) { return path_matches(PathPattern{pattern}, path); }

TEST(Pattern, LiteralMatchesOnlyItself) {
  EXPECT_TRUE(matches("/v1/chunk", "/v1/chunk"));
  EXPECT_FALSE(matches("/v1/chunk", "/v1/chunk/"));
  EXPECT_FALSE(matches("/v1/chunk", "/v1/chunks"));
  EXPECT_FALSE(matches("/v1/chunk", "/v1"));
  EXPECT_FALSE(matches("/v1/chunk", "/V1/chunk"));
  EXPECT_TRUE(matches("/", "/"));
  EXPECT_FALSE(matches("/", "/a"));
  EXPECT_FALSE(matches("/v1", ""));
}

TEST(Pattern, StarIsExactlyOneSegmentThatIsNotEmpty) {
  EXPECT_TRUE(matches("/v1/chunk/*", "/v1/chunk/token"));
  EXPECT_FALSE(matches("/v1/chunk/*", "/v1/chunk/"));
  EXPECT_FALSE(matches("/v1/chunk/*", "/v1/chunk"));
  EXPECT_FALSE(matches("/v1/chunk/*", "/v1/chunk/token/x"));
  EXPECT_TRUE(matches("/*/chunk", "/v2/chunk"));
  EXPECT_FALSE(matches("/*/chunk", "//chunk"));
  EXPECT_TRUE(matches("/*/*", "/a/b"));
  EXPECT_TRUE(matches("/*/", "/a/"));
  EXPECT_FALSE(matches("/*/", "/a"));
}

TEST(Pattern, TwoStarsAreTheRestAndNoneToo) {
  for (const char* path : {"/v1", "/v1/", "/v1/a", "/v1/a/b/"}) EXPECT_TRUE(matches("/v1/**", path)) << path;
  for (const char* path : {"/", "/v", "/v10", "/v2/v1/a"}) EXPECT_FALSE(matches("/v1/**", path)) << path;
  EXPECT_TRUE(matches("/**", "/"));
  EXPECT_TRUE(matches("/**", "/a/b"));
  EXPECT_TRUE(matches("/*/**", "/a"));
  EXPECT_FALSE(matches("/*/**", "/"));
}

TEST(Pattern, StarsInsideASegmentAreNoWildcards) {
  EXPECT_FALSE(matches("/v1/a*", "/v1/ab"));
  EXPECT_FALSE(matches("/v1/*b", "/v1/ab"));
  EXPECT_TRUE(matches("/v1/*b", "/v1/*b"));
}

// Loosely is at least to the letter, and does not see case or one final slash.
TEST(Pattern, LooselyHoldsForEverySpelling) {
  const std::vector<std::string> pieces = {"a", "B", "*", "**", ""};
  std::vector<std::string> patterns, paths = {"/"};
  for (const auto& x : pieces)
    for (const auto& y : pieces)
      for (const auto& text : {"/" + x, "/" + x + "/" + y, "/a/" + x + "/" + y})
        if (!pattern_error(text)) patterns.push_back(text);
  for (const std::string x : {"/a", "/B"})
    for (const std::string y : {"", "/a", "/B", "/c"})
      for (const std::string z : {"", "/a", "/B"}) paths.push_back(x + y + z);
  size_t loose = 0;
  for (const auto& pattern : patterns)
    for (const auto& path : paths) {
      bool exact = false;
      std::string other;
      for (const char c : path) other += std::isupper(c) ? std::tolower(c) : std::toupper(c);
      for (const auto& spelling : {path, path + "/"}) exact |= path_matches({pattern}, spelling);
      const bool any = path_matches_loosely({pattern}, path);
      EXPECT_TRUE(any || !exact) << pattern << " " << path;
      EXPECT_EQ(path_matches_loosely({pattern}, other), any) << pattern << " " << other;
      if (path != "/") {
        EXPECT_EQ(path_matches_loosely({pattern}, path + "/"), any) << pattern << " " << path << "/";
      }
      loose += any && !path_matches({pattern}, other);
    }
  EXPECT_GT(loose, 20u);
  EXPECT_FALSE(path_matches_loosely({"/v1/delete"}, "/v1/delete//"));
  EXPECT_FALSE(path_matches_loosely({"/v1/[at]"}, "/v1/{at}"));   // only letters have a case
  EXPECT_FALSE(path_matches_loosely({"/v1/*"}, "/v1/"));
}

TEST(Pattern, ErrorsNameTheColumn) {
  const auto column = [](const char* text) { return pattern_error(text) ? pattern_error(text)->column : 0; };
  for (const char* text : {"/", "/a", "/a/", "/*", "/**", "/a/*/b", "/a/*/**"})
    EXPECT_EQ(column(text), 0U) << text;
  EXPECT_EQ(column(""), 1U);
  EXPECT_EQ(column("v1/a"), 1U);
  EXPECT_EQ(column("/v1//a"), 5U);
  EXPECT_EQ(column("/v1/a*"), 6U);
  EXPECT_EQ(column("/v1/**/a"), 5U);
  EXPECT_EQ(column("/v1/***"), 5U);
  EXPECT_EQ(column("/**/"), 2U);
}

}  // namespace
}  // namespace gatehouse::http
