// The changes of a body that are not yet cut into slices. Included by mask/*.cc only.
#pragma once

#include "base/room.h"
#include "mask/mask.h"
#include "mask/plan.h"

namespace gatehouse::mask {

/// Weight says which of two overlapping marks decides what stands in the place of both, when their rules are equally strong.
enum class Weight : uint8_t {
  found,    // a value within one text
  joined,   // a part of a value that goes over several texts
  source,   // what the source or a path decided
};

/// Mark is one change to be made: raw bytes of the body, and where its replacement stands.
struct Mark {
  uint64_t offset;
  uint32_t length;
  uint32_t text_at;      // in the owner's texts: as it is written
  uint32_t text_length;
  uint32_t place;        // what the owner makes of it: a token, an offset in its places
  uint8_t rule;
  detect::Detector detector;
  detect::Evidence evidence;
  Weight weight;

  uint64_t end() const { return offset + length; }
};

/// settle_marks puts marks in order and makes one of those that overlap: named and replaced as the strongest.
void settle_marks(const Plan::State& plan, Room<Mark>* marks);

}  // namespace gatehouse::mask
