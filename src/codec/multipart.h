// Multipart bodies (RFC 2046 section 5.1, RFC 7578), strictly: what two readers could cut at two places is refused.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"
#include "codec/gathered.h"
#include "codec/part_head.h"

namespace gatehouse::codec {

inline constexpr size_t kBoundaryMax = 70;            // RFC 2046 section 5.1.1
inline constexpr size_t kDelimiterPaddingMax = 64;    // blanks behind a delimiter
inline constexpr uint32_t kPartsMax = 1000;           // of one body, nested ones included
inline constexpr uint8_t kPartDepthMax = 2;

/// is_boundary says whether a boundary parameter (without its quotes) is 1-70 bchars that do not end with a blank.
bool is_boundary(ByteView text);

struct MultipartOptions {
  bool form_data = true;          // each part must say Content-Disposition: form-data with a name
  bool closing_required = true;   // false: an answer may end within the data of its last part
  bool padding_allowed = false;   // blanks behind a delimiter (RFC 2046 allows them; many readers take such a line for data)
  uint32_t parts_max = kPartsMax;
};

/// Multipart cuts a body into parts. How it came in pieces changes nothing. Memory: the boundary, one part's head; data is never
/// copied, but for a line that began like a delimiter at the end of a piece. Delimiters are also looked for where only LF or
/// only CR is in front of them: that is refused. All of the body is linear: each byte is looked at once.
///
/// Visitor, views valid until it returns:
///   void framing(ByteView raw, uint64_t offset)   a delimiter with its line ends, preamble or epilogue (one CRLF)
///   ByteView begin(const PartHead& head)          the head was read; an answer that is not empty says that the part is a
///                                                 multipart itself, with that boundary (copied at once)
///   void data(ByteView bytes, uint64_t offset)    never empty, as often as needed; none for a nested multipart
///   void end(uint8_t depth)                       of the part that began last at that depth
/// The raw bytes of framing, heads and data together are the body.
class Multipart {
 public:
  /// A boundary that is none makes the first feed or finish fail.
  explicit Multipart(ByteView boundary, const MultipartOptions& options = {}) : Multipart(boundary, options, 1, 0, 0) {}

  /// feed: an error stays, nothing more is reported.
  template <typename Visitor>
  MultipartError feed(ByteView piece, Visitor& visitor) {
    tell(piece, visitor);
    return error_;
  }
  /// finish: call it once, after the last piece.
  template <typename Visitor>
  MultipartError finish(Visitor& visitor) {
    finished_ = true;
    tell({}, visitor);
    return error_;
  }

  uint32_t parts() const { return parts_; }
  /// steps counts bytes looked at and copied: at most 3 for each byte of the body and level, however it was cut.
  uint64_t steps() const { return steps_; }

 private:
  enum class What : uint8_t { none, framing, head, data, end };
  enum class State : uint8_t { start, data, tail, head, after };
  enum class Tail : uint8_t { fresh, dash, closed, padding, cr };

  Multipart(ByteView boundary, const MultipartOptions& options, uint8_t depth, uint64_t offset, uint32_t parts);

  template <typename Visitor>
  void tell(ByteView piece, Visitor& visitor) {
    for (;;) {
      switch (next(piece)) {
        case What::none: return;
        case What::framing: visitor.framing(bytes_, at_); break;
        case What::head: nest(visitor.begin(head_)); break;
        case What::data:
          if (inner_) take_over(inner_->feed(bytes_, visitor));
          else visitor.data(bytes_, at_);
          break;
        case What::end:
          if (inner_) {
            take_over(inner_->finish(visitor));
            inner_.reset();
            if (error_ != MultipartError::none) return;
          }
          visitor.end(depth_);
          break;
      }
    }
  }
  What next(ByteView& piece);
  What take_start(ByteView& piece);
  What take_data(ByteView& piece);
  What take_tail(ByteView& piece);
  What take_head(ByteView& piece);
  What take_end();
  What found(ByteView& piece, size_t data, size_t at);
  What mismatch(ByteView& piece, size_t at);
  What emit(What what, ByteView bytes);
  What fail(MultipartError error);
  MultipartError tail_byte(char c);
  bool matches(char c);
  void begin_data();
  void nest(ByteView boundary);
  void take_over(MultipartError error);

  MultipartOptions options_;
  std::string dash_;              // "--" boundary
  std::string mark_;              // the delimiter at hand; or bytes that turned out to be data
  Gathered held_;                 // the head at hand
  Room<PartField> fields_;
  PartHead head_;
  std::unique_ptr<Multipart> inner_;
  ByteView bytes_;                // of the event at hand
  uint64_t at_ = 0;               // its place
  uint64_t offset_;               // of the next event
  uint64_t steps_ = 0;
  uint64_t inner_steps_ = 0;
  uint32_t parts_;
  size_t matched_ = 0;            // bytes of dash_ that the line at hand began with
  size_t line_bytes_ = 0;         // of the head's line at hand
  size_t line_count_ = 0;
  State state_ = State::start;
  Tail tail_ = Tail::fresh;
  uint8_t depth_;
  uint8_t padding_ = 0;
  bool cr_ = false;               // data: a CR stands before the line at hand; head: an LF must come
  bool lf_ = false;               // an LF does
  bool before_data_ = false;      // these two are the head's
  bool closed_ = false;           // the delimiter at hand is the closing one
  bool finished_ = false;
  MultipartError error_ = MultipartError::none;
};

}  // namespace gatehouse::codec
