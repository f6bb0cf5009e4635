#include "http/path_pattern.h"

#include <algorithm>

namespace gatehouse::http {
namespace {

/// Segments walks the segments of a path or a pattern ("/a//" has "a", "", "").
struct Segments {
  ByteView rest;          // begins with '/' or is empty

  bool done() const { return rest.empty(); }
  ByteView next() {
    rest.remove_prefix(1);
    const ByteView segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(segment.size());
    return segment;
  }
};

/// one_segment: a value exists that both match; neither is "**".
bool one_segment(ByteView a, ByteView b) {
  if (a == "*") return !b.empty();
  if (b == "*") return !a.empty();
  return a == b;
}

constexpr char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

ByteView without_final_slash(ByteView path) {
  if (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  return path;
}

template <typename Same>
bool matches(ByteView text, ByteView path, Same same) {
  size_t at = 0;  // in the path
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '*' && i > 0 && text[i - 1] == '/') {
      const ByteView rest = text.substr(i);
      if (rest == "**") return true;
      if (rest.size() == 1 || rest[1] == '/') {
        const size_t end = std::min(path.find('/', at), path.size());
        if (end == at) return false;
        at = end;
        continue;
      }
    }
    if (at == path.size()) return text.substr(i) == "/**";
    if (!same(text[i], path[at])) return false;
    ++at;
  }
  return at == path.size();
}

}  // namespace

bool patterns_overlap(ByteView a, ByteView b) {
  Segments left{a}, right{b};
  while (true) {
    if (left.rest == "/**" || right.rest == "/**") return true;
    if (left.done() || right.done()) return left.done() && right.done();
    if (!one_segment(left.next(), right.next())) return false;
  }
}

bool path_matches(const PathPattern& pattern, ByteView path) {
  return matches(pattern.text, path, [](char a, char b) { return a == b; });
}

bool path_matches_loosely(const PathPattern& pattern, ByteView path) {
  return matches(without_final_slash(pattern.text), without_final_slash(path),
                 [](char a, char b) { return small(a) == small(b); });
}

std::optional<PatternError> pattern_error(ByteView text) {
  if (text.empty() || text[0] != '/') return PatternError{1, "a path pattern begins with '/'"};
  Segments segments{text};
  while (!segments.done()) {
    const size_t column = text.size() - segments.rest.size() + 2;
    const ByteView segment = segments.next();
    if (segment.empty() && !segments.done()) return PatternError{column, "empty path segment"};
    if (segment == "**" && !segments.done()) return PatternError{column, "'**' may only be the last segment"};
    if (segment != "*" && segment != "**" && segment.find('*') != ByteView::npos)
      return PatternError{column + segment.find('*'), "'*' stands for one whole segment, not for a part of one"};
  }
  return std::nullopt;
}

}  // namespace gatehouse::http
