// Bodies for the benchmarks of json, guard and mask.
#pragma once

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "base/bytes.h"
#include "base/limits.h"

namespace gatehouse::bench {

/// Sample is a file of tests/data/pairs with the padding that parsing in place needs.
class Sample {
 public:
  explicit Sample(const char* name) {
    std::ifstream file(std::string(GATEHOUSE_TEST_DATA "/pairs/") + name, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    pad();
  }
  /// An array of `times` copies.
  Sample(const char* name, size_t times) : Sample(name) {
    const std::string one(view());
    bytes_ = "[" + one;
    for (size_t i = 1; i < times; ++i) bytes_ += "," + one;
    bytes_ += "]";
    pad();
  }
  explicit Sample(std::string bytes) : bytes_(std::move(bytes)) { pad(); }

  ByteView view() const { return {bytes_.data(), size_}; }

 private:
  void pad() {
    size_ = bytes_.size();
    bytes_.resize(size_ + kSimdPadding);
  }
  std::string bytes_;
  size_t size_ = 0;
};

/// append_json writes UTF-8 text as the inside of a JSON string; `escaped`: what is beyond ASCII as \uXXXX.
inline void append_json(ByteView text, bool escaped, std::string* out) {
  char digits[16];
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<uint8_t>(text[i]);
    if (c == '"' || c == '\\') *out += '\\', *out += text[i];
    else if (c == '\n') *out += "\\n";
    else if (c < 0x20) *out += ' ';
    else if (c < 0xc0 || !escaped || i + 2 >= text.size()) *out += text[i];
    else {
      uint32_t value = c < 0xe0 ? c & 31 : c < 0xf0 ? c & 15 : c & 7;
      for (size_t left = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3; left-- > 0;) value = value << 6 | (static_cast<uint8_t>(text[++i]) & 63);
      if (value >= 0x10000)
        std::snprintf(digits, sizeof digits, "\\u%04x\\u%04x", 0xd7c0 + (value >> 10), 0xdc00 + (value & 0x3ff));
      else
        std::snprintf(digits, sizeof digits, "\\u%04x", value);
      *out += digits;
    }
  }
}

/// Twelve numbers to a line, as embeddings come.
inline Sample numbers_sample() {
  std::string text = "[[";
  uint32_t state = 1;
  for (int i = 0; i < 800; ++i) {
    state = state * 1664525 + 1013904223;
    text += (i == 0 ? "" : ",") + std::string(state & 1 ? "-" : "") + "0.0" + std::to_string(state) + std::to_string(state >> 7);
  }
  return Sample(text + "]]");
}

}  // namespace gatehouse::bench
