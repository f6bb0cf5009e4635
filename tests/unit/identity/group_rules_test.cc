// Groups by rule, conditions and subjects from templates.
#include "identity/group_rules.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "token_world.h"

namespace gatehouse::identity {
namespace {

using Names = std::vector<std::string>;

/// Fixed is values that a test writes down.
class Fixed final : public Values {
 public:
  Fixed(std::map<std::string, Names> at) : at_(std::move(at)) {}
  bool texts_at(ByteView path, Names* out) const override {
    const auto found = at_.find(std::string(path));
    if (found == at_.end()) return true;
    if (found->second == Names{"!"}) return false;
    *out = found->second;
    return true;
  }

 private:
  std::map<std::string, Names> at_;
};

Names derived(const std::vector<GroupRule>& rules, const Values& values, ByteView prefix = "") {
  Names groups;
  if (!derive_groups(rules, prefix, values, &groups)) return {"!"};
  order_groups(&groups);
  return groups;
}

TEST(Condition, AStarIsAnyTextAndAllElseIsItself) {
  const Fixed values({{"sub", {"system:serviceaccount:etl:loader"}}, {"empty", {""}}});
  const auto is = [&](const char* path, Names patterns) { return holds({path, std::move(patterns)}, values); };
  EXPECT_TRUE(is("sub", {"system:serviceaccount:etl:*"}));
  EXPECT_TRUE(is("sub", {"nobody", "*:loader"}));
  EXPECT_TRUE(is("sub", {"*etl*"}));
  EXPECT_TRUE(is("sub", {"*"}));
  EXPECT_FALSE(is("sub", {"system:serviceaccount:etl"}));      // to the end
  EXPECT_FALSE(is("sub", {"serviceaccount:etl:loader"}));      // from the beginning
  EXPECT_FALSE(is("sub", {"System:serviceaccount:etl:*"}));    // byte by byte
  EXPECT_FALSE(is("sub", {"system?serviceaccount:etl:loader", "system:serviceaccount:[e]tl:loader", "sub.*:"}));
  EXPECT_TRUE(is("empty", {"*"}));
  EXPECT_FALSE(is("none", {"*"}));                             // what is absent matches nothing
}

TEST(Condition, OneEntryOfAListIsEnough) {
  const Fixed values({{"l", {"a", "b"}}, {"broken", {"!"}}, {"long", {std::string(kValueBytesMax + 1, 'x')}}});
  EXPECT_TRUE(holds({"l", {"b"}}, values));
  EXPECT_FALSE(holds({"l", {"a b", "ab"}}, values));
  EXPECT_FALSE(holds({"broken", {"*"}}, values));
  EXPECT_FALSE(holds({"long", {"*"}}, values));
}

TEST(GroupRule, AllConditionsMustHold) {
  const Fixed values({{"a", {"1"}}, {"b", {"2"}}});
  EXPECT_EQ(derived({{"g", {{"a", {"1"}}, {"b", {"2"}}}}}, values), Names{"g"});
  EXPECT_EQ(derived({{"g", {{"a", {"1"}}, {"b", {"3"}}}}}, values), Names{});
  EXPECT_EQ(derived({{"g", {{"a", {"1"}}, {"c", {"*"}}}}}, values), Names{});
  EXPECT_EQ(derived({{"g", {}}}, values), Names{});            // no condition gives nothing
  EXPECT_EQ(derived({{"g", {{"a", {"1"}}}}, {"f", {{"b", {"2"}}}}, {"g", {{"b", {"2"}}}}}, values, "p/"), (Names{"p/f", "p/g"}));
}

TEST(GroupRule, TheStarGoesIntoTheNameForEachValue) {
  const Fixed values({{"memberOf", {"CN=etl,OU=jobs", "CN=web,OU=sites", "CN=,OU=none"}}, {"sub", {"{1}"}}});
  EXPECT_EQ(derived({{"ad-{1}", {{"memberOf", {"CN=*,OU=jobs", "CN=*,OU=sites"}}}}}, values, "x/"), (Names{"x/ad-etl", "x/ad-web"}));
  EXPECT_EQ(derived({{"{1}", {{"memberOf", {"CN=*,OU=none"}}}}}, values), Names{"!"});   // a star of nothing is no name
  EXPECT_EQ(derived({{"{1}", {{"sub", {"*"}}}}}, values), Names{"{1}"});                 // text like any other
}

TEST(GroupRule, NamesMadeOfValuesAreBoundedAndPlain) {
  const auto of = [](const std::string& value) { return derived({{"g-{1}", {{"v", {"v*"}}}}}, Fixed({{"v", {"v" + value}}})); };
  EXPECT_EQ(of(std::string(254, 'a')).size(), 1U);
  for (const std::string& bad : {std::string(255, 'a'), std::string("a\nb"), std::string("a\xe2\x80\xae"), std::string("a ")})
    EXPECT_EQ(of(bad), Names{"!"}) << bad;
  Names many;
  for (size_t i = 0; i < kGroupsMax; ++i) many.push_back("v" + std::to_string(i));
  EXPECT_EQ(derived({{"{1}", {{"v", {"v*"}}}}}, Fixed({{"v", many}})).size(), kGroupsMax);
  many.push_back("vmore");
  EXPECT_EQ(derived({{"{1}", {{"v", {"v*"}}}}}, Fixed({{"v", many}})), Names{"!"});
}

TEST(GroupRule, WhatItMayGiveIsToldWithoutAValue) {
  EXPECT_TRUE(may_give({"etl", {}}, "k8s/", "k8s/etl"));
  EXPECT_FALSE(may_give({"etl", {}}, "k8s/", "etl"));
  EXPECT_TRUE(may_give({"ad-{1}-x", {}}, "", "ad-a-x"));
  EXPECT_FALSE(may_give({"ad-{1}-x", {}}, "", "ad--x"));
  EXPECT_TRUE(matches_all("*") && matches_all("**") && !matches_all("") && !matches_all("a*"));
}

// ---- claims ---------------------------------------------------------------------------------------

IssuerSet issuers_with(const std::function<void(Issuer&)>& change) {
  IssuerSet issuers = World::get().issuers();
  change(issuers.issuers[0]);
  return issuers;
}

/// groups_for is what the token's identity carries, or the reason as the only name.
Names groups_for(const IssuerSet& issuers, const Claims& claims) {
  const auto result = verify_jwt(issuers, good_token(claims), kNow);
  return result.ok() ? (*result)->groups : Names{"!" + std::string(reason_name(result.error()))};
}

std::string subject_for(ByteView text, const Claims& claims, ByteView name = "jobs") {
  const auto made = SubjectTemplate::parse(text, name);
  if (!made) return "!" + made.error();
  const auto result = verify_jwt(issuers_with([&](Issuer& issuer) { issuer.subject = *made; }), good_token(claims), kNow);
  return result.ok() ? (*result)->subject : "!" + std::string(reason_name(result.error()));
}

TEST(GroupsByRule, KubernetesTokensCarryNoneAndGetThem) {
  const IssuerSet issuers = issuers_with([](Issuer& issuer) {
    issuer.groups_claim.clear();
    issuer.group_prefix = "k8s/";
    issuer.group_rules = {{"etl", {{"sub", {"system:serviceaccount:etl:*"}}}},
                          {"ns-{1}", {{"kubernetes.io.namespace", {"*"}}}},
                          {"pods", {{"kubernetes.io.pod.name", {"*"}}}}};
  });
  Claims claims;
  claims.set("groups", "").set("sub", "\"system:serviceaccount:etl:loader\"");
  claims.set("kubernetes.io", R"({"namespace":"etl","pod":{"name":"loader-1","uid":"u"},"serviceaccount":{"name":"loader","uid":"v"}})");
  EXPECT_EQ(groups_for(issuers, claims), (Names{"k8s/etl", "k8s/ns-etl", "k8s/pods"}));
  EXPECT_EQ(groups_for(issuers, Claims().set("groups", "[\"etl\"]")), Names{});   // its own claim gives nothing
}

TEST(GroupsByRule, StandBesideThoseOfTheClaimAndCarryThePrefix) {
  const IssuerSet issuers = issuers_with([](Issuer& issuer) {
    issuer.group_prefix = "idp:";
    issuer.group_rules = {{"job", {{"sub", {"job-*"}}}}};
  });
  EXPECT_EQ(groups_for(issuers, Claims()), (Names{"idp:batch", "idp:ingest", "idp:job"}));
  EXPECT_EQ(groups_for(issuers, Claims().set("groups", "")), Names{"!token_groups"});   // a claim that is asked for must be there
}

TEST(GroupsByRule, NumbersTruthAndListsOfThemAreTexts) {
  const auto of = [](const char* json, const char* pattern) {
    return groups_for(issuers_with([&](Issuer& issuer) { issuer.groups_claim = "", issuer.group_rules = {{"g", {{"v", {pattern}}}}}; }),
                      Claims().set("v", json));
  };
  EXPECT_EQ(of("17", "17"), Names{"g"});
  EXPECT_EQ(of("18446744073709551615", "18446744073709551615"), Names{"g"});
  EXPECT_EQ(of("true", "true"), Names{"g"});
  EXPECT_EQ(of("[1,\"a\"]", "a"), Names{"g"});
  for (const char* json : {"1.5", "{}", "[[\"a\"]]", "[\"a\",{}]", "[\"a\",null]", "null", "[]"}) EXPECT_EQ(of(json, "*"), Names{}) << json;
}

TEST(GroupsByRule, APathThatLeadsToTwoPlacesLeadsNowhere) {
  const IssuerSet issuers = issuers_with([](Issuer& issuer) { issuer.groups_claim = "", issuer.group_rules = {{"g", {{"a.b.c", {"x"}}}}}; });
  EXPECT_EQ(groups_for(issuers, Claims().set("a", R"({"b":{"c":"x"}})")), Names{"g"});
  EXPECT_EQ(groups_for(issuers, Claims().set("a.b", R"({"c":"x"})")), Names{"g"});
  EXPECT_EQ(groups_for(issuers, Claims().set("a", R"({"b.c":"x"})")), Names{"g"});
  EXPECT_EQ(groups_for(issuers, Claims().set("a", R"({"b":{"c":"x"},"b.c":"y"})")), Names{});
  EXPECT_EQ(groups_for(issuers, Claims().set("a.b.c", "\"x\"").set("a.b", R"({"c":"x"})")), Names{});
}

TEST(Require, EveryConditionMustHoldOrTheTokenIsRefused) {
  const IssuerSet issuers = issuers_with([](Issuer& issuer) { issuer.require = {{"sub", {"job-*"}}, {"env", {"prod", "test"}}}; });
  EXPECT_EQ(verdict(issuers, good_token(Claims().set("env", "\"test\""))), Reason::none);
  EXPECT_EQ(verdict(issuers, good_token(Claims().set("env", "\"dev\""))), Reason::token_condition);
  EXPECT_EQ(verdict(issuers, good_token(Claims())), Reason::token_condition);
  EXPECT_EQ(verdict(issuers, good_token(Claims().set("env", "\"prod\"").set("sub", "\"x\""))), Reason::token_condition);
  EXPECT_EQ(verdict(issuers, mint_jwt(World::get().stranger, "ec", Claims().json())), Reason::token_signature);   // nothing before it
}

TEST(Overage, HasAReasonOfItsOwn) {
  const IssuerSet issuers = World::get().issuers();
  const auto of = [&](const Claims& claims) { return verdict(issuers, good_token(claims)); };
  const Claims none = Claims().set("groups", "");
  EXPECT_EQ(of(none), Reason::token_groups);
  EXPECT_EQ(of(Claims(none).set("_claim_names", R"({"groups":"src1"})")), Reason::token_overage);
  EXPECT_EQ(of(Claims(none).set("hasgroups", "true")), Reason::token_overage);
  EXPECT_EQ(of(Claims(none).set("hasgroups", "\"true\"")), Reason::token_overage);
  EXPECT_EQ(of(Claims(none).set("groups:src1", "\"https://graph.test\"")), Reason::token_overage);
  EXPECT_EQ(of(Claims().set("hasgroups", "true")), Reason::token_overage);   // some of them are not all
  EXPECT_EQ(of(Claims().set("hasgroups", "false")), Reason::none);
  EXPECT_EQ(of(Claims().set("_claim_names", R"({"address":"src1"})")), Reason::none);
}

TEST(Overage, MattersOnlyWhereGroupsOrConditionsLookThere) {
  const std::string token = good_token(Claims().set("groups", "").set("_claim_names", R"({"groups":"src1"})"));
  EXPECT_EQ(verdict(issuers_with([](Issuer& i) { i.groups_claim = "", i.group_rules = {{"g", {{"sub", {"job-*"}}}}}; }), token), Reason::none);
  EXPECT_EQ(verdict(issuers_with([](Issuer& i) { i.groups_claim = "", i.group_rules = {{"g", {{"groups", {"x"}}}}}; }), token), Reason::token_overage);
  EXPECT_EQ(verdict(issuers_with([](Issuer& i) { i.groups_claim = "", i.require = {{"groups", {"x"}}}; }), token), Reason::token_overage);
}

TEST(Subject, IsMadeOfClaims) {
  Claims claims;
  claims.set("repository", "\"acme/etl\"").set("environment", "\"prod\"").set("n", "7");
  EXPECT_EQ(subject_for("{iss-name}:{repository}:{environment}", claims, "gh"), "gh:acme/etl:prod");
  EXPECT_EQ(subject_for("{sub}", claims), "job-7");
  EXPECT_EQ(subject_for("<{n}>", claims), "<7>");
  EXPECT_EQ(subject_for("{sub}@{none}", claims), "!token_claims");
  EXPECT_EQ(subject_for("{groups}", claims), "!token_claims");   // two texts are no name
  EXPECT_EQ(subject_for("{repository}", Claims(claims).set("sub", "")), "acme/etl");
  EXPECT_EQ(subject_for("{repository}", Claims(claims).set("sub", "7")), "!token_claims");
  EXPECT_EQ(subject_for("{v}", Claims(claims).set("v", "\"a\\nb\"")), "!token_claims");
  EXPECT_EQ(subject_for("{v}", Claims(claims).set("v", "\"" + std::string(513, 'a') + "\"")), "!token_claims");
}

TEST(Subject, TwoRowsOfClaimsNeverMakeOne) {
  const auto of = [](const std::string& text, const char* a, const char* b) {
    return subject_for(text, Claims().set("a", a).set("b", b));
  };
  EXPECT_EQ(of("{a}:{b}", "\"x\"", "\"y:z\""), "x:y:z");
  EXPECT_EQ(of("{a}:{b}", "\"x:y\"", "\"z\""), "!token_claims");
  EXPECT_EQ(of("{a}bb{b}", "\"xb\"", "\"y\""), "!token_claims");   // xbbby would be x + bb + by, too
  EXPECT_EQ(of("{a}:{b}!", "\"x\"", "\"y!\""), "x:y!!");           // what follows the last is always the same
  EXPECT_EQ(of("{a}:{b}", "\"\"", "\"y\""), "!token_claims");
}

TEST(Subject, TemplatesThatSayTooLittleAreErrors) {
  for (const char* bad : {"", "fixed", "{iss-name}", "{a}{b}", "{a", "a}", "{}", "{a{b}}", "{a}{iss-name"})
    EXPECT_FALSE(SubjectTemplate::parse(bad, "i").ok()) << bad;
  EXPECT_FALSE(SubjectTemplate::parse("{" + std::string(257, 'a') + "}", "i").ok());
  EXPECT_TRUE(SubjectTemplate::parse("{a}{iss-name}{b}", "i").ok());
}

TEST(RecordClaims, AreKeptInOrderUnderTheirNames) {
  const IssuerSet issuers = issuers_with([](Issuer& issuer) {
    issuer.record_claims = {{"run_id", "run_id"}, {"pod", "kubernetes.io.pod.name"}, {"list", "list"}, {"long", "long"}, {"none", "none"},
                            {"object", "kubernetes.io"}};
  });
  Claims claims;
  claims.set("run_id", "84").set("kubernetes.io", R"({"pod":{"name":"p-1"}})").set("list", "[\"a\",\"b\"]");
  claims.set("long", "\"" + std::string(257, 'x') + "\"");
  const auto result = verify_jwt(issuers, good_token(claims), kNow);
  ASSERT_TRUE(result.ok());
  const auto& kept = (*result)->claims;
  ASSERT_EQ(kept.size(), 4U);   // what is not there, or no text, is left out
  EXPECT_EQ(kept[0].name + "=" + kept[0].value, "run_id=84");
  EXPECT_EQ(kept[1].name + "=" + kept[1].value, "pod=p-1");
  EXPECT_EQ(kept[2].value, "a,b");
  EXPECT_EQ(kept[3].value.substr(0, 7), "sha256:");
  EXPECT_EQ(kept[3].value.size(), 7U + 64U);
}

}  // namespace
}  // namespace gatehouse::identity
