// Every text of a request that guards look at, one after the other. Included by guard/*.cc and its tests only.
#pragma once

#include "base/room.h"
#include "guard/guard.h"
#include "json/escape.h"

namespace gatehouse::guard {

/// Form is how a text came about: as it was read, or made of such a one.
enum class Form : uint8_t { read, normal, skeleton };

/// Texts holds every string and key of a body after unescaping, every name and value of a query after decoding, and
/// so on, each with a newline behind it: joined patterns are asked of all of them at once. Memory is kept from one
/// request to the next. One thread.
class Texts {
 public:
  /// Text is one of them: where it begins in the joined bytes, what it is, who looks at it.
  struct Text {
    uint32_t begin;
    uint32_t token;      // of a document its listed position, of a table its row; of a field its number, of a parameter its offset
    uint32_t document;   // value, key: which leaf of the body
    Source source;
    bool asked;          // by itself
    Form form = Form::read;
    uint32_t offset;     // in the body, the query or the field's value; bodies are below 4 GiB
    uint32_t made_of = 0;   // a form: which text
    Selection guards;    // whose patterns look at it
  };
  static_assert(sizeof(Text) == 32);   // a body may be little else

  void start() {
    texts_.trim();
    bytes_.trim();
  }

  bool reserve(size_t bytes) {
    bytes_.reserve(bytes);
    return true;
  }

  /// add takes a string or a key of a document.
  void add(const json::Document& document, const json::Token& token, Text text) {
    char* const to = begin(text, token.length);   // unescaping never lengthens
    end_at(document.text(token, to));
  }
  /// add_query decodes one name or value of a query. False: it has no one reading.
  bool add_query(ByteView raw, Text text);
  /// add_plain takes bytes as they are.
  void add_plain(ByteView bytes, Text text);

  /// add_form adds another form of one that was read: the same place, looked at by `guards`.
  void add_form(size_t which, ByteView bytes, Form form, Selection guards);

  size_t count() const { return texts_.size(); }
  const Text& operator[](size_t which) const { return texts_[which]; }
  /// ask is true the first time only.
  bool ask(size_t which) {
    const bool first = !texts_[which].asked;
    texts_[which].asked = true;
    return first;
  }
  ByteView joined() const { return {bytes_.data(), bytes_.size()}; }
  ByteView bytes(size_t which) const;
  /// which text the byte before `end` belongs to (perhaps as the newline behind it).
  size_t which(size_t end) const;

 private:
  /// begin files a text of at most `most` bytes and returns where to write it; end_at closes it. Inline, so that a text is
  /// written where it stays: one that is handed over is read in wider pieces than it was written in, and waits for them.
  char* begin(Text text, size_t most) {
    text.begin = static_cast<uint32_t>(bytes_.size());
    texts_.push(text);
    bytes_.reserve(most + 1 + json::kCopySlack);
    return bytes_.data() + text.begin;
  }
  void end_at(size_t length) {
    const size_t end = texts_.back().begin + length;
    bytes_[end] = '\n';
    bytes_.resize(end + 1);
  }

  Room<Text> texts_;
  Room<char> bytes_;
};

}  // namespace gatehouse::guard
