// Character sets of bodies: recognised, and brought to UTF-8, strictly. What two readers could read as two texts is refused.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/room.h"
#include "codec/progress.h"

namespace gatehouse::codec {

/// utf16 and utf32 are names without a byte order: the byte order mark must tell it.
enum class Charset : uint8_t { utf8, ascii, utf16le, utf16be, utf32le, utf32be, utf16, utf32 };

/// charset_of reads the value of a charset parameter, unquoted, in any case: utf-8 (utf8), us-ascii (ascii), utf-16,
/// utf-16le, utf-16be, utf-32, utf-32le, utf-32be. Nothing for all others, UTF-7 among them. Pure.
std::optional<Charset> charset_of(ByteView name);

/// Declared is what is known of a body before its first byte.
struct Declared {
  std::optional<Charset> charset;   // its charset parameter
  bool json = false;                // JSON by its type: without a charset, zero bytes may tell UTF-16 and UTF-32
  bool keep_bom = false;            // UTF-8 keeps its byte order mark; that of other charsets is never content
};

/// Recognised is what the first bytes of a body are.
struct Recognised {
  Charset charset;    // never utf16 or utf32
  size_t bom_bytes;   // length of the byte order mark
};

/// recognise judges the first four bytes (all of a shorter body). Nothing when they are refused:
/// - a byte order mark that is not that of the declared charset; utf16 or utf32 without one;
/// - undeclared and not JSON: the marks of UTF-16 and UTF-32, which a reader of UTF-8 takes for two odd characters;
/// - "+/v" and one of "89+/", UTF-7's mark, unless a UTF-16 or UTF-32 is declared;
/// - zeros as in UTF-16 or UTF-32 (RFC 4627 section 3) in what is declared UTF-8 or ASCII, or is undeclared and not JSON.
/// Undeclared JSON is what its mark says, then what its zeros say, else UTF-8. Pure.
std::optional<Recognised> recognise(ByteView first, const Declared& declared);

/// is_utf8 says whether all of `text` is UTF-8 (RFC 3629: no overlong forms, surrogates, or code points above U+10FFFF). Pure.
bool is_utf8(ByteView text);

/// kTranscoderRoom is the least room with which a Transcoder goes on.
inline constexpr size_t kTranscoderRoom = 8;

/// Transcoder brings a body to UTF-8: a stream, in steps of any size, which do not change verdict or bytes. Up to four bytes
/// stay inside until more come. No allocation; one body at a time, one thread.
class Transcoder {
 public:
  void start(const Declared& declared);

  /// step: ok, or malformed: refused by recognise, or no text of the charset (lone surrogates, overlong forms, code points
  /// above U+10FFFF, ASCII above 0x7f). What was produced before is not content then.
  Progress step(ByteView in, ByteSpan out);

  /// finish: `done`, `truncated` inside a character, `malformed`, or `ok` when `out` (at least kTranscoderRoom) was too small:
  /// call again. Bodies of less than four bytes come out here.
  Progress finish(ByteSpan out);

  /// charset is what the body was recognised as; utf8 before.
  Charset charset() const { return charset_; }

 private:
  bool settle();
  bool emit_held(ByteSpan out, Progress& progress);
  bool complete_held(ByteView in, ByteSpan out, Progress& progress);

  Declared declared_;
  Charset charset_ = Charset::utf8;
  Status status_ = Status::ok;
  bool settled_ = false;
  char held_[4];
  size_t held_bytes_ = 0;
};

/// transcode_whole replaces what is in `out` by the UTF-8 of a whole body, kSimdPadding zero bytes behind it. done, or why
/// not; `out` is empty then. Its size is at most 1.5 times that of `in`.
Status transcode_whole(ByteView in, const Declared& declared, Room<char>& out);

}  // namespace gatehouse::codec
