#include "detect/cells.h"

#include <algorithm>

namespace gatehouse::detect {

const Cell* Cells::of(size_t at) const {
  const Cell* const found = std::upper_bound(list.begin(), list.end(), at, [](size_t a, const Cell& cell) { return a < cell.end; });
  return found != list.end() && found->begin <= at ? found : nullptr;
}

}  // namespace gatehouse::detect
