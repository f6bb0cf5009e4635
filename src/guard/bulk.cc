#include "guard/bulk.h"

#include <algorithm>

#include "json/escape.h"

namespace gatehouse::guard {
namespace {

struct Nobody {
  void open(json::Kind) {}
  void close(json::Kind) {}
  void key(const json::Token&) {}
  void string(const json::Token&) {}
  void number(const json::Token&, json::NumberShape) {}
  void literal(const json::Token&) {}
};

constexpr size_t kShort = 16;           // longer than any word that is looked for
constexpr size_t kEscapedShort = kShort * 6;

/// is_text: the token reads `word`, however its characters are escaped.
bool is_text(const json::Document& document, const json::Token& token, ByteView word) {
  if (token.escape_count == 0) return document.raw(token) == word;
  if (token.length > kEscapedShort) return false;
  char text[kEscapedShort + json::kCopySlack];
  return ByteView(text, document.text(token, text)) == word;
}

BulkLine::Kind action_of(const json::Document& document, const json::Token& key) {
  constexpr std::pair<ByteView, BulkLine::Kind> kActions[] = {{"index", BulkLine::Kind::index},
                                                              {"create", BulkLine::Kind::create},
                                                              {"update", BulkLine::Kind::update},
                                                              {"delete", BulkLine::Kind::erase}};
  for (const auto& [word, kind] : kActions)
    if (is_text(document, key, word)) return kind;
  return BulkLine::Kind::document;
}

}  // namespace

void BulkWalk::Shape::open(json::Kind kind) {
  if (depth == 0) object = kind == json::Kind::object;
  else if (depth == 1) plain &= kind == json::Kind::object;
  else if (depth == 2) plain = false;
  id = false;
  ++depth;
}

void BulkWalk::Shape::key(const json::Token& token) {
  if (depth == 1) {
    ++members;
    action = action_of(*document, token);
    script |= is_text(*document, token, "script");
  } else if (depth == 2) {
    id = is_text(*document, token, "_id");
  }
}

void BulkWalk::Shape::string(const json::Token& token) {
  named |= id && depth == 2 && token.length != 0;
  scalar();
}

void BulkWalk::Shape::number() {
  named |= id && depth == 2;
  scalar();
}

void BulkWalk::Shape::scalar() {
  if (depth <= 1) plain = false;
  id = false;
}

BulkWalk::Step BulkWalk::begin(BulkLine* line) {
  if (over_) return Step::end;
  if (rest_.empty()) {
    over_ = true;
    *line = {BulkLine::Kind::document, number_ + 1, rest_};
    return wants_document_ || number_ == 0 ? Step::malformed : Step::end;
  }
  const size_t end = rest_.find('\n');
  const bool ended = end != ByteView::npos;
  ByteView text = rest_.substr(0, end);
  rest_.remove_prefix(ended ? end + 1 : rest_.size());
  if (ended && text.ends_with('\r')) text.remove_suffix(1);
  *line = {BulkLine::Kind::document, ++number_, text};
  shape_ = {};
  shape_.document = &document_;
  if (text.find('\r') == ByteView::npos) return Step::line;
  over_ = true;
  return Step::malformed;
}

BulkWalk::Step BulkWalk::end(json::Error error, BulkLine* line) {
  over_ = true;
  switch (error) {
    case json::Error::none: break;
    case json::Error::malformed: return Step::malformed;
    case json::Error::duplicate_key: return Step::duplicate_key;
    case json::Error::too_deep: return Step::too_deep;
  }
  if (!shape_.object) return Step::malformed;
  if (wants_document_) {
    wants_document_ = false;
  } else {
    if (shape_.members != 1 || !shape_.plain || shape_.action == BulkLine::Kind::document) return Step::malformed;
    line->kind = shape_.action;
    wants_document_ = line->kind != BulkLine::Kind::erase;
  }
  over_ = false;
  return Step::line;
}

BulkWalk::Step BulkWalk::next(BulkLine* line) {
  Nobody nobody;
  return next(line, nobody);
}

BulkCheck check_bulk(ByteView body, const BulkRules& rules, json::Document& document) {
  using Wrong = BulkCheck::Wrong;
  BulkCheck check;
  BulkWalk walk(body, document);
  BulkLine line;
  bool update = false;
  const auto found = [&](Wrong wrong) {
    check.wrong = wrong;
    check.line = line.number;
    return check;
  };
  while (true) {
    switch (walk.next(&line)) {
      case BulkWalk::Step::line: break;
      case BulkWalk::Step::end: return check;
      case BulkWalk::Step::malformed: return found(Wrong::malformed);
      case BulkWalk::Step::duplicate_key: return found(Wrong::duplicate_key);
      case BulkWalk::Step::too_deep: return found(Wrong::too_deep);
    }
    if (line.number > rules.lines_max) return found(Wrong::too_many_lines);
    if (line.kind == BulkLine::Kind::erase) {
      if (++check.deletes > rules.deletes_max) return found(Wrong::erase);
      if (!walk.named()) return found(Wrong::erase_unnamed);
    }
    if (line.kind == BulkLine::Kind::document && update && walk.script() && !rules.scripts) return found(Wrong::script);
    update = line.kind == BulkLine::Kind::update;
  }
}

const char* words(BulkCheck::Wrong wrong) {
  switch (wrong) {
    case BulkCheck::Wrong::none: return "";
    case BulkCheck::Wrong::malformed: return "is no line of _bulk, or not the one that belongs here";
    case BulkCheck::Wrong::duplicate_key: return "has a key twice";
    case BulkCheck::Wrong::too_deep: return "is nested too deep";
    case BulkCheck::Wrong::too_many_lines: return "is one more than allowed";
    case BulkCheck::Wrong::erase: return "deletes a document, more than allowed";
    case BulkCheck::Wrong::erase_unnamed: return "deletes without naming a document";
    case BulkCheck::Wrong::script: return "updates by a script";
  }
  return "";
}

}  // namespace gatehouse::guard
