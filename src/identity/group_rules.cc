#include "identity/group_rules.h"

#include <algorithm>

#include "base/glob.h"
#include "identity/plain_text.h"

namespace gatehouse::identity {
namespace {

constexpr ByteView kStar = "{1}";

bool fits(const std::string& pattern, ByteView value) {
  return value.size() <= kValueBytesMax && glob_matches(pattern, value);
}

bool matches(const Condition& condition, ByteView value) {
  return std::any_of(condition.patterns.begin(), condition.patterns.end(),
                     [value](const std::string& pattern) { return fits(pattern, value); });
}

/// starred is what the one star of a pattern stands for in a value that matches it.
ByteView starred(ByteView pattern, ByteView value) {
  const size_t star = pattern.find('*');
  return value.substr(star, value.size() - (pattern.size() - 1));
}

/// add_starred adds a group for each value and pattern of the rule's one condition that match.
bool add_starred(const GroupRule& rule, ByteView prefix, const Values& values, std::vector<std::string>* out) {
  std::vector<std::string> texts;
  const Condition& condition = rule.when.front();
  if (!values.texts_at(condition.path, &texts)) return true;
  const size_t at = rule.group.find(kStar);
  for (const std::string& text : texts)
    for (const std::string& pattern : condition.patterns) {
      if (!fits(pattern, text)) continue;
      const ByteView star = starred(pattern, text);
      if (star.empty()) return false;   // "team-" is no team
      if (!add_group(prefix, rule.group.substr(0, at) + std::string(star) + rule.group.substr(at + kStar.size()), out))
        return false;
    }
  return true;
}

}  // namespace

bool holds(const Condition& condition, const Values& values) {
  std::vector<std::string> texts;
  if (!values.texts_at(condition.path, &texts)) return false;
  return std::any_of(texts.begin(), texts.end(), [&](const std::string& text) { return matches(condition, text); });
}

bool add_group(ByteView prefix, ByteView group, std::vector<std::string>* out) {
  if (group.empty() || prefix.size() + group.size() > kGroupBytesMax || out->size() == kGroupsMax) return false;
  std::string name(prefix);
  name += group;
  if (!is_plain_text(name) || !is_plain_text(group)) return false;
  out->push_back(std::move(name));
  return true;
}

bool derive_groups(const std::vector<GroupRule>& rules, ByteView prefix, const Values& values,
                   std::vector<std::string>* out) {
  for (const GroupRule& rule : rules) {
    if (rule.group.find(kStar) != std::string::npos) {
      if (!add_starred(rule, prefix, values, out)) return false;
      continue;
    }
    const bool all = !rule.when.empty() && std::all_of(rule.when.begin(), rule.when.end(), [&](const Condition& each) {
      return holds(each, values);
    });
    if (all && !add_group(prefix, rule.group, out)) return false;
  }
  return true;
}

void order_groups(std::vector<std::string>* groups) {
  std::sort(groups->begin(), groups->end());
  groups->erase(std::unique(groups->begin(), groups->end()), groups->end());
}

bool matches_all(ByteView pattern) { return !pattern.empty() && pattern.find_first_not_of('*') == ByteView::npos; }

size_t stars(ByteView pattern) { return static_cast<size_t>(std::count(pattern.begin(), pattern.end(), '*')); }

bool may_give(const GroupRule& rule, ByteView prefix, ByteView group) {
  if (!group.starts_with(prefix)) return false;
  group.remove_prefix(prefix.size());
  const size_t at = rule.group.find(kStar);
  if (at == std::string::npos) return group == rule.group;
  const ByteView before = ByteView(rule.group).substr(0, at), behind = ByteView(rule.group).substr(at + kStar.size());
  return group.size() > before.size() + behind.size() && group.starts_with(before) && group.ends_with(behind);
}

}  // namespace gatehouse::identity
