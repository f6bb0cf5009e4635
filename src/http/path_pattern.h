// Patterns of paths in normal form (http/uri.h), for whoever has rules about them.
#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"

namespace gatehouse::http {

/// PathPattern matches a path in normal form, segment by segment: literal, "*" exactly one segment that
/// is not empty, "**" all the rest (last only; none, too: "/v1/**" matches "/v1", "/v1/" and below).
struct PathPattern {
  std::string text;
};
bool path_matches(const PathPattern& pattern, ByteView path);
/// path_matches_loosely: some service may take the path for one that matches: ASCII case does not count, nor
/// one final slash.
bool path_matches_loosely(const PathPattern& pattern, ByteView path);
/// patterns_overlap: some path matches both.
bool patterns_overlap(ByteView a, ByteView b);

/// PatternError is what is wrong with a pattern's text; column counts from 1.
struct PatternError {
  size_t column;
  const char* text;
};
/// pattern_error returns nothing when the text is a pattern: "/" first, "*" and "**" only as whole
/// segments, "**" only last, no empty segment but the last.
std::optional<PatternError> pattern_error(ByteView text);

}  // namespace gatehouse::http
