// Bodies: transfer coding -> payload, and payload -> transfer coding.
#pragma once

#include "http/message.h"

namespace gatehouse::http {

/// BodyDecoder walks a message body. Feed it what was read; it returns the payload as views into
/// that input. One per message; plain value, no memory of its own.
class BodyDecoder {
 public:
  BodyDecoder() = default;
  BodyDecoder(Framing framing, uint64_t content_length);

  struct Step {
    size_t consumed = 0;     // bytes of the input that are done with
    ByteView payload;        // within those; empty is possible while framing is read
    bool done = false;       // the message is complete; the rest of the input belongs to the next one
    Reason reason = Reason::none;  // http_chunk or a limit
  };

  /// feed consumes at least one byte of a non-empty input, or is done, or fails. It returns at most
  /// one run of payload: call again while input is left. Chunk extensions and trailers are read
  /// within kChunkExtensionMax and kTrailerBytesMax and dropped (RFC 9112 sections 7.1.1, 7.1.2).
  Step feed(ByteView input);

  /// end tells the decoder that the connection ended. True when that is a legal end (until_close).
  bool end();

  bool done() const { return state_ == State::done; }
  Framing framing() const { return framing_; }
  /// remaining returns the bytes still expected of a length-framed body.
  uint64_t remaining() const { return framing_ == Framing::length ? left_ : 0; }

 private:
  enum class State : uint8_t {
    payload, size, size_extension, size_lf, chunk_end_cr, chunk_end_lf,
    trailer_start, trailer_line, trailer_lf, final_lf, done, failed,
  };
  Step fail(Step step, Reason reason);

  Framing framing_ = Framing::none;
  State state_ = State::done;
  uint64_t left_ = 0;          // payload bytes left in this chunk or body
  uint32_t size_digits_ = 0;
  uint32_t extension_bytes_ = 0;
  uint32_t trailer_bytes_ = 0;
};

/// kChunkHeaderMax is the room that chunk_header needs.
inline constexpr size_t kChunkHeaderMax = 20;

/// chunk_header writes "<hex size>CRLF" to out and returns its length. size > 0.
size_t chunk_header(uint64_t size, char* out);

/// kLastChunk ends a chunked body without trailers.
inline constexpr ByteView kLastChunk = "0\r\n\r\n";

}  // namespace gatehouse::http
