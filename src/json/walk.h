// The grammar of a JSON document over the list of its tokens. Included by json/document.h only.
#pragma once

#include "json/document.h"
#include "json/escape.h"

namespace gatehouse::json {

/// Walk is one walk over one document.
template <typename Visitor>
class Walk {
 public:
  Walk(Document& document, Visitor& visitor, Leniency leniency)
      : document_(document), visitor_(visitor), leniency_(leniency), bytes_(document.bytes_.data()),
        at_(document.index_.positions()), count_(document.index_.count()),
        escape_(document.escapes_.begin()), escapes_end_(document.escapes_.end()) {}

  Error run() {
    Want want = Want::value;
    uint32_t i = 0;
    while (i < count_) {
      const char c = bytes_[at_[i]];
      switch (want) {
        case Want::first_key:
          if (c == '}') {
            if (!close(Kind::object)) return Error::duplicate_key;
            want = Want::after;
            ++i;
            continue;
          }
          [[fallthrough]];
        case Want::key:
          if (c != '"' || !key(i)) return Error::malformed;
          want = Want::value;
          i += 2;  // the key and its colon
          continue;
        case Want::first_value:
          if (c == ']') {
            close(Kind::array);
            want = Want::after;
            ++i;
            continue;
          }
          [[fallthrough]];
        case Want::value:
          if (c == '{' || c == '[') {
            if (!open(c == '{' ? Kind::object : Kind::array)) return Error::too_deep;
            want = c == '{' ? Want::first_key : Want::first_value;
          } else {
            if (!scalar(i, c)) return Error::malformed;
            want = Want::after;
          }
          ++i;
          continue;
        case Want::after:
          if (depth_ == 0) return Error::malformed;  // something after the document
          if (c == ',') {
            want = frames_[depth_ - 1].kind == Kind::object ? Want::key : Want::value;
          } else if (c == '}' || c == ']') {
            const Kind kind = c == '}' ? Kind::object : Kind::array;
            if (frames_[depth_ - 1].kind != kind) return Error::malformed;
            if (!close(kind)) return Error::duplicate_key;
          } else {
            return Error::malformed;
          }
          ++i;
          continue;
      }
    }
    return depth_ == 0 && want == Want::after ? Error::none : Error::malformed;
  }

 private:
  enum class Want : uint8_t { value, first_value, first_key, key, after };
  struct Frame {
    size_t keys;
    Kind kind;
  };

  bool open(Kind kind) {
    if (depth_ == kJsonDepthMax) return false;
    frames_[depth_++] = {document_.keys_.mark(), kind};
    visitor_.open(kind);
    return true;
  }

  /// False when the object that closes has a key twice.
  bool close(Kind kind) {
    const Frame& frame = frames_[--depth_];
    if (kind == Kind::object && !document_.keys_.close(frame.keys) && !leniency_.duplicates) return false;
    visitor_.close(kind);
    return true;
  }

  bool key(uint32_t i) {
    Token token;
    if (!quoted(i, &token) || i + 1 >= count_ || bytes_[at_[i + 1]] != ':') return false;
    document_.keys_.add(token.offset, token.offset + token.length, token.escapes, token.escape_count);
    visitor_.key(token);
    return true;
  }

  bool scalar(uint32_t i, char c) {
    Token token;
    if (c == '"') {
      if (!quoted(i, &token)) return false;
      visitor_.string(token);
      return true;
    }
    bare(i, &token);
    const ByteView raw(bytes_ + token.offset, token.length);
    if (c == 't' || c == 'f' || c == 'n') {
      if (raw != "true" && raw != "false" && raw != "null") return false;
      visitor_.literal(token);
      return true;
    }
    if (leniency_.constants && (raw == "NaN" || raw == "Infinity" || raw == "-Infinity")) {
      visitor_.literal(token);
      return true;
    }
    const NumberShape shape = read_number(raw);
    if (!shape.valid) return false;
    visitor_.number(token, shape);
    return true;
  }

  static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

  /// Where the token that starts at listed position i ends: the next one, less white space.
  uint32_t end_of(uint32_t i) const {
    uint32_t end = at_[i + 1];  // the list has one more: the document's length
    while (is_space(bytes_[end - 1])) --end;  // stops at the token's own first byte at the latest
    return end;
  }

  /// A string from quote to quote. Index's third invariant: the last byte before the next token that is
  /// not white space is the closing quote.
  bool quoted(uint32_t i, Token* token) {
    const uint32_t begin = at_[i] + 1;
    const uint32_t end = end_of(i) - 1;
    if (end < begin || bytes_[end] != '"') return false;
    token->index = i;
    token->offset = begin;
    token->length = end - begin;
    while (escape_ != escapes_end_ && *escape_ < begin) ++escape_;  // only in documents that will be refused
    token->escapes = escape_;
    while (escape_ != escapes_end_ && *escape_ < end) ++escape_;
    token->escape_count = static_cast<uint32_t>(escape_ - token->escapes);
    return true;
  }

  void bare(uint32_t i, Token* token) const {
    token->index = i;
    token->offset = at_[i];
    token->length = end_of(i) - at_[i];
    token->escapes = nullptr;
    token->escape_count = 0;
  }

  Document& document_;
  Visitor& visitor_;
  const Leniency leniency_;
  const char* bytes_;
  const uint32_t* at_;
  uint32_t count_;
  const uint32_t* escape_;       // the first sequence not yet passed
  const uint32_t* escapes_end_;
  size_t depth_ = 0;
  Frame frames_[kJsonDepthMax];
};

template <typename Visitor>
Error Document::walk(ByteView bytes, Visitor& visitor, Leniency leniency) {
  bytes_ = bytes;
  keys_.start(bytes);
  if (!index_.build(bytes) || !find_escapes(bytes, &escapes_, leniency.lone_surrogates)) return Error::malformed;
  return Walk<Visitor>(*this, visitor, leniency).run();
}

}  // namespace gatehouse::json
