// Patterns over request bodies: twenty of a configuration's own, and the shipped sets.
#include <benchmark/benchmark.h>

#include <cstdio>

#include "bench/sample.h"
#include "crypto/digest.h"
#include "guard/guard.h"
#include "pattern/cost.h"

namespace gatehouse {
namespace {

std::vector<guard::GuardRule> twenty() {
  return {{"sql",
           {R"(\bdrop\s+table\b)", R"(\bdrop\s+database\b)", R"(\btruncate\s+table\b)", R"(\bdelete\s+from\b)",
            R"(\balter\s+table\b)", R"(\bgrant\s+all\b)", R"(\brevoke\s+all\b)", R"(\bdrop\s+schema\b)",
            R"(\bupdate\s+\w+\s+set\b)", R"(\binsert\s+into\b)"},
           false},
          {"calls",
           {"_delete_by_query", "\"ids\"\\s*:\\s*\\[\\s*\\]", "delete_collection", "flushall", "drop_vectorizer",
            "pg_terminate_backend", "lo_unlink", "xp_cmdshell", "rm\\s+-rf", "shutdown\\s+immediate"},
           false}};
}

const http::Field kJsonType[] = {{"Content-Type", "application/json", http::FieldId::content_type}};

void inspect_all(benchmark::State& state, const std::vector<guard::GuardRule>& rules, const bench::Sample& sample,
                 guard::Selection guards) {
  auto set = guard::Set::compile(rules);
  guard::Inspector inspector;
  inspector.prepare(**set);
  for (auto _ : state) {
    auto verdict = inspector.inspect(**set, guards, {.fields = kJsonType, .body = sample.view()}, guard::Patience::all);
    if (verdict.reason != Reason::none) state.SkipWithError("not clean");
    benchmark::DoNotOptimize(verdict);
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * sample.view().size()));
}

void inspect(benchmark::State& state, const bench::Sample& sample, guard::Selection guards) {
  inspect_all(state, twenty(), sample, guards);
}
void inspect_with(benchmark::State& state, const std::vector<guard::GuardRule>& rules, const bench::Sample& sample) {
  inspect_all(state, rules, sample, ~guard::Selection{0});
}

/// A document of about `size` bytes whose strings are these, over and over.
bench::Sample document(size_t size, const std::vector<std::string>& strings) {
  std::string text = "[";
  for (size_t i = 0; text.size() < size; ++i) text += (i == 0 ? "\"" : ",\"") + strings[i % strings.size()] + "\"";
  return bench::Sample(text + "]");
}

const std::vector<std::string> kClean = {
    "The committee looked at the quarterly figures and found that most of the growth came from two regions, as expected.",
    "Section 4.2 describes how chunks are split at headings, and how the overlap of two neighbours is chosen."};
const std::vector<std::string> kLines = {
    "one line\\nand another\\n\\nthen a third one\\nwith a few words\\n- item\\n- item two\\n"};
const std::vector<std::string> kEscaped = {
    "\\u0433\\u043e\\u0434 \\u043e\\u0442\\u0447\\u0451\\u0442 \\u2013 \\u4e2d\\u6587\\u6587\\u6863"};
const std::vector<std::string> kBeyond = {
    "Отчёт за год: выручка выросла на пять процентов", "第二章 文本被分成若干块", "Größe und Maß, naïve Café"};
const std::vector<std::string> kChanged = {"第二章：文本、分块（三）", "ﬁnal oﬀer… 5 ½ m² at 10 km", "soft\u00adhyphens in\u00adside"};
const std::vector<std::string> kTiny = {"\uff41", "\u00bd"};

std::vector<guard::GuardRule> shipped(bool confusables) {
  guard::GuardRule rule{"shipped", {}, false};
  rule.sets = {"secrets", "destructive-commands"};
  rule.confusables = confusables;
  return {rule};
}

std::vector<guard::GuardRule> set_of(const char* name) {
  guard::GuardRule rule{name, {}, false};
  rule.sets = {name};
  return {rule};
}

std::vector<guard::GuardRule> nothing() { return {{"nothing", {"qqqqqqqqq"}, false}}; }

/// Chunks as services send them: an id of its own, text of the sample with its line ends, some metadata.
enum class Written : uint8_t { plainly, escaped };
bench::Sample chunks(size_t size, size_t quarter, Written written) {
  const ByteView sample = pattern::cost_sample().substr(quarter * 16384, 16384);
  std::string text = "{\"chunks\":[";
  for (size_t at = 0, i = 0; text.size() < size; ++i) {
    char id[64];
    std::snprintf(id, sizeof id, "%08zx-6f1d-4c38-9a52-%012zx", i * 2654435761u % 0xffffffffu, i * 40503);
    text += (i == 0 ? "{\"id\":\"" : ",{\"id\":\"") + std::string(id) + "\",\"text\":\"";
    size_t end = std::min(at + 900, sample.size());
    while (end < sample.size() && (static_cast<uint8_t>(sample[end]) & 0xc0) == 0x80) ++end;
    bench::append_json(sample.substr(at, end - at), written == Written::escaped, &text);
    at = end == sample.size() ? 0 : end;
    text += "\",\"page\":" + std::to_string(i) + ",\"language\":\"en\"}";
  }
  return bench::Sample(text + "]}");
}

const std::string kWorker =   // about 200 bytes
    "WITH sel AS (SELECT id FROM q ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED) UPDATE q AS w SET claimed_by = $2, "
    "claimed_at = now() FROM sel WHERE w.id = sel.id RETURNING w.id, w.body, w.metadata";

/// A request of 8 KiB with one statement and the text of chunks.
bench::Sample with_statement(size_t quarter, Written written) {
  const bench::Sample body = chunks(8 * 1024 - 320, quarter, written);
  return bench::Sample("{\"statement\":\"" + kWorker + "\",\"warehouse\":\"ETL\"," + std::string(body.view().substr(1)));
}

/// Statements, anywhere too, shapes, addresses and twenty patterns.
std::vector<guard::GuardRule> whole_policy() {
  std::vector<guard::GuardRule> rules = twenty();
  guard::GuardRule statements{"statements", {}}, shape{"shape", {}}, leaving{"leaving", {}};
  statements.statements.emplace();
  statements.statements->commands = {"/statement"};
  statements.statements->anywhere = true;
  guard::ShapeClause items, none;
  items.at = {"/chunks"};
  items.non_empty = true;
  items.max = 1000;
  none.at = {"/**/match_all"};
  none.absent = true;
  shape.shape = {items, none};
  leaving.addresses.emplace();
  leaving.addresses->fields = {"/**/callback"};
  leaving.addresses->anywhere = true;
  leaving.addresses->rules.hosts = {"files.example.com"};
  for (guard::GuardRule* rule : {&statements, &shape, &leaving}) rules.push_back(std::move(*rule));
  return rules;
}

std::vector<guard::GuardRule> statements_alone() { return {whole_policy()[2]}; }

/// What PCRE2 takes at most on a worker that can send the request away.
void confirm_hard(benchmark::State& state, guard::Patience patience) {
  auto set = guard::Set::compile({{"hard", {"(?<!q)(?:x+x+)+y"}, false}});
  guard::Inspector inspector;
  inspector.prepare(**set);
  const bench::Sample sample = document(16000, {std::string(2000, 'x') + "z xxy"});
  for (auto _ : state)
    benchmark::DoNotOptimize(inspector.inspect(**set, 1, {.fields = kJsonType, .body = sample.view()}, patience));
}

void compile_shipped(benchmark::State& state, bool stored) {
  std::string kept;
  const guard::Stored store{[](ByteView bytes) { return crypto::sha256(bytes); }, [&](const std::string&) { return kept; },
                            [&](const std::string&, ByteView bytes) { kept = bytes; }};
  if (stored) static_cast<void>(guard::Set::compile(shipped(false), &store));
  for (auto _ : state) {
    auto set = guard::Set::compile(shipped(false), stored ? &store : nullptr);
    if (!set.ok()) state.SkipWithError("not compiled");
  }
}

#define SIZES(name, strings, guards)                                                 \
  BENCHMARK_CAPTURE(inspect_with, name##_8k, guards, document(8 * 1024, strings));   \
  BENCHMARK_CAPTURE(inspect_with, name##_16k, guards, document(16 * 1024, strings))

#define CHUNKS(name, guards)                                                                                     \
  BENCHMARK_CAPTURE(inspect_with, name##_chunks_of_prose, guards, chunks(16384, 0, Written::plainly));           \
  BENCHMARK_CAPTURE(inspect_with, name##_chunks_beyond_ascii, guards, chunks(16384, 2, Written::plainly));       \
  BENCHMARK_CAPTURE(inspect_with, name##_chunks_beyond_ascii_escaped, guards, chunks(16384, 2, Written::escaped)); \
  BENCHMARK_CAPTURE(inspect_with, name##_chunks_of_logs, guards, chunks(16384, 3, Written::plainly))

#define STATEMENT(name, guards)                                                                                        \
  BENCHMARK_CAPTURE(inspect_with, name##_8k_of_prose, guards, with_statement(0, Written::plainly));                    \
  BENCHMARK_CAPTURE(inspect_with, name##_8k_beyond_ascii, guards, with_statement(2, Written::plainly));                \
  BENCHMARK_CAPTURE(inspect_with, name##_8k_beyond_ascii_escaped, guards, with_statement(2, Written::escaped));        \
  BENCHMARK_CAPTURE(inspect_with, name##_8k_of_logs, guards, with_statement(3, Written::plainly))

STATEMENT(statement, statements_alone());
STATEMENT(policy, whole_policy());
CHUNKS(nothing, nothing());
CHUNKS(twenty, twenty());
CHUNKS(destructive, set_of("destructive-commands"));
CHUNKS(secrets, set_of("secrets"));
SIZES(words, kClean, twenty());
SIZES(lines, kLines, twenty());
SIZES(escaped, kEscaped, twenty());
SIZES(beyond_ascii, kBeyond, twenty());
SIZES(changed, kChanged, twenty());
SIZES(tiny_changed, kTiny, twenty());
SIZES(shipped_words, kClean, shipped(false));
SIZES(shipped_beyond_ascii, kBeyond, shipped(false));
SIZES(shipped_look_alikes, kBeyond, shipped(true));
BENCHMARK_CAPTURE(confirm_hard, here, guard::Patience::none);
BENCHMARK_CAPTURE(confirm_hard, answer, guard::Patience::some);
BENCHMARK_CAPTURE(confirm_hard, job_thread, guard::Patience::all);
BENCHMARK_CAPTURE(compile_shipped, anew, false);
BENCHMARK_CAPTURE(compile_shipped, stored, true);

BENCHMARK_CAPTURE(inspect, clean_16k, bench::Sample("clean-16k.json"), 3);
BENCHMARK_CAPTURE(inspect, clean_16k_ten_patterns, bench::Sample("clean-16k.json"), 1);
BENCHMARK_CAPTURE(inspect, clean_16k_no_guard, bench::Sample("clean-16k.json"), 0);
BENCHMARK_CAPTURE(inspect, ticket_2k, bench::Sample("ticket.json"), 3);
BENCHMARK_CAPTURE(inspect, clean_512k, bench::Sample("clean-16k.json", 32), 3);

}  // namespace
}  // namespace gatehouse
