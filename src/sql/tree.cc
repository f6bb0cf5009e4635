#include "sql/tree.h"

#include <pg_query.h>

#include <algorithm>
#include <charconv>

namespace gatehouse::sql {
namespace {

/// PostgreSQL counts characters, from 1.
size_t offset_of(ByteView text, int character) {
  size_t at = 0;
  for (int i = 1; i < character && at < text.size(); ++i)
    for (++at; at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;) ++at;
  return at;
}

}  // namespace

Tree::~Tree() { drop(); }

void Tree::drop() {
  pg_query_free_parse_result({json_, stderr_, nullptr});
  json_ = stderr_ = nullptr;
}

bool Tree::parse(const std::string& text) {
  drop();
  nodes_.clear();
  text_ = text;
  PgQueryParseResult result = pg_query_parse(text.c_str());
  json_ = result.parse_tree;
  stderr_ = result.stderr_buffer;
  const bool parsed = result.error == nullptr && json_ != nullptr;
  wrong_at_ = kNowhere;
  if (result.error != nullptr) {
    const ByteView said = result.error->message;
    if (said.starts_with("syntax error at or near") && result.error->cursorpos > 0)
      wrong_at_ = offset_of(text, result.error->cursorpos);
    pg_query_free_parse_result({nullptr, nullptr, result.error});
  }
  return parsed && read(json_);
}

bool Tree::read(ByteView json) {
  uint32_t open = kNone;
  ByteView key;
  for (size_t i = 0; i < json.size();) {
    const char c = json[i];
    if (c == ',' || c == ' ' || c == '\n') {
      ++i;
    } else if (c == '}' || c == ']') {
      if (open == kNone) return false;
      nodes_[open].end = static_cast<uint32_t>(nodes_.size());
      open = nodes_[open].parent;
      ++i;
    } else {
      if (nodes_.size() >= kNodesMax || (open == kNone && !nodes_.empty())) return false;
      Node node;
      node.parent = open;
      size_t end = i + 1;
      if (c == '"') {
        while (end < json.size() && json[end] != '"') end += json[end] == '\\' ? 2 : 1;
        if (end >= json.size()) return false;
        node.value = json.substr(i + 1, end - i - 1);
        node.type = Node::Type::text;
        ++end;
        if (end < json.size() && json[end] == ':' && key.data() == nullptr && nodes_[open].type == Node::Type::object) {
          key = node.value;
          i = end + 1;
          continue;
        }
      } else if (c != '{' && c != '[') {
        while (end < json.size() && json[end] != ',' && json[end] != '}' && json[end] != ']') ++end;
        if (end == json.size()) return false;
        node.value = json.substr(i, end - i);
      } else {
        node.type = c == '{' ? Node::Type::object : Node::Type::list;
      }
      node.key = key;
      key = {};
      node.end = static_cast<uint32_t>(nodes_.size() + 1);
      if (c == '{' || c == '[') open = static_cast<uint32_t>(nodes_.size());
      nodes_.push_back(node);
      i = end;
    }
  }
  return open == kNone && !nodes_.empty();
}

uint32_t Tree::child(uint32_t of, ByteView key) const {
  if (of == kNone) return kNone;
  for (uint32_t i = first(of); i != kNone; i = next(i))
    if (nodes_[i].key == key) return i;
  return kNone;
}

ByteView Tree::text(uint32_t of, ByteView key) const {
  const uint32_t found = child(of, key);
  return found == kNone ? ByteView() : nodes_[found].value;
}

ByteView Tree::behind(uint32_t node) const {
  const ByteView digits = text(node, "location");
  size_t at = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), at);
  return text_.substr(std::min(at, text_.size()));
}

bool Tree::in_quotes(uint32_t node) const {
  const ByteView rest = behind(node);
  size_t at = 0;
  const auto is_of_name = [](char c) {
    return c == '.' || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  while (at < rest.size() && is_of_name(rest[at])) ++at;
  return node != kNone && at < rest.size() && rest[at] == '"';
}

bool Tree::same(uint32_t a, uint32_t b) const {
  const uint32_t a_end = nodes_[a].end, b_end = nodes_[b].end;
  const uint32_t a_first = a, b_first = b;
  for (;; ++a, ++b) {
    while (a < a_end && nodes_[a].key == "location") ++a;
    while (b < b_end && nodes_[b].key == "location") ++b;
    if (a >= a_end || b >= b_end) return a >= a_end && b >= b_end;
    if (nodes_[a].type != nodes_[b].type || nodes_[a].value != nodes_[b].value) return false;
    if (a != a_first && b != b_first && nodes_[a].key != nodes_[b].key) return false;
  }
}

ByteView operator_of(const Tree& tree, uint32_t node) {
  ByteView last;
  const uint32_t names = tree.child(node, "name");
  for (uint32_t k = tree.first(names); k != Tree::kNone; k = tree.next(k)) last = tree.text(tree.child(k, "String"), "sval");
  return last;
}

ByteView last_name(const Tree& tree, uint32_t column) {
  ByteView last;
  const uint32_t list = tree.child(column, "fields");
  for (uint32_t k = tree.first(list); k != Tree::kNone; k = tree.next(k)) last = tree.text(tree.child(k, "String"), "sval");
  return last;
}

bool is_alone(const Tree& tree, uint32_t column) {
  const uint32_t first = tree.first(tree.child(column, "fields"));
  return first != Tree::kNone && tree.next(first) == Tree::kNone;
}

ByteView last_function(const Tree& tree, uint32_t call) {
  ByteView last;
  for (uint32_t k = tree.first(tree.child(call, "funcname")); k != Tree::kNone; k = tree.next(k))
    last = tree.text(tree.child(k, "String"), "sval");
  return last;
}

ByteView table_of(const Tree& tree, uint32_t column) {
  ByteView last, before;
  const uint32_t list = tree.child(column, "fields");
  for (uint32_t k = tree.first(list); k != Tree::kNone; k = tree.next(k)) {
    before = last;
    last = tree.text(tree.child(k, "String"), "sval");
  }
  return before;
}

uint32_t bare(const Tree& tree, uint32_t node) {
  for (;;) {
    uint32_t inner = tree.child(tree.child(node, "TypeCast"), "arg");
    if (inner == Tree::kNone) inner = tree.child(tree.child(node, "CollateClause"), "arg");
    if (inner == Tree::kNone) return node;
    node = inner;
  }
}

std::string folded(ByteView text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

std::string unescaped(ByteView raw) {
  std::string out;
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\' || i + 1 >= raw.size()) {
      out += raw[i];
      continue;
    }
    const char c = raw[++i];
    if (c == 'u' && i + 4 < raw.size()) {   // only control characters are written so
      out += static_cast<char>(std::stoi(std::string(raw.substr(i + 3, 2)), nullptr, 16));
      i += 4;
    } else {
      out += c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c == 'b' ? '\b' : c == 'f' ? '\f' : c;
    }
  }
  return out;
}

}  // namespace gatehouse::sql
