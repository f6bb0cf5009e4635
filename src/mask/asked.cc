#include "mask/asked.h"

#include <bit>

namespace gatehouse::mask {

void Asked::start(const Plan::State& plan, Selection masks) {
  wanted = {};
  strongest = kNoRule;
  for (uint8_t& each : rule) each = kNoRule;
  const auto stronger = [&](uint8_t a, uint8_t b) { return a == kNoRule || plan.rules[b].rank < plan.rules[a].rank ? b : a; };
  for (Selection rest = masks & plan.every; rest != 0; rest &= rest - 1) {
    const auto index = static_cast<uint8_t>(std::countr_zero(rest));
    strongest = stronger(strongest, index);
    for (DetectorSet set = plan.rules[index].detectors; set != 0; set &= set - 1) {
      uint8_t& own = rule[std::countr_zero(set)];
      own = stronger(own, index);
    }
    wanted.set |= plan.rules[index].detectors;
  }
}

}  // namespace gatehouse::mask
