// Characters beyond ASCII that look like ASCII (UTS 39). Included by pattern/*.cc and tests only.
#pragma once

#include <vector>

#include "pattern/code_points.h"

namespace gatehouse::pattern {

/// LookAlikes is a table, immutable once built.
class LookAlikes {
 public:
  LookAlikes();

  bool has(uint32_t code_point) const { return bits_.has(code_point); }
  /// of gives 1 to 4 ASCII characters in lower case, valid as long as the table. Only of what it has.
  ByteView of(uint32_t code_point) const;
  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    uint32_t code_point;
    uint8_t length;
    char ascii[4];
  };
  Bits bits_;
  std::vector<Entry> entries_;  // sorted
};

/// look_alikes is built on the first call.
const LookAlikes& look_alikes();

}  // namespace gatehouse::pattern
