// Policy: who may do what. decide() is pure; its inputs are recorded, so old records can be decided anew.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/network.h"
#include "base/reason.h"
#include "base/time.h"
#include "http/path_pattern.h"
#include "identity/identity.h"
#include "policy/route.h"

namespace gatehouse::policy {

/// Keep is how much of an exchange the records keep, least first. Where several rules grant a request the one that keeps most
/// says it; what no rule grants is kept as `heads`.
enum class Keep : uint8_t {
  digest,   // keyed digests of heads and bodies alone
  heads,    // all but the bodies
  masked,   // what the client got; of the request's body and of what masks replaced, keyed digests
  full,     // all
};

enum class Effect : uint8_t { allow = 1, deny = 2, approve = 3 };

using http::PathPattern;
using http::path_matches;
using http::path_matches_loosely;
using http::patterns_overlap;
using http::PatternError;
using http::pattern_error;

/// kNoOrigin: none is named.
inline constexpr uint32_t kNoOrigin = UINT32_MAX;

/// Rule is one line of policy. What it forbids or asks for (deny, approve, guards, masks, bound) holds for every
/// spelling of its methods and paths that a service may take for them (path_matches_loosely, methods in any
/// case); what it grants, for its own spelling alone. Empty `methods` or `paths` match all; `groups` must
/// name at least one group, "*" any verified caller. Without a group (config refuses it) a deny rule denies
/// everybody and the others match nobody.
struct Rule {
  std::string name;
  Effect effect = Effect::deny;
  std::vector<std::string> groups;
  std::vector<std::string> methods;
  std::vector<PathPattern> paths;
  uint32_t origin = 0;        // index into the snapshot's origins; unused for deny and where routes say it
  uint64_t guards = 0;        // guard::Selection
  uint64_t masks = 0;         // mask::Selection
  bool origin_cache = false;  // masked answers keep the origin's Cache-Control
  bool bound = false;         // whoever it fits is refused unless bound to a client certificate (policy_unbound); not with deny
  Keep keep = Keep::full;     // rule.record
  bool commit_now = false;    // the answer waits until the records are durable
  bool compress = false;      // bodies in records are compressed
  std::vector<Network> sources;  // the client's address must be in one; empty: wherever it comes from
  std::vector<uint32_t> routes;  // indexes into the snapshot's routes; empty: whatever route it takes
};

/// conflicting: both lead to an origin, not the same one, and some request matches both. Whoever is in
/// a group of each would have no one origin, so that config refuses such a pair.
bool conflicting(const Rule& a, const Rule& b);

/// RuleSet is the policy of one snapshot, at most kRulesMax rules. Immutable.
inline constexpr size_t kRulesMax = 1024;
struct RuleSet {
  std::vector<Rule> rules;
};

/// Facts is everything policy may see of a request besides the identity. Closed: what is not here
/// cannot influence a decision.
struct Facts {
  ByteView method;
  ByteView path;               // normal form
  bool body_inspected = false; // guards looked at all that they look at, and none refuses it
  bool guard_asks = false;     // one of them wants a person's approval
  bool approved = false;       // a person granted exactly this request
  uint32_t route = kNoRoute;   // index into the snapshot's routes; kNoRoute where there are none
  uint32_t origin = kNoOrigin; // where its route leads
  const Address* client = nullptr;  // where it comes from; null: unknown, which of rules with sources only deny ones match
};

/// Verdict of policy before guards and approval are through, and after.
enum class Verdict : uint8_t {
  allow,      // go on to the origin
  deny,       // refuse with `reason`
  need_body,  // collect the body, run `guards` over it, set body_inspected, decide again
  hold,       // a person must approve, set approved, decide again
};

/// kDecisionRulesMax bounds the rule names that a decision keeps for the record.
inline constexpr size_t kDecisionRulesMax = 8;

struct Decision {
  Verdict verdict = Verdict::deny;
  Reason reason = Reason::policy_no_rule;
  uint32_t origin = 0;
  uint64_t guards = 0;          // union over the matching allow and approve rules, loose matches too
  uint64_t masks = 0;           // likewise
  bool origin_cache = true;     // every rule that has masks lets masked answers keep the origin's Cache-Control
  Keep keep = Keep::heads;      // the most that any of them keeps
  bool commit_now = false;      // any of them asks for it
  bool compress = false;        // likewise
  uint16_t rules[kDecisionRulesMax] = {};  // the rules that made it, as indexes, in policy order
  uint8_t rule_count = 0;
};

/// decide: deny by default; explicit deny beats approve beats allow; guards come before a person is
/// asked (need_body, then hold), and may be why one is asked. An expired identity is denied with token_expired, one without proof
/// with token_missing, an unbound one with policy_unbound where a rule asks for that, a request whose rules name two origins
/// with policy_denied. Never allocates. One pass over the rules: groups, then method, then path (bench/policy_bench.cc).
Decision decide(const RuleSet& policy, const identity::Identity& identity, const Facts& facts, WallNs now);

}  // namespace gatehouse::policy
