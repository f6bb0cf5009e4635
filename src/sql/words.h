// Lists of words: names as the parser folds them, and words of a text in any case.
#pragma once

#include <algorithm>
#include <iterator>

#include "sql/scan.h"

namespace gatehouse::sql {

/// among: a name is one of a list, letter by letter. among_words: a word is, in any case of ASCII letters.
template <size_t N>
constexpr bool among(ByteView name, const ByteView (&list)[N]) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}
template <size_t N>
bool among_words(ByteView word, const ByteView (&list)[N]) {
  return std::any_of(std::begin(list), std::end(list), [&](ByteView each) { return is_word(word, each); });
}

}  // namespace gatehouse::sql
