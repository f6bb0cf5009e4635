#include "mask/column_rules.h"

#include <algorithm>

namespace gatehouse::mask {

uint8_t ColumnRules::stronger(uint8_t rule, const ColumnPath& path) const {
  if ((masks_ >> path.rule & 1) == 0) return rule;
  const bool wins = rule == kNone || plan_->rules[path.rule].rank < plan_->rules[rule].rank;
  return wins ? static_cast<uint8_t>(path.rule) : rule;
}

bool ColumnRules::ask(const Plan::State& plan, Selection masks) {
  plan_ = &plan;
  masks_ = masks & plan.with_columns;
  sizes_ = 0;
  strongest_ = kNone;
  if (masks_ == 0) return false;
  for (const ColumnPath& path : plan.columns) {
    if ((masks_ >> path.rule & 1) == 0) continue;
    sizes_ |= uint64_t{1} << (path.name.size() & 63);
    strongest_ = stronger(strongest_, path);
  }
  return true;
}

uint8_t ColumnRules::look_up(ByteView name) const {
  uint8_t rule = kNone;
  const auto less = [](const ColumnPath& path, ByteView wanted) { return path.name < wanted; };
  auto at = std::lower_bound(plan_->columns.begin(), plan_->columns.end(), name, less);
  for (; at != plan_->columns.end() && at->name == name; ++at) rule = stronger(rule, *at);
  return rule;
}

}  // namespace gatehouse::mask
