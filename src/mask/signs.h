// What each byte of a text is to the detectors: the cheap pass over everything, 64 bytes at a time.
#pragma once

#include "base/bytes.h"

namespace gatehouse::mask {

/// Signs are what a block of 64 bytes holds; bit i speaks of byte i.
struct Signs {
  uint64_t at;         // '@'
  uint64_t digit;      // 0-9
  uint64_t between;    // what stands between digits: space - . / and the backslash, which may escape a slash
  uint64_t colon;      // ':'
  uint64_t hex;        // 0-9 a-f A-F
  uint64_t token;      // letters, digits, - and _
  uint64_t backslash;
  uint64_t slash;
  uint64_t letter_u;   // 'u', behind a backslash an escaped character
  uint64_t two;        // 0xc2, which begins U+00A0 (no-break space) and U+00AD (soft hyphen)
  uint64_t three;      // 0xe2, which begins the other spaces and dashes beyond ASCII
  uint64_t literal;    // may begin one of the literals of literals.h
};

/// read_signs classifies `count` blocks with the widest instructions of this machine; reads 64 * count bytes and
/// kHead - 1 more.
void read_signs(const char* bytes, size_t count, Signs* out);

/// Hits are the bytes of a block at which finders are called (Sign in finder.h), and escapes.
struct Hits {
  uint64_t at, run, account, colon, token, groups;
  uint64_t literal;  // candidates: literals.h says which
  uint64_t escape;   // a backslash with a 'u' behind it
};

/// kRunMin is the shortest run that any number detector can find: AB123456C.
inline constexpr size_t kRunMin = 6;

/// HitReader turns signs into hits, over any number of blocks in order: it knows what the blocks before ended with.
class HitReader {
 public:
  /// Which hits are worked out of those that cost something; the others stay 0.
  struct Needs {
    bool account = true, colon = true, token = true, groups = true;
  };
  explicit HitReader(const Needs& needs) : needs_(needs) {}

  /// next reads one block. after: the byte behind it, 0 at the end of all.
  Hits next(const Signs& signs, char after) {
    Hits hits;
    hits.at = signs.at;
    hits.literal = signs.literal;
    hits.escape = signs.backslash & (signs.letter_u >> 1 | bit63(after == 'u'));
    hits.colon = signs.colon == 0 || !needs_.colon ? 0 : colons(signs, after);
    hits.token = needs_.token ? tokens(signs.token) : 0;
    hits.account = signs.digit == 0 || !needs_.account ? 0 : accounts(signs);
    last_letter_ = signs.token & ~signs.digit;
    last_digit_ = signs.digit;
    last_between_ = signs.between;
    hits.run = signs.digit == 0 ? no_run() : runs(signs, after);
    hits.groups = needs_.groups ? groups(signs, after) : 0;
    last_hex_ = signs.hex | signs.colon;
    last_groups_.hex = signs.hex;
    return hits;
  }

 private:
  static uint64_t bit63(bool yes) { return static_cast<uint64_t>(yes) << 63; }

  uint64_t colons(const Signs& signs, char after) const {
    const uint64_t part = signs.hex | signs.colon;
    const bool next = after == ':' || (after >= '0' && after <= '9') || static_cast<unsigned char>((after | 0x20) - 'a') < 6;
    return signs.colon & (part << 1 | last_hex_ >> 63) & (part >> 1 | bit63(next));
  }

  /// The kTokenMin-th byte of each token.
  uint64_t tokens(uint64_t token) {
    Token now;
    now.one = token;
    now.two = now.one & (now.one << 1 | last_token_.one >> 63);
    now.four = now.two & (now.two << 2 | last_token_.two >> 62);
    now.eight = now.four & (now.four << 4 | last_token_.four >> 60);
    now.sixteen = now.eight & (now.eight << 8 | last_token_.eight >> 56);
    now.twenty = now.sixteen & (now.four << 16 | last_token_.four >> 48);
    const uint64_t first = now.twenty & ~(now.twenty << 1 | last_token_.twenty >> 63);
    last_token_ = now;
    return first;
  }

  /// The fifth sign between pairs of hexadecimal digits, and the second between fours: 00-1b-63-84-45-e6, 001b.6384.45e6.
  uint64_t groups(const Signs& signs, char after) {
    const bool next = (after >= '0' && after <= '9') || static_cast<unsigned char>((after | 0x20) - 'a') < 6;
    const uint64_t hex = signs.hex, last = last_groups_.hex;
    const uint64_t one = signs.between & (hex << 1 | last >> 63) & (hex >> 1 | bit63(next));
    const uint64_t two = one & (one << 3 | last_groups_.one >> 61);
    const uint64_t five = two & (two << 6 | last_groups_.two >> 58) & (one << 12 | last_groups_.one >> 52);
    const uint64_t fours = one & (one << 5 | last_groups_.one >> 59) & (hex << 2 | last >> 62) & (hex << 3 | last >> 61);
    last_groups_.one = one;
    last_groups_.two = two;
    return five | fours;
  }

  /// The fourth byte of two letters and two digits, and the sixth of those with a sign between and behind: DE44, DE 44 5.
  uint64_t accounts(const Signs& signs) const {
    const uint64_t digits = signs.digit & (signs.digit << 1 | last_digit_ >> 63), letter = signs.token & ~signs.digit;
    const auto letters = [&](int back) {
      return (letter << back | last_letter_ >> (64 - back)) & (letter << (back + 1) | last_letter_ >> (63 - back));
    };
    const uint64_t apart = signs.between & (signs.digit << 1 | last_digit_ >> 63) & (signs.digit << 2 | last_digit_ >> 62) &
                           (signs.between << 3 | last_between_ >> 61);
    return (digits & letters(2)) | (apart & letters(4));
  }

  uint64_t no_run() {  // a run does not survive 64 bytes without a digit
    last_ = {};
    return 0;
  }

  /// The bytes that are the kRunMin-th or a later one of digits with single separators between. It may take
  /// other characters of two and three bytes for separators: Sequence looks closer.
  uint64_t runs(const Signs& signs, char after) {
    const uint64_t left = signs.digit << 1 | last_.digit >> 63;
    const uint64_t before = (signs.digit | signs.backslash) << 1 | last_.lead >> 63;
    const uint64_t behind = (signs.digit | signs.slash) >> 1 | bit63((after >= '0' && after <= '9') || after == '/');
    Run now;
    now.digit = signs.digit;
    now.lead = signs.digit | signs.backslash;
    now.two_wide = signs.two & left;
    now.three_wide = signs.three & left;
    now.one = signs.digit | (signs.between & before & behind) | now.two_wide | now.three_wide |
              (now.two_wide << 1 | last_.two_wide >> 63) | (now.three_wide << 1 | last_.three_wide >> 63) |
              (now.three_wide << 2 | last_.three_wide >> 62);
    now.two = now.one & (now.one << 1 | last_.one >> 63);
    now.four = now.two & (now.two << 2 | last_.two >> 62);
    const uint64_t six = now.four & (now.two << 4 | last_.two >> 60);
    last_ = now;
    return six;
  }

  struct Token {
    uint64_t one = 0, two = 0, four = 0, eight = 0, sixteen = 0, twenty = 0;  // bit i: so many end at byte i
  };
  struct Run {
    uint64_t digit = 0, lead = 0, two_wide = 0, three_wide = 0;
    uint64_t one = 0, two = 0, four = 0;
  };
  struct Groups {
    uint64_t hex = 0, one = 0, two = 0;
  };
  Needs needs_;
  Token last_token_;
  Groups last_groups_;
  Run last_;
  uint64_t last_hex_ = 0, last_letter_ = 0, last_digit_ = 0, last_between_ = 0;
};
static_assert(kRunMin == 4 + 2);

}  // namespace gatehouse::mask
