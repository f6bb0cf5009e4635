#include "guard/operations.h"

#include <gtest/gtest.h>

namespace gatehouse::guard {
namespace {

const std::vector<OperationRule> kRules = {
    {0, {"DELETE"}, {{"/v1/**"}}, {{"/v1/pipelines/*"}}, Outcome::approve},
    {0, {"DELETE"}, {{"/v1/indexes/*"}}, {}, Outcome::block},
    {1, {}, {{"/v1/clear/**"}}, {}, Outcome::block},
    {2, {"PUT", "PATCH"}, {}, {}, Outcome::approve}};

TEST(Operations, TheWorstRuleThatFitsCounts) {
  const auto said = [](ByteView method, ByteView path, uint64_t guards = 7) { return check_operation(kRules, guards, method, path); };
  EXPECT_EQ(said("DELETE", "/v1/docs/1").outcome, Outcome::approve);
  EXPECT_EQ(said("DELETE", "/v1/indexes/a").outcome, Outcome::block);
  EXPECT_EQ(said("DELETE", "/v1/indexes/a").rule, 1u);
  EXPECT_EQ(said("POST", "/v1/indexes/a").outcome, Outcome::pass);
  EXPECT_EQ(said("GET", "/v1/clear/results").outcome, Outcome::block);
  EXPECT_EQ(said("GET", "/v1/clear/results", 1).outcome, Outcome::pass);
  EXPECT_EQ(said("PATCH", "/whatever").outcome, Outcome::approve);
  EXPECT_EQ(said("GET", "/v1/docs").outcome, Outcome::pass);
}

TEST(Operations, EverySpellingThatAServiceMayTake) {
  const auto said = [](ByteView method, ByteView path) { return check_operation(kRules, 7, method, path).outcome; };
  EXPECT_EQ(said("delete", "/V1/Indexes/a/"), Outcome::block);
  EXPECT_EQ(said("get", "/V1/CLEAR/results"), Outcome::block);
  EXPECT_EQ(said("DELETE", "/v1/pipelines/3f1c"), Outcome::pass);
  EXPECT_EQ(said("DELETE", "/v1/Pipelines/3f1c"), Outcome::approve);   // what is let go is its own spelling alone
  EXPECT_EQ(said("DELETED", "/v1/indexes/a"), Outcome::pass);
}

}  // namespace
}  // namespace gatehouse::guard
