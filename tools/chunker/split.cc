#include "chunker/split.h"

namespace gatehouse::chunker {

namespace {

bool is_space(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }
bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

/// Each of these returns where the piece that begins at `at` ends. Invariant: at < result <= text.size().

size_t end_of_line(std::string_view text, size_t at) {
  size_t end = text.find_first_of("\r\n", at);
  if (end == std::string_view::npos) return text.size();
  return end + (text.substr(end, 2) == "\r\n" ? 2 : 1);
}

size_t end_of_paragraph(std::string_view text, size_t at) {
  size_t end = end_of_line(text, at);
  bool blank = false;  // an empty line was seen: it and all that follow belong to this paragraph
  while (end < text.size()) {
    bool empty_line = text[end] == '\n' || text[end] == '\r';
    if (blank && !empty_line) return end;
    blank = blank || empty_line;
    end = end_of_line(text, end);
  }
  return end;
}

/// Full stops of scripts that put no space after a sentence.
size_t ideographic_stop(std::string_view text, size_t at) {
  for (std::string_view stop : {"。", "！", "？", "｡"}) {
    if (text.substr(at, stop.size()) == stop) return stop.size();
  }
  return 0;
}

size_t end_of_sentence(std::string_view text, size_t at) {
  for (size_t i = at; i < text.size(); ++i) {
    if (text[i] == '\n') return i + 1;
    size_t stop = ideographic_stop(text, i);
    if (stop != 0) return i + stop;
    bool ends = text[i] == '.' || text[i] == '!' || text[i] == '?';
    if (!ends || i + 1 == text.size() || !is_space(text[i + 1])) continue;
    for (++i; i < text.size() && text[i] == ' '; ++i) {}
    return i < text.size() && text[i] == '\n' ? i + 1 : i;
  }
  return text.size();
}

size_t end_of_word(std::string_view text, size_t at) {
  size_t i = at;
  while (i < text.size() && !is_space(text[i])) ++i;
  while (i < text.size() && is_space(text[i])) ++i;
  return i;
}

size_t end_of_character(std::string_view text, size_t at) {
  size_t i = at + 1;
  while (i < text.size() && is_continuation(text[i])) ++i;
  return i;
}

size_t end_of_piece(std::string_view text, size_t at, Level level) {
  switch (level) {
    case Level::paragraph: return end_of_paragraph(text, at);
    case Level::line: return end_of_line(text, at);
    case Level::sentence: return end_of_sentence(text, at);
    case Level::word: return end_of_word(text, at);
    case Level::character: return end_of_character(text, at);
  }
  return text.size();
}

}  // namespace

std::vector<std::string_view> split(std::string_view text, Level level) {
  std::vector<std::string_view> pieces;
  for (size_t at = 0; at < text.size();) {
    size_t end = end_of_piece(text, at, level);
    pieces.push_back(text.substr(at, end - at));
    at = end;
  }
  return pieces;
}

size_t words(std::string_view text) {
  size_t count = 0;
  for (size_t at = 0; at < text.size(); at = end_of_word(text, at)) ++count;
  return count;
}

}  // namespace gatehouse::chunker
