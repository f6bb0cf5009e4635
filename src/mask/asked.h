// Which detectors a selection of masks asks, and whose rule each belongs to. Included by mask/*.cc only.
#pragma once

#include "mask/column_rules.h"
#include "mask/custom_scan.h"
#include "mask/detect.h"
#include "mask/editor.h"
#include "mask/finder.h"
#include "mask/plan.h"

namespace gatehouse::mask {

struct Asked {
  Wanted wanted;
  uint8_t rule[kDetectors];   // kNoRule: not asked
  uint8_t custom_rule[kCustomDetectorsMax];  // likewise, of the custom detectors
  uint8_t strongest;          // of all selected masks

  CustomScan scan;            // wanted.custom, when some are asked
  Called called;              // wanted.called, when it is no usual one
  ColumnRules columns;        // wanted.columns, when some mask names one

  /// prepare allocates for a plan, before its first start(); false when there is no memory.
  bool prepare(const Plan::State& plan) { return plan.custom == nullptr || scan.prepare(*plan.custom); }
  void start(const Plan::State& plan, Selection masks);
  uint8_t rule_of(const Found& found) const {
    if (found.detector == Detector::field) return found.custom;
    return found.detector == Detector::custom ? custom_rule[found.custom] : rule[static_cast<size_t>(found.detector)];
  }
};

}  // namespace gatehouse::mask
