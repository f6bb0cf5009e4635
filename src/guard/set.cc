#include "guard/set.h"

#include <algorithm>
#include <bit>

#include "json/pointer.h"

namespace gatehouse::guard {
namespace {

constexpr size_t kGuardsMax = 64;  // bits of a Selection

using Error = Set::CompileError;
using What = Error::What;

/// Where a guard's patterns look.
void look_at(const GuardRule& rule, Selection guard, Set::State& state) {
  if (rule.patterns.empty() && rule.sets.empty()) return;
  state.patterned |= guard;
  if (!rule.fields.empty()) state.pointed |= guard;
  for (size_t source = 0; source < std::size(state.looking); ++source)
    if ((rule.sources >> source & 1) != 0) state.looking[source] |= guard;
  for (const std::string& name : rule.headers) {
    state.looking[size_t(Source::field)] |= guard;
    const auto known = std::find_if(state.headers.begin(), state.headers.end(),
                                    [&](const auto& field) { return http::equals_ignore_case(field.name, name); });
    if (known != state.headers.end()) known->guards |= guard;
    else state.headers.push_back({name, guard});
  }
}

/// Makes names small; false: they are.
bool lower(std::vector<json::Segment>* path) {
  bool changed = false;
  for (json::Segment& segment : *path)
    for (char& c : segment.name)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20), changed = true;
  return changed;
}

/// Files pointers of a guard: each names a value and all inside it.
std::optional<Error> point(const std::vector<std::string>& pointers, Role role, What what, size_t guard, Set::State& state) {
  for (size_t i = 0; i < pointers.size(); ++i) {
    std::vector<json::Segment> path;
    json::PathError wrong;
    if (!json::parse_pointer(pointers[i], &path, &wrong)) return Error{guard, i, wrong.text, what, wrong.column};
    if (path.empty() || path.back().kind != json::Segment::Kind::deep) path.push_back({json::Segment::Kind::deep, {}});
    const auto label = static_cast<uint32_t>(state.named.size());
    bool room = path.size() <= json::kSegmentsMax && state.pointers.add(path, label);
    if (lower(&path)) room = room && state.pointers.add(path, label);   // see Tracker::key
    if (!room) return Error{guard, i, "too many steps in all pointers together", what};
    state.named.push_back({role, static_cast<uint32_t>(guard)});
  }
  return {};
}

std::optional<Error> add_statements(const StatementChecks& checks, size_t guard, Set::State& state) {
  const Selection bit = Selection{1} << guard;
  state.statements |= bit;
  if (checks.anywhere) state.statements_anywhere |= bit;
  state.list[guard].statements = checks.rules;
  for (size_t i = 0; i < checks.rules.tables.size(); ++i)
    if (const char* wrong = table_pattern_problem(checks.rules.tables[i])) return Error{guard, i, wrong, What::tables};
  if (auto error = point(checks.commands, Role::command, What::commands, guard, state)) return error;
  return point(checks.documents, Role::document, What::documents, guard, state);
}

std::optional<Error> add_addresses(const AddressChecks& checks, size_t guard, Set::State& state) {
  const Selection bit = Selection{1} << guard;
  state.addresses |= bit;
  if (checks.anywhere) state.addresses_anywhere |= bit;
  auto compiled = Addresses::compile(checks.rules);
  if (!compiled) {
    using List = Addresses::CompileError::List;
    const auto [list, entry, text] = compiled.error();
    const What what = list == List::hosts ? What::hosts : list == List::buckets ? What::buckets : What::schemes;
    return Error{guard, entry, text, what};
  }
  state.list[guard].addresses = std::move(compiled).value();
  return point(checks.fields, Role::address, What::addresses, guard, state);
}

std::optional<Error> add_checks(const GuardRule& rule, size_t guard, Set::State& state) {
  const bool checks = !rule.patterns.empty() || !rule.sets.empty() || rule.statements || !rule.shape.empty() ||
                      rule.addresses || rule.bulk;
  if (!checks) return Error{guard, 0, "a guard without patterns or other checks stops nothing", What::rule};
  if (rule.requests) state.requests |= Selection{1} << guard;
  if (rule.answers) state.answers |= Selection{1} << guard;
  if (rule.confusables) state.confusables |= Selection{1} << guard;
  look_at(rule, Selection{1} << guard, state);
  if (auto error = point(rule.fields, Role::pattern, What::fields, guard, state)) return error;
  if (rule.statements)
    if (auto error = add_statements(*rule.statements, guard, state)) return error;
  if (rule.addresses)
    if (auto error = add_addresses(*rule.addresses, guard, state)) return error;
  if (rule.bulk) {
    state.bulked |= Selection{1} << guard;
    state.list[guard].bulk = *rule.bulk;
  }
  return {};
}

std::optional<Error> add_shapes(const std::vector<GuardRule>& rules, Set::State& state) {
  std::vector<ShapeRule> shapes;
  for (size_t i = 0; i < rules.size(); ++i)
    if (!rules[i].shape.empty()) shapes.push_back({static_cast<uint32_t>(i), rules[i].shape});
  if (shapes.empty()) return {};
  auto compiled = ShapeRules::compile(shapes);
  if (!compiled) {
    const ShapeRules::CompileError& error = compiled.error();
    return Error{shapes[error.rule].guard, error.clause, error.text, What::shape, error.column};
  }
  state.shapes = std::move(compiled).value();
  state.shaped = state.shapes->guards();
  return {};
}

}  // namespace

Set::Set() : state_(std::make_unique<State>()) {}
Set::~Set() = default;

const std::string& Set::name(size_t guard) const { return state_->list.at(guard).name; }
size_t Set::size() const { return state_->list.size(); }
const Cost& Set::cost() const { return state_->cost; }
uint64_t Set::of_requests() const { return state_->requests; }
uint64_t Set::of_answers() const { return state_->answers; }
uint64_t Set::reads_fields() const { return state_->looking[size_t(Source::field)] | state_->addresses; }
bool Set::reads_bodies(uint64_t guards) const { return (guards & state_->requests & state_->body_readers()) != 0; }

const char* name_of(Effect effect) {
  switch (effect) {
    case Effect::none: return "none";
    case Effect::tag: return "tag";
    case Effect::approve: return "approve";
    case Effect::block: return "block";
  }
  return "block";
}

const Group& Set::State::group(Selection guards) const {
  if (patterns.each.empty() || !std::has_single_bit(guards)) return patterns.all;
  return patterns.each[static_cast<size_t>(std::countr_zero(guards))];
}

Result<std::shared_ptr<const Set>, Error> Set::compile(const std::vector<GuardRule>& rules, const Stored* stored) {
  if (rules.size() > kGuardsMax) return Failure{Error{kGuardsMax, 0, "more than 64 guards", What::rule}};
  std::shared_ptr<Set> set(new Set);
  State& state = *set->state_;
  for (const GuardRule& rule : rules) state.list.push_back({rule.name, rule.effect, {}, nullptr, {}});
  for (size_t i = 0; i < rules.size(); ++i)
    if (auto error = add_checks(rules[i], i, state)) return Failure{std::move(*error)};
  state.pointers.build();
  state.every = rules.size() == 64 ? ~Selection{0} : (Selection{1} << rules.size()) - 1;
  if (auto error = add_shapes(rules, state)) return Failure{std::move(*error)};
  if (auto error = state.patterns.compile(rules, stored)) return Failure{std::move(*error)};
  state.cost = reckon(state.patterns, rules.size());
  return std::shared_ptr<const Set>(std::move(set));
}

}  // namespace gatehouse::guard
