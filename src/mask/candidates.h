// Where in a raw JSON document a detector may find something in a string.
#pragma once

#include "base/bytes.h"
#include "base/room.h"
#include "mask/finder.h"

namespace gatehouse::mask {

/// Candidates tells for a document where a sign of some value stands. Memory: one bit for each of its bytes and one for
/// 64, kept.
class Candidates {
 public:
  /// mark looks through a document. A \uXXXX is a sign when the character may be part of one: any of ASCII, a separator at a
  /// digit, a character of a literal. Needs kSimdPadding readable bytes behind.
  void mark(ByteView document, const Wanted& wanted);

  /// any tells whether a sign stands in the bytes [begin, end), begin < end.
  bool any(size_t begin, size_t end) const {
    const size_t first = begin / 64, last = (end - 1) / 64;
    const uint64_t head = ~uint64_t{0} << begin % 64, tail = ~uint64_t{0} >> (63 - (end - 1) % 64);
    if (first == last) return (hits_[first] & head & tail) != 0;
    if ((hits_[first] & head) != 0 || (hits_[last] & tail) != 0) return true;
    return first + 1 < last && any_block(first + 1, last - 1);
  }

 private:
  /// The blocks from first to last.
  bool any_block(size_t first, size_t last) const {
    size_t word = first / 64;
    uint64_t bits = words_[word] >> (first % 64) << (first % 64);
    for (; word < last / 64; bits = words_[++word])
      if (bits != 0) return true;
    return (bits << (63 - last % 64)) != 0;
  }

  uint8_t mark(ByteView document, const Hits& hits, Rows rows, size_t first);

  Room<uint64_t> hits_;    // a bit for each byte
  Room<uint64_t> words_;   // a bit for each block that has one
};

}  // namespace gatehouse::mask
