#include "cli/what_if.h"

#include <algorithm>

namespace gatehouse::cli {
namespace {

using Verdict = WhatIfOutcome::Verdict;

/// bits_of are those of the names that the candidate has; *known tells whether it has all of them.
uint64_t bits_of(const std::vector<std::string>& words, const std::vector<ByteView>& names, bool* known) {
  uint64_t bits = 0;
  for (const std::string& word : words) {
    const auto at = std::find(names.begin(), names.end(), word);
    if (at == names.end()) *known = false;
    else bits |= uint64_t{1} << (at - names.begin());
  }
  return bits;
}

bool any_of(const std::vector<std::string>& words, const std::vector<ByteView>& names, uint64_t selection) {
  bool known = true;
  return (bits_of(words, names, &known) & selection) != 0;
}

/// by_policy: refusals that policy, guards on requests or a person made; the others come whatever the policy says.
bool by_policy(uint64_t reason) {
  const auto code = static_cast<uint64_t>(Reason::policy_no_rule);
  const auto after = static_cast<uint64_t>(Reason::origin_connect);
  return reason >= code && reason < after && reason != static_cast<uint64_t>(Reason::policy_route) &&
         reason != static_cast<uint64_t>(Reason::guard_busy);
}

/// unread_reason is why guards could not read the request; none.
Reason unread_reason(uint64_t reason) {
  Reason out = Reason::none;
  const bool unread = reason >= static_cast<uint64_t>(Reason::guard_uninspectable) &&
                      reason <= static_cast<uint64_t>(Reason::guard_form) && reason != static_cast<uint64_t>(Reason::guard_busy);
  return unread && reason_from_code(static_cast<uint16_t>(reason), &out) ? out : Reason::none;
}

}  // namespace

bool WhatIf::take_identity(const Row& row) {
  using identity::Proof;
  identity_.proof = Proof::none;
  for (const Proof proof : {Proof::oidc_jwt, Proof::certificate, Proof::saml, Proof::gateway_token, Proof::api_key})
    if (row.proof == identity::proof_name(proof)) identity_.proof = proof;
  if (identity_.proof == Proof::none) return false;
  identity_.subject = row.subject;
  identity_.groups = row.groups;
  std::sort(identity_.groups.begin(), identity_.groups.end());
  identity_.expires = row.identity_expires;
  identity_.certificate.fill(row.certificate.empty() ? 0 : 1);
  return true;
}

const char* WhatIf::take_route(const Row& row, policy::Facts* facts) const {
  if (candidate_.route_table == nullptr) return nullptr;
  facts->route = policy::kNoRoute;
  if (!candidate_.by_host) {
    facts->route = candidate_.route_table->find({}, row.path);
  } else {
    const auto at = std::find(candidate_.routes.begin(), candidate_.routes.end(), ByteView(row.route));
    if (at == candidate_.routes.end()) return "routes by host, and none has the name of the recorded one";
    facts->route = static_cast<uint32_t>(at - candidate_.routes.begin());
  }
  if (facts->route != policy::kNoRoute) facts->origin = candidate_.route_origins[facts->route];
  return nullptr;
}

void WhatIf::decide(const Row& row, policy::Facts facts, const Inspected* inspected, WhatIfOutcome* out) const {
  facts.body_inspected = facts.approved = true;   // then the decision has all guards and masks that there are to it
  out->decision = policy::decide(*candidate_.rules, identity_, facts, row.began);
  if (out->decision.verdict == policy::Verdict::deny) {
    out->would_reason = out->decision.reason;
    return;
  }
  const uint64_t guards = out->decision.guards & candidate_.request_guards;
  if (inspected != nullptr) out->would_reason = inspected->reason;
  else if (any_of(row.blocked_by, candidate_.guards, guards)) out->would_reason = Reason::guard_hit;
  else if (any_of(row.guards, candidate_.guards, guards)) out->would_reason = unread_reason(row.reason);
  if (out->would_reason != Reason::none) return;
  facts.guard_asks = inspected != nullptr ? inspected->asks : any_of(row.asked_by, candidate_.guards, guards);
  facts.approved = false;
  out->would_ask = policy::decide(*candidate_.rules, identity_, facts, row.began).verdict == policy::Verdict::hold;
  out->would = out->would_ask && !row.granted ? Verdict::hold : Verdict::allow;
  out->origin = candidate_.origins[out->decision.origin];
}

void WhatIf::compare(const Row& row, WhatIfOutcome* out) const {
  bool same_guards = true, same_masks = true;
  const uint64_t guards = bits_of(row.guards, candidate_.guards, &same_guards);
  const uint64_t masks = bits_of(row.masks, candidate_.masks, &same_masks);
  out->verdict_changes = out->was != out->would || out->was_asked != out->would_ask ||
                         (out->was == Verdict::deny && out->was_reason != out->would_reason);
  if (out->would == Verdict::deny || out->was == Verdict::deny) return;   // then nothing of the rest is done
  out->origin_changes = !row.origin.empty() && out->origin != row.origin;
  out->masks_change = !same_masks || masks != out->decision.masks;
  out->guards_change = !same_guards || guards != out->decision.guards;
}

WhatIfOutcome WhatIf::judge(const Row& row, const Inspected* inspected) {
  WhatIfOutcome out;
  const auto not_judged = [&](const char* why) {
    out.not_judged = why;
    return out;
  };
  if (!take_identity(row)) return not_judged("nobody was proved");
  if (row.sealed && row.subject.empty()) return not_judged("who called is sealed; give --key FILE");
  if (row.method.empty()) return not_judged("it came to no decision");
  if (row.path.empty()) return not_judged(row.sealed ? "its path is sealed; give --key FILE" : "it came to no decision");
  const bool forwarded = row.verdict == "allow";
  if (!forwarded && row.reason != 0 && !by_policy(row.reason)) return not_judged("something else refused it");
  if (!forwarded && row.reason == 0 && row.step.empty()) return not_judged("it came to no decision");
  policy::Facts facts{row.method, row.path};
  const std::optional<Address> client = parse_address(row.client);
  facts.client = client ? &*client : nullptr;
  if (const char* why = take_route(row, &facts)) return not_judged(why);
  out.route = facts.route;
  out.was_asked = !row.step.empty();
  out.was = forwarded ? Verdict::allow : row.reason != 0 ? Verdict::deny : Verdict::hold;
  Reason reason = Reason::none;
  if (out.was == Verdict::deny && row.reason <= UINT16_MAX) reason_from_code(static_cast<uint16_t>(row.reason), &reason);
  out.was_reason = reason;
  if (candidate_.route_table != nullptr && facts.route == policy::kNoRoute) out.would_reason = Reason::policy_route;
  else decide(row, facts, inspected, &out);
  // A person's refusal stands for whoever would be asked again.
  if (out.would == Verdict::hold && out.was == Verdict::deny && out.was_asked) {
    out.would = Verdict::deny;
    out.would_reason = out.was_reason;
  }
  compare(row, &out);
  return out;
}

}  // namespace gatehouse::cli
