// Which detectors a selection of masks asks, and whose rule each belongs to. Included by mask/*.cc only.
#pragma once

#include "detect/custom_scan.h"
#include "detect/detect.h"
#include "detect/finder.h"
#include "mask/column_rules.h"
#include "mask/piece.h"
#include "mask/plan.h"
#include "mask/wanted.h"

namespace gatehouse::mask {

struct Asked {
  Wanted wanted;
  uint8_t rule[detect::kDetectors];   // kNoRule: not asked
  uint8_t custom_rule[detect::kCustomDetectorsMax];  // likewise, of the custom detectors
  uint8_t strongest;          // of all selected masks

  detect::CustomScan scan;            // wanted.custom, when some are asked
  detect::Called called;              // wanted.called, when it is no usual one
  ColumnRules columns;        // wanted.columns, when some mask names one

  /// prepare allocates for a plan, before its first start(); false when there is no memory.
  bool prepare(const Plan::State& plan) { return plan.custom == nullptr || scan.prepare(*plan.custom); }
  void start(const Plan::State& plan, Selection masks);
  uint8_t rule_of(const detect::Found& found) const {
    if (found.detector == detect::Detector::field) return found.custom;
    return found.detector == detect::Detector::custom ? custom_rule[found.custom] : rule[static_cast<size_t>(found.detector)];
  }
};

}  // namespace gatehouse::mask
