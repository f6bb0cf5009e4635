// Values of header fields: whether something stands in them that must not be seen.
#pragma once

#include <memory>

#include "mask/mask.h"

namespace gatehouse::mask {

/// ValueCheck looks with the detectors of some masks. Working memory of one thread, reused.
class ValueCheck {
 public:
  ValueCheck();
  ~ValueCheck();
  ValueCheck(const ValueCheck&) = delete;

  /// prepare allocates for a plan, before its first use with it; false when there is no memory.
  bool prepare(const Plan& plan);

  /// finds: one of the detectors finds something in the value of a field, as it stands or with its percent escapes undone, and
  /// those that they stood for.
  /// The field's name is what a key is in JSON: words nearby.
  bool finds(const Plan& plan, Selection masks, ByteView name, ByteView value);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse::mask
