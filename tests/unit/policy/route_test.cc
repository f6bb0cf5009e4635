// Which route a request takes, and what its path becomes.
#include <gtest/gtest.h>

#include "base/arena.h"
#include "http/uri.h"
#include "policy/route.h"

namespace gatehouse::policy {
namespace {

TEST(Host, IsComparedWithoutPortAndFinalDot) {
  EXPECT_EQ(host_name("a.example.org"), "a.example.org");
  EXPECT_EQ(host_name("a.example.org:8443"), "a.example.org");
  EXPECT_EQ(host_name("a.example.org."), "a.example.org");
  EXPECT_EQ(host_name("a.example.org.:8443"), "a.example.org");
  EXPECT_EQ(host_name("[::1]"), "[::1]");
  EXPECT_EQ(host_name("[::1]:8443"), "[::1]");
}

TEST(Host, OfTheConfigurationIsOneThatCanBeCompared) {
  for (const char* good : {"a", "a.example.org", "*.example.org", "127.0.0.1", "[::1]", "a-b_c"})
    EXPECT_FALSE(host_error(good).has_value()) << good;
  for (const char* bad : {"", "*", "*.", "A.example.org", "a.example.org:80", "a.example.org.", "a b", "a/b", "*.[::1]",
                          "a.*.org", "::1", "*x.org", "u@h"})
    EXPECT_TRUE(host_error(bad).has_value()) << bad;
}

TEST(Table, TakesTheMostTellingHostThenTheLongestPrefix) {
  const std::vector<RoutePlace> places = {
      {{}, ""},                                     // 0
      {{}, "/v1"},                                  // 1
      {{"*.example.org"}, ""},                      // 2
      {{"*.eu.example.org"}, "/v1"},                // 3
      {{"a.eu.example.org", "b.example.org"}, "/v1/chunk"},  // 4
      {{"[::1]"}, ""},                              // 5
  };
  const RouteTable table(places);
  EXPECT_EQ(table.find("other", "/x"), 0u);
  EXPECT_EQ(table.find("other", "/v1"), 1u);
  EXPECT_EQ(table.find("other", "/v1/"), 1u);
  EXPECT_EQ(table.find("other", "/v1/x"), 1u);
  EXPECT_EQ(table.find("other", "/v1x"), 0u);       // whole segments
  EXPECT_EQ(table.find("c.example.org:8443", "/v1/x"), 2u);   // the host counts before the path
  EXPECT_EQ(table.find("C.Example.ORG", "/v1/x"), 2u);
  EXPECT_EQ(table.find("example.org", "/x"), 0u);   // below it, not itself
  EXPECT_EQ(table.find("badexample.org", "/x"), 0u);
  EXPECT_EQ(table.find("a.eu.example.org", "/v1/chunk/x"), 4u);
  EXPECT_EQ(table.find("a.eu.example.org.", "/v1/chunk"), 4u);
  EXPECT_EQ(table.find("a.eu.example.org", "/v1/chunks"), 3u);
  EXPECT_EQ(table.find("a.eu.example.org", "/x"), 2u);
  EXPECT_EQ(table.find("b.example.org", "/v1/chunk"), 4u);
  EXPECT_EQ(table.find("[::1]:8080", "/v1"), 5u);
  EXPECT_EQ(table.find("other", "*"), 0u);          // OPTIONS *
}

// A service that folds case would answer such a path as one of the route whose rules it dodged.
TEST(Table, APathThatOnlyCaseKeepsFromAMoreTellingRouteTakesNone) {
  const std::vector<RoutePlace> places = {{{}, ""}, {{}, "/v1"}, {{}, "/v1/admin"}, {{}, "/V2"}, {{}, "/v2"}, {{"a.example"}, ""}};
  const RouteTable table(places);
  for (const char* path : {"/V1", "/V1/x", "/v1/Admin", "/V1/admin", "/v1/ADMIN/x"})
    EXPECT_EQ(table.find("other", path), kNoRoute) << path;
  EXPECT_EQ(table.find("other", "/V1x"), 0u);
  EXPECT_EQ(table.find("other", "/v1/Admins"), 1u);
  EXPECT_EQ(table.find("other", "/v1/Chunk"), 1u);   // behind the route's path case is the rules' affair
  EXPECT_EQ(table.find("other", "/V2/x"), 3u);       // two that differ in case alone are meant so
  EXPECT_EQ(table.find("other", "/v2/x"), 4u);
  EXPECT_EQ(table.find("a.example", "/V1"), 5u);     // that route stands behind this host
}

TEST(Table, FindsNothingWhereNothingFits) {
  const std::vector<RoutePlace> places = {{{"a.example.org"}, "/v1"}};
  const RouteTable table(places);
  EXPECT_EQ(table.find("b.example.org", "/v1"), kNoRoute);
  EXPECT_EQ(table.find("x.a.example.org", "/v1"), kNoRoute);
  EXPECT_EQ(table.find("a.example.org", "/"), kNoRoute);
  EXPECT_EQ(table.find("a.example.org", "/v1.5"), kNoRoute);
  EXPECT_EQ(table.find("a.example.org", "*"), kNoRoute);
  EXPECT_EQ(table.find("", "/v1"), kNoRoute);
  EXPECT_EQ(RouteTable{}.find("a.example.org", "/v1"), kNoRoute);
}

std::string rewritten(const std::string& path, const std::string& prefix, const std::string& instead) {
  std::string out(path.size() + prefix.size() + instead.size() + 1, '?');
  out.resize(rewrite_path(path, prefix, instead, out.data()));
  return out;
}

TEST(Rewrite, ReplacesThePrefixAlone) {
  EXPECT_EQ(rewritten("/chunker/x", "/chunker", "/v1"), "/v1/x");
  EXPECT_EQ(rewritten("/chunker", "/chunker", "/v1"), "/v1");
  EXPECT_EQ(rewritten("/chunker/", "/chunker", "/v1"), "/v1/");
  EXPECT_EQ(rewritten("/chunker/chunker", "/chunker", ""), "/chunker");
  EXPECT_EQ(rewritten("/chunker", "/chunker", ""), "/");
  EXPECT_EQ(rewritten("/chunker/", "/chunker", ""), "/");
  EXPECT_EQ(rewritten("/", "", "/v1"), "/v1/");
  EXPECT_EQ(rewritten("/x", "", "/v1"), "/v1/x");
  EXPECT_EQ(rewritten("*", "", "/v1"), "*");
}

TEST(Rewrite, GivesANormalFormOfNormalForms) {
  for (const char* path : {"/a", "/a/", "/a/b", "/a/%C3%A9", "/a/%25x", "/a/*", "/a/b:c@d"})
    for (const char* instead : {"", "/v1", "/v1/%25", "/v%C3%A9/x"}) {
      Arena arena;
      const std::string whole = rewritten(path, "/a", instead);
      const auto normal = http::normalise_path(whole, arena);
      ASSERT_TRUE(normal) << whole;
      EXPECT_EQ(normal.value(), whole);
    }
}

}  // namespace
}  // namespace gatehouse::policy
