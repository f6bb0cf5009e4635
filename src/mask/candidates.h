// Where in some bytes a detector may find something: the cheap pass over everything.
#pragma once

#include "base/bytes.h"
#include "base/room.h"
#include "mask/detect.h"

namespace gatehouse::mask {

/// Signs are what a block of 64 bytes holds; bit i speaks of byte i.
struct Signs {
  uint64_t at;      // '@'
  uint64_t digit;   // 0-9
  uint64_t between; // ' ' and '-'
  uint64_t escape;  // a backslash with a 'u' behind it
  uint64_t two;     // 0xc2, which begins U+00A0 (no-break space) and U+00AD (soft hyphen)
  uint64_t three;   // 0xe2, which begins the other spaces and dashes beyond ASCII
};

/// read_signs classifies `count` blocks with the widest instructions of this machine; reads exactly
/// 64 * count bytes and one more.
void read_signs(const char* bytes, size_t count, Signs* out);

/// kRunMin is the shortest run that any number detector can find: 123-45-6789.
inline constexpr size_t kRunMin = 11;

/// Runs finds runs of at least kRunMin digits with single separators between, over any number of blocks in
/// order. It may take other characters of two and three bytes for separators: Run looks closer.
class Runs {
 public:
  /// ends has a bit for each byte that is the kRunMin-th or a later one of such a run. next_digit: whether
  /// the byte after the block is a digit.
  uint64_t ends(const Signs& signs, bool next_digit) {
    if (signs.digit == 0) [[likely]] {  // a run does not survive 64 bytes without a digit
      last_ = {};
      return 0;
    }
    const uint64_t left = signs.digit << 1 | last_.digit >> 63;
    const uint64_t right = signs.digit >> 1 | static_cast<uint64_t>(next_digit) << 63;
    Last now;
    now.digit = signs.digit;
    now.two_wide = signs.two & left;
    now.three_wide = signs.three & left;
    now.one = signs.digit | (signs.between & left & right) | now.two_wide | now.three_wide |
              (now.two_wide << 1 | last_.two_wide >> 63) | (now.three_wide << 1 | last_.three_wide >> 63) |
              (now.three_wide << 2 | last_.three_wide >> 62);
    now.two = now.one & (now.one << 1 | last_.one >> 63);
    now.four = now.two & (now.two << 2 | last_.two >> 62);
    now.eight = now.four & (now.four << 4 | last_.four >> 60);
    const uint64_t eleven = now.eight & (now.eight << 3 | last_.eight >> 61);
    last_ = now;
    return eleven;
  }

 private:
  struct Last {
    uint64_t digit = 0, two_wide = 0, three_wide = 0;
    uint64_t one = 0, two = 0, four = 0, eight = 0;  // bit i: a run of so many ends at byte i
  };
  Last last_;
};
static_assert(kRunMin == 8 + 3);

/// Candidates tells for a document which blocks of 64 bytes hold a sign of some value. Memory: one bit per
/// block, kept.
class Candidates {
 public:
  /// mark looks through a document. Strings with \uXXXX are
  /// always marked: the escape may hide any character. Needs kSimdPadding readable bytes behind.
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
