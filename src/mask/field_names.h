// What detectors the names of fields speak of, remembered. Included by mask/*.cc only.
#pragma once

#include "detect/detect.h"
#include "mask/text_names.h"

namespace gatehouse::mask {

/// FieldNames is named_by_field() for the few names that come again and again.
class FieldNames {
 public:
  detect::DetectorSet of(ByteView field) {
    if (field.empty()) return 0;
    if (field.size() < 2 || field.size() > kShortName) return detect::named_by_field(field);
    const ShortName name = ShortName::read(field);
    Entry& entry = entries_[name.slot() % kEntries];
    if (!(entry.name == name)) entry = {name, detect::named_by_field(field)};
    return entry.names;
  }

 private:
  static constexpr size_t kEntries = 32;
  struct Entry {
    ShortName name{};
    detect::DetectorSet names = 0;
  };
  Entry entries_[kEntries];
};

}  // namespace gatehouse::mask
