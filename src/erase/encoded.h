// Text in percent escapes: forms, queries, fields of heads. Included by erase/*.cc only.
#pragma once

#include "erase/erase.h"
#include "erase/decoded.h"

namespace gatehouse::erase {

/// Encoded looks at what the escapes stand for as at any text, of which '&' ends a line.
struct Eraser::Encoded {
  /// start: of a form '+' is a blank.
  void start(const ErasePlan* plan, bool form);
  /// find adds what it finds in the next piece to *out; the runs there are in order, and none is within another.
  void find(ByteView piece, bool last, std::vector<Erased>* out);

 private:
  void decode(ByteView piece, bool last);
  void copy(ByteView run);

  Eraser text_;
  bool form_ = false;
  Decoded decoded_;
  std::string cut_;                // an escape's beginning that ended a piece
  std::string joint_;              // that and the next piece
};

}  // namespace gatehouse::erase
