// Base64 as bodies hold it (RFC 4648 sections 4 and 5, RFC 2045 section 6.8), piece by piece. For tokens there is base64url.h.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace gatehouse::codec {

enum class Base64Alphabet : uint8_t { standard, url };
enum class Base64Padding : uint8_t { required, refused, optional };

struct Base64Options {
  Base64Alphabet alphabet = Base64Alphabet::standard;
  Base64Padding padding = Base64Padding::required;
  bool line_breaks = false;    // LF and CRLF may stand anywhere but between two '=' (MIME)
};

enum class Base64Error : uint8_t {
  none,
  character,       // not of the alphabet; a blank, a line break or '=' that the options do not allow
  padding,         // missing, broken or too early
  length,          // one character alone at the end
  trailing_bits,   // not zero: the value has another text
  after_end,       // a character behind the padding: some readers stop there, others go on
  line_break,      // CR without LF, or between two '='
};

/// Base64Decoder decodes a text strictly. How it came in pieces changes nothing, neither the bytes before an error. Plain value,
/// no other memory. Visitor: void decoded(ByteView raw, ByteView bytes), both valid until it returns: the raws together are
/// the text, the bytes together are what it says (up to three characters of raw wait for the next).
class Base64Decoder {
 public:
  explicit Base64Decoder(const Base64Options& options = {}) : options_(options) {}

  /// feed: an error stays, nothing more is reported.
  template <typename Visitor>
  Base64Error feed(ByteView piece, Visitor& visitor) {
    while (error_ == Base64Error::none && !piece.empty()) {
      const Step step = decode(piece);
      if (!step.raw.empty()) visitor.decoded(step.raw, step.bytes);
      piece.remove_prefix(step.raw.size());
    }
    return error_;
  }
  /// finish: call it once, after the last piece.
  template <typename Visitor>
  Base64Error finish(Visitor& visitor) {
    if (const ByteView bytes = last(); !bytes.empty()) visitor.decoded({}, bytes);
    return error_;
  }

  /// offset is how many bytes of the text were good: the place of an error.
  uint64_t offset() const { return offset_; }

 private:
  static constexpr size_t kStepChars = 4096;
  struct Step {
    ByteView raw;
    ByteView bytes;
  };
  Step decode(ByteView piece);
  size_t whole_quads(ByteView text, size_t* size);
  Base64Error take(char c, size_t* size);
  Base64Error take_padding(size_t* size);
  Base64Error line_break(char c);
  bool put_tail(size_t* size);
  ByteView last();

  Base64Options options_;
  Base64Error error_ = Base64Error::none;
  uint8_t count_ = 0;          // characters of the quad at hand
  uint8_t pads_ = 0;
  bool ended_ = false;         // the padding is complete
  bool cr_ = false;            // an LF must come
  uint32_t bits_ = 0;          // of the quad at hand
  uint64_t offset_ = 0;
  std::array<char, kStepChars / 4 * 3 + 8> out_;   // of the step at hand
};

/// Base64Encoder writes what Base64Decoder reads. Plain value. Visitor: void text(ByteView), valid until it returns.
class Base64Encoder {
 public:
  /// line_chars: characters of a line, a multiple of 4 (MIME: 76), CRLF between lines; 0 for one line. `refused` padding
  /// writes none.
  explicit Base64Encoder(const Base64Options& options = {}, size_t line_chars = 0);

  template <typename Visitor>
  void feed(ByteView piece, Visitor& visitor) {
    while (!piece.empty())
      if (const ByteView text = encode(piece); !text.empty()) visitor.text(text);
  }
  template <typename Visitor>
  void finish(Visitor& visitor) {
    if (const ByteView text = last(); !text.empty()) visitor.text(text);
  }

 private:
  static constexpr size_t kStepBytes = 3 * 1024;
  ByteView encode(ByteView& piece);
  ByteView last();
  void put(const char* in, size_t* size);

  Base64Options options_;
  const char* alphabet_;
  size_t line_chars_;
  size_t column_ = 0;
  uint8_t held_ = 0;               // bytes in tail_
  std::array<char, 3> tail_{};
  std::array<char, kStepBytes / 3 * 6 + 12> out_;   // the shortest lines hold four characters and CRLF
};

/// decode_base64 and encode_base64 do the same for a text in one piece. Nothing for any error.
std::optional<std::string> decode_base64(ByteView text, const Base64Options& options = {});
std::string encode_base64(ByteView bytes, const Base64Options& options = {}, size_t line_chars = 0);

}  // namespace gatehouse::codec
