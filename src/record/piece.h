// What a piece record says of a run of body bytes.
#pragma once

#include <string>

#include "record/entry.h"

namespace gatehouse::record {

/// Piece is one piece record; views into its payload, or into the room that was given for what was compressed.
struct Piece {
  Direction direction{};    // 0: not told
  uint64_t offset = 0;      // of its first byte in the body
  uint64_t bytes = 0;       // how many of the body it stands for, kept or not
  bool kept = true;         // false: `digest` alone is
  bool readable = true;     // false: its bytes are compressed, and cannot be read
  ByteView body;            // the bytes; what stands at `erased` places is not what was sent
  ByteView digest;          // keyed, of bytes that are not kept
  ByteView map;             // mask map
  ByteView notes;           // mask map without originals
  std::string codings;      // content: what was taken off, ", " between, as in Content-Encoding
  bool ends = false;        // content: the last one, without bytes; the two below are there
  uint64_t coded_bytes = 0; // of the body in its coding, of which digests are
  ByteView undecoded;       // why content ends before the body does; empty: it is whole
};

/// read_piece reads a payload of hostile origin; *room is used where a body is compressed, and lives as long as the views.
Piece read_piece(ByteView payload, std::string* room);

}  // namespace gatehouse::record
