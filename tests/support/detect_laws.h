// What holds for detect() whatever the text: values in order, any cut gives the same, candidates miss nothing.
#pragma once

#include <string>
#include <vector>

#include "base/assert.h"
#include "detect/candidates.h"
#include "detect/detect.h"
#include "tests/support/padded.h"

namespace gatehouse::testing {

/// Value is a Found at its place in the whole text.
struct Value {
  size_t begin, end;
  detect::Detector detector;
  detect::Evidence evidence;
  bool operator==(const Value&) const = default;
};

/// all_values asks once.
inline std::vector<Value> all_values(ByteView text, const detect::Wanted& wanted, ByteView field = {}) {
  const Padded padded(text);
  Room<detect::Found> found;
  GH_ASSERT(detect::detect({.bytes = padded.view(), .field = field}, wanted, &found) == text.size());
  std::vector<Value> out;
  size_t last = 0;
  for (const detect::Found& one : found) {
    GH_ASSERT(one.begin >= last && one.begin < one.end && one.end <= text.size() && wanted.has(one.detector) && !one.open_end);
    last = one.end;
    out.push_back({one.begin, one.end, one.detector, one.evidence});
  }
  return out;
}

/// values_in_pieces asks as a stream does: all before the tail is released, and kLeftBytes of it kept as context. Values that
/// go on from text to text are one.
template <typename NextPiece>
std::vector<Value> values_in_pieces(ByteView text, const detect::Wanted& wanted, ByteView field, NextPiece&& next_piece) {
  std::vector<Value> out;
  Room<detect::Found> found;
  size_t released = 0, seen = 0;
  detect::Inside inside;
  do {
    seen += next_piece(text.size() - seen);
    const size_t base = released > detect::kLeftBytes ? released - detect::kLeftBytes : 0;
    const Padded window(text.substr(base, seen - base));
    const bool open = seen < text.size();
    const size_t tail = detect::detect({.bytes = window.view(), .from = released - base, .field = field, .open = open, .inside = &inside},
                                     wanted, &found);
    GH_ASSERT(tail >= released - base && tail <= window.view().size());
    GH_ASSERT(open ? window.view().size() - tail <= detect::kOpenMax : tail == window.view().size());
    for (const detect::Found& one : found) {
      GH_ASSERT(one.begin >= released - base && one.end <= tail);
      if (one.rest) out.back().end = base + one.end;
      else
        out.push_back({base + one.begin, base + one.end, one.detector, one.evidence});
    }
    GH_ASSERT(!inside.any() || (open && (found.empty() || found.back().open_end)));
    released = base + tail;
  } while (seen < text.size());
  return out;
}

/// marked tells whether Candidates sends every value of a string's text to detect(), when the string stands in raw JSON.
inline bool marked(ByteView raw, const detect::Wanted& wanted) {
  const Padded padded(raw);
  detect::Candidates candidates;
  candidates.start(padded.view(), wanted);
  return candidates.any(0, raw.size());
}

}  // namespace gatehouse::testing
