#include "mask/text_names.h"

#include <algorithm>
#include <cstring>
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
constexpr size_t kNameMax = 12;
static_assert(std::all_of(std::begin(kTexts), std::end(kTexts),
                          [](ByteView name) { return name.size() >= 2 && name.size() <= kNameMax; }));

/// Which bytes the names begin with, by their last six bits.
constexpr uint64_t kFirst = [] {
  uint64_t bits = 0;
  for (const ByteView name : kTexts) bits |= uint64_t{1} << (static_cast<uint8_t>(name[0]) & 63);
  return bits;
}();
static_assert(std::is_sorted(std::begin(kTexts), std::end(kTexts)));

constexpr ByteView kStarts[] = {"char_start", "charStart",      "offset",    "start",       "startIndex",
                                "start_char", "start_char_idx", "start_idx", "start_index", "start_offset"};
constexpr ByteView kEnds[] = {"char_end",     "charEnd", "end",       "endIndex",  "end_char",
                              "end_char_idx", "end_idx", "end_index", "end_offset"};

template <size_t N>
bool among(const ByteView (&list)[N], ByteView name) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

uint64_t mix(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a ^ 0x9e3779b97f4a7c15u) * (b ^ 0xd6e8feb86659fd93u);
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

}  // namespace

uint64_t element_path(uint64_t path) { return mix(path, '['); }

uint64_t member_path(uint64_t path, ByteView key) {
  uint64_t value = mix(path, key.size());
  for (; key.size() >= 8; key.remove_prefix(8)) {
    uint64_t word;
    std::memcpy(&word, key.data(), sizeof word);
    value = mix(value, word);
  }
  uint64_t word = 0;
  std::memcpy(&word, key.data(), key.size());
  return mix(value, word);
}

bool is_text_name(ByteView name) {
  if (name.size() < 2 || name.size() > kNameMax || (kFirst >> (static_cast<uint8_t>(name[0]) & 63) & 1) == 0) return false;
  return std::binary_search(std::begin(kTexts), std::end(kTexts), name);
}

Offset offset_name(ByteView name) {
  if (name.size() < 3 || (name[0] != 's' && name[0] != 'e' && name[0] != 'c' && name[0] != 'o')) return Offset::none;
  if (among(kStarts, name)) return Offset::start;
  return among(kEnds, name) ? Offset::end : Offset::none;
}

}  // namespace gatehouse::mask
