// Where in a raw JSON document a detector may find something in a string.
#pragma once

#include "base/bytes.h"
#include "base/room.h"
#include "mask/detect.h"

namespace gatehouse::mask {

/// Candidates tells for a document which blocks of 64 bytes hold a sign of some value. Memory: one bit per
/// block, kept.
class Candidates {
 public:
  /// mark looks through a document. A \uXXXX is a sign when the character may be part of one: any of ASCII, a separator at a
  /// digit, a character of a literal. Needs kSimdPadding readable bytes behind.
  void mark(ByteView document, const Wanted& wanted);

  /// any tells whether the bytes [begin, end), begin < end, touch a marked block.
  bool any(size_t begin, size_t end) const {
    const size_t first = begin / 64, last = (end - 1) / 64;
    size_t word = first / 64;
    uint64_t bits = words_[word] >> (first % 64) << (first % 64);
    for (; word < last / 64; bits = words_[++word])
      if (bits != 0) return true;
    return (bits << (63 - last % 64)) != 0;
  }

 private:
  Room<uint64_t> words_;
};

}  // namespace gatehouse::mask
