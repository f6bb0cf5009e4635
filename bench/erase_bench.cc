// What it costs to look for secrets in 8 KiB of a request's body, beside a memcpy of it.
#include <benchmark/benchmark.h>

#include <cstring>
#include <string>

#include "erase/erase.h"

namespace gatehouse {
namespace {

constexpr size_t kBytes = 8192;

std::string filled(std::string text, ByteView unit, ByteView end = "") {
  while (text.size() + unit.size() + end.size() <= kBytes) text += unit;
  return text.append(end);
}

void copy(benchmark::State& state, const std::string& body) {
  std::string to(body.size(), '\0');
  for (auto _ : state) {
    std::memcpy(to.data(), body.data(), body.size());
    benchmark::DoNotOptimize(to.data());
    benchmark::ClobberMemory();
  }
}

void erase(benchmark::State& state, const std::string& body, erase::BodyForm form) {
  erase::Eraser eraser;
  for (auto _ : state) {
    eraser.start(nullptr, form);
    benchmark::DoNotOptimize(eraser.find(body, true).size());
  }
}

const std::string kProse =
    filled("{\"text\":\"", "The quick brown fox jumps over the lazy dog, and the log is full; what then? ", "\"}");
const std::string kCode =
    filled("{\"text\":\"", "def f(a, b=None):\\n    x = a[b]\\n    if x == 3: return {'k': b}\\n    y = g(x=1)\\n", "\"}");
const std::string kMembers =
    filled("[", R"({"name":"doc-17","id":12,"url":"https://h/a?b=c","metadata":{"page":3,"lang":"en"}},)", "{}]");
const std::string kMarkup =
    filled("{\"text\":\"", "<p class='a'>Some words of <b>a text</b>, then <a href=\\\"/b\\\">a link</a> -> more</p>\\n", "\"}");
const std::string kForm = filled("a=b", "&name=value%20of+words&n=12");
const std::string kHead =
    "GET /v1/chunk?size=512 HTTP/1.1\r\nHost: h:8080\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\nX-Job: a-17\r\n\r\n";

BENCHMARK_CAPTURE(copy, prose, kProse);
BENCHMARK_CAPTURE(erase, prose, kProse, erase::BodyForm::json);
BENCHMARK_CAPTURE(erase, code, kCode, erase::BodyForm::json);
BENCHMARK_CAPTURE(erase, members, kMembers, erase::BodyForm::json);
BENCHMARK_CAPTURE(erase, markup, kMarkup, erase::BodyForm::json);
BENCHMARK_CAPTURE(erase, form, kForm, erase::BodyForm::form);
BENCHMARK_CAPTURE(erase, head, kHead, erase::BodyForm::encoded);

}  // namespace
}  // namespace gatehouse
