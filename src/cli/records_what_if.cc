#include "cli/exit_code.h"
#include "cli/prepared.h"
#include "cli/recorded.h"
#include "cli/records_what_if.h"
#include "cli/what_if_report.h"

namespace gatehouse::cli {
namespace {

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

int judge_rows(const RecordsWhatIf& options, WhatIf& what_if, WhatIfReport& report, Found* found) {
  Judged one;
  const auto see = [&](Row&& row) {
    one.outcome = what_if.judge(row);
    one.row = std::move(row);
    report.see(one);
  };
  return each_row(options.place, options.filter, see, found);
}

int judge_bodies(const RecordsWhatIf& options, const config::Snapshot& snapshot, const Candidate& candidate, WhatIf& what_if,
                 WhatIfReport& report, Found* found) {
  WhatIfBodies bodies(options.place, snapshot, candidate, what_if);
  std::vector<Judged> batch;
  int result = kExitOk;
  const auto flush = [&] {
    if (result == kExitOk) result = bodies.look(batch);
    for (const Judged& each : batch)
      if (result == kExitOk) report.see(each);
    batch.clear();
  };
  const auto see = [&](Row&& row) {
    Judged& one = batch.emplace_back();
    one.outcome = what_if.judge(row);
    one.row = std::move(row);
    if (batch.size() >= WhatIfBodies::kBatch) flush();
  };
  const int code = each_row(options.place, options.filter, see, found);
  flush();
  return code != kExitOk ? code : result;
}

}  // namespace

int records_what_if(const RecordsWhatIf& options) {
  config::RuntimeInputs inputs;
  inputs.tickets = tls::make_ticket_keys(nullptr);
  config::Prepared prepared;
  if (const int code = prepare_or_complain(options.policy, inputs, &prepared); code != kExitOk) return code;
  Candidate candidate = candidate_of(*prepared.snapshot);
  for (const auto& route : prepared.loaded.config.routes) candidate.by_host = candidate.by_host || !route.hosts.empty();
  WhatIf what_if(candidate);
  WhatIfReport report(candidate, options.json, !options.decisions_only);
  Found found;
  if (const int code = options.decisions_only ? judge_rows(options, what_if, report, &found)
                                              : judge_bodies(options, *prepared.snapshot, candidate, what_if, report, &found);
      code != kExitOk)
    return code;
  report.sum();
  tell_of(found);
  const int written = flush_output();
  return written != kExitOk ? written : report.any() ? kExitRefused : kExitOk;
}

}  // namespace gatehouse::cli
