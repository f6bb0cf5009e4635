// How a text stands in a body: its pieces, its site, and how a replacement in it is written. Included by mask/*.cc only.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "mask/place.h"

namespace gatehouse::mask {

inline constexpr uint8_t kNoRule = 0xff;   // of the masks of a plan: none

/// Bend is a place where text and raw bytes part: at text offset `at` (from the piece's begin) `text` bytes stand for `raw`
/// raw bytes, as one; between bends they go side by side. An escape is {at, 1, 2}; an HTML tag {at, 0, 7}; a bend is changed
/// as a whole when a change begins or ends inside it. In order, without overlaps.
struct Bend {
  uint32_t at;
  uint32_t text;
  uint32_t raw;
};

/// Piece is some of a text: consecutive pieces follow one another in the text, and in the body without gaps but for
/// bends (a gap between two pieces is no part of any change: SSE's next "data: " stays).
struct Piece {
  ByteView bytes;             // UTF-8, after escapes were taken off; kSimdPadding readable behind; whole characters
  uint64_t at = 0;            // where in the body its first raw byte stands
  const Bend* bends = nullptr;
  size_t bend_count = 0;
};

/// Extent is how long a string is, without escapes, but with all that is taken out of its text (tags, references). Characters are
/// counted of strings of less than kEdgeBytes.
struct Extent {
  uint64_t characters = 0, bytes = 0;
};

/// Style is how a replacement must be written where the text stands.
enum class Style : uint8_t {
  json,        // inside a JSON string: escaped
  csv_quoted,  // inside a quoted cell: quotes are doubled
  csv_bare,    // a cell without quotes: what would end it becomes a space
  line,        // plain text: control characters become spaces
  markup,      // HTML and XML text: & < > " are written as entities, control characters as spaces
  form,        // a field of a form: & = % + and what is not ASCII are written as escapes, control characters as spaces
};

/// Site is what is known of a text. Its views must live until begin_text() or text() returns.
struct Site {
  Place place;
  ByteView field;          // key or column name, as written; kSimdPadding readable behind; empty: none
  Style style = Style::json;
  uint8_t rule = kNoRule;  // the field mask that covers it (Fields::rule)
  uint64_t flow = 0;       // which flow it continues: any number but 0; 0: it stands by itself
  bool exact = false;      // nothing was cut off, no blank either, between it and the text before in its flow
  bool key = false;        // an object's key: it is no copy
};

}  // namespace gatehouse::mask
