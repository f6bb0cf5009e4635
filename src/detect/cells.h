// Cells of tables in a text, which the names of their columns name. Who reads tables lists them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/room.h"
#include "detect/kinds.h"

namespace gatehouse::detect {

/// Cell is a named one of a row: text[begin, end), without blanks and quotes around.
struct Cell {
  static constexpr uint8_t kNoRule = 0xff;

  uint32_t begin, end;
  bool open;            // more text may belong to it
  DetectorSet names;
  ByteView name;        // of its column; kSimdPadding readable behind
  uint8_t rule = kNoRule;   // the mask that names its column, and takes the cell whole
};

/// Cells is what a call of detect() is told of the cells in its text, and what it tells.
struct Cells {
  Room<Cell> list;            // in order
  size_t hold = SIZE_MAX;     // in an open text: what is behind may yet be a cell
  size_t met = SIZE_MAX;      // out: where the first word stands that may head a column; SIZE_MAX: none
  size_t met_last = 0;        // and the last
  std::vector<std::shared_ptr<const void>> heads{};   // whose names the cells bear

  void clear() {
    list.clear();
    heads.clear();
    hold = met = SIZE_MAX;
    met_last = 0;
  }
  /// of returns the cell that holds text[at]; nullptr when none does.
  const Cell* of(size_t at) const;
};

}  // namespace gatehouse::detect
