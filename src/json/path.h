// Field paths of the configuration: "chunks[*].metadata.author_email".
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"

namespace gatehouse::json {

/// Segment is one step of a path.
///   name       the member of that name          a          ["any text"], with \" and \\ inside
///   any_key    every member of an object        *
///   element    every element of an array        [*]
///   deep       any number of steps, also none   **
/// and in pointers (pointer.h) only
///   any        every member or element
///   index      the member of that name, and the element of that number
struct Segment {
  enum class Kind : uint8_t { name, any_key, element, deep, any, index };
  Kind kind;
  std::string name;
};

/// kIndexMax bounds the number of an element in a pointer.
inline constexpr uint32_t kIndexMax = 999'999'999;

/// kSegmentsMax keeps a path within one machine word of the automaton.
inline constexpr size_t kSegmentsMax = 60;

struct PathError {
  size_t column;  // 1-based, in bytes
  std::string text;
};

/// parse_path reads "a.b", "a[*].b", "[*].x", "**.name", "*.x", "a[\"odd.key\"]". Returns false with an
/// error for anything else.
bool parse_path(ByteView text, std::vector<Segment>* out, PathError* error);

}  // namespace gatehouse::json
