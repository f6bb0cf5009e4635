// Codings off and on, whole and in 64-byte pieces, and charsets. Bytes are those of the content.
#include <benchmark/benchmark.h>

#include <string>

#include "bench/sample.h"
#include "codec/charset.h"
#include "codec/decoder.h"
#include "codec/encoder.h"
#include "tests/support/coded.h"

namespace gatehouse {
namespace {

using codec::Coding;

constexpr size_t kPiece = 64;

/// 50 KB of chunks: prose, line ends, numbers, tables, other scripts; nothing twice.
const std::string& chunks() {
  static const std::string text = [] {
    std::string all;
    for (const char* name : {"clean-16k.json", "csv.json", "table.json", "chat.json", "ticket.json"}) {
      const bench::Sample sample(name);
      all += std::string(sample.view()) + "\n";
    }
    return all;
  }();
  return text;
}

codec::Codings of(Coding coding) {
  codec::Codings codings;
  if (coding != Coding::identity) codings.applied[codings.count++] = coding;
  return codings;
}

void decode(benchmark::State& state, codec::Codings codings, size_t piece) {
  const std::string body = testing::coded(codings, chunks());
  codec::Decoder decoder;
  std::string out(64 * 1024, '\0');
  for (auto _ : state) {
    decoder.start(codings, {.max_bytes = UINT64_MAX, .ratio = 1000});
    for (ByteView rest = body; !rest.empty();) {
      ByteView in = rest.substr(0, piece);
      rest.remove_prefix(in.size());
      for (size_t produced = out.size(); produced == out.size();) {
        const codec::Progress progress = decoder.step(in, {out.data(), out.size()});
        in.remove_prefix(progress.consumed);
        produced = progress.produced;
      }
    }
    if (decoder.finish() != codec::Status::done) state.SkipWithError("refused");
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * chunks().size()));
  state.counters["ratio"] = static_cast<double>(chunks().size()) / static_cast<double>(body.size());
}

void encode(benchmark::State& state, Coding coding, size_t piece) {
  codec::Encoder encoder;
  std::string out(64 * 1024, '\0');
  const ByteSpan room{out.data(), out.size()};
  size_t written = 0;
  for (auto _ : state) {
    written = 0;
    if (encoder.start(coding) != codec::Status::ok) state.SkipWithError("no memory");
    for (ByteView rest = chunks(); !rest.empty();) {
      const codec::Progress progress = encoder.step(rest.substr(0, piece), room);
      rest.remove_prefix(progress.consumed);
      written += progress.produced;
    }
    for (auto status = codec::Status::ok; status == codec::Status::ok;) {
      const codec::Progress progress = encoder.finish(room);
      written += progress.produced;
      status = progress.status;
    }
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * chunks().size()));
  state.counters["ratio"] = static_cast<double>(chunks().size()) / static_cast<double>(written);
}

void transcode(benchmark::State& state, codec::Charset charset, size_t piece) {
  std::string body;
  for (const char c : chunks()) {   // as Latin-1: as many characters as there were bytes
    if (charset == codec::Charset::utf16le) (body += c) += '\0';
    else body += c;
  }
  std::string out(64 * 1024, '\0');
  codec::Transcoder transcoder;
  for (auto _ : state) {
    transcoder.start({.charset = charset});
    for (ByteView rest = body; !rest.empty();) {
      const codec::Progress progress = transcoder.step(rest.substr(0, piece), {out.data(), out.size()});
      if (progress.status != codec::Status::ok) return state.SkipWithError("refused");
      rest.remove_prefix(progress.consumed);
    }
    if (transcoder.finish({out.data(), out.size()}).status != codec::Status::done) state.SkipWithError("refused");
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * body.size()));
}

#define GH_BOTH(function, name, ...)                                \
  BENCHMARK_CAPTURE(function, name##_whole, __VA_ARGS__, SIZE_MAX); \
  BENCHMARK_CAPTURE(function, name##_pieces, __VA_ARGS__, kPiece)

GH_BOTH(decode, identity, of(Coding::identity));
GH_BOTH(decode, gzip, of(Coding::gzip));
GH_BOTH(decode, deflate, of(Coding::deflate));
GH_BOTH(decode, br, of(Coding::br));
GH_BOTH(decode, zstd, of(Coding::zstd));
GH_BOTH(decode, gzip_in_zstd, codec::Codings{{Coding::gzip, Coding::zstd}, 2});
GH_BOTH(encode, gzip, Coding::gzip);
GH_BOTH(encode, deflate, Coding::deflate);
GH_BOTH(encode, br, Coding::br);
GH_BOTH(encode, zstd, Coding::zstd);
GH_BOTH(transcode, utf8, codec::Charset::utf8);
GH_BOTH(transcode, utf16, codec::Charset::utf16le);

}  // namespace
}  // namespace gatehouse
