// What is looked for in texts. Included by mask/*.cc only.
#pragma once

#include "detect/detect.h"

namespace gatehouse::mask {

class ColumnRules;  // column_rules.h

/// Wanted is which detectors are asked, and which masks name columns of tables in texts.
struct Wanted : detect::Wanted {
  const ColumnRules* columns = nullptr;   // null: none. Outlives each call

  bool any() const { return set != 0 || columns != nullptr; }
};

}  // namespace gatehouse::mask
