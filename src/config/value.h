// One value against its line in the table of keys.
#pragma once

#include "config/tree.h"

namespace gatehouse::config {

/// check_value converts a value and holds it against its key. What is wrong goes to the report (null:
/// being wrong is an assertion, for defaults) and gives a Value that is not valid.
Value check_value(const Key& key, const Raw& raw, Report* report);

}  // namespace gatehouse::config
