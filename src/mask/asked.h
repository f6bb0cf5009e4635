// Which detectors a selection of masks asks, and whose rule each belongs to. Included by mask/*.cc only.
#pragma once

#include "mask/detect.h"
#include "mask/editor.h"
#include "mask/plan.h"

namespace gatehouse::mask {

struct Asked {
  Wanted wanted;
  uint8_t rule[kDetectors];   // kNoRule: not asked
  uint8_t strongest;          // of all selected masks

  void start(const Plan::State& plan, Selection masks);
  uint8_t rule_of(const Found& found) const { return rule[static_cast<size_t>(found.detector)]; }
};

}  // namespace gatehouse::mask
