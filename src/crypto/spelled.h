// A secret in the spellings that services give a text when they write it into another: JSON and HTML escapes, percent escapes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace gatehouse::crypto {

/// kSpelledTimes is how deep escapes of escapes are known; a byte spelled longer than kSpelledByteMost is not.
inline constexpr int kSpelledTimes = 3;
inline constexpr size_t kSpelledByteMost = 63;

/// is_lead: an escape begins with it, whatever it stands for.
inline bool is_lead(char c) { return c == '\\' || c == '%' || c == '&'; }

/// Reading is a byte that may be read at a place of a text, and how many bytes of the text it takes.
struct Reading {
  char value;
  uint8_t size;
};

/// Readings are all that may be read at one place. open: the text ends within an escape; with more bytes there may be others.
/// many: there are more than are kept.
struct Readings {
  std::array<Reading, 32> all;
  size_t count = 0;
  bool open = false, many = false;

  const Reading* begin() const { return all.data(); }
  const Reading* end() const { return all.data() + count; }
};

/// readings_at is what may be read at the beginning of `text`: its first byte as it is, and, where that begins an escape, what this
/// may stand for: JSON's (`\/`, `\u002b`; also `\x2b`, and a backslash before any sign that is neither letter nor digit), HTML's
/// (`&amp;`, `&#43;`, `&#x2b;`), percent escapes (`%2b`); hex digits in any case, what else an escape is made of spelled again up
/// to kSpelledTimes deep. An escape for NUL, or for what is not ASCII, is not read: no credential has them (config/).
Readings readings_at(ByteView text);

enum class Seen : uint8_t { no, open, yes };

/// goes_on: the bytes of `secret` can be read at `at`, one after the other (readings_at). `yes`: `*end` is behind it; `open`: the
/// text ends before it is decided. A text that could be read in more ways than are followed (dozens of backslashes, and three in a
/// row in the secret) is taken for the secret. folded: text and secret are in small letters, and an escape for a capital is its
/// small letter.
Seen goes_on(ByteView text, size_t at, ByteView secret, size_t* end, bool folded = false);

/// Glance is which bytes an escape may stand for; `unsure`: any.
struct Glance {
  char values[2 << kSpelledTimes] = {};
  size_t count = 0;
  bool unsure = false;

  void add(char value) { values[count++] = value; }
  bool has(char value) const { return ByteView(values, count).find(value) != ByteView::npos; }
};

/// glance looks at what begins with a lead (is_lead): what readings_at() reads there is among the values, but for itself. Quick:
/// most escapes stand for nothing that a secret has.
Glance glance(ByteView text, int times = kSpelledTimes);

}  // namespace gatehouse::crypto
