// Libraries, their versions and when those were released.
#pragma once

#include <string>

#include "base/bytes.h"

namespace gatehouse::cli {

/// Month is when a version was released; unknown when year is 0.
struct Month {
  int year = 0;
  int month = 0;   // 1 to 12

  bool known() const { return year != 0; }
  std::string text() const;                     // "2023-04"
  /// age in months; `month_now` is year * 12 + month - 1.
  int age(int month_now) const;
  /// described says it for people: "released 2023-04, 2 years old".
  std::string described(int month_now) const;
};

struct Library {
  std::string name;
  std::string version;
  Month released;
};

/// release_month knows the versions that Debian 12 and 13 and tools/setup bring.
Month release_month(ByteView library, ByteView version);

}  // namespace gatehouse::cli
