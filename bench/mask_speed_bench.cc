// Every default detector over answers of known make: the figures that the masks are held to.
#include <benchmark/benchmark.h>

#include "bench/mask_answers.h"
#include "mask/mask.h"

namespace gatehouse {
namespace {

std::shared_ptr<const mask::Plan> default_plan() {
  mask::DetectorSet wanted = 0;
  mask::detectors_from_name("default", &wanted);
  mask::MaskRule rule;
  rule.name = "p";
  for (size_t code = 0; code < mask::kDetectors; ++code)
    if (wanted >> code & 1) rule.detectors.push_back(static_cast<mask::Detector>(code));
  return *mask::Plan::compile({rule});
}

void whole(benchmark::State& state, const bench::Sample& sample) {
  const auto plan = default_plan();
  mask::Masker masker;
  masker.prepare(*plan);
  uint32_t changes = 0;
  for (auto _ : state) {
    const auto outcome = masker.apply(*plan, 1, sample.view());
    if (outcome.reason != Reason::none) state.SkipWithError("refused");
    changes = outcome.changes;
  }
  state.counters["changes"] = changes;
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * sample.view().size()));
}

BENCHMARK_CAPTURE(whole, answer_15000_44_values, bench::answer_15000());
BENCHMARK_CAPTURE(whole, prose_60k, bench::prose(60'000));
BENCHMARK_CAPTURE(whole, prose_1m, bench::prose(1 << 20));
BENCHMARK_CAPTURE(whole, prose_escaped_60k, bench::prose_escaped(60'000));
BENCHMARK_CAPTURE(whole, prose_beyond_ascii_60k, bench::prose_beyond_ascii(60'000));
BENCHMARK_CAPTURE(whole, numbers_60k, bench::embeddings(60'000));
BENCHMARK_CAPTURE(whole, log_60k, bench::log_answer(60'000));
BENCHMARK_CAPTURE(whole, log_1m, bench::log_answer(1 << 20));

}  // namespace
}  // namespace gatehouse
