// A text as it was before it was broken into lines.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace gatehouse::crypto {

/// kLineEndMost is how many bytes a line end has at most: with empty lines, and with the blanks before it and behind it. What is
/// longer is none, so that little is withheld of a stream (secret_filter.h), however it is indented.
inline constexpr size_t kLineEndMost = 256;

/// Unwrapped is a text in small letters without its line ends, as Base64 has one after every 76 characters, or 64; and where its
/// bytes stood. A line end is CR, LF, VT or FF, as it is or in an escape: of JSON (`\n`, `\u000a`, `\x0a`, `\012`, a backslash
/// before a real one; behind any number of backslashes), of addresses (`%0a`, `%250a`), of HTML (`&#10;`, `&#x0A;`, `&NewLine;`,
/// with zeros before the number, of an escaped ampersand, `<br>`); with the blanks around it, in escapes, too. What the text's end
/// may have cut is one: the next piece may end the line. Not told as line ends: U+0085, U+2028 and U+2029, signs with which each
/// line begins or ends (`> `, `# `, the `=` of quoted-printable), `<br>` in escapes or with attributes, `&#10` without a semicolon,
/// a backslash that is itself spelled in another escape (`%5Cn`, `\u005cn`). Owns a copy of the text when it has line ends; one
/// thread. Linear in the text, however it looks.
class Unwrapped {
 public:
  explicit Unwrapped(ByteView text);

  /// is_other: the text has line ends; without, view() is empty.
  bool is_other() const { return !breaks_.empty(); }
  ByteView view() const { return text_; }
  /// raw is where in the text the byte stood; before a line end, one that ended there (end).
  size_t raw(size_t at, bool end) const;
  /// looked_at is how many bytes were looked at, again and again: for tests of what it costs.
  size_t looked_at() const { return looked_at_; }

 private:
  struct Break {
    size_t at, raw;   // what is behind it: here, and in the text
  };
  void drop(ByteView text, size_t begin, size_t end);

  std::string text_;
  std::vector<Break> breaks_;
  size_t taken_ = 0;   // so far the text is in text_, or dropped
  size_t looked_at_ = 0;
};

}  // namespace gatehouse::crypto
