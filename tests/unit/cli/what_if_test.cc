// A candidate policy over recorded exchanges: what would change, and what cannot be told.
#include <gtest/gtest.h>

#include "cli/what_if.h"

namespace gatehouse::cli {
namespace {

using Verdict = WhatIfOutcome::Verdict;

class WhatIfTest : public ::testing::Test {
 protected:
  WhatIfTest() {
    policy::Rule rule;
    rule.name = "chunk";
    rule.effect = policy::Effect::allow;
    rule.groups = {"readers"};
    rule.methods = {"POST"};
    rule.paths = {{"/v1/chunk/**"}};
    rule.guards = rule.masks = 1;
    rules_.rules.push_back(rule);
    candidate_.rules = &rules_;
    candidate_.origins = {"chunker", "other"};
    candidate_.guards = {"sql", "secrets"};
    candidate_.masks = {"personal-data", "keys"};
    candidate_.request_guards = 3;
    row_.began = 1000;
    row_.proof = "oidc_jwt";
    row_.subject = "job";
    row_.identity_expires = 2000;
    row_.groups = {"readers"};
    row_.client = "192.0.2.7:1000";
    row_.method = "POST";
    row_.path = "/v1/chunk/x";
    row_.verdict = "allow";
    row_.origin = "chunker";
    row_.guards = {"sql"};
    row_.masks = {"personal-data"};
    row_.closed = true;
  }
  WhatIfOutcome judge() { return WhatIf(candidate_).judge(row_); }
  policy::Rule& rule() { return rules_.rules[0]; }

  policy::RuleSet rules_;
  Candidate candidate_;
  Row row_;
};

TEST_F(WhatIfTest, TheSamePolicySaysTheSame) {
  const WhatIfOutcome out = judge();
  EXPECT_EQ(out.not_judged, nullptr);
  EXPECT_EQ(out.would, Verdict::allow);
  EXPECT_FALSE(out.changes());
}

TEST_F(WhatIfTest, EveryKindOfChangeIsTold) {
  rule().groups = {"writers"};
  WhatIfOutcome out = judge();
  EXPECT_TRUE(out.verdict_changes);
  EXPECT_EQ(out.would_reason, Reason::policy_no_rule);
  rule().groups = {"readers"};
  rule().masks = 3;
  EXPECT_TRUE(judge().masks_change);
  rule().masks = 1;
  rule().guards = 2;
  EXPECT_TRUE(judge().guards_change);
  rule().guards = 1;
  rule().origin = 1;
  EXPECT_TRUE(judge().origin_changes);
  rule().origin = 0;
  rule().effect = policy::Effect::approve;
  out = judge();
  EXPECT_TRUE(out.verdict_changes);
  EXPECT_EQ(out.would, Verdict::hold);
  rule().effect = policy::Effect::allow;
  rule().sources = {*Network::parse("10.0.0.0/8")};
  EXPECT_EQ(judge().would_reason, Reason::policy_no_rule);
}

TEST_F(WhatIfTest, WhatGuardsFoundThenCounts) {
  row_.verdict = "deny";
  row_.reason = static_cast<uint64_t>(Reason::guard_hit);
  row_.hits = row_.blocked_by = {"sql"};
  EXPECT_FALSE(judge().changes()) << "still refused by it";
  rule().guards = 2;   // that guard is asked no more
  const WhatIfOutcome out = judge();
  EXPECT_TRUE(out.verdict_changes);
  EXPECT_EQ(out.would, Verdict::allow);
  row_.blocked_by.clear();
  row_.asked_by = {"sql"};
  row_.verdict = "allow";
  row_.reason = 0;
  row_.step = "granted";
  row_.granted = true;
  rule().guards = 1;
  EXPECT_FALSE(judge().changes()) << "a person was asked and would be";
  row_.granted = false;
  row_.step = "denied";
  row_.verdict = "deny";
  row_.reason = static_cast<uint64_t>(Reason::approval_denied);
  EXPECT_FALSE(judge().changes()) << "a person would refuse again";
}

TEST_F(WhatIfTest, WhatGuardsSayAgainCountsInsteadOfWhatTheyFoundThen) {
  WhatIf what_if(candidate_);
  const Inspected blocked{Reason::guard_hit, false}, asks{Reason::none, true}, nothing;
  WhatIfOutcome out = what_if.judge(row_, &blocked);
  EXPECT_EQ(out.would, Verdict::deny);
  EXPECT_EQ(out.would_reason, Reason::guard_hit);
  EXPECT_EQ(what_if.judge(row_, &asks).would, Verdict::hold);
  row_.verdict = "deny";
  row_.reason = static_cast<uint64_t>(Reason::guard_hit);
  row_.hits = row_.blocked_by = {"sql"};
  EXPECT_EQ(what_if.judge(row_, &nothing).would, Verdict::allow);
  EXPECT_EQ(what_if.identity().subject, "job");
}

TEST_F(WhatIfTest, WhatGuardsCouldNotReadThenTheyCannotReadAgain) {
  row_.verdict = "deny";
  row_.reason = static_cast<uint64_t>(Reason::guard_uninspectable);
  EXPECT_FALSE(judge().changes());
  rule().guards = 0;
  EXPECT_EQ(judge().would, Verdict::allow) << "nobody looks at it any more";
  row_.reason = static_cast<uint64_t>(Reason::guard_busy);
  EXPECT_NE(judge().not_judged, nullptr) << "no policy said that";
}

TEST_F(WhatIfTest, WhatCannotBeToldIsNotJudged) {
  row_.proof.clear();
  EXPECT_STREQ(judge().not_judged, "nobody was proved");
  row_.proof = "oidc_jwt";
  row_.path.clear();
  row_.sealed = true;
  EXPECT_NE(std::string(judge().not_judged).find("sealed"), std::string::npos);
  row_.path = "/v1/chunk/x";
  row_.subject.clear();
  EXPECT_NE(std::string(judge().not_judged).find("sealed"), std::string::npos);
  row_.subject = "job";
  row_.verdict = "deny";
  row_.reason = static_cast<uint64_t>(Reason::limit_request_bytes);
  EXPECT_NE(judge().not_judged, nullptr);
}

TEST_F(WhatIfTest, RoutesAreTakenAnew) {
  const policy::RouteTable table(std::vector<policy::RoutePlace>{{{}, "/v1/chunk"}, {{}, "/v2"}});
  candidate_.route_table = &table;
  candidate_.routes = {"one", "two"};
  candidate_.route_origins = {0, 1};
  row_.route = "one";
  EXPECT_FALSE(judge().changes());
  row_.path = "/v2/x";
  rule().paths.clear();
  EXPECT_TRUE(judge().origin_changes);
  row_.path = "/v3/x";
  EXPECT_EQ(judge().would_reason, Reason::policy_route);
  candidate_.by_host = true;
  EXPECT_FALSE(judge().changes()) << "by the recorded route's name";
  row_.route = "gone";
  EXPECT_NE(judge().not_judged, nullptr);
}

}  // namespace
}  // namespace gatehouse::cli
