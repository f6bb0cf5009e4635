// Bodies: transfer coding -> payload, and payload -> transfer coding.
#pragma once

#include "http/message.h"

namespace gatehouse::http {

/// BodyDecoder walks a message body. Feed it what was read; it returns the payload as views into
/// that input. One per message; plain value, no memory of its own. Invariants: payload is what the
/// framing says and nothing else; how the input was cut changes nothing; after done or a failure no
/// more input is taken.
class BodyDecoder {
 public:
  BodyDecoder() = default;
  BodyDecoder(Framing framing, uint64_t content_length);

  struct Step {
    size_t consumed = 0;     // bytes of the input that are done with
    ByteView payload;        // within those; empty is possible while framing is read
    bool done = false;       // the message is complete; the rest of the input belongs to the next one
    Reason reason = Reason::none;  // http_chunk, limit_chunk_extensions, limit_trailers
  };

  /// feed consumes at least one byte of a non-empty input, or is done, or fails. It returns at most
  /// one run of payload: call again while input is left. Chunk extensions and trailers are read
  /// strictly, within kChunkExtensionMax and kTrailerBytesMax per body, and dropped (RFC 9112 sections
  /// 7.1.1, 7.1.2). A failure stays: every later feed fails too.
  Step feed(ByteView input);

  /// end tells the decoder that the connection ended. True when that is a legal end (until_close).
  bool end();

  bool done() const { return state_ == State::done; }
  Framing framing() const { return framing_; }
  /// remaining returns the bytes still expected of a length-framed body.
  uint64_t remaining() const { return framing_ == Framing::length ? left_ : 0; }

 private:
  enum class State : uint8_t {
    payload,
    size, size_lf,
    extension_start, extension_name, extension_value, extension_token, extension_quoted, extension_escape,
    extension_end,
    chunk_cr, chunk_lf,
    trailer_start, trailer_name, trailer_value, trailer_lf, final_lf,
    done, failed,
  };
  State next_state(char c);
  State after_size(char c);
  State extension_state(char c);
  State trailer_state(char c);
  Step take_payload(ByteView input, size_t at);

  Framing framing_ = Framing::none;
  State state_ = State::done;
  uint8_t size_digits_ = 0;
  uint64_t left_ = 0;            // payload bytes left in this chunk or body
  uint32_t extension_bytes_ = 0;
  uint32_t trailer_bytes_ = 0;
};

/// kLendAtLeast: a run of payload this long is worth being worked on where it lies.
inline constexpr size_t kLendAtLeast = 4096;

/// gather is feed() until the input is used up, as one run of payload: a view of the input where that is one run or
/// begins with a long one (then input may be left), else a copy in `room`, which must hold as many bytes as the
/// input. Who cuts a body into small chunks makes no more work than who does not. A failure hides the payload
/// before it.
BodyDecoder::Step gather(BodyDecoder& decoder, ByteView input, ByteSpan room);

/// kChunkHeaderMax is the room that chunk_header needs.
inline constexpr size_t kChunkHeaderMax = 20;

/// chunk_header writes "<hex size>CRLF" to out and returns its length. size > 0.
size_t chunk_header(uint64_t size, char* out);

/// kLastChunk ends a chunked body without trailers.
inline constexpr ByteView kLastChunk = "0\r\n\r\n";

}  // namespace gatehouse::http
