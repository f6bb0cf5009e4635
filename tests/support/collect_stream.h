// What json::Stream saw in a document, in the form of plain_json.h.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "json/escape.h"
#include "json/stream.h"
#include "tests/support/padded.h"
#include "tests/support/plain_json.h"

namespace gatehouse::testing {

/// CollectStream is a visitor that notes every leaf.
struct CollectStream final : json::StreamVisitor {
  std::vector<Leaf> leaves;
  std::string shape;
  bool contiguous = true;   // parts of strings follow one another

  void open(json::Kind kind, uint64_t) override { shape += kind == json::Kind::object ? '{' : '['; }
  void close(json::Kind kind, uint64_t) override { shape += kind == json::Kind::object ? '}' : ']'; }
  void comma(uint64_t) override {}
  void key(const json::Part& key) override { leaves.push_back({'k', key.at, key.raw.size(), text_of(key), ""}); }
  void string_begin(uint64_t at) override {
    shape += 's';
    leaves.push_back({'s', at, 0, "", ""});
  }
  void string_part(const json::Part& part) override {
    Leaf& leaf = leaves.back();
    contiguous = contiguous && !part.raw.empty() && part.at == leaf.offset + leaf.length;
    leaf.length += part.raw.size();
    leaf.text += text_of(part);
  }
  void string_end(uint64_t at) override { contiguous = contiguous && at == leaves.back().offset + leaves.back().length; }
  void number(uint64_t at, ByteView raw, json::NumberShape) override { add('n', at, raw); }
  void literal(uint64_t at, ByteView raw) override { add('l', at, raw); }

 private:
  void add(char kind, uint64_t at, ByteView raw) {
    shape += kind;
    leaves.push_back({kind, at, raw.size(), std::string(raw), ""});
  }
  static std::string text_of(const json::Part& part) {
    std::string text(part.raw.size() + json::kCopySlack, 0);
    text.resize(json::unescape(part.raw.data(), 0, static_cast<uint32_t>(part.raw.size()), part.escapes, part.escape_count, text.data()));
    return text;
  }
};

/// stream_pieces walks a document in pieces whose sizes next(left) says.
template <typename Next>
json::StreamError stream_pieces(json::Stream& stream, ByteView document, Next next, CollectStream* seen, json::Leniency leniency = {}) {
  stream.start(leniency, 7);
  json::StreamError error = json::StreamError::none;
  for (size_t at = 0; at < document.size() && error == json::StreamError::none;) {
    const size_t size = next(document.size() - at);
    const Padded piece(document.substr(at, size));
    error = stream.feed(piece.view(), at, *seen);
    at += size;
  }
  return error != json::StreamError::none ? error : stream.finish(*seen);
}

inline bool same_leaf(const Leaf& a, const Leaf& b) {
  return a.kind == b.kind && a.offset == b.offset && a.length == b.length && a.text == b.text;
}

}  // namespace gatehouse::testing
