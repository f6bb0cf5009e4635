// Elasticsearch's and OpenSearch's _bulk: lines of JSON, of which some say what is done and others are documents.
#pragma once

#include "base/bytes.h"
#include "json/document.h"

namespace gatehouse::guard {

/// BulkRules bounds what a body of _bulk may do.
struct BulkRules {
  uint64_t deletes_max = 0;     // delete lines in one body
  uint64_t lines_max = 100'000;
  bool scripts = false;         // update documents with "script", which can delete what it likes
};

/// BulkLine is a line of the body, without its end.
struct BulkLine {
  enum class Kind : uint8_t { index, create, update, erase, document };
  Kind kind = Kind::document;
  uint64_t number = 0;          // from 1
  ByteView text;
};

/// BulkWalk reads a body line by line: index, create and update are followed by their document, delete is not. One
/// strict reading: each line is one JSON document and ends in LF or CR LF (the last one may lack it); an action is an
/// object with one member, whose value is an object of scalars, and a document is an object. An empty line, a CR
/// elsewhere, another action, a document without action and an action without document are refused.
class BulkWalk {
 public:
  enum class Step : uint8_t { line, end, malformed, duplicate_key, too_deep };

  /// The body needs kSimdPadding readable bytes behind its end; it and `document` outlive the walk.
  BulkWalk(ByteView body, json::Document& document) : rest_(body), document_(document) {}

  /// next gives the next line; after anything but Step::line it is over, and the line tells where. `document` then holds
  /// the walked line: tokens may be asked of it until the next call.
  Step next(BulkLine* line);

  /// next with a visitor that sees the line, action or document, while it is judged. What it saw counts only with
  /// Step::line.
  template <typename Visitor>
  Step next(BulkLine* line, Visitor& visitor);

  /// The document line just read has a "script".
  bool script() const { return shape_.script; }
  /// The action line just read names a document: "_id" is a number or a string that is not empty.
  bool named() const { return shape_.named; }

 private:
  /// Shape is what a line is made of at its two outer levels.
  struct Shape {
    const json::Document* document = nullptr;
    size_t depth = 0;
    uint32_t members = 0;
    BulkLine::Kind action = BulkLine::Kind::document;
    bool object = false;       // the line is one
    bool plain = true;         // its only member's value is an object of scalars
    bool script = false;
    bool named = false;
    bool id = false;           // the next value is an _id

    void open(json::Kind kind);
    void close(json::Kind) { --depth; }
    void key(const json::Token& token);
    void string(const json::Token& token);
    void number();
    void scalar();
  };
  template <typename Visitor>
  struct Both {
    Shape& shape;
    Visitor& other;
    void open(json::Kind kind) { shape.open(kind), other.open(kind); }
    void close(json::Kind kind) { shape.close(kind), other.close(kind); }
    void key(const json::Token& token) { shape.key(token), other.key(token); }
    void string(const json::Token& token) { shape.string(token), other.string(token); }
    void number(const json::Token& token, json::NumberShape found) { shape.number(), other.number(token, found); }
    void literal(const json::Token& token) { shape.scalar(), other.literal(token); }
  };
  Step begin(BulkLine* line);
  Step end(json::Error error, BulkLine* line);

  ByteView rest_;
  json::Document& document_;
  Shape shape_;
  uint64_t number_ = 0;
  bool wants_document_ = false;
  bool over_ = false;
};

template <typename Visitor>
BulkWalk::Step BulkWalk::next(BulkLine* line, Visitor& visitor) {
  const Step step = begin(line);
  if (step != Step::line) return step;
  Both<Visitor> both{shape_, visitor};
  return end(document_.walk(line->text, both), line);
}

/// BulkCheck is what the rules say of a body: `line` is the first that is refused.
struct BulkCheck {
  enum class Wrong : uint8_t { none, malformed, duplicate_key, too_deep, too_many_lines, erase, erase_unnamed, script };
  Wrong wrong = Wrong::none;
  uint64_t line = 0;
  uint64_t deletes = 0;        // up to there
};

/// check_bulk walks a body. An empty one is malformed.
BulkCheck check_bulk(ByteView body, const BulkRules& rules, json::Document& document);

/// words says for people what is wrong: "line 3 deletes a document".
const char* words(BulkCheck::Wrong wrong);

}  // namespace gatehouse::guard
