#include "mask/asked.h"

#include <bit>

namespace gatehouse::mask {

void Asked::start(const Plan::State& plan, Selection masks) {
  wanted = {};
  strongest = kNoRule;
  for (uint8_t& each : rule) each = kNoRule;
  for (uint8_t& each : custom_rule) each = kNoRule;
  uint64_t custom = 0;
  const auto stronger = [&](uint8_t a, uint8_t b) { return a == kNoRule || plan.rules[b].rank < plan.rules[a].rank ? b : a; };
  for (Selection rest = masks & plan.every; rest != 0; rest &= rest - 1) {
    const auto index = static_cast<uint8_t>(std::countr_zero(rest));
    strongest = stronger(strongest, index);
    for (detect::DetectorSet set = plan.rules[index].detectors; set != 0; set &= set - 1) {
      uint8_t& own = rule[std::countr_zero(set)];
      own = stronger(own, index);
    }
    for (uint64_t set = plan.rules[index].custom; set != 0; set &= set - 1) {
      uint8_t& own = custom_rule[std::countr_zero(set)];
      own = stronger(own, index);
    }
    custom |= plan.rules[index].custom;
    wanted.set |= plan.rules[index].detectors;
  }
  wanted.called = &called_for(wanted.set, &called);
  if (columns.ask(plan, masks)) wanted.columns = &columns;
  if (custom == 0) return;
  scan.ask(*plan.custom, custom);
  wanted.custom = &scan;
}

}  // namespace gatehouse::mask
