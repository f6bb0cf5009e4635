#include "record/change.h"

namespace gatehouse::record {

ByteView change_name(Change change) {
  static constexpr ByteView kNames[] = {
#define GH_CHANGE(name, text) #name,
      GATEHOUSE_RECORD_CHANGES(GH_CHANGE)
#undef GH_CHANGE
  };
  return kNames[static_cast<size_t>(change)];
}

ByteView change_text(Change change) {
  static constexpr ByteView kTexts[] = {
#define GH_CHANGE(name, text) text,
      GATEHOUSE_RECORD_CHANGES(GH_CHANGE)
#undef GH_CHANGE
  };
  return kTexts[static_cast<size_t>(change)];
}

}  // namespace gatehouse::record
