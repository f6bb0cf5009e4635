// Twenty patterns over request bodies.
#include <benchmark/benchmark.h>

#include "bench/sample.h"
#include "guard/guard.h"

namespace gatehouse {
namespace {

std::vector<guard::GuardRule> twenty() {
  return {{"sql",
           {R"(\bdrop\s+table\b)", R"(\bdrop\s+database\b)", R"(\btruncate\s+table\b)", R"(\bdelete\s+from\b)",
            R"(\balter\s+table\b)", R"(\bgrant\s+all\b)", R"(\brevoke\s+all\b)", R"(\bdrop\s+schema\b)",
            R"(\bupdate\s+\w+\s+set\b)", R"(\binsert\s+into\b)"},
           false},
          {"calls",
           {"_delete_by_query", "\"ids\"\\s*:\\s*\\[\\s*\\]", "delete_collection", "flushall", "drop_vectorizer",
            "pg_terminate_backend", "lo_unlink", "xp_cmdshell", "rm\\s+-rf", "shutdown\\s+immediate"},
           false}};
}

const http::Field kJsonType[] = {{"Content-Type", "application/json", http::FieldId::content_type}};

void inspect(benchmark::State& state, const bench::Sample& sample, guard::Selection guards) {
  auto set = guard::Set::compile(twenty());
  guard::Inspector inspector;
  inspector.prepare(**set);
  for (auto _ : state) {
    const auto verdict = inspector.inspect(**set, guards, {.fields = kJsonType, .body = sample.view()}, true);
    if (verdict.reason != Reason::none) state.SkipWithError("not clean");
    benchmark::DoNotOptimize(verdict);
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * sample.view().size()));
}

BENCHMARK_CAPTURE(inspect, clean_16k, bench::Sample("clean-16k.json"), 3);
BENCHMARK_CAPTURE(inspect, clean_16k_ten_patterns, bench::Sample("clean-16k.json"), 1);
BENCHMARK_CAPTURE(inspect, clean_16k_no_guard, bench::Sample("clean-16k.json"), 0);
BENCHMARK_CAPTURE(inspect, ticket_2k, bench::Sample("ticket.json"), 3);
BENCHMARK_CAPTURE(inspect, clean_512k, bench::Sample("clean-16k.json", 32), 3);

}  // namespace
}  // namespace gatehouse
