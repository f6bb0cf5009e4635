// The price of a decision, by number of rules. The caller is in eight groups; the last rule allows.
#include <benchmark/benchmark.h>

#include <string>

#include "policy/policy.h"

namespace gatehouse::policy {
namespace {

RuleSet many_rules(size_t count) {
  RuleSet set;
  for (size_t i = 0; i < count; ++i) {
    Rule rule;
    rule.name = "rule-" + std::to_string(i);
    rule.effect = i % 10 == 0 ? Effect::deny : Effect::allow;
    rule.groups = {"team-" + std::to_string(i) + "-readers", "team-" + std::to_string(i) + "-writers"};
    rule.methods = {"GET", "POST"};
    rule.paths = {{"/v1/chunk/*"}, {"/v1/service-" + std::to_string(i) + "/**"}};
    set.rules.push_back(std::move(rule));
  }
  set.rules.back().effect = Effect::allow;
  set.rules.back().groups = {"chunk-readers"};
  return set;
}

void decide_one(benchmark::State& state) {
  const RuleSet set = many_rules(static_cast<size_t>(state.range(0)));
  identity::Identity who;
  who.proof = identity::Proof::oidc_jwt;
  who.groups = {"all-jobs", "chunk-readers", "ci", "data", "eu", "nightly", "team-x", "team-y"};
  who.expires = 2;
  const Facts facts{"POST", "/v1/chunk/recursive", true, false};
  for (auto _ : state) {
    Decision decision = decide(set, who, facts, 1);
    if (decision.verdict != Verdict::allow) state.SkipWithError("not allowed");
    benchmark::DoNotOptimize(decision);
  }
}
BENCHMARK(decide_one)->Arg(1)->Arg(10)->Arg(50)->Arg(1024);

}  // namespace
}  // namespace gatehouse::policy
