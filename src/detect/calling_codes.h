// Calling codes (ITU-T E.164) and how long numbers of each are.
#pragma once

#include "base/bytes.h"

namespace gatehouse::detect {

/// CallingCode is what an international number begins with.
struct CallingCode {
  unsigned digits = 0;       // of the code; 0: none begins so
  unsigned least = 0, most = 0;  // digits of the whole number
};

/// calling_code reads the code that so many digits begin with.
CallingCode calling_code(const char* digits, size_t count);

}  // namespace gatehouse::detect
