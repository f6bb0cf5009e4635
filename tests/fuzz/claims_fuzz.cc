// Claims and what follows from them by rule. The input is lines of configuration, a NUL, and the claims as JSON:
//   r PATH PATTERN      a condition that is asked for
//   g NAME PATH PATTERN a group by rule
//   s TEMPLATE          the subject
//   c PATH              a claim that records keep
//   p PREFIX            of groups
//   n PATH              the claim that holds groups; none without it
#include <algorithm>
#include <string>

#include "base/assert.h"
#include "identity/claim_values.h"
#include "identity/claims.h"
#include "identity/plain_text.h"
#include "tests/fuzz/plant.h"

namespace gatehouse::identity {
namespace {

constexpr WallNs kNow = 1'800'000'000 * kNsPerSecond;

/// word takes what stands before the next space off a line.
std::string word(ByteView* line) {
  const size_t end = std::min(line->find(' '), line->size());
  std::string out(line->substr(0, end));
  line->remove_prefix(std::min(end + 1, line->size()));
  return out;
}

void read_line(ByteView line, Issuer* issuer) {
  const std::string kind = word(&line);
  if (kind == "r" && issuer->require.size() < 16) {
    std::string path = word(&line);
    issuer->require.push_back({std::move(path), {std::string(line.substr(0, 512))}});
  } else if (kind == "g" && issuer->group_rules.size() < 64) {
    GroupRule rule{word(&line), {}};
    std::string path = word(&line);
    const bool starred = rule.group.find("{1}") != std::string::npos;
    if (starred && stars(line.substr(0, 512)) != 1) return;   // the configuration refuses it
    rule.when.push_back({std::move(path), {std::string(line.substr(0, 512))}});
    issuer->group_rules.push_back(std::move(rule));
  } else if (kind == "s") {
    if (auto made = SubjectTemplate::parse(line, "name")) issuer->subject = std::move(made.value());
  } else if (kind == "c" && issuer->record_claims.size() < kRecordClaimsMax) {
    issuer->record_claims.push_back({std::string(line), std::string(line)});
  } else if (kind == "p") {
    issuer->group_prefix = line.substr(0, 128);
  } else if (kind == "n") {
    issuer->groups_claim = line.substr(0, 256);
  }
}

/// slow_match says it the long way: what stands between the stars, in order.
bool slow_match(ByteView pattern, ByteView value) {
  const size_t star = pattern.find('*');
  if (star == ByteView::npos) return pattern == value;
  if (!value.starts_with(pattern.substr(0, star))) return false;
  pattern.remove_prefix(star + 1);
  value.remove_prefix(star);
  for (size_t next = pattern.find('*'); next != ByteView::npos; next = pattern.find('*')) {
    const size_t at = value.find(pattern.substr(0, next));
    if (at == ByteView::npos) return false;
    value.remove_prefix(at + next);
    pattern.remove_prefix(next + 1);
  }
  return value.size() >= pattern.size() && value.ends_with(pattern);
}

void check_conditions(const Issuer& issuer, const Values& values) {
  for (const Condition& each : issuer.require) {
    std::vector<std::string> texts;
    const bool readable = values.texts_at(each.path, &texts);
    const bool any = readable && std::any_of(texts.begin(), texts.end(), [&](const std::string& text) {
      return text.size() <= kValueBytesMax && slow_match(each.patterns[0], text);
    });
    GH_ASSERT(any == holds(each, values));
  }
}

void check_identity(const Issuer& issuer, const Values& values, const Identity& made) {
  bool all = true;
  for (const Condition& each : issuer.require) all = all && holds(each, values);
  PLANT(if (made.groups.size() == 1 && issuer.group_prefix.size() > 4) all = false);
  GH_ASSERT(all);
  GH_ASSERT(!made.subject.empty() && made.subject.size() <= kSubjectBytesMax && is_plain_text(made.subject));
  GH_ASSERT(made.groups.size() <= kGroupsMax && std::is_sorted(made.groups.begin(), made.groups.end()));
  for (const std::string& group : made.groups) {
    GH_ASSERT(group.starts_with(issuer.group_prefix) && group.size() <= kGroupBytesMax && is_plain_text(group));
    const bool by_rule = std::any_of(issuer.group_rules.begin(), issuer.group_rules.end(),
                                     [&](const GroupRule& rule) { return may_give(rule, issuer.group_prefix, group); });
    GH_ASSERT(by_rule || !issuer.groups_claim.empty());
  }
  GH_ASSERT(made.claims.size() <= issuer.record_claims.size());
  for (const Claim& claim : made.claims) GH_ASSERT(claim.value.size() <= kRecordedClaimBytesMax);
}

}  // namespace
}  // namespace gatehouse::identity

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gatehouse;
  using namespace gatehouse::identity;
  if (size > kTokenBytesMax) return 0;
  ByteView input(reinterpret_cast<const char*>(data), size);
  Issuer issuer;
  issuer.audiences = {"a"};
  issuer.groups_claim.clear();
  ByteView rules = input.substr(0, std::min(input.find('\0'), size));
  input.remove_prefix(std::min(rules.size() + 1, size));
  while (!rules.empty()) {
    const size_t end = std::min(rules.find('\n'), rules.size());
    read_line(rules.substr(0, end), &issuer);
    rules.remove_prefix(std::min(end + 1, rules.size()));
  }
  std::string padded(input);
  padded.append(kSimdPadding, ' ');
  const auto json = StrictJson::parse(ByteView(padded).substr(0, input.size()));
  if (!json) return 0;
  const ClaimValues values(json->root());
  check_conditions(issuer, values);
  Identity made;
  if (read_claims(json->root(), issuer, kNow, &made) == Reason::none) check_identity(issuer, values, made);
  return 0;
}
