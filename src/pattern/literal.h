// What can be told of an expression's cost from its text alone.
#pragma once

#include "base/bytes.h"

namespace gatehouse::pattern {

/// required_literal is the length in bytes of the longest plain text that every match must contain, as far as it can
/// be read from the expression: never too long, perhaps too short. From about 3 on a pattern costs next to nothing
/// where its text does not occur; at 0 nearly every byte may begin a match. Linear.
size_t required_literal(ByteView expression);

}  // namespace gatehouse::pattern
