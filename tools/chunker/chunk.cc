#include "chunker/chunk.h"

#include <algorithm>

#include "chunker/split.h"

namespace gatehouse::chunker {

namespace {

Level finer(Level level) {
  switch (level) {
    case Level::paragraph: return Level::line;
    case Level::line: return Level::sentence;
    case Level::sentence: return Level::word;
    case Level::word: case Level::character: return Level::character;
  }
  return Level::character;
}

/// Maker collects chunks of one text, in order of their begin.
class Maker {
 public:
  Maker(std::string_view text, const Plan& plan) : text_(text), plan_(plan) {}

  void recursive(std::string_view part, Level level);
  void sentences();
  void windows(Level level);

  std::vector<Chunk> take() { return std::move(chunks_); }

 private:
  size_t tokens(std::string_view part) const {
    return plan_.unit == Unit::word ? words(part) : code_points(part);
  }
  size_t offset(std::string_view part) const { return static_cast<size_t>(part.data() - text_.data()); }
  void add(size_t begin, size_t end, size_t token_count);

  std::string_view text_;
  const Plan& plan_;
  std::vector<Chunk> chunks_;
};

void Maker::add(size_t begin, size_t end, size_t token_count) {
  Chunk chunk{begin, end, 0, 0, token_count};
  size_t known = chunks_.empty() ? 0 : chunks_.back().begin;
  chunk.start_index = (chunks_.empty() ? 0 : chunks_.back().start_index) +
                      code_points(text_.substr(known, begin - known));
  chunk.end_index = chunk.start_index + code_points(text_.substr(begin, end - begin));
  chunks_.push_back(chunk);
}

/// Neighbouring pieces are joined while they fit; a piece that does not fit alone goes one level down.
/// At the last level a piece is one character, one token: it always fits (size >= 1).
void Maker::recursive(std::string_view part, Level level) {
  size_t begin = offset(part), end = begin, joined = 0;
  auto flush = [&] {
    if (end > begin) add(begin, end, tokens(text_.substr(begin, end - begin)));
  };
  for (std::string_view piece : split(part, level)) {
    size_t count = tokens(piece);
    if (joined + count > plan_.size) {
      flush();
      begin = end = offset(piece);
      joined = 0;
    }
    if (count > plan_.size) {
      recursive(piece, finer(level));
      begin = end = offset(piece) + piece.size();
    } else {
      end += piece.size();
      joined += count;
    }
  }
  flush();
}

void Maker::sentences() {
  std::vector<std::string_view> pieces = split(text_, Level::sentence);
  std::vector<size_t> counts;
  for (std::string_view piece : pieces) counts.push_back(tokens(piece));
  for (size_t first = 0; first < pieces.size();) {
    size_t last = first, count = 0;
    while (last < pieces.size() && (last == first || count + counts[last] <= plan_.size)) {
      count += counts[last++];
    }
    size_t begin = offset(pieces[first]);
    add(begin, offset(pieces[last - 1]) + pieces[last - 1].size(), count);
    if (last == pieces.size()) return;
    // The next chunk steps back over whole sentences, but not to where this one began, and only so far that
    // it has room for a new sentence.
    size_t next = last, shared = 0;
    auto fits = [&](size_t more) { return more <= plan_.overlap && more + counts[last] <= plan_.size; };
    while (next - 1 > first && fits(shared + counts[next - 1])) shared += counts[--next];
    first = next;
  }
}

void Maker::windows(Level level) {
  std::vector<std::string_view> pieces = split(text_, level);
  size_t step = plan_.size - plan_.overlap;
  for (size_t first = 0; first < pieces.size(); first += step) {
    size_t last = std::min(first + plan_.size, pieces.size());
    add(offset(pieces[first]), offset(pieces[last - 1]) + pieces[last - 1].size(), last - first);
    if (last == pieces.size()) return;
  }
}

}  // namespace

size_t code_points(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
  }));
}

std::vector<Chunk> chunk(std::string_view text, const Plan& plan) {
  Maker maker(text, plan);
  switch (plan.cut) {
    case Cut::recursive: maker.recursive(text, Level::paragraph); break;
    case Cut::sentence: maker.sentences(); break;
    case Cut::word: maker.windows(Level::word); break;
    case Cut::character: maker.windows(Level::character); break;
  }
  return maker.take();
}

}  // namespace gatehouse::chunker
