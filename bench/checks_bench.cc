// What the checks of guards cost beside the walk over a body that is done anyway.
#include <benchmark/benchmark.h>

#include "bench/sample.h"
#include "guard/bulk.h"
#include "guard/leaving.h"
#include "guard/shape.h"
#include "guard/statements.h"

namespace gatehouse {
namespace {

const std::string kWorker =
    "WITH sel AS (SELECT id FROM q ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED), del AS (DELETE FROM q AS w USING sel "
    "WHERE w.id = sel.id RETURNING w.id) SELECT d.id, d.body FROM docs d JOIN del ON d.id = del.id";

/// 8 KiB with one statement of 200 bytes and texts of documents.
bench::Sample request() {
  std::string text = "{\"statement\":\"" + kWorker + "\",\"warehouse\":\"ETL\",\"docs\":[";
  for (int i = 0; text.size() < 8 * 1024 - 140; ++i)
    text += std::string(i == 0 ? "" : ",") + "{\"id\":" + std::to_string(i) + ",\"text\":\"" + std::string(90, 'x') + "\"}";
  return bench::Sample(text + "],\"disposition\":\"INLINE\"}");
}

/// Sees nothing, or hands on to a check.
struct Nobody {
  void open(json::Kind) {}
  void close(json::Kind) {}
  void key(const json::Token&) {}
  void string(const json::Token&) {}
  void number(const json::Token&, json::NumberShape) {}
  void literal(const json::Token&) {}
};

std::shared_ptr<const guard::ShapeRules> shapes() {
  guard::ShapeClause ids, match_all, links, docs;
  ids.at = {"/docs/*/id"};
  ids.types = guard::kInteger;
  match_all.at = {"/**/match_all"};
  match_all.absent = true;
  links.at = {"/disposition"};
  links.not_in = {{"EXTERNAL_LINKS"}};
  docs.at = {"/docs"};
  docs.non_empty = true;
  docs.max = 10000;
  return *guard::ShapeRules::compile({{0, {ids, match_all}}, {1, {links}}, {2, {docs}}});
}

void walk(benchmark::State& state) {
  const bench::Sample sample = request();
  json::Document document;
  Nobody nobody;
  for (auto _ : state) benchmark::DoNotOptimize(document.walk(sample.view(), nobody));
}
BENCHMARK(walk);

void walk_with_shape(benchmark::State& state) {
  const bench::Sample sample = request();
  const auto rules = shapes();
  json::Document document;
  guard::ShapeCheck check;
  check.prepare(*rules);
  for (auto _ : state) {
    check.start(*rules, 7, document);
    benchmark::DoNotOptimize(document.walk(sample.view(), check));
    if (!check.finish().empty()) state.SkipWithError("a violation");
  }
}
BENCHMARK(walk_with_shape);

/// All that a statement costs, its verdict kept among as many as a worker keeps.
void statement_kept(benchmark::State& state) {
  sql::Classifier classifier;
  guard::StatementRules rules;
  rules.remove = guard::Outcome::pass;
  rules.blocked &= ~uint32_t{sql::kCteWrite};
  rules.tables = {"docs_*", "ai.*", "q"};
  for (int i = 0; i < 500; ++i) classifier.classify("SELECT " + std::to_string(i));
  for (auto _ : state)
    if (guard::judge(classifier.classify(kWorker), rules).outcome != guard::Outcome::pass) state.SkipWithError("refused");
}
BENCHMARK(statement_kept);

void statement_refused(benchmark::State& state) {
  sql::Classifier classifier;
  for (int i = 0; i < 500; ++i) classifier.classify("SELECT " + std::to_string(i));
  for (auto _ : state) benchmark::DoNotOptimize(guard::judge(classifier.classify(kWorker), {}).words.size());
}
BENCHMARK(statement_refused);

void address(benchmark::State& state, const std::string& text, bool any) {
  guard::AddressRules rules;
  rules.hosts = {"example.org", "*.example.com"};
  const auto addresses = *guard::Addresses::compile(rules);
  for (auto _ : state) benchmark::DoNotOptimize(any ? addresses->check_any(text).is : addresses->check(text).is);
}
BENCHMARK_CAPTURE(address, url, "https://files.example.com/reports/2024/06/a.pdf", false);
BENCHMARK_CAPTURE(address, private_number, "http://169.254.169.254/latest/meta-data/", false);
BENCHMARK_CAPTURE(address, any_text_4k, std::string(4096, 'x'), true);

void bulk(benchmark::State& state) {
  std::string text;
  const std::string second = "{\"chunk\":\"" + std::string(100, 'x') + "\",\"seq\":1}\n";
  for (int i = 0; i < 1000; ++i) text += "{\"index\":{\"_index\":\"chunks\"}}\n" + second;
  const bench::Sample sample(text);
  json::Document document;
  for (auto _ : state)
    if (guard::check_bulk(sample.view(), {}, document).wrong != guard::BulkCheck::Wrong::none) state.SkipWithError("refused");
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}
BENCHMARK(bulk);

}  // namespace
}  // namespace gatehouse
