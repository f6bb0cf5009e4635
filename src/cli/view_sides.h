// One answer twice: as the origin said it and as the client got it, with what masks changed marked on both sides.
#pragma once

#include <string>

#include "cli/recorded.h"

namespace gatehouse::cli {

/// Sides takes an answer's pieces in their order, each with its mask map or none, and makes two texts of them, escaped for a page.
/// What is beyond `room` bytes is counted, not shown.
class Sides {
 public:
  explicit Sides(uint64_t room) : room_(room) {}
  /// add returns false when the map does not belong to the piece: then it is shown as it is.
  bool add(ByteView masked, ByteView map);

  std::string original, masked;   // HTML
  uint64_t original_bytes = 0, masked_bytes = 0;
  bool notes = false;             // originals are not kept: digests stand for them
  uint64_t left_out = 0;          // bytes of the masked side that found no room
  uint64_t shown() const { return shown_; }

 private:
  void both(ByteView text);
  uint64_t fits(uint64_t bytes);

  uint64_t room_;
  uint64_t shown_ = 0;
};

}  // namespace gatehouse::cli
