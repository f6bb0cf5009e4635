// Where in a raw JSON document a detector may find something in a string.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/room.h"
#include "detect/finder.h"

namespace gatehouse::detect {

/// Candidates tells for a document where a sign of some value stands. It looks where it is asked, so that what detectors see
/// anyway is not looked through twice. Memory: one bit for each of its bytes and one for 64, kept.
class Candidates {
 public:
  /// start begins a document, with kSimdPadding readable bytes behind; it outlives what is asked, and so does *wanted.called.
  void start(ByteView document, const Wanted& wanted);

  /// any tells whether a sign stands in the bytes [begin, end), begin < end, of a string or key: nothing before its begin matters.
  /// Asked in the order of the document: of what was passed over it says yes. A \uXXXX is a sign when the character may be part of
  /// one: any of ASCII, a separator at a digit, a character of a literal.
  bool any(size_t begin, size_t end) {
    if (end > until_ && !all_) mark(begin, end);
    if (begin < from_ || all_) return true;
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

  void mark(size_t begin, size_t end);
  uint8_t mark_blocks(const Hits& hits, size_t first);

  ByteView document_;
  bool all_ = false;       // every string is looked through
  Called own_;
  const Called* called_ = nullptr;
  std::optional<HitReader> reader_;   // at from_ when it began, at until_ now
  size_t from_ = 0, until_ = 0;       // marked; whole blocks, or up to the document's end
  size_t ahead_ = 0;                  // bytes that are looked through at least, next time
  Room<uint64_t> hits_;    // a bit for each byte
  Room<uint64_t> words_;   // a bit for each block that has one
};

}  // namespace gatehouse::detect
