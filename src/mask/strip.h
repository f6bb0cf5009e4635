// A text and where each byte of it stands in the body. Included by mask/*.cc only.
#pragma once

#include "base/room.h"
#include "mask/piece.h"

namespace gatehouse::mask {

/// Knot begins a stretch of text: from text offset `text` on, bytes stand side by side with raw ones from `raw` on. With an atom,
/// the text up to the next knot stands for `atom` raw bytes as one.
struct Knot {
  uint64_t raw;
  uint32_t text;
  uint32_t atom;
};

/// add_knots notes where a piece stands whose text begins at `base`; `first` is the list's first knot of that text: a piece that
/// goes
/// on where the text before it ended needs none.
void add_knots(const Piece& piece, uint32_t base, size_t first, Room<Knot>* knots);

/// RawRuns walks over the raw ranges that text [begin, end) stands for, in order; what lies between two is not touched.
class RawRuns {
 public:
  RawRuns(const Knot* knots, size_t count, uint32_t begin, uint32_t end);
  bool next(uint64_t* raw, uint64_t* length);

 private:
  bool stretch(uint64_t* raw, uint64_t* length);
  const Knot* at_;
  const Knot* last_;
  uint32_t begin_, end_;
};

/// raw_of: where the raw bytes of the text's byte `at` begin.
uint64_t raw_of(const Knot* knots, size_t count, uint32_t at);

/// Strip is one text, or the part of it that is still of use. kSimdPadding readable behind.
struct Strip {
  Room<char> text;
  Room<Knot> knots;

  ByteView view() const { return {text.data(), text.size()}; }
  void clear() { text.clear(), knots.clear(); }
  void append(const Piece& piece);
  /// copy makes this the bytes [begin, end) of another.
  void copy(const Strip& from, size_t begin, size_t end);
  void drop_front(size_t count);
  uint64_t raw(size_t at) const { return raw_of(knots.data(), knots.size(), static_cast<uint32_t>(at)); }
  size_t memory_bytes() const { return text.capacity() + knots.capacity() * sizeof(Knot); }
};

inline bool inside_character(char c) { return (static_cast<uint8_t>(c) & 0xc0) == 0x80; }

}  // namespace gatehouse::mask
