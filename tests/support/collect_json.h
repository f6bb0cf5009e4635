// What json/ saw in a document, in the form of plain_json.h.
#pragma once

#include <string>
#include <vector>

#include "json/document.h"
#include "json/escape.h"
#include "json/place.h"
#include "tests/support/plain_json.h"

namespace gatehouse::testing {

/// CollectJson is a visitor that notes every leaf.
struct CollectJson {
  json::Document& document;
  std::vector<Leaf> leaves;
  std::vector<uint32_t> indexes;
  std::string shape;

  void open(json::Kind kind) { shape += kind == json::Kind::object ? '{' : '['; }
  void close(json::Kind kind) { shape += kind == json::Kind::object ? '}' : ']'; }
  void key(const json::Token& token) { add('k', token, true); }
  void string(const json::Token& token) { shape += 's', add('s', token, true); }
  void number(const json::Token& token, json::NumberShape) { shape += 'n', add('n', token, false); }
  void literal(const json::Token& token) { shape += 'l', add('l', token, false); }

  void add(char kind, const json::Token& token, bool quoted) {
    std::string text(document.raw(token));
    if (quoted) {
      text.resize(token.length + json::kCopySlack);
      text.resize(document.text(token, text.data()));
    }
    leaves.push_back({kind, token.offset, token.length, text, ""});
    indexes.push_back(token.index);
  }

  /// Only after a walk without error.
  void find_places() {
    json::Place place;
    place.start(document);
    for (size_t i = 0; i < leaves.size(); ++i) leaves[i].place = place.of(indexes[i]);
  }
};

}  // namespace gatehouse::testing
