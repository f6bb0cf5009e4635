#include <algorithm>

#include "base/arena.h"
#include "config/read.h"
#include "http/uri.h"

namespace gatehouse::config {
namespace {

/// RuleReader is what the rules of one configuration may refer to.
struct RuleReader {
  const std::vector<RouteSettings>& routes;
  Names& origins;
  Names route_names, guards, masks;
  Report& report;

  bool routed() const { return !routes.empty(); }
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
    report.error(Code::form, path.place, "'" + path.value + "' matches nothing", path_fault(path.value));
  } else if (normal.value() != path.value) {
    report.error(Code::form, path.place, "'" + path.value + "' is not in normal form", "it would never match")
        .help = "write \"" + std::string(normal.value()) + "\"";
  }
}

policy::Effect effect_of(const std::string& word) {
  if (word == "allow") return policy::Effect::allow;
  return word == "approve" ? policy::Effect::approve : policy::Effect::deny;
}

policy::Keep keep_of(const std::string& word) {
  if (word == "masked") return policy::Keep::masked;
  if (word == "heads") return policy::Keep::heads;
  return word == "digest" ? policy::Keep::digest : policy::Keep::full;
}

/// check_effect: a deny rule forwards nothing, the others need somewhere to go.
void check_effect(const Table& table, bool routed, Report& report) {
  if (table.find("effect") == nullptr) return;
  const Text effect = table.text("effect");
  if (effect.value != "deny") {
    if (!table.has("origin") && !routed)
      report
          .error(Code::together, effect.place, "a rule that can let a request pass needs an origin",
                 "goes nowhere")
          .help = "add origin = \"...\", the name of an [[origin]]";
    return;
  }
  for (const ByteView key : {"origin", "guards", "masks", "sender"})
    if (table.has(key) && (key != "sender" || table.text(key).value != "any"))
      report
          .error(Code::unenforceable, table.place_of(key), "a deny rule has no '" + std::string(key) + "'",
                 "nothing is forwarded")
          .help = "take it out, or let the effect be \"allow\" or \"approve\"";
}

/// read_rule_routes gives the routes that a rule is for: those it names, and of these those that lead to its
/// origin. Empty: all.
std::vector<uint32_t> read_rule_routes(const Table& table, RuleReader& reader, uint32_t origin) {
  std::vector<uint32_t> named;
  for (const Text& name : table.list("routes"))
    if (const uint32_t index = reader.route_names.find(name, reader.report); index != Names::kNone)
      named.push_back(index);
  if (!table.has("routes")) reader.route_names.use_all();
  if (!reader.routed() || origin == Names::kNone || table.find("origin") == nullptr) return named;
  std::vector<uint32_t> fitting;
  for (uint32_t i = 0; i < reader.routes.size(); ++i) {
    const bool meant = !table.has("routes") || std::find(named.begin(), named.end(), i) != named.end();
    if (meant && reader.routes[i].route.origin == origin) fitting.push_back(i);
  }
  if (!fitting.empty() || (table.has("routes") && named.empty())) return fitting;
  reader.report.error(Code::unenforceable, table.place_of("origin"),
                      "no route of rule '" + table.text("name").value + "' leads to origin '" +
                          table.text("origin").value + "'",
                      "the rule would match nothing");
  return fitting;
}

/// check_reach complains about a path pattern that no request on the rule's routes can match: a deny rule that
/// was written for the path behind a rewrite would silently deny nothing.
void check_reach(const Text& path, const policy::Rule& rule, RuleReader& reader) {
  if (!reader.routed() || policy::pattern_error(path.value)) return;
  for (uint32_t i = 0; i < reader.routes.size(); ++i) {
    const auto& named = rule.routes;
    const bool meant = named.empty() || std::find(named.begin(), named.end(), i) != named.end();
    if (meant && policy::patterns_overlap(path.value, reader.routes[i].route.prefix + "/**")) return;
  }
  reader.report
      .error(Code::unenforceable, path.place, "no route takes '" + path.value + "'", "the rule would never match it")
      .help = "rules see the path that the client asks for, before a route rewrites it";
}

policy::Rule read_rule(const Table& table, RuleReader& reader) {
  Report& report = reader.report;
  policy::Rule rule;
  rule.name = table.text("name").value;
  rule.effect = effect_of(table.text("effect").value);
  for (Text& group : table.list("groups")) rule.groups.push_back(std::move(group.value));
  for (Text& method : table.list("methods")) rule.methods.push_back(std::move(method.value));
  const bool named = table.find("origin") != nullptr;
  rule.origin = named ? reader.origins.find(table.text("origin"), report) : Names::kNone;
  rule.routes = read_rule_routes(table, reader, rule.origin);
  for (Text& path : table.list("paths")) {
    check_path(path, report);
    check_reach(path, rule, reader);
    rule.paths.push_back({std::move(path.value)});
  }
  rule.sources = read_networks(table, "sources", report);
  rule.guards = reader.guards.selection(table.list("guards"), report);
  rule.masks = reader.masks.selection(table.list("masks"), report);
  rule.origin_cache = table.text("cache").value == "origin";
  if (rule.origin_cache && table.has("cache") && !table.has("masks"))
    report.error(Code::unenforceable, table.place_of("cache"), "'cache' without masks", "other answers are never touched");
  rule.bound = table.text("sender").value == "bound";
  rule.keep = keep_of(table.text("record").value);
  rule.commit_now = table.text("commit").value == "now";
  rule.compress = table.text("compress").value == "zstd";
  check_effect(table, reader.routed(), report);
  return rule;
}

/// complete: the rule says enough to be compared with others; what it lacks was complained about.
bool complete(const Table& table, const policy::Rule& rule) {
  const auto whole = [&](ByteView key) { return !table.has(key) || table.find(key) != nullptr; };
  return rule.origin != Names::kNone && table.find("effect") != nullptr && whole("methods") && whole("paths");
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

std::vector<policy::Rule> read_rules(const Table& top, const std::vector<RouteSettings>& routes, Names& origins,
                                     Report& report) {
  RuleReader reader{routes, origins, {"route", top}, {"guard", top}, {"mask", top}, report};
  const std::vector<const Table*> tables = top.all("rule");
  std::vector<policy::Rule> rules;
  for (const Table* table : tables) rules.push_back(read_rule(*table, reader));
  if (!reader.routed()) check_ambiguous(tables, rules, report);   // else the route says where a request goes
  if (top.has("rule")) return rules;  // something is wrong with the list itself
  const bool denies = std::all_of(tables.begin(), tables.end(), [](const Table* each) {
    return each->find("effect") != nullptr && each->text("effect").value == "deny";
  });
  if (denies) report.warn(Code::refuses_all, {}, "no rule allows anything: every request is refused");
  for (const Names* each : {&origins, &reader.route_names, &reader.guards, &reader.masks}) each->warn_unused(report);
  return rules;
}

}  // namespace gatehouse::config
