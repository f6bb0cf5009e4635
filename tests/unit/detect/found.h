// What detectors say of a text, as text: for tests.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "base/assert.h"
#include "detect/detect.h"
#include "tests/support/padded.h"

namespace gatehouse::detect {

inline DetectorSet set_named(ByteView names) {
  DetectorSet all = 0, one = 0;
  for (size_t at = 0; at < names.size();) {
    const size_t end = std::min(names.find(' ', at), names.size());
    GH_ASSERT(detectors_from_name(names.substr(at, end - at), &one));
    all |= one;
    at = end + 1;
  }
  return all;
}

inline void tell(ByteView text, const Room<Found>& room, std::string* out, size_t base = 0) {
  for (const Found& one : room) {
    if (!out->empty()) *out += '|';
    *out += std::string(detector_name(one.detector)) + (one.several ? "+" : "") + "@" + std::to_string(base + one.begin) + ":" +
            std::string(text.substr(one.begin, one.end - one.begin));
  }
}

/// The values in a whole text, set apart by '|'.
inline std::string values(ByteView text, ByteView names = "default", ByteView field = {}) {
  const testing::Padded padded(text);
  Room<Found> room;
  detect({.bytes = padded.view(), .field = field}, {set_named(names)}, &room);
  std::string out;
  for (const Found& one : room) out += (out.empty() ? "" : "|") + std::string(text.substr(one.begin, one.end - one.begin));
  return out;
}

/// Which bytes are in values, when the text comes in these pieces: 'x' for each that is. The caller behaves as detect() asks.
class Pieces {
 public:
  explicit Pieces(const Wanted& wanted, ByteView field = {}) : wanted_(wanted), field_(field) {}
  explicit Pieces(ByteView names, ByteView field = {}) : wanted_{set_named(names)}, field_(field) {}

  std::string cut(ByteView text, const std::vector<size_t>& cuts) {
    std::string out;
    size_t from = 0, at = 0;
    Inside inside;
    for (size_t piece = 0; piece <= cuts.size(); ++piece) {
      const bool last = piece == cuts.size();
      at = last ? text.size() : cuts[piece];
      const size_t left = std::min(from, kLeftBytes);
      const testing::Padded padded(text.substr(from - left, at - from + left));
      const size_t tail = detect({.bytes = padded.view(), .from = left, .field = field_, .open = !last, .inside = &inside}, wanted_, &room_);
      GH_ASSERT(tail >= left && tail <= padded.view().size());
      if (!last && padded.view().size() - tail > kOpenMax) held_too_much = true;
      out.resize(from + tail - left, '.');
      for (const Found& one : room_) {
        GH_ASSERT(one.begin >= left && one.begin < one.end && one.end <= tail);
        for (size_t i = one.begin; i < one.end; ++i) out[from - left + i] = 'x';
        GH_ASSERT(!one.open_end || (one.end == tail && !last));  // a character cut in the middle is left behind it
      }
      from = from - left + tail;
    }
    return out;
  }

  bool held_too_much = false;

 private:
  Wanted wanted_;
  std::string field_;
  Room<Found> room_;
};

}  // namespace gatehouse::detect
