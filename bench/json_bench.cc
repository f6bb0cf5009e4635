// The strict walk: what every inspected body pays.
#include <benchmark/benchmark.h>

#include "bench/sample.h"
#include "json/document.h"
#include "json/stream.h"

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

/// A visitor that counts, of the walk in pieces.
struct CountStream final : json::StreamVisitor {
  size_t seen = 0;
  void open(json::Kind, uint64_t) override { ++seen; }
  void close(json::Kind, uint64_t) override {}
  void comma(uint64_t) override {}
  void key(const json::Part&) override { ++seen; }
  void string_begin(uint64_t) override { ++seen; }
  void string_part(const json::Part&) override {}
  void string_end(uint64_t) override {}
  void number(uint64_t, ByteView, json::NumberShape) override { ++seen; }
  void literal(uint64_t, ByteView) override { ++seen; }
};

void stream(benchmark::State& state, const bench::Sample& sample, size_t piece) {
  json::Stream stream;
  for (auto _ : state) {
    CountStream count;
    stream.start();
    for (size_t at = 0; at < sample.view().size(); at += piece)
      if (stream.feed(sample.view().substr(at, piece), at, count) != json::StreamError::none) state.SkipWithError("refused");
    if (stream.finish(count) != json::StreamError::none) state.SkipWithError("refused");
    benchmark::DoNotOptimize(count.seen);
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * sample.view().size()));
}

BENCHMARK_CAPTURE(stream, clean_512k_pieces_of_32k, bench::Sample("clean-16k.json", 32), 32 * 1024);
BENCHMARK_CAPTURE(stream, csv_16k_whole, bench::Sample("csv.json"), 32 * 1024);
BENCHMARK_CAPTURE(stream, csv_16k_bytes, bench::Sample("csv.json"), 1);
BENCHMARK_CAPTURE(index_only, clean_16k, bench::Sample("clean-16k.json"));
BENCHMARK_CAPTURE(walk, clean_16k, bench::Sample("clean-16k.json"));
BENCHMARK_CAPTURE(walk, csv_16k, bench::Sample("csv.json"));
BENCHMARK_CAPTURE(walk, ticket_2k, bench::Sample("ticket.json"));
BENCHMARK_CAPTURE(walk, numbers_16k, bench::numbers_sample());
BENCHMARK_CAPTURE(walk, clean_512k, bench::Sample("clean-16k.json", 32));

}  // namespace
}  // namespace gatehouse
