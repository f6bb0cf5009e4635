// Repeated keys of JSON objects, found while the document is walked.
#pragma once

#include <cstring>

#include "base/bytes.h"
#include "base/room.h"

namespace gatehouse::json {

/// Keys holds the keys of the objects that are open, innermost last. Keys are compared as text, after
/// unescaping, byte by byte. Objects of few keys are compared pair by pair; larger ones are sorted, which
/// needs no hash and so cannot be flooded: n keys cost n log n comparisons, each at most as long as the
/// shorter key. Allocates only to grow. One thread.
class Keys {
 public:
  /// start forgets everything; `document` must outlive the walk, with kSimdPadding readable bytes.
  void start(ByteView document);

  /// mark is where the keys of an object that opens now begin; hand it to close().
  size_t mark() const { return entries_.size(); }

  /// add notes a key of the innermost open object: raw bytes [begin, end) of the document without
  /// quotes, and the positions of its escapes.
  void add(uint32_t begin, uint32_t end, const uint32_t* escapes, size_t count) {
    if (count != 0) return add_escaped(begin, end, escapes, count);
    entries_.push({prefix_of(document_.data() + begin, end - begin), begin, end - begin, false});
  }

  /// close forgets the innermost object's keys; false when two of them were equal.
  bool close(size_t mark);

 private:
  struct Entry {
    uint64_t prefix;  // the first eight bytes, zeros behind the end
    uint32_t at;      // in the document, or in texts_ when unescaped
    uint32_t length;
    bool own;         // text lies in texts_
  };
  /// The first eight bytes, zeros behind the end: eight are readable.
  static uint64_t prefix_of(const char* text, size_t length) {
    uint64_t word;
    std::memcpy(&word, text, sizeof word);
    return length >= 8 ? word : word & ((uint64_t{1} << (8 * length)) - 1);
  }
  void add_escaped(uint32_t begin, uint32_t end, const uint32_t* escapes, size_t count);
  const char* text(const Entry& entry) const { return (entry.own ? texts_.data() : document_.data()) + entry.at; }
  bool equal(const Entry& a, const Entry& b) const;
  bool less(const Entry& a, const Entry& b) const;

  ByteView document_;
  Room<Entry> entries_;
  Room<char> texts_;  // keys that had escapes
};

}  // namespace gatehouse::json
