#include "config/source.h"

#include <algorithm>

namespace gatehouse::config {
namespace {

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

size_t character_size(ByteView text, size_t at) {
  size_t size = 1;
  while (at + size < text.size() && continues_character(text[at + size])) ++size;
  return size;
}

/// escape_size is the length of the escape at text[at] == '\\' and how many bytes it decodes to.
struct Escape {
  size_t written;
  size_t decoded;
};

Escape escape_at(ByteView text, size_t at) {
  const char kind = at + 1 < text.size() ? text[at + 1] : '\0';
  if (kind != 'u' && kind != 'U') return {2, 1};
  const size_t digits = kind == 'u' ? 4 : 8;
  uint32_t code = 0;
  for (size_t i = at + 2; i < std::min(at + 2 + digits, text.size()); ++i) {
    const char c = text[i];
    code = code * 16 + static_cast<uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  const size_t decoded = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  return {2 + digits, decoded};
}

/// line_continuation is the length of a backslash at a line's end with the blanks after it, or 0.
size_t line_continuation(ByteView text, size_t at) {
  size_t end = at + 1;
  while (end < text.size() && (text[end] == ' ' || text[end] == '\t')) ++end;
  if (end >= text.size() || (text[end] != '\n' && text[end] != '\r')) return 0;
  while (end < text.size() && ByteView(" \t\r\n").find(text[end]) != ByteView::npos) ++end;
  return end - at;
}

}  // namespace

std::vector<std::string> values_of(const std::vector<Text>& texts) {
  std::vector<std::string> values;
  for (const Text& text : texts) values.push_back(text.value);
  return values;
}

Source::Source(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {
  lines_.push_back(0);
  for (size_t i = 0; i < text_.size(); ++i)
    if (text_[i] == '\n') lines_.push_back(i + 1);
}

ByteView Source::line(uint32_t number) const {
  if (number == 0 || number > lines_.size()) return {};
  ByteView line = ByteView(text_).substr(lines_[number - 1]);
  line = line.substr(0, line.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

size_t Source::offset(Place place) const {
  if (place.line == 0 || place.line > lines_.size()) return text_.size();
  size_t at = lines_[place.line - 1];
  for (uint32_t column = 1; column < place.column && at < text_.size(); ++column)
    at += character_size(text_, at);
  return at;
}

Place Source::place_at(size_t offset) const {
  const auto after = std::upper_bound(lines_.begin(), lines_.end(), offset);
  Place place{static_cast<uint32_t>(after - lines_.begin()), 1, 1};
  for (size_t at = *(after - 1); at < offset; at += character_size(text_, at)) ++place.column;
  return place;
}

Place Source::inside(Place start, size_t index) const {
  const ByteView text = text_;
  size_t at = offset(start);
  if (at >= text.size()) return start;
  const char quote = text[at];
  const bool multiline = text.substr(at, 3) == std::string(3, quote);
  at += multiline ? 3 : 1;
  if (multiline && text.substr(at, 2) == "\r\n") at += 2;
  else if (multiline && text.substr(at, 1) == "\n") at += 1;
  size_t decoded = 0;
  while (at < text.size()) {
    if (quote == '"' && text[at] == '\\') {
      if (const size_t skip = multiline ? line_continuation(text, at) : 0; skip > 0) {
        at += skip;
        continue;
      }
      const Escape escape = escape_at(text, at);
      if (index < decoded + escape.decoded) break;
      decoded += escape.decoded;
      at += escape.written;
      continue;
    }
    const size_t size = character_size(text, at);
    if (index < decoded + size) break;
    decoded += size;
    at += size;
  }
  return place_at(std::min(at, text.size()));
}

}  // namespace gatehouse::config
