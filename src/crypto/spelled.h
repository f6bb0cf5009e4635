// A secret in the spellings that services give a text when they write it into another: JSON and HTML escapes, percent escapes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace gatehouse::crypto {

/// kSpelledTimes is how deep escapes of escapes are known; a byte spelled longer than kSpelledByteMost is not.
inline constexpr int kSpelledTimes = 3;
inline constexpr size_t kSpelledByteMost = 63;

/// is_lead: an escape begins with it, whatever it stands for.
inline bool is_lead(char c) { return c == '\\' || c == '%' || c == '&'; }

enum class Seen : uint8_t { no, open, yes };

/// goes_on: the bytes of `secret` stand at `at`, each as it is or as an escape for it: JSON's (`\/`, `\u002b`; also `\x2b`, and
/// a backslash before any sign that is neither letter nor digit), HTML's (`&amp;`, `&#43;`, `&#x2b;`), percent escapes (`%2b`);
/// hex digits in any case, what else an escape is made of spelled again up to kSpelledTimes deep. `yes`: `*end` is behind it;
/// `open`: the text ends before it is decided, and with some more bytes it would be `yes`. A text that could be read in more ways
/// than are followed (thousands of backslashes, and several in the secret) is taken for the secret.
Seen goes_on(ByteView text, size_t at, ByteView secret, size_t* end);

/// Glance is which bytes an escape may stand for; `unsure`: any.
struct Glance {
  char values[2 << kSpelledTimes] = {};
  size_t count = 0;
  bool unsure = false;

  void add(char value) { values[count++] = value; }
  bool has(char value) const { return ByteView(values, count).find(value) != ByteView::npos; }
};

/// glance looks at what begins with a lead (is_lead): what goes_on() would take it for is among the values. Quick: most escapes
/// stand for nothing that a secret has.
Glance glance(ByteView text, int times = kSpelledTimes);

}  // namespace gatehouse::crypto
