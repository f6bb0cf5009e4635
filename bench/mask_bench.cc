// Detectors and fields over answer bodies.
#include <benchmark/benchmark.h>

#include "bench/sample.h"
#include "mask/candidates.h"
#include "mask/mask.h"

namespace gatehouse {
namespace {

std::shared_ptr<const mask::Plan> plan() {
  auto compiled = mask::Plan::compile(
      {{"pii", {}, {mask::Detector::email, mask::Detector::us_ssn, mask::Detector::payment_card}, mask::Method::redact},
       {"author", {"[*].metadata.author_email", "chunks[*].metadata.author_email"}, {}, mask::Method::partial},
       {"keys", {"**.password", "**.secret", "**.token", "**.api_key"}, {}, mask::Method::redact}});
  return *compiled;
}

void apply(benchmark::State& state, const bench::Sample& sample, mask::Selection masks) {
  const auto compiled = plan();
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

mask::Wanted wanted() {
  mask::Wanted all;
  mask::detectors_from_name("default", &all.set);
  return all;
}

void candidates(benchmark::State& state, const bench::Sample& sample) {
  mask::Candidates found;
  for (auto _ : state) found.mark(sample.view(), wanted());
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * sample.view().size()));
}

BENCHMARK_CAPTURE(candidates, clean_16k, bench::Sample("clean-16k.json"));
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
