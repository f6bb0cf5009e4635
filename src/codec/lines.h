// NDJSON and JSON Lines: one line, one document.
#pragma once

#include "base/bytes.h"
#include "codec/gathered.h"

namespace gatehouse::codec {

/// Line is one line of a body. Its views are valid until the visitor returns.
struct Line {
  ByteView raw;        // with its line end; the raw bytes of all lines are the body
  ByteView text;       // without LF or CRLF
  uint64_t offset;     // of raw in the body
  bool blank;          // nothing but SP, HTAB and CR: some readers pass over it, others fail
  bool bare_cr;        // a CR within the text, where some readers see a line end
};

enum class LineError : uint8_t { none, too_long };

/// Lines cuts a body at LF. How it came in pieces changes nothing; a line within one piece is not copied. Memory: one line.
/// Visitor: void line(const Line&).
class Lines {
 public:
  /// line_max: bytes of the longest line with its end.
  explicit Lines(size_t line_max) : line_max_(line_max) {}

  /// feed reports the lines that `piece` completes. An error stays: nothing more is reported.
  template <typename Visitor>
  LineError feed(ByteView piece, Visitor& visitor) {
    for (Line line; next(piece, &line);) visitor.line(line);
    return error_;
  }
  /// finish reports a last line without line end. Call it once, after the last piece.
  template <typename Visitor>
  LineError finish(Visitor& visitor) {
    if (Line line; last(&line)) visitor.line(line);
    return error_;
  }

  /// reported is how many bytes of the body events have shown; held, what follows them in earlier pieces. After an error a
  /// caller may go on with these in another form.
  uint64_t reported() const { return offset_; }
  ByteView held() const { return held_.view(); }
  /// steps counts bytes looked at and copied: at most 3 for each byte of the body, however it was cut.
  uint64_t steps() const { return steps_; }

 private:
  bool next(ByteView& piece, Line* line);
  bool last(Line* line);
  void fill(ByteView raw, Line* line);

  Gathered held_;
  size_t line_max_;
  uint64_t offset_ = 0;
  uint64_t steps_ = 0;
  LineError error_ = LineError::none;
};

}  // namespace gatehouse::codec
