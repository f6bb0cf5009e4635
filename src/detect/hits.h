// Where in a text finders are called: signs put together, over any number of blocks.
#pragma once

#include "detect/signs.h"

namespace gatehouse::detect {

/// Hits are the bytes of kLanes blocks at which finders are called (Sign in finder.h), and escapes.
struct Hits {
  uint64_t at[kLanes], run[kLanes], account[kLanes], colon[kLanes], token[kLanes], groups[kLanes], quad[kLanes];
  uint64_t literal[kLanes];  // candidates: literals.h says which
  uint64_t escape[kLanes];   // a backslash with a 'u' behind it
  uint64_t sure[kLanes];     // all but these two
  uint8_t has_sure, has_literal, has_escape;  // bit b: block b has one
};

/// kRunMin is the shortest run that any number detector can find: AB123456C.
inline constexpr size_t kRunMin = 6;

/// Ended is what blocks ended with: the masks of the last one. Each `one` says which bytes a row may be made of; two, four and
/// so on that as many of the row end there.
struct Ended {
  struct Token {
    uint64_t one = 0, two = 0, four = 0, eight = 0, sixteen = 0, twenty = 0;
  } token;
  struct Run {
    uint64_t digit = 0, lead = 0, two_wide = 0, three_wide = 0;
    uint64_t one = 0, two = 0, four = 0;
  } run;
  struct Groups {
    uint64_t hex = 0, one = 0, two = 0, dot = 0;
  } groups;
  struct Quad {
    uint64_t digit = 0, one = 0, two = 0;
  } quad;
  uint64_t part = 0, letter = 0, digit = 0, between = 0;
};

/// HitReader reads a text from its begin to its end. The text outlives it; nothing behind it is read.
class HitReader {
 public:
  /// Which hits are worked out; the others stay 0.
  struct Needs {
    bool at = true, run = true, account = true, colon = true, token = true, groups = true, quad = true,
         literal = true;
    bool words = true;  // of literals, those that begin with no bracket
    /// few: SignSet::few says all.
    bool few() const { return !(account || colon || token || groups || quad || (literal && words)); }
  };
  HitReader(ByteView text, const Needs& needs) : text_(text), needs_(needs) {}

  /// next reads on; returns how many Hits there are now: the first speaks of the kLaneBytes bytes from begin() on. 0 at the end.
  size_t next() {
    begin_ = end_;
    if (begin_ >= text_.size()) return 0;
    return read();
  }
  size_t begin() const { return begin_; }
  const Hits& operator[](size_t i) const { return hits_[i]; }

 private:
  static constexpr size_t kParts = 4;  // so many Hits at a time

  size_t read();

  ByteView text_;
  Needs needs_;
  size_t begin_ = 0, end_ = 0;
  Ended ended_;
  Signs signs_[kParts];  // not set before they are read, as are hits
  Hits hits_[kParts];
};

/// read_hits_plain and read_hits_wide (where has_avx512) put the signs of `count` blocks of the text together, from `begin` on.
void read_hits_plain(ByteView text, size_t begin, const Signs* signs, size_t count, const HitReader::Needs& needs, Ended* ended,
                     Hits* out);
void read_hits_wide(ByteView text, size_t begin, const Signs* signs, size_t count, const HitReader::Needs& needs, Ended* ended,
                    Hits* out);

}  // namespace gatehouse::detect
