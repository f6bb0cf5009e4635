// A body in one piece and in pieces of the input's choice: the same events, the same verdict, and no byte lost.
#pragma once

#include <algorithm>
#include <cstdint>

#include "tests/support/collect_forms.h"

namespace gatehouse::fuzz {

/// Pieces takes its sizes from the first bytes of an input; the rest is the body.
struct Pieces {
  uint64_t state = 0;
  uint8_t options = 0;
  ByteView body;

  explicit Pieces(ByteView input) : body(input) {
    if (input.size() < 2) return;
    state = static_cast<uint8_t>(input[0]) + 1U;
    options = static_cast<uint8_t>(input[1]);
    body.remove_prefix(2);
  }
  size_t operator()(size_t left) {
    state = state * 6364136223846793005 + 1442695040888963407;
    const size_t most = size_t{1} << (state >> 60) % 8;
    return std::min(left, 1 + (state >> 33) % most);
  }
};

/// compare runs machines from `make` over the body and returns what they said of it in one piece. `spoil` may change that
/// first: where a planted bug sits.
template <typename Make, typename Spoil>
testing::FormLog compare(Pieces pieces, uint64_t steps_max, Make make, Spoil spoil, const testing::FormLog& empty = {}) {
  testing::FormLog whole = testing::run_whole(make(), pieces.body, empty);
  spoil(whole);
  const testing::FormLog parts = testing::run_form(make(), pieces.body, [&](size_t left) { return pieces(left); }, empty);
  const testing::FormLog bytes = testing::run_form(make(), pieces.body, [](size_t) { return size_t{1}; }, empty);
  GH_ASSERT(whole.said == parts.said && whole.raw == parts.raw);
  GH_ASSERT(whole.said == bytes.said && whole.raw == bytes.raw);
  GH_ASSERT(pieces.body.starts_with(whole.raw));
  if (whole.said.ends_with("\nverdict=0")) GH_ASSERT(whole.raw == pieces.body);
  GH_ASSERT(std::max({whole.steps, parts.steps, bytes.steps}) <= steps_max * pieces.body.size());
  return whole;
}

inline ByteView input_of(const uint8_t* data, size_t size) { return {reinterpret_cast<const char*>(data), size}; }

}  // namespace gatehouse::fuzz
