#include "config/inspection.h"

#include "config/fingerprint.h"
#include "config/pattern_cache.h"

namespace gatehouse::config {
namespace {

void add_to(Fingerprint& to, const guard::StatementChecks& checks) {
  to.texts(checks.commands);
  to.texts(checks.documents);
  to.texts(checks.rules.tables);
  const guard::StatementRules& rules = checks.rules;
  for (const guard::Outcome outcome : {rules.read, rules.write, rules.remove, rules.schema, rules.privilege,
                                       rules.unknown, rules.incomplete})
    to.number(static_cast<uint64_t>(outcome));
  for (const uint64_t number : {uint64_t{checks.anywhere}, uint64_t{rules.blocked}, uint64_t{rules.asked}}) to.number(number);
}

void add_to(Fingerprint& to, const guard::ShapeClause& clause) {
  to.texts(clause.at);
  for (const bool flag : {clause.present, clause.absent, clause.some, clause.non_empty}) to.number(flag);
  to.number(clause.types);
  for (const auto& bound : {clause.min, clause.max}) to.number(bound.has_value()), to.number(bound.value_or(0));
  for (const auto* list : {&clause.in, &clause.not_in}) {
    to.number(list->size());
    for (const guard::ShapeValue& value : *list) to.text(value.text), to.number(value.string);
  }
  to.number(clause.only.has_value());
  to.texts(clause.only.value_or(std::vector<std::string>{}));
}

void add_to(Fingerprint& to, const guard::AddressChecks& checks) {
  to.texts(checks.fields);
  to.number(checks.anywhere);
  to.texts(checks.rules.hosts);
  to.texts(checks.rules.schemes);
  to.texts(checks.rules.buckets);
  to.number(checks.rules.ports.size());
  for (const uint16_t port : checks.rules.ports) to.number(port);
}

Snapshot::Digest digest_of(const std::vector<GuardSettings>& guards) {
  Fingerprint fingerprint;
  for (const GuardSettings& guard : guards) {
    const guard::GuardRule& rule = guard.rule;
    fingerprint.text(guard.name.value);
    fingerprint.texts(guard.patterns);
    fingerprint.number(rule.case_sensitive);
    fingerprint.number(static_cast<uint64_t>(rule.effect));
    fingerprint.number(rule.sources);
    fingerprint.number(rule.requests);
    fingerprint.number(rule.answers);
    fingerprint.texts(rule.sets);
    fingerprint.number(rule.confusables);
    fingerprint.texts(rule.headers);
    fingerprint.texts(rule.fields);
    fingerprint.number(rule.statements.has_value());
    if (rule.statements) add_to(fingerprint, *rule.statements);
    fingerprint.number(rule.shape.size());
    for (const guard::ShapeClause& clause : rule.shape) add_to(fingerprint, clause);
    fingerprint.number(rule.addresses.has_value());
    if (rule.addresses) add_to(fingerprint, *rule.addresses);
    fingerprint.texts(guard.networks);
    fingerprint.number(rule.bulk.has_value());
    if (rule.bulk)
      for (const uint64_t number : {rule.bulk->deletes_max, rule.bulk->lines_max, uint64_t{rule.bulk->scripts}})
        fingerprint.number(number);
  }
  return fingerprint.finish();
}

/// Origins of a list that is compiled with its broken entries left out: which entry stood where.
struct Kept {
  size_t rule;
  std::vector<size_t> entries;
};

}  // namespace

namespace {

/// What is wrong with a guard, where it stands; false when the guard cannot be tried again without it.
bool complain(const GuardSettings& settings, const Kept& kept, const guard::Set::CompileError& error, Report& report) {
  using What = guard::Set::CompileError::What;
  const std::string whose = "guard '" + settings.name.value + "'";
  if (error.what == What::patterns) {
    report.error(Code::pattern, settings.patterns[kept.entries[error.entry]].place, "the pattern of " + whose + " cannot be used",
                 error.text);
    return true;
  }
  if (settings.misread && (error.what == What::rule || error.what == What::shape)) return false;
  const auto& places = settings.places[static_cast<size_t>(error.what)];
  Place place = error.entry < places.size() ? places[error.entry] : settings.name.place;
  const bool pointer = error.what == What::fields || error.what == What::commands || error.what == What::documents ||
                       error.what == What::addresses;
  if (pointer && error.column != 0) place = report.source()->inside(place, error.column - 1);
  const char* what = error.what == What::rule ? " looks for nothing" : pointer ? ": a pointer cannot be used" : " cannot be used";
  report.error(pointer ? Code::field_path : Code::form, place, whose + what, error.text).help =
      pointer ? "write for example \"/statement\", \"/docs/*/id\" or \"/**/url\"" : "";
  return false;
}

}  // namespace

namespace {

Place place_of(const Config& config, const guard::PatternCost& pattern) {
  const GuardSettings& settings = config.guards[pattern.guard];
  constexpr auto kSets = static_cast<size_t>(guard::Set::CompileError::What::sets);
  return pattern.shipped ? settings.places[kSets][pattern.entry] : settings.patterns[pattern.entry].place;
}

std::string shown(uint32_t ns_per_kib) {
  return ns_per_kib == pattern::kCostUnknown ? "too much to be reckoned" : std::to_string(ns_per_kib) + " ns per KiB of text";
}

/// A set over its budget is refused with its figure, at its dearest pattern.
void judge_cost(const Config& config, const Snapshot& snapshot, Report& report) {
  const guard::Cost& cost = snapshot.guards->cost();
  if (cost.ns_per_kib <= config.guard_cost) return;
  const guard::PatternCost& dearest = cost.dearest.front();
  Diagnostic& error = report.error(
      Code::guard_cost, place_of(config, dearest),
      "the patterns of all guards cost " + shown(cost.ns_per_kib) + ", limits.guard_cost is " + std::to_string(config.guard_cost),
      "the dearest: " + dearest.words);
  error.help = "make it more telling (plain text of three letters or more), or allow more by limits.guard_cost";
  for (size_t i = 1; i < cost.dearest.size(); ++i)
    error.notes.push_back({place_of(config, cost.dearest[i]), "`" + cost.dearest[i].name + "`: " + cost.dearest[i].words});
}

}  // namespace

void build_guards(const Config& config, const RuntimeInputs& inputs, Snapshot& snapshot, Report& report) {
  const Snapshot* previous = inputs.previous;
  if (config.guards.empty()) return;
  snapshot.guards_digest = digest_of(config.guards);
  if (previous != nullptr && previous->guards != nullptr &&
      previous->guards_digest == snapshot.guards_digest) {
    snapshot.guards = previous->guards;
    return judge_cost(config, snapshot, report);
  }
  PatternCache cache(config.gateway.cache_dir, inputs.cache, report);
  std::vector<guard::GuardRule> rules;
  std::vector<Kept> kept;
  for (size_t i = 0; i < config.guards.size(); ++i) {
    const GuardSettings& settings = config.guards[i];
    guard::GuardRule& rule = rules.emplace_back(settings.rule);
    kept.push_back({i, {}});
    for (const Text& pattern : settings.patterns) {
      kept.back().entries.push_back(kept.back().entries.size());
      rule.patterns.push_back(pattern.value);
    }
  }
  // A set names its first broken part: take that out and look for the next.
  for (size_t round = 0; round < kDiagnosticsMax && !rules.empty(); ++round) {
    auto compiled = guard::Set::compile(rules, cache.stored());
    if (compiled) {
      snapshot.guards = std::move(compiled.value());
      if (round == 0) judge_cost(config, snapshot, report);   // otherwise it is not what the text says
      return;
    }
    const guard::Set::CompileError& error = compiled.error();
    const auto at = [](size_t index) { return static_cast<ptrdiff_t>(index); };
    if (complain(config.guards[kept[error.rule].rule], kept[error.rule], error, report)) {
      rules[error.rule].patterns.erase(rules[error.rule].patterns.begin() + at(error.entry));
      kept[error.rule].entries.erase(kept[error.rule].entries.begin() + at(error.entry));
      if (!rules[error.rule].patterns.empty() || !rules[error.rule].sets.empty()) continue;
    }
    rules.erase(rules.begin() + at(error.rule));
    kept.erase(kept.begin() + at(error.rule));
  }
}

}  // namespace gatehouse::config
