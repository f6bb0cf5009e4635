#include "guard/cost.h"

#include <algorithm>

#include "guard/set.h"
#include "pattern/reckon.h"

namespace gatehouse::guard {
namespace {

constexpr size_t kNamed = 3;     // patterns that are the dearest
constexpr size_t kShown = 60;    // bytes of a pattern's text

std::string shown(ByteView text) {
  std::string out(text.substr(0, kShown));
  for (char& c : out)
    if (static_cast<uint8_t>(c) < 0x20 || c == 0x7f) c = '.';
  if (text.size() <= kShown) return out;
  while (!out.empty() && (static_cast<uint8_t>(out.back()) & 0xc0) == 0x80) out.pop_back();
  if (!out.empty() && static_cast<uint8_t>(out.back()) >= 0xc0) out.pop_back();   // the begin of a cut character
  return out + "…";
}

uint32_t sum(uint32_t a, uint32_t b) { return a > pattern::kCostUnknown - b ? pattern::kCostUnknown : a + b; }

}  // namespace

Cost reckon(const Patterns& patterns, size_t guards) {
  Cost cost;
  cost.guards.resize(guards);
  cost.patterns = patterns.texts.size();
  if (patterns.texts.empty()) return cost;
  const std::vector<pattern::Reckoned> each = pattern::reckon(patterns.texts, patterns.all.exact);
  cost.ns_per_kib = pattern::kReckonedBase;
  for (size_t i = 0; i < each.size(); ++i) {
    const PatternRule& rule = patterns.rules[i];
    PatternCost one{rule.guard, rule.entry, !rule.name.empty(), {}, each[i].ns_per_kib, {}};
    Cost::Guard& guard = cost.guards[rule.guard];
    cost.ns_per_kib = sum(cost.ns_per_kib, one.ns_per_kib);
    guard.ns_per_kib = sum(guard.patterns++ == 0 ? pattern::kReckonedBase : guard.ns_per_kib, one.ns_per_kib);
    one.name = one.shipped ? rule.name : shown(patterns.texts[i].text);
    guard.each.push_back({one.name, one.ns_per_kib});
    const bool first = guard.patterns == 1 || one.ns_per_kib > guard.dearest.ns_per_kib;
    const auto at = std::find_if(cost.dearest.begin(), cost.dearest.end(),
                                 [&](const PatternCost& other) { return one.ns_per_kib > other.ns_per_kib; });
    if (!first && at == cost.dearest.end() && cost.dearest.size() == kNamed) continue;
    one.words = pattern::described(each[i]);
    if (first) guard.dearest = one;
    cost.dearest.insert(at, std::move(one));
    if (cost.dearest.size() > kNamed) cost.dearest.pop_back();
  }
  return cost;
}

Measured measure(const Set& set, const pattern::Now& now) {
  const Patterns& patterns = set.state().patterns;
  const auto of = [&](const Group& group) {
    uint32_t all = group.same() ? pattern::ns_per_kib(group.exact, now) : 0;
    for (const Part& part : group.candidates) all = sum(all, pattern::ns_per_kib(part.database, now));
    return all;
  };
  Measured measured;
  measured.all = of(patterns.all);
  for (size_t i = 0; i < set.size(); ++i) measured.guards.push_back(patterns.each.empty() ? measured.all : of(patterns.each[i]));
  return measured;
}

}  // namespace gatehouse::guard
