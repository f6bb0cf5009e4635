// JSON numbers by grammar (RFC 8259 section 6): range and precision are the reader's affair.
#pragma once

#include "base/bytes.h"

namespace gatehouse::json {

/// NumberShape says which parts a number has.
struct NumberShape {
  bool valid = false;
  bool fraction = false;
  bool exponent = false;
};

/// read_number judges a whole token: [-] int [frac] [exp], nothing before or after.
NumberShape read_number(ByteView token);

}  // namespace gatehouse::json
