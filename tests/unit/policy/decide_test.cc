#include <gtest/gtest.h>

#include <algorithm>

#include "policy/policy.h"

namespace gatehouse::policy {
namespace {

constexpr WallNs kNow = 1'000 * kNsPerSecond;

identity::Identity caller(std::vector<std::string> groups) {
  identity::Identity who;
  who.proof = identity::Proof::oidc_jwt;
  who.subject = "job";
  who.groups = std::move(groups);
  std::sort(who.groups.begin(), who.groups.end());
  who.expires = kNow + kNsPerSecond;
  return who;
}

Rule rule(const char* name, Effect effect, std::vector<std::string> groups) {
  Rule rule;
  rule.name = name;
  rule.effect = effect;
  rule.groups = std::move(groups);
  return rule;
}

Facts request(const char* method = "POST", const char* path = "/v1/chunk/token") { return {method, path}; }

std::vector<int> rules_of(const Decision& decision) {
  return {decision.rules, decision.rules + decision.rule_count};
}

Decision ask(std::vector<Rule> rules, const Facts& facts = request(),
             const identity::Identity& who = caller({"readers", "writers"}), WallNs now = kNow) {
  return decide(RuleSet{std::move(rules)}, who, facts, now);
}

TEST(Decide, DeniesByDefault) {
  const Decision decision = ask({});
  EXPECT_EQ(decision.verdict, Verdict::deny);
  EXPECT_EQ(decision.reason, Reason::policy_no_rule);
  EXPECT_EQ(decision.rule_count, 0);
  EXPECT_EQ(ask({rule("other", Effect::allow, {"strangers"})}).reason, Reason::policy_no_rule);
}

TEST(Decide, AllowsByGroupMethodAndPath) {
  Rule allow = rule("a", Effect::allow, {"strangers", "readers"});
  allow.methods = {"GET", "POST"};
  allow.paths = {{"/other"}, {"/v1/chunk/*"}};
  allow.origin = 7;
  const Decision decision = ask({allow});
  EXPECT_EQ(decision.verdict, Verdict::allow);
  EXPECT_EQ(decision.reason, Reason::none);
  EXPECT_EQ(decision.origin, 7U);
  EXPECT_EQ(rules_of(decision), std::vector<int>{0});
  EXPECT_EQ(ask({allow}, request("PUT")).reason, Reason::policy_no_rule);
  EXPECT_EQ(ask({allow}, request("post")).reason, Reason::policy_no_rule);
  EXPECT_EQ(ask({allow}, request("POST", "/v1/chunk")).reason, Reason::policy_no_rule);
  EXPECT_EQ(ask({allow}, request(), caller({"reader", "readers2"})).reason, Reason::policy_no_rule);
  EXPECT_EQ(ask({allow}, request(), caller({})).reason, Reason::policy_no_rule);
}

TEST(Decide, ADenyRuleMeansItsMethodsInAnyCase) {
  const Rule any = rule("any", Effect::allow, {"*"});
  Rule deny = rule("deny", Effect::deny, {"readers"});
  deny.methods = {"DELETE"};
  for (const char* method : {"DELETE", "delete", "Delete"})
    EXPECT_EQ(ask({any, deny}, request(method)).reason, Reason::policy_denied) << method;
  for (const char* method : {"GET", "DELET", "DELETED"})
    EXPECT_EQ(ask({any, deny}, request(method)).verdict, Verdict::allow) << method;
}

// Services fold case and final slashes: what a rule forbids, asks for or hides must not depend on the spelling.
TEST(Decide, WhatARuleAsksForHoldsForEverySpelling) {
  Rule wide = rule("wide", Effect::allow, {"*"});
  wide.paths = {{"/v1/**"}};
  wide.keep = Keep::digest;
  wide.origin = 3;
  Rule strict = rule("strict", Effect::allow, {"readers"});
  strict.paths = {{"/v1/delete"}, {"/v1/*/Drop/"}};
  strict.methods = {"POST"};
  strict.origin = 4;
  for (const char* path : {"/v1/Delete", "/v1/DELETE/", "/v1/delete/", "/v1/x/drop", "/v1/x/DROP/", "/v1/X/Drop"})
    for (const char* method : {"POST", "post", "Post"}) {
      strict.effect = Effect::deny;
      strict.guards = strict.masks = 0;
      EXPECT_EQ(ask({wide, strict}, request(method, path)).reason, Reason::policy_denied) << method << path;
      strict.effect = Effect::approve;
      const Decision held = ask({wide, strict}, request(method, path));
      EXPECT_EQ(held.verdict, Verdict::hold) << method << path;
      EXPECT_EQ(held.origin, 3u) << "the origin is that of the rule that grants";
      EXPECT_EQ(rules_of(held), (std::vector<int>{0, 1}));
      strict.effect = Effect::allow;
      strict.guards = 2, strict.masks = 4;
      const Decision guarded = ask({strict, wide}, request(method, path));
      EXPECT_EQ(guarded.verdict, Verdict::need_body) << method << path;
      EXPECT_EQ(guarded.guards, 2u);
      EXPECT_EQ(guarded.masks, 4u);
      EXPECT_EQ(guarded.origin, 3u);
      EXPECT_EQ(guarded.keep, Keep::full);
      // And grants nothing by itself.
      EXPECT_EQ(ask({strict}, request(method, path)).reason, Reason::policy_no_rule) << method << path;
      strict.effect = Effect::approve;
      EXPECT_EQ(ask({strict}, request(method, path)).reason, Reason::policy_no_rule) << method << path;
    }
  strict.effect = Effect::deny;
  for (const char* path : {"/v1/deletes", "/v1/delet", "/v1/delete/x", "/v1/drop", "/v1/x/drop/y"})
    EXPECT_EQ(ask({wide, strict}, request("POST", path)).verdict, Verdict::allow) << path;
  EXPECT_EQ(ask({wide, strict}, request("PUT", "/v1/Delete")).verdict, Verdict::allow);
  // To the letter, with two origins, it is a conflict as before.
  strict.effect = Effect::allow;
  EXPECT_EQ(ask({wide, strict}, request("POST", "/v1/delete")).reason, Reason::policy_denied);
}

TEST(Decide, StarIsAnyVerifiedCallerOnly) {
  const Rule any = rule("any", Effect::allow, {"*"});
  EXPECT_EQ(ask({any}, request(), caller({})).verdict, Verdict::allow);
  identity::Identity nobody = caller({"*"});
  nobody.proof = identity::Proof::none;
  EXPECT_EQ(ask({any}, request(), nobody).reason, Reason::token_missing);
  EXPECT_EQ(ask({rule("r", Effect::allow, {"readers"})}, request(), caller({"*"})).reason,
            Reason::policy_no_rule);
}

TEST(Decide, RuleWithoutGroupsFailsClosed) {
  const Rule any = rule("any", Effect::allow, {"*"});
  EXPECT_EQ(ask({rule("a", Effect::allow, {})}).reason, Reason::policy_no_rule);
  EXPECT_EQ(ask({any, rule("d", Effect::deny, {})}).reason, Reason::policy_denied);
}

TEST(Decide, DenyBeatsEverythingInAnyOrder) {
  const Rule allow = rule("allow", Effect::allow, {"readers"});
  const Rule approve = rule("approve", Effect::approve, {"readers"});
  const Rule deny = rule("deny", Effect::deny, {"writers"});
  const std::vector<std::vector<Rule>> orders = {
      {deny, allow, approve}, {allow, deny, approve}, {approve, allow, deny}};
  for (const auto& order : orders) {
    Facts granted = request();
    granted.approved = granted.body_inspected = true;
    for (const Facts& facts : {request(), granted}) {
      const Decision decision = ask(order, facts);
      EXPECT_EQ(decision.verdict, Verdict::deny);
      EXPECT_EQ(decision.reason, Reason::policy_denied);
      ASSERT_EQ(decision.rule_count, 1);
      EXPECT_EQ(order[decision.rules[0]].name, "deny");
      EXPECT_EQ(decision.guards | decision.masks, 0U);
    }
  }
}

TEST(Decide, ApproveBeatsAllowInAnyOrder) {
  const Rule allow = rule("allow", Effect::allow, {"readers"});
  const Rule approve = rule("approve", Effect::approve, {"writers"});
  const std::vector<std::vector<Rule>> orders = {{allow, approve}, {approve, allow}};
  for (const auto& order : orders) {
    EXPECT_EQ(ask(order).verdict, Verdict::hold);
    EXPECT_EQ(rules_of(ask(order)), (std::vector<int>{0, 1}));
    Facts facts = request();
    facts.approved = true;
    EXPECT_EQ(ask(order, facts).verdict, Verdict::allow);
  }
}

TEST(Decide, UnitesGuardsAndMasksOfAllMatchingRules) {
  Rule a = rule("a", Effect::allow, {"readers"}), b = rule("b", Effect::approve, {"writers"});
  Rule c = rule("c", Effect::allow, {"strangers"}), d = rule("d", Effect::deny, {"strangers"});
  a.guards = 1, a.masks = uint64_t{1} << 63;
  b.guards = 6, b.masks = 2;
  c.guards = d.guards = 8, c.masks = d.masks = 8;
  const Decision decision = ask({a, b, c, d});
  EXPECT_EQ(decision.guards, 7U);
  EXPECT_EQ(decision.masks, uint64_t{1} << 63 | 2);
  EXPECT_EQ(rules_of(decision), (std::vector<int>{0, 1}));
}

TEST(Decide, GuardsComeBeforeAPerson) {
  Rule approve = rule("approve", Effect::approve, {"readers"});
  approve.guards = 1;
  Facts facts = request();
  EXPECT_EQ(ask({approve}, facts).verdict, Verdict::need_body);
  facts.approved = true;  // an approval does not stand in for the inspection
  EXPECT_EQ(ask({approve}, facts).verdict, Verdict::need_body);
  facts.approved = false, facts.body_inspected = true;
  EXPECT_EQ(ask({approve}, facts).verdict, Verdict::hold);
  facts.approved = true;
  EXPECT_EQ(ask({approve}, facts).verdict, Verdict::allow);
}

TEST(Decide, ExpiryIsExact) {
  const Rule any = rule("any", Effect::allow, {"*"});
  const identity::Identity who = caller({});
  EXPECT_EQ(ask({any}, request(), who, who.expires - 1).verdict, Verdict::allow);
  EXPECT_EQ(ask({any}, request(), who, who.expires).reason, Reason::token_expired);
  EXPECT_EQ(ask({any}, request(), who, who.expires + 1).verdict, Verdict::deny);
}

TEST(Decide, TwoOriginsAreDenied) {
  Rule a = rule("a", Effect::allow, {"readers"}), b = rule("b", Effect::approve, {"writers"});
  a.origin = 1, b.origin = 2;
  EXPECT_EQ(ask({a, b}).verdict, Verdict::deny);
  EXPECT_EQ(ask({a, b}).reason, Reason::policy_denied);
  EXPECT_EQ(rules_of(ask({a, b})), (std::vector<int>{0, 1}));
  b.origin = 1;
  EXPECT_EQ(ask({a, b}).verdict, Verdict::hold);
}

TEST(Decide, AskForARouteAndGoWhereItLeads) {
  Rule a = rule("a", Effect::allow, {"readers"}), b = rule("b", Effect::allow, {"writers"});
  a.origin = b.origin = UINT32_MAX;
  a.routes = {3, 5};
  Facts facts = request();
  facts.route = 5;
  facts.origin = 7;
  EXPECT_EQ(ask({a, b}, facts).verdict, Verdict::allow);
  EXPECT_EQ(ask({a, b}, facts).origin, 7U);
  EXPECT_EQ(rules_of(ask({a, b}, facts)), (std::vector<int>{0, 1}));
  facts.route = 4;
  EXPECT_EQ(rules_of(ask({a, b}, facts)), std::vector<int>{1});
  EXPECT_EQ(ask({a}, facts).reason, Reason::policy_no_rule);
  Rule c = rule("c", Effect::deny, {"readers"});
  c.routes = {4};
  EXPECT_EQ(ask({b, c}, facts).reason, Reason::policy_denied);
  facts.route = 5;
  EXPECT_EQ(ask({b, c}, facts).verdict, Verdict::allow);
}

TEST(Decide, AskWhereTheClientComesFrom) {
  Rule office = rule("office", Effect::allow, {"readers"}), banned = rule("banned", Effect::deny, {"*"});
  office.sources = {*Network::parse("10.0.0.0/8"), *Network::parse("unix")};
  banned.sources = {*Network::parse("10.6.6.0/24")};
  const auto from = [&](const char* address) {
    const Address client = *parse_address(address);
    Facts facts = request();
    facts.client = &client;
    return ask({office, banned}, facts).reason;
  };
  EXPECT_EQ(from("10.1.2.3:4"), Reason::none);
  EXPECT_EQ(from("unix:/x"), Reason::none);
  EXPECT_EQ(from("11.1.2.3:4"), Reason::policy_no_rule);
  EXPECT_EQ(from("10.6.6.6:4"), Reason::policy_denied);
  EXPECT_EQ(from("[::ffff:10.6.6.6]:4"), Reason::policy_denied);
  EXPECT_EQ(ask({office}).reason, Reason::policy_no_rule);    // unknown
  EXPECT_EQ(ask({rule("all", Effect::allow, {"*"}), banned}).reason, Reason::policy_denied);
}

TEST(Decide, AskForABoundSenderWhateverElseAllows) {
  Rule open = rule("open", Effect::allow, {"readers"});
  Rule asks = rule("asks", Effect::allow, {"readers"});
  asks.bound = true;
  asks.paths = {{"/v1/chunk/*"}};
  identity::Identity bound = caller({"readers"});
  bound.certificate.fill(1);
  EXPECT_EQ(ask({open, asks}).reason, Reason::policy_unbound);
  EXPECT_EQ(ask({asks, open}).reason, Reason::policy_unbound);
  EXPECT_EQ(rules_of(ask({open, asks})), std::vector<int>{1});
  EXPECT_EQ(ask({open, asks}, request(), bound).verdict, Verdict::allow);
  EXPECT_EQ(ask({open, asks}, request("POST", "/v1/other")).verdict, Verdict::allow) << "nothing is asked there";
  EXPECT_EQ(ask({open, asks}, request("POST", "/V1/chunk/token")).reason, Reason::policy_unbound) << "for every spelling";
  EXPECT_EQ(ask({open, asks}, request("POST", "/v1/chunk/token"), caller({"strangers"})).reason, Reason::policy_no_rule);
  EXPECT_EQ(ask({asks, rule("no", Effect::deny, {"readers"})}).reason, Reason::policy_denied);
  asks.effect = Effect::approve;
  EXPECT_EQ(ask({open, asks}).reason, Reason::policy_unbound);
  EXPECT_EQ(ask({open, asks}, request(), bound).verdict, Verdict::hold);
}

TEST(Decide, KeepsTheDecisiveRuleWhenManyMatch) {
  std::vector<Rule> rules(12, rule("allow", Effect::allow, {"*"}));
  rules.push_back(rule("approve", Effect::approve, {"*"}));
  Decision decision = ask(rules);
  EXPECT_EQ(decision.verdict, Verdict::hold);
  EXPECT_EQ(rules_of(decision), (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 12}));
  rules[11].origin = 3;
  decision = ask(std::vector<Rule>(rules.begin(), rules.begin() + 12));
  EXPECT_EQ(decision.reason, Reason::policy_denied);
  EXPECT_EQ(decision.rules[7], 11);
  for (Rule& each : rules) each.effect = Effect::deny;
  EXPECT_EQ(ask(rules).rule_count, kDecisionRulesMax);
}

}  // namespace
}  // namespace gatehouse::policy
