// What a statement costs, and what every other string costs that could be one.
#include <benchmark/benchmark.h>

#include "bench/sample.h"
#include "sql/statement.h"

namespace gatehouse {
namespace {

std::string padded_list(size_t bytes) {
  std::string text = "DELETE FROM docs_chunks WHERE doc_id IN (1";
  while (text.size() + 11 < bytes) text += ",123456789";
  return text + ")";
}

std::string comments(size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += "/* a */ ";
  return text + "x";
}

void classify(benchmark::State& state, const std::string& text) {
  sql::Limits limits;
  limits.cache_entries = 0;
  sql::Classifier classifier(limits);
  for (auto _ : state) {
    const sql::Verdict& verdict = classifier.classify(text);
    if (!verdict.complete) state.SkipWithError("not complete");
    uint32_t flags = verdict.flags;
    benchmark::DoNotOptimize(flags);
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}

void kept(benchmark::State& state, const std::string& text) {
  sql::Classifier classifier;
  for (auto _ : state) {
    uint32_t flags = classifier.classify(text).flags;
    benchmark::DoNotOptimize(flags);
  }
}

/// Statements of about 200 bytes, more than are kept: they differ in values alone, or in a name, too.
void many(benchmark::State& state, bool strange) {
  std::vector<std::string> texts;
  for (int i = 0; i < 1024; ++i) {
    const std::string number = std::to_string(10'000 + i), table = strange ? "docs_" + number : "docs_chunks";
    const std::string ids = number + ", 7" + number + ", 8" + number;
    texts.push_back("UPDATE " + table + " SET claimed_by = 'worker-" + number + "', claimed_at = now() WHERE id IN (" + ids +
                    ") AND batch = '6f1d-" + number + "' RETURNING id, c1, c2, c3, c4, c5, c6");
  }
  sql::Classifier classifier;
  size_t next = 0;
  for (auto _ : state) {
    uint32_t flags = classifier.classify(texts[next++ % texts.size()]).flags;
    benchmark::DoNotOptimize(flags);
  }
}

void refused(benchmark::State& state, const std::string& text) {
  for (auto _ : state) benchmark::DoNotOptimize(sql::classify(text).flags);
}

void prefilter(benchmark::State& state, const std::string& text) {
  for (auto _ : state) benchmark::DoNotOptimize(sql::looks_like(text));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}

const std::string kDelete = "DELETE FROM docs_chunks WHERE id = $1";
const std::string kWorker =
    "WITH sel AS (SELECT id FROM q ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED), del AS (DELETE FROM q AS w USING sel "
    "WHERE w.id = sel.id RETURNING w.id) SELECT d.id, d.body FROM docs d JOIN del ON d.id = del.id";
BENCHMARK_CAPTURE(classify, delete_37, kDelete);
BENCHMARK_CAPTURE(classify, worker_200, kWorker);
BENCHMARK_CAPTURE(classify, list_2k, padded_list(2048));
BENCHMARK_CAPTURE(classify, list_8k, padded_list(8192));
BENCHMARK_CAPTURE(kept, worker_200, kWorker);
BENCHMARK_CAPTURE(many, alike, false);
BENCHMARK_CAPTURE(many, strange, true);
BENCHMARK_CAPTURE(refused, plus_16k, "SELECT 1" + padded_list(10) + std::string(16000, '+'));
BENCHMARK_CAPTURE(refused, text_10m, std::string(10 << 20, '('));
BENCHMARK_CAPTURE(prefilter, chunk_text, "Contact the office before you drop a table.\n" + std::string(4096, 'x'));
BENCHMARK_CAPTURE(prefilter, blank_4k, std::string(4096, ' ') + "x");
BENCHMARK_CAPTURE(prefilter, comments_4k, comments(4096));

}  // namespace
}  // namespace gatehouse
