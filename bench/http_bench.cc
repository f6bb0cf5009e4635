// Heads in and out, chunk decoding, and names: the part of every request that is not TLS or a body.
#include <benchmark/benchmark.h>

#include <array>
#include <memory>
#include <string>

#include "http/body.h"
#include "http/byte_class.h"
#include "http/h1_parser.h"
#include "http/head_writer.h"
#include "http/uri.h"

namespace gatehouse::http {
namespace {

/// 703 bytes: a browser's GET with cookies, as parsers are usually compared by (picohttpparser's bench).
constexpr ByteView kTypical =
    "GET /wp-content/uploads/2010/03/hello-kitty-darth-vader-pink.jpg HTTP/1.1\r\n"
    "Host: www.kittyhell.com\r\n"
    "User-Agent: Mozilla/5.0 (Macintosh; U; Intel Mac OS X 10.6; ja-JP-mac; rv:1.9.2.3) Gecko/20100401 "
    "Firefox/3.6.3 "
    "Pathtraq/0.9\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
    "Accept-Language: ja,en-us;q=0.7,en;q=0.3\r\n"
    "Accept-Encoding: gzip,deflate\r\n"
    "Accept-Charset: Shift_JIS,utf-8;q=0.7,*;q=0.7\r\n"
    "Keep-Alive: 115\r\n"
    "Connection: keep-alive\r\n"
    "Cookie: wp_ozh_wsa_visits=2; wp_ozh_wsa_visit_lasttime=xxxxxxxxxx; "
    "__utma=xxxxxxxxx.xxxxxxxxxx.xxxxxxxxxx.xxxxxxxxxx.xxxxxxxxxx.x; "
    "__utmz=xxxxxxxxx.xxxxxxxxxx.x.x.utmccn=(referral)|utmcsr=reader.livedoor.com|utmcct=/reader/"
    "|utmcmd=referral\r\n"
    "\r\n";
static_assert(kTypical.size() == 703);

/// What a job sends: a bearer token of 900 bytes is most of it.
std::string job_request() {
  return "POST /v1/chunk/token HTTP/1.1\r\nHost: chunks.example:8443\r\nUser-Agent: "
         "python-requests/2.31.0\r\n"
         "Accept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\n"
         "Content-Type: application/json\r\nAuthorization: Bearer " +
         std::string(900, 'x') + "\r\nContent-Length: 8192\r\n\r\n";
}

void parse_request(benchmark::State& state, ByteView text) {
  const Limits limits;
  const auto head = std::make_unique<RequestHead>();
  for (auto _ : state) {
    HeadScan scan;
    ParseResult result = parse_request_head(text, limits, scan, *head);
    benchmark::DoNotOptimize(result.consumed);
    benchmark::ClobberMemory();
    if (result.status != ParseStatus::complete) state.SkipWithError("refused");
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}

void BM_ParseTypicalRequest(benchmark::State& state) { parse_request(state, kTypical); }
BENCHMARK(BM_ParseTypicalRequest);

void BM_ParseJobRequest(benchmark::State& state) {
  const std::string text = job_request();
  parse_request(state, text);
}
BENCHMARK(BM_ParseJobRequest);

void BM_ParseSmallestRequest(benchmark::State& state) {
  parse_request(state, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
}
BENCHMARK(BM_ParseSmallestRequest);

/// The same head byte by byte: what a slow sender can make us spend.
void BM_ParseTypicalByteByByte(benchmark::State& state) {
  const Limits limits;
  const auto head = std::make_unique<RequestHead>();
  for (auto _ : state) {
    HeadScan scan;
    for (size_t i = 1; i <= kTypical.size(); ++i)
      benchmark::DoNotOptimize(parse_request_head(kTypical.substr(0, i), limits, scan, *head).status);
  }
}
BENCHMARK(BM_ParseTypicalByteByByte);

void BM_ParseResponse(benchmark::State& state) {
  const ByteView text =
      "HTTP/1.1 200 OK\r\ndate: Tue, 04 Mar 2025 10:00:00 GMT\r\nserver: uvicorn\r\ncontent-length: 16384\r\n"
      "content-type: application/json\r\nx-process-time: 0.0123\r\n\r\n";
  const Limits limits;
  const auto head = std::make_unique<ResponseHead>();
  for (auto _ : state) {
    HeadScan scan;
    benchmark::DoNotOptimize(parse_response_head(text, "POST", limits, scan, *head).consumed);
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}
BENCHMARK(BM_ParseResponse);

void BM_WriteTypicalRequest(benchmark::State& state) {
  const auto head = std::make_unique<RequestHead>();
  HeadScan scan;
  (void)parse_request_head(kTypical, Limits{}, scan, *head);
  std::array<char, 2048> room;
  for (auto _ : state) {
    HeadWriter writer(room);
    writer.request_line(head->method, head->target);
    for (const Field& field : head->fields.all()) writer.field(field.name, field.value);
    writer.finish();
    benchmark::DoNotOptimize(writer.bytes().data());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(BM_WriteTypicalRequest);

/// A request with 100 fields such as jobs and what stands before them send, 3.9 KB: from bytes to bytes.
std::string request_of_100_fields() {
  std::string text = "POST /v1/chunk/token?size=512 HTTP/1.1\r\nHost: chunks.example:8443\r\nContent-Type: application/json\r\n"
                     "Content-Length: 8192\r\nAuthorization: Bearer " + std::string(64, 'x') + "\r\n";
  for (int i = 4; i < 100; ++i)
    text += "X-Job-Field-" + std::to_string(i) + ": value of field " + std::to_string(i * 7919) + "\r\n";
  return text + "\r\n";
}

void BM_ParseAndWrite100Fields(benchmark::State& state) {
  const std::string text = request_of_100_fields();
  const Limits limits;
  const auto head = std::make_unique<RequestHead>();
  std::array<char, 8192> room;
  for (auto _ : state) {
    HeadScan scan;
    const ParseResult result = parse_request_head(text, limits, scan, *head);
    HeadWriter writer(room);
    writer.request_line(head->method, head->target);
    for (const Field& field : head->fields.all()) writer.field(field.name, field.value);
    writer.finish();
    benchmark::DoNotOptimize(writer.bytes().data());
    benchmark::ClobberMemory();
    if (result.status != ParseStatus::complete || head->fields.count != 100 || writer.failed()) state.SkipWithError("refused");
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}
BENCHMARK(BM_ParseAndWrite100Fields);

void BM_DecodeChunks(benchmark::State& state) {
  const auto size = static_cast<size_t>(state.range(0));
  std::string text;
  for (size_t done = 0; done < 16384; done += size) {
    char header[kChunkHeaderMax];
    text.append(header, chunk_header(size, header)).append(size, 'x').append("\r\n");
  }
  text += kLastChunk;
  for (auto _ : state) {
    BodyDecoder decoder(Framing::chunked, 0);
    for (ByteView rest = text; !rest.empty();) {
      const auto step = decoder.feed(rest);
      benchmark::DoNotOptimize(step.payload.data());
      rest.remove_prefix(step.consumed);
    }
    if (!decoder.done()) state.SkipWithError("refused");
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}
BENCHMARK(BM_DecodeChunks)->Arg(16)->Arg(1024)->Arg(16384);

void BM_Classify(benchmark::State& state) {
  ByteMasks masks;
  const bool fast = state.range(0) != 0;
  for (auto _ : state) {
    fast ? classify(kTypical, masks) : classify_portable(kTypical, masks);
    benchmark::DoNotOptimize(masks);
  }
}
BENCHMARK(BM_Classify)->Arg(0)->Arg(1);

void BM_NormalisePath(benchmark::State& state) {
  const ByteView paths[] = {"/v1/chunk/token", "/v1/%63hunk/./a%20b"};
  const ByteView raw = paths[state.range(0)];
  Arena arena;
  for (auto _ : state) {
    benchmark::DoNotOptimize(normalise_path(raw, arena).ok());
    arena.reset();
  }
}
BENCHMARK(BM_NormalisePath)->Arg(0)->Arg(1);

}  // namespace
}  // namespace gatehouse::http
