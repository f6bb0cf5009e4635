// Bodies of the type application/x-www-form-urlencoded (WHATWG URL section 5), as token requests have them.
#pragma once

#include <span>
#include <string>

#include "base/bytes.h"

namespace gatehouse::http {

inline constexpr size_t kFormParametersMax = 64;

/// FormField is a parameter that is looked for.
struct FormField {
  ByteView name;
  std::string value = {};   // decoded; of the first that is there
  uint32_t times = 0;       // how often it is there
};

/// read_form fills in the fields from a whole body. False for what readers do not agree on: a broken percent escape or bytes that
/// are no UTF-8 in any parameter, more than kFormParametersMax of them. Linear; allocates no more than the body.
bool read_form(ByteView body, std::span<FormField> fields);

}  // namespace gatehouse::http
