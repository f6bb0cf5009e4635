// Pattern sets over the four kinds of text of cost_sample(), and the forms of texts that are matched.
#include <benchmark/benchmark.h>

#include "bench/hostile_patterns.h"
#include "pattern/cost.h"
#include "pattern/literal.h"
#include "pattern/normal_form.h"
#include "pattern/reckon.h"
#include "pattern/shipped.h"

namespace gatehouse {
namespace {

enum class Kind : uint8_t { prose, json, beyond, logs };  // quarters of the sample, in its order

ByteView text_of(Kind kind) {
  const size_t quarter = pattern::cost_sample().size() / 4;
  return pattern::cost_sample().substr(static_cast<size_t>(kind) * quarter, quarter);
}

std::vector<pattern::Pattern> of(std::initializer_list<const char*> texts, bool bytes) {
  std::vector<pattern::Pattern> patterns;
  for (const char* text : texts) patterns.push_back({text, 0, true, bytes && pattern::alike_in_bytes(text)});
  return patterns;
}

/// Plain text alone.
std::vector<pattern::Pattern> literals() {
  return of({"drop table", "drop database", "truncate table", "delete from", "alter table", "grant all", "revoke all",
             "drop schema", "_delete_by_query", "drop index", "insert into", "delete_collection", "flushall", "drop_vectorizer",
             "pg_terminate_backend", "lo_unlink", "xp_cmdshell", "rm -rf", "shutdown immediate", "dropDatabase"}, true);
}

/// Expressions of words that prose has, too. bytes: as guards take them.
std::vector<pattern::Pattern> twenty(bool bytes) {
  return of(
      {R"(\bdrop\s+table\b)", R"(\bdrop\s+database\b)", R"(\btruncate\s+table\b)", R"(\bdelete\s+from\b)",
        R"(\balter\s+table\b)", R"(\bgrant\s+all\b)", R"(\brevoke\s+all\b)", R"(\bdrop\s+schema\b)", "_delete_by_query",
        R"(\bupdate\s+\w+\s+set\b)", R"(\binsert\s+into\b)", "delete_collection", "flushall", "drop_vectorizer",
        "pg_terminate_backend", "lo_unlink", "xp_cmdshell", R"(rm\s+-rf)", R"(shutdown\s+immediate)", "dropDatabase"}, bytes);
}

std::vector<pattern::Pattern> shipped(ByteView name) {
  std::vector<pattern::Pattern> patterns;
  const auto set = pattern::shipped_set(name);
  for (const pattern::ShippedPattern& one : *set) patterns.push_back({std::string(one.text), 0, one.caseless, true});
  return patterns;
}

void scan(benchmark::State& state, const std::vector<pattern::Pattern>& patterns, Kind kind) {
  auto database = pattern::Database::compile(patterns);
  pattern::Scratch scratch;
  scratch.fit(*database);
  const ByteView text = text_of(kind);
  uint64_t hits = 0;
  for (auto _ : state) {
    const auto outcome = scratch.scan(*database, text, [&](uint32_t, size_t) { return ++hits, true; });
    if (outcome != pattern::Scratch::Outcome::ended) state.SkipWithError("not scanned");
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
  state.counters["hits"] = static_cast<double>(hits) / static_cast<double>(state.iterations());
}

/// Of cost_sample(): what one costs for each KiB now, cost when the list was written, and is reckoned to cost, in ns.
void hostile(benchmark::State& state) {
  const HostilePattern& one = kHostilePatterns[state.range(0)];
  const std::vector<pattern::Pattern> patterns = {{one.expression, 0, true}};
  auto database = pattern::Database::compile(patterns);
  pattern::Scratch scratch;
  scratch.fit(*database);
  const ByteView text = pattern::cost_sample();
  for (auto _ : state) scratch.scan(*database, text, [](uint32_t, size_t) { return true; });
  const auto of_each = benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert;
  state.counters["s_per_KiB"] = {static_cast<double>(text.size()) / 1024, of_each};
  state.counters["ns_before"] = static_cast<double>(one.ns_per_kib);
  state.counters["ns_reckoned"] = pattern::reckon(patterns, *database)[0].ns_per_kib + pattern::kReckonedBase;
  state.SetLabel(one.expression);
}

void plain(benchmark::State& state, std::string text) {
  bool is_plain = false;
  for (auto _ : state) benchmark::DoNotOptimize(is_plain = pattern::plain(text));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
  state.counters["plain"] = is_plain;
}

void form(benchmark::State& state, const std::string& text, bool skeleton) {
  pattern::NormalForm normal;
  for (auto _ : state) benchmark::DoNotOptimize(skeleton ? normal.make_skeleton(text) : normal.make(text));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}

std::string repeated(ByteView text) {
  std::string all;
  while (all.size() < 16 * 1024) all += text;
  return all;
}

#define EACH_KIND(name, patterns)                                \
  BENCHMARK_CAPTURE(scan, name##_prose, patterns, Kind::prose);  \
  BENCHMARK_CAPTURE(scan, name##_json, patterns, Kind::json);    \
  BENCHMARK_CAPTURE(scan, name##_beyond_ascii, patterns, Kind::beyond); \
  BENCHMARK_CAPTURE(scan, name##_logs, patterns, Kind::logs)

EACH_KIND(literals, literals());
EACH_KIND(twenty, twenty(true));
EACH_KIND(twenty_by_characters, twenty(false));
EACH_KIND(destructive, shipped("destructive-commands"));
EACH_KIND(secrets, shipped("secrets"));

BENCHMARK(hostile)->DenseRange(0, static_cast<int>(std::size(kHostilePatterns)) - 1);

BENCHMARK_CAPTURE(plain, ascii, std::string(text_of(Kind::prose)));
BENCHMARK_CAPTURE(plain, latin, repeated("Die Prüfung der Verträge über Größe und Gewicht dürfte für alle üblich sein.\n"));
BENCHMARK_CAPTURE(plain, cyrillic, repeated("Все люди рождаются свободными и равными в своём достоинстве и правах.\n"));
BENCHMARK_CAPTURE(plain, ideographs, repeated("人人生而自由在尊严和权利上一律平等。他们赋有理性和良心\n"));
BENCHMARK_CAPTURE(plain, hangul, repeated("모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.\n"));
BENCHMARK_CAPTURE(plain, thai, repeated("มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกัน\n"));
BENCHMARK_CAPTURE(form, full_width_punctuation, repeated("人人生而自由，在尊严和权利上一律平等。"), false);
BENCHMARK_CAPTURE(form, all_full_width, repeated("ＤＲＯＰ　ＴＡＢＬＥ"), false);
BENCHMARK_CAPTURE(form, skeleton_ascii, std::string(text_of(Kind::prose)), true);
BENCHMARK_CAPTURE(form, skeleton_cyrillic, repeated("Все люди рождаются свободными и равными.\n"), true);

}  // namespace
}  // namespace gatehouse
