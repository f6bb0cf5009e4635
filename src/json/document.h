// A JSON document in place: one strict walk over all of it.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "base/limits.h"
#include "json/index.h"
#include "json/keys.h"
#include "json/number.h"
#include "base/room.h"

namespace gatehouse::json {

/// Error is why a document was refused.
enum class Error : uint8_t { none, malformed, duplicate_key, too_deep };

/// Token is a scalar or a key of a document: where it stands, and what is needed to read it.
/// offset and length are the raw bytes; for strings and keys without the quotes.
struct Token {
  uint32_t index;          // which listed position; names the token for Place
  uint32_t offset;
  uint32_t length;
  const uint32_t* escapes; // positions of the escape sequences inside; strings and keys only
  uint32_t escape_count;
};

enum class Kind : uint8_t { array, object };

/// Leniency is what two parsers may read differently and a route lets pass all the same. Whatever is let
/// pass is still visited: of a repeated key, every value.
struct Leniency {
  bool duplicates = false;       // a key twice in one object
  bool lone_surrogates = false;  // read as U+FFFD
  bool constants = false;        // NaN, Infinity and -Infinity, as Python's reader takes them: literals
  bool operator==(const Leniency&) const = default;
};

/// Document parses RFC 8259 JSON and nothing else, in place; memory is reused from one to the next.
/// Refused besides malformed text, unless a Leniency allows it: a key that occurs twice in one object (also
/// when escaped differently), lone surrogates. Refused always: nesting deeper than kJsonDepthMax, a byte order mark. Numbers are
/// judged by grammar: 30 digits and 1e999 are fine. Everything is visited: no token is left unjudged.
///
/// The bytes must stay readable for kSimdPadding past the end, and unchanged while tokens are used.
/// One thread.
class Document {
 public:
  bool reserve(size_t bytes);

  /// walk visits every token in order and judges the whole document. What the visitor was shown is
  /// worth nothing unless none is returned. A Visitor has
  ///   void open(Kind), void close(Kind)
  ///   void key(const Token&), void string(const Token&)
  ///   void number(const Token&, NumberShape), void literal(const Token&)
  template <typename Visitor>
  Error walk(ByteView bytes, Visitor& visitor, Leniency leniency = {});

  ByteView bytes() const { return bytes_; }
  ByteView raw(const Token& token) const { return bytes_.substr(token.offset, token.length); }
  const Index& index() const { return index_; }

  /// text writes a string's or key's text after unescaping: at most token.length bytes; `out` needs
  /// kCopySlack more. Returns the length.
  size_t text(const Token& token, char* out) const;

 private:
  template <typename Visitor>
  friend class Walk;

  ByteView bytes_;
  Index index_;
  Room<uint32_t> escapes_;
  Keys keys_;
};

}  // namespace gatehouse::json

#include "json/walk.h"  // IWYU pragma: export
