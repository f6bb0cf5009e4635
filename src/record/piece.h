// What a piece record says of a run of body bytes.
#pragma once

#include <string>

#include "record/entry.h"

namespace gatehouse::record {

/// Piece is one piece record; views into its payload, or into the room that was given for what was compressed.
struct Piece {
  uint64_t direction = 0;   // 1 request body, 2 answer body; 0: not told
  uint64_t offset = 0;      // of its first byte in the body
  uint64_t bytes = 0;       // how many of the body it stands for, kept or not
  bool kept = true;         // false: `digest` alone is
  bool readable = true;     // false: its bytes are compressed, and cannot be read
  ByteView body;            // the bytes; what stands at `erased` places is not what was sent
  ByteView digest;          // keyed, of bytes that are not kept
  ByteView map;             // mask map
  ByteView notes;           // mask map without originals
};

/// read_piece reads a payload of hostile origin; *room is used where a body is compressed, and lives as long as the views.
Piece read_piece(ByteView payload, std::string* room);

}  // namespace gatehouse::record
