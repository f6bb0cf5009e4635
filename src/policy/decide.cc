#include <algorithm>

#include "http/message.h"
#include "identity/binding.h"
#include "policy/policy.h"

namespace gatehouse::policy {
namespace {

/// Fit: whether a rule is for a request. `loose` means that the service may take method or path for the one
/// that the rule names though they are not it to the letter: services fold case, route "/a/" as "/a", and take
/// "delete" for DELETE (RFC 9110 section 9.1: methods are case-sensitive, and so are paths, RFC 3986 6.2.2.1).
/// Invariant: what a rule forbids, asks for or hides holds for every spelling; what it grants, for its own alone.
enum class Fit : uint8_t { none, loose, exact };

Fit method_fit(const Rule& rule, ByteView method) {
  if (rule.methods.empty()) return Fit::exact;
  Fit best = Fit::none;
  for (const std::string& named : rule.methods) {
    if (method == named) return Fit::exact;
    if (http::equals_ignore_case(method, named)) best = Fit::loose;
  }
  return best;
}

Fit path_fit(const Rule& rule, ByteView path) {
  if (rule.paths.empty()) return Fit::exact;
  Fit best = Fit::none;
  for (const PathPattern& pattern : rule.paths) {
    if (!path_matches_loosely(pattern, path)) continue;   // first: of most rules it is the only look
    if (path_matches(pattern, path)) return Fit::exact;
    best = Fit::loose;
  }
  return best;
}

bool route_matches(const Rule& rule, uint32_t route) {
  return rule.routes.empty() || std::find(rule.routes.begin(), rule.routes.end(), route) != rule.routes.end();
}

bool source_matches(const Rule& rule, const Address* client) {
  if (rule.sources.empty()) return true;
  if (client == nullptr) return rule.effect == Effect::deny;
  return std::any_of(rule.sources.begin(), rule.sources.end(),
                     [client](const Network& network) { return network.contains(*client); });
}

/// mark names a group by one of 64 bits: what the caller's marks lack, the caller is not in. Most rules
/// fall there without comparing a name.
uint64_t mark(ByteView group) {
  if (group.empty()) return 1;
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(group[i]); };
  const size_t mixed = group.size() * 13 + byte(0) * 7U + byte(group.size() / 2) * 31U + byte(group.size() - 1) * 17U;
  return uint64_t{1} << (mixed & 63);
}

/// Caller is the groups of an identity (sorted) and their marks.
struct Caller {
  const std::vector<std::string>& groups;
  uint64_t marks = 0;

  explicit Caller(const std::vector<std::string>& sorted) : groups(sorted) {
    for (const std::string& group : groups) marks |= mark(group);
  }
  bool in(const std::string& group) const {
    return (marks & mark(group)) != 0 && std::binary_search(groups.begin(), groups.end(), group);
  }
};

bool group_matches(const Rule& rule, const Caller& caller) {
  if (rule.groups.empty()) return rule.effect == Effect::deny;
  for (const std::string& group : rule.groups)
    if (group == "*" || caller.in(group)) return true;
  return false;
}

/// note keeps a rule for the record; when the list is full, one that made the decision what it is
/// takes the last place.
void note(Decision& decision, size_t rule, bool decisive) {
  if (decision.rule_count < kDecisionRulesMax) {
    decision.rules[decision.rule_count++] = static_cast<uint16_t>(rule);
  } else if (decisive) {
    decision.rules[kDecisionRulesMax - 1] = static_cast<uint16_t>(rule);
  }
}

Decision refusal(Reason reason) {
  Decision decision;
  decision.reason = reason;
  return decision;
}

/// Matched is what one pass over the rules came to.
struct Matched {
  Decision grant;        // allow and approve rules: origin, guards, masks, names
  Matched() { grant.keep = Keep::digest; }   // no rule keeps less
  Decision refuse = refusal(Reason::policy_denied);  // deny rules: names
  Decision unbound = refusal(Reason::policy_unbound);   // rules that ask for another sender: names
  bool granted = false;  // by a rule that fits to the letter
  bool approve = false;
  bool conflict = false; // two origins
};

void add(Matched& matched, const Rule& rule, size_t index, const Facts& facts, Fit fit) {
  Decision& grant = matched.grant;
  const uint32_t origin = facts.origin != kNoOrigin ? facts.origin : rule.origin;
  const bool grants = fit == Fit::exact;
  const bool other_origin = grants && matched.granted && origin != grant.origin;
  const bool first_approve = rule.effect == Effect::approve && !matched.approve;
  if (grants && !matched.granted) grant.origin = origin;
  grant.guards |= rule.guards;
  grant.masks |= rule.masks;
  grant.origin_cache &= rule.masks == 0 || rule.origin_cache;
  grant.keep = std::max(grant.keep, rule.keep);
  grant.commit_now |= rule.commit_now;
  grant.compress |= rule.compress;
  note(grant, index, first_approve || (other_origin && !matched.conflict));
  matched.granted |= grants;
  matched.approve |= first_approve;
  matched.conflict |= other_origin;
}

Decision conclude(Matched& matched, const Facts& facts) {
  Decision& grant = matched.grant;
  if (matched.refuse.rule_count > 0) return matched.refuse;
  if (matched.unbound.rule_count > 0) return matched.unbound;
  if (!matched.granted) return refusal(Reason::policy_no_rule);
  if (matched.conflict) {
    grant.verdict = Verdict::deny;
    grant.reason = Reason::policy_denied;
    return grant;
  }
  grant.reason = Reason::none;
  if (grant.guards != 0 && !facts.body_inspected) {
    grant.verdict = Verdict::need_body;
  } else if ((matched.approve || facts.guard_asks) && !facts.approved) {
    grant.verdict = Verdict::hold;
  } else {
    grant.verdict = Verdict::allow;
  }
  return grant;
}

}  // namespace

Decision decide(const RuleSet& policy, const identity::Identity& identity, const Facts& facts, WallNs now) {
  if (identity.proof == identity::Proof::none) return refusal(Reason::token_missing);
  if (now >= identity.expires) return refusal(Reason::token_expired);
  const Caller caller(identity.groups);
  Matched matched;
  for (size_t i = 0; i < policy.rules.size(); ++i) {
    const Rule& rule = policy.rules[i];
    if (!route_matches(rule, facts.route) || !source_matches(rule, facts.client)) continue;
    if (!group_matches(rule, caller)) continue;
    const Fit fit = std::min(method_fit(rule, facts.method), path_fit(rule, facts.path));
    if (fit == Fit::none) continue;
    if (rule.effect == Effect::deny) {
      note(matched.refuse, i, false);
    } else if (rule.bound && !identity::bound(identity)) {
      note(matched.unbound, i, false);
    } else {
      add(matched, rule, i, facts, fit);
    }
  }
  return conclude(matched, facts);
}

}  // namespace gatehouse::policy
