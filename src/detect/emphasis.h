// Markdown's emphasis as far as it stands within values: 4111 **1111** 1111 1111.
#pragma once

#include "base/bytes.h"

namespace gatehouse::detect {

/// Marks of emphasis, of what is struck through, and of code.
constexpr bool is_emphasis(char c) { return c == '*' || c == '_' || c == '`' || c == '~'; }

/// Of these, the ones that no value is written with.
constexpr bool is_only_emphasis(char c) { return c == '*' || c == '`' || c == '~'; }

/// kEmphasisMax is how many of them stand together; a row of more is a rule, or stands for what is hidden already.
inline constexpr size_t kEmphasisMax = 4;

/// emphasis_at returns how many marks begin at text[at], emphasis_before how many end before text[end]; 0 when there are none or
/// more than kEmphasisMax.
inline size_t emphasis_at(ByteView text, size_t at) {
  size_t count = 0;
  while (at + count < text.size() && count <= kEmphasisMax && is_emphasis(text[at + count])) ++count;
  return count > kEmphasisMax ? 0 : count;
}
inline size_t emphasis_before(ByteView text, size_t end) {
  size_t count = 0;
  while (count < end && count <= kEmphasisMax && is_emphasis(text[end - count - 1])) ++count;
  return count > kEmphasisMax ? 0 : count;
}

/// joins tells of marks that no separator stands beside whether they are in the middle of something: 41**11, not 41*11 or 1_000.
inline bool joins(ByteView marks) { return marks.size() > 1 && marks.find('_') == ByteView::npos; }

/// marked_gap returns how long what stands at text[at] between two parts of a value is: emphasis that ends, one separator, emphasis
/// that begins, any of which may be missing; to the text's end when more could follow; 0 when it is none.
size_t marked_gap(ByteView text, size_t at);

/// take_in adds to the value [*begin, *end) a run of marks before or behind it, of which the other is in the value: what
/// remains of the text is emphasised as it was. *begin stays at `from` or behind.
void take_in(ByteView text, size_t from, bool (*is_mark)(char), size_t* begin, size_t* end);

}  // namespace gatehouse::detect
