// Which masks name columns of tables that stand in texts. Included by mask/*.cc only.
#pragma once

#include "detect/cells.h"
#include "mask/plan.h"

namespace gatehouse::mask {

inline constexpr size_t kColumnName = 64;   // bytes of a column's name; a longer one heads none

/// ColumnRules is what the selected masks of a plan say of columns, by paths **.name. Views a plan, which outlives it.
class ColumnRules {
 public:
  static constexpr uint8_t kNone = detect::Cell::kNoRule;   // kNoRule of piece.h

  /// ask chooses masks; false when none names a column.
  bool ask(const Plan::State& plan, Selection masks);
  /// of returns the mask of the column `name`, as a head writes it, without what stands around it; kNone: none.
  uint8_t of(ByteView name) const {
    return name.size() <= kColumnName && (sizes_ >> (name.size() & 63) & 1) != 0 ? look_up(name) : kNone;
  }
  /// strongest of all of them.
  uint8_t strongest() const { return strongest_; }

 private:
  uint8_t look_up(ByteView name) const;
  uint8_t stronger(uint8_t rule, const ColumnPath& path) const;

  const Plan::State* plan_ = nullptr;
  Selection masks_ = 0;
  uint64_t sizes_ = 0;         // of names: bit size modulo 64
  uint8_t strongest_ = kNone;
};

}  // namespace gatehouse::mask
