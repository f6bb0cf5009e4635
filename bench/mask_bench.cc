// Detectors and fields over answer bodies.
#include <algorithm>
#include <benchmark/benchmark.h>

#include "bench/sample.h"
#include "detect/candidates.h"
#include "mask/mask.h"

namespace gatehouse {
namespace {

detect::Wanted wanted() {
  detect::Wanted all;
  detect::detectors_from_name("default", &all.set);
  return all;
}

std::vector<detect::Detector> detectors() {
  std::vector<detect::Detector> all;
  for (size_t code = 0; code < detect::kDetectors; ++code)
    if (wanted().has(static_cast<detect::Detector>(code))) all.push_back(static_cast<detect::Detector>(code));
  return all;
}

std::vector<detect::Detector> few() { return {detect::Detector::email, detect::Detector::us_ssn, detect::Detector::payment_card}; }

std::shared_ptr<const mask::Plan> plan(std::vector<detect::Detector> asked) {
  auto compiled = mask::Plan::compile(
      {{"pii", {}, std::move(asked), mask::Method::redact},
       {"author", {"[*].metadata.author_email", "chunks[*].metadata.author_email"}, {}, mask::Method::partial},
       {"keys", {"**.password", "**.secret", "**.token", "**.api_key"}, {}, mask::Method::redact}});
  return *compiled;
}

void apply_plan(benchmark::State& state, const bench::Sample& sample, mask::Selection masks,
                const std::shared_ptr<const mask::Plan>& compiled) {
  mask::Masker masker;
  masker.prepare(*compiled);
  uint32_t changes = 0;
  for (auto _ : state) {
    const auto outcome = masker.apply(*compiled, masks, sample.view());
    if (outcome.reason != Reason::none) state.SkipWithError("refused");
    changes = outcome.changes;
  }
  state.counters["changes"] = changes;
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * sample.view().size()));
}

void apply(benchmark::State& state, const bench::Sample& sample, mask::Selection masks) {
  apply_plan(state, sample, masks, plan(detectors()));
}

/// Three detectors alone.
void apply_few(benchmark::State& state, const bench::Sample& sample, mask::Selection masks) {
  apply_plan(state, sample, masks, plan(few()));
}

void candidates(benchmark::State& state, const bench::Sample& sample) {
  detect::Candidates found;
  const detect::Wanted all = wanted();
  for (auto _ : state) {
    found.start(sample.view(), all);
    for (size_t at = 0; at < sample.view().size(); at += 64)
      benchmark::DoNotOptimize(found.any(at, std::min(at + 64, sample.view().size())));
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * sample.view().size()));
}

/// Detectors alone, on the text of a document without its JSON.
void detect(benchmark::State& state, const bench::Sample& sample) {
  Room<detect::Found> found;
  for (auto _ : state) detect::detect({.bytes = sample.view()}, wanted(), &found);
  state.counters["values"] = static_cast<double>(found.size());
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * sample.view().size()));
}

/// Lines as a service logs them: an address, a user, identifiers and times on each.
bench::Sample log_sample() {
  std::string text = "[{\"text\":\"";
  uint32_t state = 7;
  const auto next = [&](uint32_t below) { return (state = state * 1664525 + 1013904223) / 65536 % below; };
  const auto hex = [&](size_t count) {
    for (size_t i = 0; i < count; ++i) text += "0123456789abcdef"[next(16)];
  };
  for (int line = 0; line < 2000; ++line) {
    text += "2023-09-0" + std::to_string(1 + next(9)) + "T1" + std::to_string(next(10)) + ":34:5" + std::to_string(next(10));
    text += ".600Z INFO api ip=";
    for (int i = 0; i < 4; ++i) text += (i == 0 ? "" : ".") + std::to_string(1 + next(250));
    text += " user=user" + std::to_string(next(999)) + "@mail.example.com req=";
    hex(8), text += '-', hex(4), text += '-', hex(4), text += '-', hex(4), text += '-', hex(12);
    text += " ua=curl/7.88.1 build=v9.24." + std::to_string(256 + next(400)) + ".46\\n";
  }
  return bench::Sample(text + "\",\"token_count\":1}]");
}

BENCHMARK_CAPTURE(candidates, clean_16k, bench::Sample("clean-16k.json"));
BENCHMARK_CAPTURE(detect, clean_16k, bench::Sample("clean-16k.json"));
BENCHMARK_CAPTURE(detect, log_300k, log_sample());
BENCHMARK_CAPTURE(apply, log_300k, log_sample(), 1);
BENCHMARK_CAPTURE(apply_few, clean_16k_detectors, bench::Sample("clean-16k.json"), 1);
BENCHMARK_CAPTURE(apply_few, clean_16k_all, bench::Sample("clean-16k.json"), 7);
BENCHMARK_CAPTURE(apply_few, clean_512k_all, bench::Sample("clean-16k.json", 32), 7);
BENCHMARK_CAPTURE(apply_few, ticket_2k_all, bench::Sample("ticket.json"), 7);
BENCHMARK_CAPTURE(apply_few, csv_16k_all, bench::Sample("csv.json"), 7);
BENCHMARK_CAPTURE(apply_few, numbers_16k_all, bench::numbers_sample(), 7);
BENCHMARK_CAPTURE(apply, clean_16k_detectors, bench::Sample("clean-16k.json"), 1);
BENCHMARK_CAPTURE(apply, clean_16k_fields, bench::Sample("clean-16k.json"), 6);
BENCHMARK_CAPTURE(apply, clean_16k_all, bench::Sample("clean-16k.json"), 7);
BENCHMARK_CAPTURE(apply, clean_512k_all, bench::Sample("clean-16k.json", 32), 7);
BENCHMARK_CAPTURE(apply, ticket_2k_all, bench::Sample("ticket.json"), 7);
BENCHMARK_CAPTURE(apply, csv_16k_all, bench::Sample("csv.json"), 7);
BENCHMARK_CAPTURE(apply, csv_512k_all, bench::Sample("csv.json", 32), 7);
BENCHMARK_CAPTURE(apply, numbers_16k_all, bench::numbers_sample(), 7);

}  // namespace
}  // namespace gatehouse
