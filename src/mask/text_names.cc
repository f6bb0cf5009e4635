#include "mask/text_names.h"

#include <algorithm>
#include <iterator>

namespace gatehouse::mask {
namespace {

constexpr ByteView kTexts[] = {
    "chunk", "chunkText", "chunk_text", "chunked_text", "chunks", "content", "content_text", "contents", "data", "delta", "doc",
    "document", "documents", "html", "lines", "markdown", "md", "md_content", "output", "pageContent", "page_content", "pages",
    "paragraph", "paragraphs", "part", "partial_json", "parts", "passage", "passages", "piece", "pieces", "rawText",
    "raw_content", "raw_text", "segment", "segments", "sentence", "sentences", "snippet", "split", "splits", "text",
    "text_as_html", "text_content", "texts", "token", "tokens", "value", "window", "words",
};
static_assert(std::is_sorted(std::begin(kTexts), std::end(kTexts)));

constexpr ByteView kStarts[] = {"char_start", "charStart", "offset", "start", "startIndex", "start_char", "start_char_idx", "start_idx", "start_index",
                                "start_offset"};
constexpr ByteView kEnds[] = {"char_end", "charEnd", "end", "endIndex", "end_char", "end_char_idx", "end_idx", "end_index", "end_offset"};

template <size_t N>
bool among(const ByteView (&list)[N], ByteView name) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

}  // namespace

bool is_text_name(ByteView name) { return name.size() <= 12 && std::binary_search(std::begin(kTexts), std::end(kTexts), name); }

Offset offset_name(ByteView name) {
  if (name.size() < 3 || (name[0] != 's' && name[0] != 'e' && name[0] != 'c' && name[0] != 'o')) return Offset::none;
  if (among(kStarts, name)) return Offset::start;
  return among(kEnds, name) ? Offset::end : Offset::none;
}

}  // namespace gatehouse::mask
