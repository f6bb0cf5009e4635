#include "pattern/cost.h"

#include <algorithm>

#include "base/assert.h"
#include "pattern/literal.h"

namespace gatehouse::pattern {
namespace {

constexpr int kRounds = 6;
constexpr size_t kNamed = 3;     // patterns that a refusal names
constexpr size_t kShown = 60;    // bytes of a pattern's text

std::string printable(ByteView text) {
  std::string shown;
  for (const char c : text.substr(0, kShown)) shown += static_cast<uint8_t>(c) < 0x20 || c == 0x7f ? '.' : c;
  while (text.size() > kShown && !shown.empty() && (static_cast<uint8_t>(shown.back()) & 0xc0) == 0x80) shown.pop_back();
  return text.size() > kShown ? shown + "…" : shown;
}

struct Measured {
  uint32_t ns_per_kib;
  uint32_t hits_per_mib;
};

Measured measure(const Database& database, const Now& now) {
  if (database.empty()) return {0, 0};
  Scratch scratch;
  if (!scratch.fit(database)) return {kCostUnknown, 0};
  const ByteView sample = cost_sample();
  uint64_t best = UINT64_MAX, hits = 0;
  for (int round = 0; round < kRounds; ++round) {
    hits = 0;
    const MonotonicNs before = now();
    const auto outcome = scratch.scan(database, sample, [&](uint32_t, size_t) { return ++hits, true; });
    const uint64_t taken = now() - before;
    if (outcome != Scratch::Outcome::ended) return {kCostUnknown, 0};
    best = std::min(best, taken);
  }
  const uint64_t per_kib = (best + sample.size() / 1024 - 1) / (sample.size() / 1024);
  return {static_cast<uint32_t>(std::min<uint64_t>(per_kib, kCostUnknown - 1)),
          static_cast<uint32_t>(hits * ((1u << 20) / sample.size()))};
}

std::string named(const PatternCost& cost, const Pattern& pattern, size_t number) {
  std::string text = "pattern " + std::to_string(number) + " `" + printable(pattern.text) + "`: ";
  text += cost.ns_per_kib == kCostUnknown ? "beyond the limits of confirmation"
                                          : std::to_string(cost.ns_per_kib) + " ns alone";
  if (cost.literal == 0) text += ", no plain text that every match contains";
  else if (cost.literal < 3) text += ", every match contains only " + std::to_string(cost.literal) + " plain bytes";
  if (cost.hits_per_mib > 0) text += ", " + std::to_string(cost.hits_per_mib) + " hits in 1 MiB of ordinary text";
  if (cost.approximate) text += ", confirmed by PCRE2";
  return text;
}

}  // namespace

uint32_t ns_per_kib(const Database& database, const Now& now) { return measure(database, now).ns_per_kib; }

Result<SetCost, CompileError> cost(std::span<const Pattern> patterns, const Now& now) {
  auto all = Database::compile(patterns);
  if (!all) return Failure{all.error()};
  SetCost result;
  result.ns_per_kib = measure(*all, now).ns_per_kib;
  for (size_t i = 0; i < patterns.size(); ++i) {
    auto one = Database::compile(patterns.subspan(i, 1));
    if (!one) return Failure{CompileError{i, one.error().text}};
    const Measured measured = measure(*one, now);
    result.patterns.push_back({measured.ns_per_kib, static_cast<uint32_t>(required_literal(patterns[i].text)),
                               measured.hits_per_mib, !one->approximate().empty()});
  }
  return result;
}

std::optional<std::string> over_budget(const SetCost& cost, std::span<const Pattern> patterns, uint32_t budget) {
  GH_ASSERT(patterns.size() == cost.patterns.size());
  if (cost.ns_per_kib <= budget) return std::nullopt;
  std::vector<size_t> order(patterns.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return cost.patterns[a].ns_per_kib > cost.patterns[b].ns_per_kib;
  });
  std::string text = cost.ns_per_kib == kCostUnknown
                         ? "the set cannot be confirmed on ordinary text within the limits"
                         : "the set costs " + std::to_string(cost.ns_per_kib) + " ns per KiB of text";
  text += ", the budget is " + std::to_string(budget);
  for (size_t i = 0; i < std::min(kNamed, order.size()); ++i)
    text += (i == 0 ? "; dearest: " : "; ") + named(cost.patterns[order[i]], patterns[order[i]], order[i]);
  return text;
}

}  // namespace gatehouse::pattern
