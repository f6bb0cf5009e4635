// Text in percent escapes: forms, queries, fields of heads. Included by erase/*.cc only.
#pragma once

#include "erase/erase.h"

namespace gatehouse::erase {

/// Encoded looks at what the escapes stand for as at any text, of which '&' ends a line.
struct Eraser::Encoded {
  /// start: of a form '+' is a blank.
  void start(const ErasePlan* plan, bool form);
  /// find adds what it finds in the next piece to *out; the runs there are in order, and none is within another.
  void find(ByteView piece, bool last, std::vector<Erased>* out);

 private:
  /// Step is where what is decoded stands: from `decoded` on each byte is one of the piece, from `place` on.
  struct Step {
    uint32_t decoded = 0, place = 0;
  };
  void decode(ByteView piece, bool last);
  void copy(ByteView run);
  uint32_t place(uint32_t decoded) const;

  Eraser text_;
  bool form_ = false;
  std::string decoded_;
  std::vector<Step> steps_;        // in order, where an escape or what was cut stands between
  uint32_t end_ = 0;               // of the piece, where what was decoded ends
  std::string cut_;                // an escape's beginning that ended a piece
  std::string joint_;              // that and the next piece
};

}  // namespace gatehouse::erase
