// What can be told of an expression from its text alone.
#pragma once

#include "base/bytes.h"

namespace gatehouse::pattern {

/// Required is what every match must contain, as far as it can be read from the expression: never too much, perhaps too
/// little. For an expression that is matched byte by byte, or minds the case: others may take U+017F for an s.
struct Required {
  /// Bytes of the longest plain text. From about 3 on a pattern costs next to nothing where its text does not occur; at
  /// 0 nearly every byte may begin a match.
  size_t literal = 0;
  size_t token = 0;   // bytes in a row that are is_token (token_run.h)
  size_t value = 0;   // the same, and the first of them is a digit
  bool solid = false; // a match is nothing but such bytes
};

/// required reads an expression; linear.
Required required(ByteView expression);

/// alike_in_bytes: matched byte by byte, the expression finds in UTF-8 what it finds in characters, all of it ASCII or `.*`, and
/// the library looks for it about twice as fast. But where the case is not minded, characters also take U+017F for s and
/// U+212A for k, which no normal form has (normal_form.h). False: perhaps not alike.
bool alike_in_bytes(ByteView expression);

inline size_t required_literal(ByteView expression) { return required(expression).literal; }

}  // namespace gatehouse::pattern
