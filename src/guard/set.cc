#include "guard/set.h"

#include <bit>
#include <span>

namespace gatehouse::guard {
namespace {

constexpr size_t kGuardsMax = 64;  // bits of a Selection

using Error = Set::CompileError;
using pattern::Database;
using pattern::Pattern;

/// Compiles all three databases of a group; the error's pattern is an index into `patterns`.
Result<Done, pattern::CompileError> compile_group(std::span<const Pattern> patterns, Group* group) {
  std::vector<Pattern> joined, whole;
  for (const Pattern& pattern : patterns) (pattern::needs_whole_text(pattern.text) ? whole : joined).push_back(pattern);
  auto exact = Database::compile(patterns);
  if (!exact) return Failure{exact.error()};
  group->exact = std::move(exact).value();
  auto first = Database::compile_candidates(joined);
  if (!first) return Failure{first.error()};  // cannot be: a subset compiled a moment ago
  group->joined = std::move(first).value();
  auto second = Database::compile(whole);
  if (!second) return Failure{second.error()};
  group->whole = std::move(second).value();
  return Done{};
}

}  // namespace

Set::Set() : state_(std::make_unique<State>()) {}
Set::~Set() = default;

const std::string& Set::name(size_t guard) const { return state_->names.at(guard); }
size_t Set::size() const { return state_->names.size(); }

const Group& Set::State::group(Selection guards) const {
  if (each.empty() || !std::has_single_bit(guards)) return all;
  const auto which = static_cast<size_t>(std::countr_zero(guards));
  return which < each.size() ? each[which] : all;
}

Result<std::shared_ptr<const Set>, Error> Set::compile(const std::vector<GuardRule>& rules) {
  if (rules.size() > kGuardsMax) return Failure{Error{kGuardsMax, 0, "more than 64 guards"}};
  std::shared_ptr<Set> set(new Set);
  State& state = *set->state_;
  std::vector<Pattern> patterns;
  std::vector<size_t> firsts;
  for (size_t i = 0; i < rules.size(); ++i) {
    if (rules[i].patterns.empty()) return Failure{Error{i, 0, "a guard without patterns stops nothing"}};
    firsts.push_back(patterns.size());
    state.names.push_back(rules[i].name);
    for (const std::string& text : rules[i].patterns)
      patterns.push_back({text, static_cast<uint32_t>(i), !rules[i].case_sensitive});
  }
  state.every = rules.size() == 64 ? ~Selection{0} : (Selection{1} << rules.size()) - 1;
  if (auto done = compile_group(patterns, &state.all); !done) {
    size_t rule = 0;
    while (rule + 1 < firsts.size() && firsts[rule + 1] <= done.error().pattern) ++rule;
    return Failure{Error{rule, done.error().pattern - firsts[rule], done.error().text}};
  }
  if (rules.size() > 1) {
    state.each.resize(rules.size());
    for (size_t i = 0; i < rules.size(); ++i) {
      const std::span<const Pattern> own(patterns.data() + firsts[i], rules[i].patterns.size());
      if (auto done = compile_group(own, &state.each[i]); !done)
        return Failure{Error{i, done.error().pattern, done.error().text}};
    }
  }
  return std::shared_ptr<const Set>(std::move(set));
}

}  // namespace gatehouse::guard
