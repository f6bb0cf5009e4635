// The strict walk: what every inspected body pays.
#include <benchmark/benchmark.h>

#include "bench/sample.h"
#include "json/document.h"

namespace gatehouse {
namespace {

struct Count {
  size_t seen = 0;
  void open(json::Kind) {}
  void close(json::Kind) {}
  void key(const json::Token&) { ++seen; }
  void string(const json::Token&) { ++seen; }
  void number(const json::Token&, json::NumberShape) { ++seen; }
  void literal(const json::Token&) { ++seen; }
};

void walk(benchmark::State& state, const bench::Sample& sample) {
  json::Document document;
  document.reserve(sample.view().size());
  for (auto _ : state) {
    Count count;
    if (document.walk(sample.view(), count) != json::Error::none) state.SkipWithError("refused");
    benchmark::DoNotOptimize(count.seen);
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * sample.view().size()));
}

void index_only(benchmark::State& state, const bench::Sample& sample) {
  json::Index index;
  index.reserve(sample.view().size());
  for (auto _ : state) benchmark::DoNotOptimize(index.build(sample.view()));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * sample.view().size()));
}

BENCHMARK_CAPTURE(index_only, clean_16k, bench::Sample("clean-16k.json"));
BENCHMARK_CAPTURE(walk, clean_16k, bench::Sample("clean-16k.json"));
BENCHMARK_CAPTURE(walk, csv_16k, bench::Sample("csv.json"));
BENCHMARK_CAPTURE(walk, ticket_2k, bench::Sample("ticket.json"));
BENCHMARK_CAPTURE(walk, numbers_16k, bench::numbers_sample());
BENCHMARK_CAPTURE(walk, clean_512k, bench::Sample("clean-16k.json", 32));

}  // namespace
}  // namespace gatehouse
