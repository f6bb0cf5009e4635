// Bodies for the benchmarks of json, guard and mask.
#pragma once

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
