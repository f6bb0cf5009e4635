// The forms of a text that are matched besides the text itself: what a reader takes it for who normalizes (UAX 15,
// NFKC), drops what cannot be seen, or is taken in by look-alikes (UTS 39). ICU knows the characters.
#pragma once

#include "base/bytes.h"
#include "base/room.h"

namespace gatehouse::pattern {

/// plain tells that a text is its own normal form: UTF-8, in NFKC, without default-ignorable code points (soft
/// hyphens, joiners, bidi controls, variation selectors, tags) and white space beyond ASCII. It may answer false of a text that
/// is its own normal form when marks stand in an unusual order, never true of another. Any thread; some GB/s.
bool plain(ByteView utf8);

/// ascii tells that a text has no other character: then it is plain, and its own skeleton.
bool ascii(ByteView text);

/// A normal form longer than kNormalTimes the text and kNormalMore bytes fails (U+FDFA becomes 18 characters).
inline constexpr size_t kNormalTimes = 4;
inline constexpr size_t kNormalMore = 64;
/// As does a character with more marks than anybody writes: sorting them is not linear.
inline constexpr size_t kMarksMax = 128;  // UTF-16 units

/// NormalForm makes forms of one text after another, in memory that it keeps; one thread.
class NormalForm {
 public:
  /// same: the form is the text. failed: not UTF-8, or beyond a limit above; nothing is known of the text then.
  enum class Outcome : uint8_t { same, changed, failed };

  /// make removes default-ignorable code points, makes spaces of other white space, and then normalizes (NFKC).
  Outcome make(ByteView text);

  /// make_skeleton does that, and then gives each character beyond ASCII that looks like ASCII, in one case or the
  /// other, as that, in lower case: patterns are written in ASCII and must ask caselessly. ASCII stays as it is (0 is
  /// not O). The first call in a process builds a table (tens of milliseconds): call prepare_skeletons before.
  Outcome make_skeleton(ByteView text);

  /// text is the form after `changed`; valid until the next make.
  ByteView text() const;

  /// source_of gives the offset in the source of what became the byte at `at` of text(): exact where bytes were
  /// copied, else the begin of the characters that were changed together. at <= text().size().
  size_t source_of(size_t at) const;

 private:
  /// Run is where a stretch of the form begins, and the stretch of the source that it came from.
  struct Run {
    uint32_t at;
    uint32_t source;
    bool copied;  // byte by byte
  };
  struct Layer {
    Room<char> bytes;
    Room<Run> runs;
    size_t bound = 0;

    void start(size_t source_bytes, size_t bound_bytes);
    // false: beyond the bound
    bool copy(ByteView source, size_t from, size_t to);
    bool change(size_t source, const char* form, size_t length);
    size_t source_of(size_t at) const;
  };
  struct Pending;

  bool normalize(ByteView text, size_t first);
  bool flush(Pending& pending);
  bool look_up(ByteView text, size_t from, size_t* at);

  Layer normal_, skeleton_;
  bool normalized_ = false;  // normal_ is in use
  bool folded_ = false;      // skeleton_ is in use
};

void prepare_skeletons();

}  // namespace gatehouse::pattern
