#include <algorithm>

#include "base/arena.h"
#include "config/nearest.h"
#include "config/read.h"
#include "http/uri.h"

namespace gatehouse::config {
namespace {

constexpr uint32_t kNone = UINT32_MAX;

/// Names is what rules of one configuration may refer to, and what they did.
struct Names {
  const char* what;  // "origin"
  std::vector<Text> names;
  std::vector<bool> used;
  bool misnamed = false;  // some rule names one that does not exist

  Names(const char* kind, const Table& top) : what(kind) {
    for (const Table* each : top.all(kind)) names.push_back(each->text("name"));
    used.assign(names.size(), false);
  }

  uint32_t find(const Text& name, Report& report) {
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i].value != name.value) continue;
      used[i] = true;
      return static_cast<uint32_t>(i);
    }
    misnamed = true;
    std::vector<ByteView> words;
    for (const Text& each : names) words.push_back(each.value);
    const ByteView near = nearest(name.value, words);
    Diagnostic& diagnostic = report.error(
        Code::unknown_name, name.place, std::string("no [[") + what + "]] has the name '" + name.value + "'");
    diagnostic.label = "not defined";
    if (!near.empty()) diagnostic.help = "did you mean \"" + std::string(near) + "\"?";
    else if (!words.empty() && words.size() <= 12) diagnostic.help = "defined are " + listed(words);
    return kNone;
  }

  uint64_t selection(const std::vector<Text>& list, Report& report) {
    uint64_t bits = 0;
    for (const Text& name : list)
      if (const uint32_t index = find(name, report); index < 64) bits |= uint64_t{1} << index;
    return bits;
  }

  void warn_unused(Report& report) const {
    if (misnamed) return;
    for (size_t i = 0; i < names.size(); ++i)
      if (!used[i] && !names[i].value.empty())
        report.warn(Code::unused, names[i].place,
                    std::string("no rule uses the ") + what + " '" + names[i].value + "'");
  }
};

/// check_path complains about a pattern that no path in normal form can match as it was meant.
void check_path(const Text& path, Report& report) {
  if (const auto error = policy::pattern_error(path.value)) {
    report.error(Code::form, report.source()->inside(path.place, error->column - 1), error->text).help =
        "write for example \"/v1/chunk/*\" or \"/v1/**\"";
    return;
  }
  Arena arena;
  const auto normal = http::normalise_path(path.value, arena);
  if (!normal) {
    report.error(Code::form, path.place, "'" + path.value + "' matches nothing",
                 "a path like this is refused before any rule");
  } else if (normal.value() != path.value) {
    report.error(Code::form, path.place, "'" + path.value + "' is not in normal form", "it would never match")
        .help = "write \"" + std::string(normal.value()) + "\"";
  }
}

policy::Effect effect_of(const std::string& word) {
  if (word == "allow") return policy::Effect::allow;
  return word == "approve" ? policy::Effect::approve : policy::Effect::deny;
}

/// check_effect: a deny rule forwards nothing, the others need somewhere to go.
void check_effect(const Table& table, Report& report) {
  if (table.find("effect") == nullptr) return;
  const Text effect = table.text("effect");
  if (effect.value != "deny") {
    if (!table.has("origin"))
      report
          .error(Code::together, effect.place, "a rule that can let a request pass needs an origin",
                 "goes nowhere")
          .help = "add origin = \"...\", the name of an [[origin]]";
    return;
  }
  for (const ByteView key : {"origin", "guards", "masks"})
    if (table.has(key))
      report
          .error(Code::unenforceable, table.place_of(key), "a deny rule has no '" + std::string(key) + "'",
                 "nothing is forwarded")
          .help = "take it out, or let the effect be \"allow\" or \"approve\"";
}

policy::Rule read_rule(const Table& table, Names& origins, Names& guards, Names& masks, Report& report) {
  policy::Rule rule;
  rule.name = table.text("name").value;
  rule.effect = effect_of(table.text("effect").value);
  for (Text& group : table.list("groups")) rule.groups.push_back(std::move(group.value));
  for (Text& method : table.list("methods")) rule.methods.push_back(std::move(method.value));
  for (Text& path : table.list("paths")) {
    check_path(path, report);
    rule.paths.push_back({std::move(path.value)});
  }
  rule.origin = table.find("origin") != nullptr ? origins.find(table.text("origin"), report) : kNone;
  rule.guards = guards.selection(table.list("guards"), report);
  rule.masks = masks.selection(table.list("masks"), report);
  rule.record_bodies = table.text("record").value == "full";
  check_effect(table, report);
  return rule;
}

/// complete: the rule says enough to be compared with others; what it lacks was complained about.
bool complete(const Table& table, const policy::Rule& rule) {
  const auto whole = [&](ByteView key) { return !table.has(key) || table.find(key) != nullptr; };
  return rule.origin != kNone && table.find("effect") != nullptr && whole("methods") && whole("paths");
}

void check_ambiguous(const std::vector<const Table*>& tables, const std::vector<policy::Rule>& rules,
                     Report& report) {
  for (size_t i = 1; i < rules.size(); ++i) {
    if (!complete(*tables[i], rules[i])) continue;
    for (size_t j = 0; j < i; ++j) {
      if (!complete(*tables[j], rules[j]) || !policy::conflicting(rules[i], rules[j])) continue;
      Diagnostic& diagnostic = report.error(
          Code::ambiguous, tables[i]->place_of("origin"),
          "rules '" + rules[j].name + "' and '" + rules[i].name + "' lead one request to two origins",
          "to '" + tables[i]->text("origin").value + "' here");
      diagnostic.notes.push_back(
          {tables[j]->place_of("origin"), "to '" + tables[j]->text("origin").value + "' here"});
      diagnostic.help =
          "a caller may be in groups of both: let their methods or paths differ, or their origin be one";
      break;
    }
  }
}

}  // namespace

std::vector<policy::Rule> read_rules(const Table& top, Report& report) {
  Names origins("origin", top), guards("guard", top), masks("mask", top);
  const std::vector<const Table*> tables = top.all("rule");
  std::vector<policy::Rule> rules;
  for (const Table* table : tables) rules.push_back(read_rule(*table, origins, guards, masks, report));
  check_ambiguous(tables, rules, report);
  if (top.has("rule")) return rules;  // something is wrong with the list itself
  const bool denies = std::all_of(tables.begin(), tables.end(), [](const Table* each) {
    return each->find("effect") != nullptr && each->text("effect").value == "deny";
  });
  if (denies) report.warn(Code::refuses_all, {}, "no rule allows anything: every request is refused");
  for (const Names* each : {&origins, &guards, &masks}) each->warn_unused(report);
  return rules;
}

}  // namespace gatehouse::config
