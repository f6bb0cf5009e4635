// Values of header fields: whether something stands in them that must not be seen.
#pragma once

#include "base/room.h"
#include "mask/detect.h"
#include "mask/mask.h"

namespace gatehouse::mask {

/// ValueCheck looks with the detectors of some masks. Working memory of one thread, reused.
class ValueCheck {
 public:
  /// finds: one of the detectors finds something in the value of a field, as it stands or with its percent escapes undone.
  /// The field's name is what a key is in JSON: words nearby.
  bool finds(const Plan& plan, Selection masks, ByteView name, ByteView value);

 private:
  bool look(const Wanted& wanted, ByteView name, ByteView text);

  Room<char> text_;
  Room<Found> found_;
};

}  // namespace gatehouse::mask
