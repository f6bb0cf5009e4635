// A body of any form, masked as it comes: bytes in, slices of masked bytes and their maps out.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "base/reason.h"
#include "codec/sniff.h"
#include "mask/mask.h"

namespace gatehouse::mask {

/// Answer is what is known of a body before its first byte.
struct Answer {
  ByteView content_type;      // the field's whole value; empty: none sent. Copied where it is needed later
  json::Leniency leniency;    // of JSON, also inside lines, events, parts and copies
  bool best_effort = false;   // the route lets pass what cannot be inspected
};

/// Stream masks one body after the other; one per exchange or worker, one thread. Memory between two calls: at most
/// kStreamBytes whatever the body's length; within a call a copy that is coded again may take more (copies.h).
///
/// How a body is read: as its type says and as its first bytes look. A type that is wrong, or says nothing, hides nothing:
/// where two readings are possible the one that sees more is masked as well, or the body is refused (mask_content_type).
/// Forms: JSON, NDJSON, event streams, CSV and TSV (also as text/plain), text, Markdown, HTML and XML, multipart (parts of
/// the same forms, base64 and gzip taken off and put on again). UTF-16 and UTF-32 come out as UTF-8 without byte order mark:
/// a client must not be told the origin's charset parameter. Images, archives, PDF and other bytes that are no text are
/// refused.
///
/// The order of calls: start; then feed until all bytes are in, then finish until ended(). While slice() is not null
/// its bytes must be taken and pop() called before anything else. Reasons are final (until start): none goes on,
/// mask_content_type (no form that can be masked), mask_uninspectable (breaks its form, or a bound of it), limit_memory. What was
/// in earlier slices stands; nothing follows them.
/// The same bytes cut in other ways give the same masked bytes and the same changes; slices may begin elsewhere.
class Stream {
 public:
  Stream();
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// prepare allocates for a plan, before its first use with it; false when there is no memory.
  bool prepare(const Plan& plan);

  /// start begins a body, whatever became of the one before. The plan must live until its end.
  Reason start(const Plan& plan, Selection masks, const Answer& answer);

  /// feed takes bytes of the body after its content codings were taken off; *consumed says how many. It stops early when a
  /// slice waits and after kPieceBytes, so that a worker's turn can end there: call again with the rest. `in` needs no
  /// padding and may go afterwards.
  Reason feed(ByteView in, size_t* consumed);

  /// finish says that no more bytes come. Call it again, when slices were popped, until ended().
  Reason finish();
  bool ended() const;

  /// Slice is a run of the body. Concatenated, the masked bytes of all slices are the masked body, and undo(masked, map) of each
  /// is the body (in UTF-8, when it was brought there).
  struct Slice {
    ByteView masked;            // never empty, but when a mask removed all of it
    ByteView map;               // gatehouse/mask_map.h, offsets within this slice; empty when nothing was changed
    uint64_t original_length;   // bytes of the body
    uint32_t changes;
  };
  /// slice is the next one, nullptr when none waits; lives until pop(), which needs one.
  const Slice* slice() const;
  void pop();

  /// form is what the body is read as, once the first slice is there; unknown before.
  codec::Form form() const;
  /// uninspected: best_effort let bytes pass that no mask saw; final once ended().
  bool uninspected() const;
  /// memory_bytes is what it holds now.
  size_t memory_bytes() const;

 private:
  friend class CopyMasker;
  /// start for a body within `depth` copies or parts of another.
  Reason start_inside(const Plan& plan, Selection masks, const Answer& answer, uint8_t depth);

  struct State;
  std::unique_ptr<State> state_;
};

inline constexpr size_t kStreamBytes = 256 * 1024;

}  // namespace gatehouse::mask
