#include "config/group_rules.h"

#include <algorithm>

#include "config/nearest.h"

namespace gatehouse::config {
namespace {

using identity::Condition;
using identity::GroupRule;

constexpr ByteView kStar = "{1}";

bool everybody(const Condition& condition) {
  return std::any_of(condition.patterns.begin(), condition.patterns.end(),
                     [](const std::string& each) { return identity::matches_all(each); });
}

/// check_star: "{1}" stands once, and there is one way to read a value.
void check_star(const Text& name, const GroupRule& rule, Report& report) {
  const size_t at = name.value.find(kStar);
  if (name.value.find_first_of("{}") == std::string::npos) return;
  const bool alone = at != std::string::npos && name.value.find_first_of("{}", at + kStar.size()) == std::string::npos &&
                     name.value.find_first_of("{}") == at;
  if (!alone) {
    report.error(Code::form, name.place, "a group's name has '{1}' once, and no other braces",
                 "'{1}' is what the star of the pattern stands for");
    return;
  }
  const bool single = rule.when.size() == 1 && std::all_of(rule.when[0].patterns.begin(), rule.when[0].patterns.end(),
                                                           [](const std::string& each) { return identity::stars(each) == 1; });
  if (!single)
    report.error(Code::unenforceable, name.place, "'{1}' could be read in more than one way",
                 "needs one path, and one '*' in each of its patterns");
}

GroupRule read_group_rule(const Table& table, Report& report) {
  GroupRule rule;
  const Text name = table.text("name");
  rule.group = name.value;
  rule.when = read_conditions(table, "when");
  if (table.find("when") == nullptr || table.find("name") == nullptr) return rule;   // complained about
  check_star(name, rule, report);
  if (name.value == "*")
    report.error(Code::form, name.place, "no group has the name '*'", "in rules it stands for every caller");
  if (std::all_of(rule.when.begin(), rule.when.end(), everybody))
    report
        .error(Code::unenforceable, table.place_of("when"), "every caller would be in group '" + name.value + "'",
               "'*' alone matches any value")
        .help = "narrow the pattern; a rule for every verified caller has groups = [\"*\"]";
  return rule;
}

/// same_name returns a group that both may give, as far as it can be told: rules' names as they are written, and "*"
/// for any name behind a prefix.
std::string same_name(const GroupSource& a, const GroupSource& b) {
  const bool nested = ByteView(a.prefix).starts_with(b.prefix) || ByteView(b.prefix).starts_with(a.prefix);
  if (a.named_outside && b.named_outside) return nested ? std::max(a.prefix, b.prefix) + "*" : "";
  const GroupSource& open = a.named_outside ? a : b;
  const GroupSource& closed = a.named_outside ? b : a;
  for (const GroupRule& rule : closed.rules) {
    const std::string group = closed.prefix + rule.group.substr(0, rule.group.find(kStar));
    const bool starred = rule.group.find(kStar) != std::string::npos;
    if (ByteView(group).starts_with(open.prefix) || (starred && ByteView(open.prefix).starts_with(group)))
      return closed.prefix + rule.group;
  }
  return "";
}

/// check_pair: one of them takes names from proofs, so whoever issues these chooses them.
void check_pair(const GroupSource& a, const GroupSource& b, Report& report) {
  if (!a.named_outside && !b.named_outside) return;   // every name was written here, by one hand
  const std::string group = same_name(a, b);
  if (group.empty()) return;
  const std::string who = a.kind + " '" + a.name.value + "' and " + b.kind + " '" + b.name.value + "'";
  const bool open = a.named_outside && b.named_outside && !(a.prefix_stated && b.prefix_stated);
  const std::string what = who + " can both put callers into group '" + group + "'";
  Diagnostic& diagnostic = open ? report.error(Code::same_group, b.name.place, what, "a rule cannot tell them apart")
                                : report.warn(Code::same_group, b.name.place, what, "a rule cannot tell them apart");
  diagnostic.notes.push_back({a.name.place, "the other"});
  diagnostic.help = open ? "give one of them a group_prefix; or, if one name shall mean one group, write group_prefix in both "
                           "(\"\" is possible)"
                         : "a group_prefix keeps them apart";
}

bool may_give(const GroupSource& source, const std::string& group) {
  if (source.named_outside && ByteView(group).starts_with(source.prefix) && group.size() > source.prefix.size()) return true;
  return std::any_of(source.rules.begin(), source.rules.end(),
                     [&](const GroupRule& rule) { return identity::may_give(rule, source.prefix, group); });
}

/// given lists the names that rules give, for a hint.
std::string nearest_given(const std::vector<GroupSource>& sources, const std::string& group) {
  std::vector<std::string> names;
  for (const GroupSource& source : sources)
    for (const GroupRule& rule : source.rules) names.push_back(source.prefix + rule.group);
  const std::vector<ByteView> words(names.begin(), names.end());
  return std::string(nearest(group, words));
}

}  // namespace

std::vector<Condition> read_conditions(const Table& table, ByteView key) {
  std::vector<Condition> conditions;
  for (const Match& match : table.matches(key)) {
    conditions.push_back({match.path.value, {}});
    for (const Text& pattern : match.patterns) conditions.back().patterns.push_back(pattern.value);
  }
  return conditions;
}

std::vector<GroupRule> read_group_rules(const Table& table, Report& report) {
  std::vector<GroupRule> rules;
  for (const Table* group : table.all("group")) rules.push_back(read_group_rule(*group, report));
  return rules;
}

void check_group_sources(const std::vector<GroupSource>& sources, const Table& top, Report& report) {
  for (size_t i = 1; i < sources.size(); ++i)
    for (size_t j = 0; j < i; ++j) check_pair(sources[j], sources[i], report);
  if (sources.empty()) return;
  for (const Table* rule : top.all("rule"))
    for (const Text& group : rule->list("groups")) {
      if (group.value == "*" || std::any_of(sources.begin(), sources.end(), [&](const GroupSource& each) {
            return may_give(each, group.value);
          }))
        continue;
      Diagnostic& diagnostic = report.warn(Code::unused, group.place, "nobody can be in group '" + group.value + "'",
                                           "nobody who is configured here gives it");
      diagnostic.help = "an API key may have it: gatehouse api-keys create --group";
      if (const std::string near = nearest_given(sources, group.value); !near.empty())
        diagnostic.help = "did you mean \"" + near + "\"?";
    }
}

}  // namespace gatehouse::config
