#include <algorithm>
#include <cstdio>
#include <map>

#include "cli/exit_code.h"
#include "cli/prepared.h"
#include "cli/recorded.h"
#include "cli/records_what_if.h"
#include "cli/what_if.h"

namespace gatehouse::cli {
namespace {

using Verdict = WhatIfOutcome::Verdict;

Candidate candidate_of(const config::Snapshot& snapshot) {
  Candidate out;
  out.rules = &snapshot.policy;
  for (const config::Origin& origin : snapshot.origins) out.origins.push_back(origin.name);
  for (const config::Route& route : snapshot.routes) {
    out.routes.push_back(route.name);
    out.route_origins.push_back(route.origin);
  }
  if (!snapshot.routes.empty()) out.route_table = &snapshot.route_table;
  uint64_t guards = 0, masks = 0;
  for (const policy::Rule& rule : snapshot.policy.rules) {
    guards |= rule.guards;
    masks |= rule.masks;
  }
  const auto names = [](uint64_t used, auto* set) {   // what no rule uses stays without a name: nothing selects it
    std::vector<ByteView> list(used == 0 ? 0 : 64 - static_cast<size_t>(__builtin_clzll(used)));
    for (size_t i = 0; i < list.size(); ++i)
      if ((used >> i & 1) != 0) list[i] = set->name(i);
    return list;
  };
  out.guards = names(guards, snapshot.guards.get());
  out.masks = names(masks, snapshot.masks.get());
  out.request_guards = snapshot.guards == nullptr ? 0 : snapshot.guards->of_requests();
  return out;
}

std::string verdict_text(Verdict verdict, Reason reason, bool asked) {
  if (verdict == Verdict::deny) return "deny (" + std::string(reason_name(reason)) + ")";
  if (verdict == Verdict::hold) return "hold";
  return asked ? "allow, after a person granted it" : "allow";
}

std::vector<std::string> names_of(uint64_t bits, const std::vector<ByteView>& names) {
  std::vector<std::string> out;
  for (; bits != 0; bits &= bits - 1)
    if (const auto at = static_cast<size_t>(__builtin_ctzll(bits)); at < names.size()) out.emplace_back(names[at]);
  return out;
}

/// Report writes what would change, and counts.
class Report {
 public:
  Report(const Candidate& candidate, bool json) : candidate_(candidate), json_(json) {}

  void see(const Row& row, const WhatIfOutcome& outcome) {
    if (outcome.not_judged != nullptr) {
      ++not_judged_[outcome.not_judged];
      return;
    }
    ++judged_;
    verdicts_ += outcome.verdict_changes ? 1 : 0;
    origins_ += outcome.origin_changes ? 1 : 0;
    masks_ += outcome.masks_change ? 1 : 0;
    guards_ += outcome.guards_change ? 1 : 0;
    if (!outcome.changes()) return;
    ++changed_;
    if (json_) print_json(row, outcome);
    else print(row, outcome);
  }

  void sum() const {
    if (json_) return sum_json();
    const auto n = [](uint64_t value) { return static_cast<unsigned long long>(value); };
    std::printf(
        "%s%llu exchanges judged, %llu would change: %llu in the verdict, %llu in the origin, %llu in masks, %llu in "
        "guards\n",
        changed_ > 0 ? "\n" : "", n(judged_), n(changed_), n(verdicts_), n(origins_), n(masks_), n(guards_));
    for (const auto& [why, count] : not_judged_) std::printf("%llu not judged: %s\n", n(count), why.c_str());
  }

  bool any() const { return changed_ > 0; }

 private:
  std::vector<std::string> rules_of(const WhatIfOutcome& outcome) const {
    std::vector<std::string> out;
    for (uint8_t i = 0; i < outcome.decision.rule_count; ++i)
      out.push_back(candidate_.rules->rules[outcome.decision.rules[i]].name);
    return out;
  }

  void print(const Row& row, const WhatIfOutcome& outcome) const {
    std::printf("%s  %s  %s  %s %s\n", record::format_time(row.began).c_str(), id_text(row.id).c_str(),
                display(row.subject).c_str(), display(row.method).c_str(), display(row.path).c_str());
    const auto change = [](const char* what, const std::string& was, const std::string& would) {
      std::printf("    %-8s %s  ->  %s\n", what, was.empty() ? "none" : display(was).c_str(),
                  would.empty() ? "none" : display(would).c_str());
    };
    if (outcome.verdict_changes)
      change("verdict", verdict_text(outcome.was, outcome.was_reason, outcome.was_asked),
             verdict_text(outcome.would, outcome.would_reason, outcome.would_ask));
    if (outcome.origin_changes) change("origin", row.origin, std::string(outcome.origin));
    if (outcome.masks_change) change("masks", joined(row.masks), joined(names_of(outcome.decision.masks, candidate_.masks)));
    if (outcome.guards_change) change("guards", joined(row.guards), joined(names_of(outcome.decision.guards, candidate_.guards)));
    change("rules", joined(row.rules), joined(rules_of(outcome)));
  }

  void print_json(const Row& row, const WhatIfOutcome& outcome) const {
    const auto list = [](const std::vector<std::string>& words) {
      std::string out;
      for (const std::string& word : words) out += (out.empty() ? "" : ",") + quoted(word);
      return "[" + out + "]";
    };
    const auto verdict = [](Verdict one) { return one == Verdict::allow ? "allow" : one == Verdict::deny ? "deny" : "hold"; };
    const auto side = [&](Verdict one, Reason reason, bool asked, ByteView origin, const std::vector<std::string>& rules,
                          const std::vector<std::string>& guards, const std::vector<std::string>& masks) {
      return std::string("{\"verdict\":\"") + verdict(one) + "\",\"reason\":" + quoted(reason_name(reason)) + ",\"asked\":" +
             (asked ? "true" : "false") + ",\"origin\":" + quoted(origin) + ",\"rules\":" + list(rules) + ",\"guards\":" +
             list(guards) + ",\"masks\":" + list(masks) + "}";
    };
    const std::string line =
        "{\"exchange_id\":\"" + id_text(row.id) + "\",\"time\":\"" + record::format_time(row.began) + "\",\"subject\":" +
        quoted(row.subject) + ",\"method\":" + quoted(row.method) + ",\"path\":" + quoted(row.path) + ",\"was\":" +
        side(outcome.was, outcome.was_reason, outcome.was_asked, row.origin, row.rules, row.guards, row.masks) + ",\"would_be\":" +
        side(outcome.would, outcome.would_reason, outcome.would_ask, outcome.origin, rules_of(outcome),
             names_of(outcome.decision.guards, candidate_.guards), names_of(outcome.decision.masks, candidate_.masks)) + "}";
    std::puts(line.c_str());
  }

  void sum_json() const {
    std::string why;
    for (const auto& [text, count] : not_judged_) why += (why.empty() ? "" : ",") + quoted(text) + ":" + std::to_string(count);
    std::printf(
        "{\"judged\":%llu,\"changed\":%llu,\"verdicts\":%llu,\"origins\":%llu,\"masks\":%llu,\"guards\":%llu,\"not_judged\":{"
        "%s}}\n",
        static_cast<unsigned long long>(judged_), static_cast<unsigned long long>(changed_),
        static_cast<unsigned long long>(verdicts_), static_cast<unsigned long long>(origins_),
        static_cast<unsigned long long>(masks_), static_cast<unsigned long long>(guards_), why.c_str());
  }

  const Candidate& candidate_;
  bool json_;
  uint64_t judged_ = 0, changed_ = 0, verdicts_ = 0, origins_ = 0, masks_ = 0, guards_ = 0;
  std::map<std::string, uint64_t> not_judged_;
};

}  // namespace

int records_what_if(const RecordsWhatIf& options) {
  config::RuntimeInputs inputs;
  inputs.tickets = tls::make_ticket_keys(nullptr);
  config::Prepared prepared;
  if (const int code = prepare_or_complain(options.policy, inputs, &prepared); code != kExitOk) return code;
  Candidate candidate = candidate_of(*prepared.snapshot);
  for (const auto& route : prepared.loaded.config.routes) candidate.by_host = candidate.by_host || !route.hosts.empty();
  WhatIf what_if(candidate);
  Report report(candidate, options.json);
  Found found;
  const auto see = [&](Row&& row) { report.see(row, what_if.judge(row)); };
  if (const int code = each_row(options.place, options.filter, see, &found); code != kExitOk) return code;
  report.sum();
  tell_of(found);
  const int written = flush_output();
  return written != kExitOk ? written : report.any() ? kExitRefused : kExitOk;
}

}  // namespace gatehouse::cli
