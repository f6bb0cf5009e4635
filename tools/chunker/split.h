// Where a text falls apart: into paragraphs, lines, sentences, words, characters.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace gatehouse::chunker {

/// Level is a kind of piece, coarse to fine.
enum class Level : uint8_t { paragraph, line, sentence, word, character };

/// split returns the pieces of well-formed UTF-8 text, in order, joining to the text. What separates two
/// pieces (line ends, white space) belongs to the one before. Empty text has no pieces.
std::vector<std::string_view> split(std::string_view text, Level level);

/// words counts the pieces that split(text, Level::word) has.
size_t words(std::string_view text);

}  // namespace gatehouse::chunker
