// The forms of bodies: what looking at a body or at an answer's pieces costs.
#include <benchmark/benchmark.h>

#include <string>

#include "codec/base64.h"
#include "codec/csv.h"
#include "codec/event_stream.h"
#include "codec/lines.h"
#include "codec/multipart.h"
#include "codec/sniff.h"

namespace gatehouse {
namespace {

constexpr size_t kBytes = 512 * 1024;
constexpr ByteView kProse = "The licence covers copying, changing and giving on. Nothing else is within its scope; ";

struct Count {
  size_t seen = 0;
  void line(const codec::Line& line) { seen += line.text.size(); }
  void event(const codec::Event& event) { seen += event.data.size(); }
  void cell(const codec::Cell& cell) { seen += cell.text.size(); }
  void row(const codec::Row&) {}
  void framing(ByteView, uint64_t) {}
  ByteView begin(const codec::PartHead&) { return {}; }
  void data(ByteView bytes, uint64_t) { seen += bytes.size(); }
  void end(uint8_t) {}
  void decoded(ByteView, ByteView bytes) { seen += bytes.size(); }
  void text(ByteView text) { seen += text.size(); }
};

std::string repeated(ByteView text) {
  std::string out;
  while (out.size() < kBytes) out += text;
  return out;
}

/// run feeds `body` in pieces of state.range(0) bytes, 0 for the whole.
template <typename Make>
void run(benchmark::State& state, const std::string& body, Make make) {
  const size_t piece = state.range(0) == 0 ? body.size() : static_cast<size_t>(state.range(0));
  for (auto _ : state) {
    auto machine = make();
    Count count;
    for (size_t at = 0; at < body.size(); at += piece) machine.feed(ByteView(body).substr(at, piece), count);
    machine.finish(count);
    benchmark::DoNotOptimize(count.seen);
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * body.size()));
}

void lines(benchmark::State& state) {
  const std::string pair = "{\"index\":{\"_id\":\"17\"}}\n{\"text\":\"" + std::string(kProse) + "\"}\n";
  run(state, repeated(pair), [] { return codec::Lines(1 << 20); });
}
void event_stream(benchmark::State& state) {
  run(state, repeated("data: {\"text\":\"" + std::string(kProse) + "\"}\n\n"), [] { return codec::EventStream(1 << 20); });
}
void csv(benchmark::State& state) {
  const codec::CsvOptions options{.delimiter = ',', .cell_max = 1 << 20};
  run(state, repeated("17,\"" + std::string(kProse) + "\",0.25\r\n"), [&] { return codec::Csv(options); });
}
void multipart_text(benchmark::State& state) {
  const std::string lines = repeated(std::string(kProse) + "\r\n");
  run(state, "--boundary\r\nContent-Disposition: form-data; name=\"files\"\r\n\r\n" + lines + "\r\n--boundary--\r\n",
      [] { return codec::Multipart("boundary"); });
}
void multipart_line_ends(benchmark::State& state) {   // the worst: every byte may begin a delimiter
  run(state, "--boundary\r\nContent-Disposition: form-data; name=\"files\"\r\n\r\n" + repeated("\r\n") + "\r\n--boundary--\r\n",
      [] { return codec::Multipart("boundary"); });
}
void base64_decode(benchmark::State& state) {
  run(state, codec::encode_base64(repeated(kProse)), [] { return codec::Base64Decoder(); });
}
void base64_decode_mime(benchmark::State& state) {
  run(state, codec::encode_base64(repeated(kProse), {}, 76), [] { return codec::Base64Decoder({.line_breaks = true}); });
}
void base64_encode(benchmark::State& state) {
  run(state, repeated(kProse), [] { return codec::Base64Encoder(); });
}
void sniff(benchmark::State& state) {
  const std::string body = repeated(kProse);
  for (auto _ : state) benchmark::DoNotOptimize(codec::sniff(body));
}

BENCHMARK(lines)->Arg(0)->Arg(1400)->Arg(1);
BENCHMARK(event_stream)->Arg(0)->Arg(1400)->Arg(1);
BENCHMARK(csv)->Arg(0)->Arg(1400)->Arg(1);
BENCHMARK(multipart_text)->Arg(0)->Arg(1400)->Arg(1);
BENCHMARK(multipart_line_ends)->Arg(0)->Arg(1);
BENCHMARK(base64_decode)->Arg(0)->Arg(1400)->Arg(1);
BENCHMARK(base64_decode_mime)->Arg(0);
BENCHMARK(base64_encode)->Arg(0)->Arg(1400);
BENCHMARK(sniff);

}  // namespace
}  // namespace gatehouse
