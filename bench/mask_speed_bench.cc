// Every default detector over answers of known make: the figures that the masks are held to.
#include <benchmark/benchmark.h>

#include <algorithm>

#include "bench/mask_answers.h"
#include "mask/mask.h"
#include "mask/stream.h"

namespace gatehouse {
namespace {

std::shared_ptr<const mask::Plan> default_plan() {
  detect::DetectorSet wanted = 0;
  detect::detectors_from_name("default", &wanted);
  mask::MaskRule rule;
  rule.name = "p";
  for (size_t code = 0; code < detect::kDetectors; ++code)
    if (wanted >> code & 1) rule.detectors.push_back(static_cast<detect::Detector>(code));
  return *mask::Plan::compile({rule});
}

/// promised_plan is what the promise about nginx and HAProxy names: three detectors and a path (bench/peers/gatehouse.toml).
std::shared_ptr<const mask::Plan> promised_plan() {
  using enum detect::Detector;
  mask::MaskRule found, author;
  found.name = "personal-data";
  found.detectors = {email, us_ssn, payment_card};
  author.name = "author";
  author.fields = {"[*].metadata.author_email"};
  author.method = mask::Method::partial;
  return *mask::Plan::compile({found, author});
}

void whole_with(benchmark::State& state, const bench::Sample& sample, const std::shared_ptr<const mask::Plan>& plan) {
  mask::Masker masker;
  masker.prepare(*plan);
  uint32_t changes = 0;
  for (auto _ : state) {
    const auto outcome = masker.apply(*plan, 3, sample.view());
    if (outcome.reason != Reason::none) state.SkipWithError("refused");
    changes = outcome.changes;
  }
  state.counters["changes"] = changes;
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * sample.view().size()));
}

void whole(benchmark::State& state, const bench::Sample& sample) { whole_with(state, sample, default_plan()); }
void promised(benchmark::State& state, const bench::Sample& sample) { whole_with(state, sample, promised_plan()); }

/// streamed feeds pieces of `piece` bytes and takes every slice.
void streamed(benchmark::State& state, const bench::Sample& sample, ByteView type, size_t piece) {
  const auto plan = default_plan();
  mask::Stream stream;
  stream.prepare(*plan);
  mask::Answer answer{};
  answer.content_type = type;
  size_t masked = 0, most = 0;
  const auto take = [&] {
    for (; const mask::Stream::Slice* slice = stream.slice(); stream.pop()) masked += slice->masked.size();
  };
  for (auto _ : state) {
    const ByteView body = sample.view();
    Reason reason = stream.start(*plan, 1, answer);
    for (size_t at = 0; at < body.size() && reason == Reason::none;) {
      size_t consumed = 0;
      reason = stream.feed(body.substr(at, piece), &consumed);
      at += consumed;
      most = std::max(most, stream.memory_bytes());
      take();
    }
    for (; reason == Reason::none && !stream.ended(); take()) reason = stream.finish();
    if (reason != Reason::none) state.SkipWithError("refused");
    benchmark::DoNotOptimize(masked);
  }
  state.counters["memory_KiB"] = static_cast<double>(most) / 1024;
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * sample.view().size()));
}

BENCHMARK_CAPTURE(whole, answer_15000_44_values, bench::answer_15000());
BENCHMARK_CAPTURE(whole, answer_of_peers, bench::answer_of_peers());
BENCHMARK_CAPTURE(promised, answer_of_peers, bench::answer_of_peers());
BENCHMARK_CAPTURE(promised, answer_15000_44_values, bench::answer_15000());
BENCHMARK_CAPTURE(whole, prose_60k, bench::prose(60'000));
BENCHMARK_CAPTURE(whole, prose_1m, bench::prose(1 << 20));
BENCHMARK_CAPTURE(whole, prose_escaped_60k, bench::prose_escaped(60'000));
BENCHMARK_CAPTURE(whole, prose_beyond_ascii_60k, bench::prose_beyond_ascii(60'000));
BENCHMARK_CAPTURE(whole, numbers_60k, bench::embeddings(60'000));
BENCHMARK_CAPTURE(whole, log_60k, bench::log_answer(60'000));
BENCHMARK_CAPTURE(whole, log_1m, bench::log_answer(1 << 20));

constexpr ByteView kJson = "application/json", kText = "text/plain";
BENCHMARK_CAPTURE(streamed, answer_15000_44_values, bench::answer_15000(), kJson, 16 << 10);
BENCHMARK_CAPTURE(streamed, prose_1m, bench::prose(1 << 20), kJson, 16 << 10);
BENCHMARK_CAPTURE(streamed, prose_escaped_1m, bench::prose_escaped(1 << 20), kJson, 16 << 10);
BENCHMARK_CAPTURE(streamed, prose_beyond_ascii_1m, bench::prose_beyond_ascii(1 << 20), kJson, 16 << 10);
BENCHMARK_CAPTURE(streamed, log_1m, bench::log_answer(1 << 20), kJson, 16 << 10);
BENCHMARK_CAPTURE(streamed, log_60k_in_64_bytes, bench::log_answer(60'000), kJson, 64);
BENCHMARK_CAPTURE(streamed, log_60k_in_1_byte, bench::log_answer(60'000), kJson, 1);
BENCHMARK_CAPTURE(streamed, log_text_1m, bench::log_text(1 << 20), kText, 16 << 10);

}  // namespace
}  // namespace gatehouse
