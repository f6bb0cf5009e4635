// Cutting text into chunks, as chunking services do.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace gatehouse::chunker {

/// Cut is where a text may be cut.
enum class Cut {
  recursive,  // at paragraphs; what is too long at lines, then sentences, words, characters
  sentence,   // after sentences only; a sentence that is too long stays whole
  word,       // after every `size` words
  character,  // after every `size` characters
};

/// Unit is what counts as a token. A word carries the white space after it, so words join to the text.
enum class Unit { character, word };

struct Plan {
  Cut cut = Cut::recursive;
  Unit unit = Unit::character;  // for recursive and sentence; the other two count their own
  size_t size = 512;            // tokens in a chunk, at least 1
  size_t overlap = 0;           // tokens shared with the chunk before, < size; not for recursive
};

/// Chunk is a piece of the text: bytes [begin, end), code points [start_index, end_index).
struct Chunk {
  size_t begin = 0;
  size_t end = 0;
  size_t start_index = 0;
  size_t end_index = 0;
  size_t token_count = 0;
};

/// chunk cuts UTF-8 text; linear in its size (times size / (size - overlap)). No chunk is empty or splits
/// a code point; without overlap the chunks join to the text.
std::vector<Chunk> chunk(std::string_view text, const Plan& plan);

/// code_points counts them in well-formed UTF-8.
size_t code_points(std::string_view text);

}  // namespace gatehouse::chunker
