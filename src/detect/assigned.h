// Where the value of a secret's name begins, and what it is judged by. Included by detect/*.cc only.
#pragma once

#include "detect/finder.h"
#include "detect/secret_value.h"

namespace gatehouse::detect {

/// Start is where a value begins, and how.
struct Start {
  size_t at = 0;
  bool found = false, tight = false, quoted = false, tag = false, option = false;
  bool told = false;     // Assigned::told, and spoken
  bool spoken = false;
  bool line = false;     // it stands in the line below its name
  bool paired = false;   // its name is a value beside it
  char mark = 0;         // quoted: which quotation mark ends it, and how many backslashes stand before it
  size_t slashes = 0;
};

/// judge_value adds the value that begins at start.at, or holds it; returns where its finder may go on.
size_t judge_value(Sight& sight, const Start& start, SecretName name);

}  // namespace gatehouse::detect
