#include "mask/text_names.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "base/ascii.h"

namespace gatehouse::mask {
namespace {

constexpr ByteView kTexts[] = {
    "Content", "Text", "answer", "arguments", "chunk", "chunkText", "chunk_text", "chunked_text", "chunks",
    "completion", "content", "content_text", "contents", "data", "delta", "doc", "document", "documents",
    "generated_text", "html", "lines", "markdown", "md", "md_content", "output", "outputText", "output_text",
    "pageContent", "page_content", "pages", "paragraph", "paragraphs", "part", "partial_json", "parts", "passage",
    "passages", "piece", "pieces", "rawText", "raw_content", "raw_text", "reasoning", "reasoning_content",
    "reasoning_text", "response", "segment", "segments", "sentence", "sentences", "snippet", "split", "splits",
    "text", "text_as_html", "text_content", "texts", "thinking", "token", "token_strings", "tokens", "transcript",
    "value", "window", "words",
};
constexpr size_t kLongestText = 17;   // of which a ShortName leaves out the byte in the middle

constexpr ByteView kPairNames[] = {"name", "key", "label", "field", "attribute", "variable", "parameter", "property", "question"};
constexpr ByteView kPairValues[] = {"value", "val", "answer", "string"};

constexpr ByteView kStarts[] = {"char_start", "charStart",      "offset",    "start",       "startIndex",
                                "start_char", "start_char_idx", "start_idx", "start_index", "start_offset"};
constexpr ByteView kEnds[] = {"char_end",     "charEnd", "end",       "endIndex",  "end_char",
                              "end_char_idx", "end_idx", "end_index", "end_offset"};

enum class Means : uint8_t { none, text, start, end };

/// All the names, by slot; the next free one when it is taken.
struct Names {
  ShortName name[256] = {};
  Means means[256] = {};

  constexpr Names() {
    for (const ByteView text : kTexts) put(text, Means::text);
    for (const ByteView start : kStarts) put(start, Means::start);
    for (const ByteView end : kEnds) put(end, Means::end);
  }
  constexpr void put(ByteView text, Means meaning) {
    const ShortName put(text);
    size_t at = put.slot();
    while (means[at] != Means::none) at = (at + 1) % 256;
    name[at] = put;
    means[at] = meaning;
  }
};
constexpr Names kNames;

Means means(ByteView text) {
  if (text.size() < 2 || text.size() > kLongestText) return Means::none;
  const ShortName name = ShortName::read(text);
  for (size_t at = name.slot(); kNames.means[at] != Means::none; at = (at + 1) % 256)
    if (kNames.name[at] == name) return kNames.means[at];
  return Means::none;
}

template <size_t N>
bool is_one(ByteView name, const ByteView (&names)[N]) {
  return std::any_of(std::begin(names), std::end(names), [name](ByteView one) { return same_word(name, one); });
}

uint64_t mix(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a ^ 0x9e3779b97f4a7c15u) * (b ^ 0xd6e8feb86659fd93u);
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

}  // namespace

uint64_t element_path(uint64_t path) { return mix(path, '['); }

uint64_t member_path(uint64_t path, uint64_t number) { return mix(path, number); }
uint64_t member_path(uint64_t path, ByteView key) { return mix(path, path_number(key)); }

uint64_t path_number(ByteView key) {
  uint64_t value = mix(0, key.size());
  for (; key.size() >= 8; key.remove_prefix(8)) {
    uint64_t word;
    std::memcpy(&word, key.data(), sizeof word);
    value = mix(value, word);
  }
  uint64_t word = 0;
  std::memcpy(&word, key.data(), key.size());
  return mix(value, word);
}

bool is_text_name(ByteView name) { return means(name) == Means::text; }

bool names_pair(ByteView name) { return name.size() > 2 && name.size() < 10 && is_one(name, kPairNames); }
bool holds_pair(ByteView name) { return name.size() > 2 && name.size() < 7 && is_one(name, kPairValues); }

Offset offset_name(ByteView name) {
  const Means meaning = means(name);
  return meaning == Means::start ? Offset::start : meaning == Means::end ? Offset::end : Offset::none;
}

}  // namespace gatehouse::mask
