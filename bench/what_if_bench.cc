// What a candidate policy says of a recorded exchange: the decision part of `gatehouse records what-if`, by number of rules.
#include <benchmark/benchmark.h>

#include <string>

#include "cli/what_if.h"

namespace gatehouse::cli {
namespace {

void judge_one(benchmark::State& state) {
  policy::RuleSet set;
  for (int64_t i = 0; i < state.range(0); ++i) {
    policy::Rule rule;
    rule.name = "rule-" + std::to_string(i);
    rule.effect = i % 10 == 0 ? policy::Effect::deny : policy::Effect::allow;
    rule.groups = {"team-" + std::to_string(i) + "-readers", "team-" + std::to_string(i) + "-writers"};
    rule.methods = {"GET", "POST"};
    rule.paths = {{"/v1/chunk/*"}, {"/v1/service-" + std::to_string(i) + "/**"}};
    set.rules.push_back(std::move(rule));
  }
  set.rules.back().effect = policy::Effect::allow;
  set.rules.back().groups = {"chunk-readers"};
  set.rules.back().guards = set.rules.back().masks = 3;
  Candidate candidate;
  candidate.rules = &set;
  candidate.origins = {"chunker"};
  candidate.guards = {"destructive-sql", "secrets"};
  candidate.masks = {"personal-data", "keys"};
  candidate.request_guards = 3;
  Row row;
  row.began = 1;
  row.proof = "oidc_jwt";
  row.subject = "nightly-index";
  row.groups = {"all-jobs", "chunk-readers", "ci", "data", "eu", "nightly", "team-x", "team-y"};
  row.identity_expires = 2;
  row.client = "192.0.2.7:50000";
  row.method = "POST";
  row.path = "/v1/chunk/recursive";
  row.verdict = "allow";
  row.origin = "chunker";
  row.guards = {"destructive-sql", "secrets"};
  row.masks = {"personal-data"};
  WhatIf what_if(candidate);
  for (auto _ : state) {
    WhatIfOutcome outcome = what_if.judge(row);
    if (outcome.would != WhatIfOutcome::Verdict::allow || !outcome.masks_change) state.SkipWithError("not as it must be");
    benchmark::DoNotOptimize(outcome);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(judge_one)->Arg(1)->Arg(10)->Arg(50)->Arg(200);

/// Rows out of an index, as `list` and `what-if` read them.
void rows_of_an_index(benchmark::State& state) {
  IndexBuilder builder;
  std::string payload;
  const auto section = [&](record::Tag tag, ByteView value) {
    const uint16_t head[2] = {static_cast<uint16_t>(tag), 0};
    const auto length = static_cast<uint32_t>(value.size());
    payload.append(reinterpret_cast<const char*>(head), sizeof head)
        .append(reinterpret_cast<const char*>(&length), sizeof length) += value;
  };
  for (const record::Tag tag :
       {record::Tag::client_address, record::Tag::proof, record::Tag::issuer, record::Tag::subject, record::Tag::group,
        record::Tag::group, record::Tag::method, record::Tag::path, record::Tag::verdict, record::Tag::rule,
        record::Tag::guard, record::Tag::mask, record::Tag::origin})
    section(tag, "some-word-of-it");
  constexpr int kExchanges = 1000;
  for (int i = 0; i < 2 * kExchanges; ++i) {
    record::RecordView view;
    view.header.kind = i % 2 == 0 ? GATEHOUSE_RECORD_REQUEST : GATEHOUSE_RECORD_CLOSE;
    view.header.exchange[0] = static_cast<uint8_t>(i / 2);
    view.header.exchange[1] = static_cast<uint8_t>(i / 512 + 1);
    view.payload = i % 2 == 0 ? ByteView(payload) : ByteView();
    view.place = 4096;
    builder.see(view);
  }
  const std::string file = builder.finish({});
  for (auto _ : state) {
    IndexReader reader;
    IndexEntry entry;
    OpenRows rows;
    if (!reader.open(file, {})) state.SkipWithError("no index");
    while (reader.next(&entry))
      if (rows.see(entry)->closed) benchmark::DoNotOptimize(rows.take(entry.exchange));
  }
  state.SetItemsProcessed(state.iterations() * kExchanges);
}
BENCHMARK(rows_of_an_index);

}  // namespace
}  // namespace gatehouse::cli
