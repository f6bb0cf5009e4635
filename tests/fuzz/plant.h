// One bug for each fuzz target, in what its code under test said: only while GATEHOUSE_FUZZ_PLANTED is set, by the test that each
// target finds its own. A target that cannot find its own would find nobody else's.
#pragma once

#include <cstdlib>

namespace gatehouse::fuzzing {

/// Whether to break what the code said. Never seen by a search: it is no edge of the code under test.
__attribute__((noinline, no_sanitize("coverage", "address", "undefined"))) inline bool is_planted() {
  static const bool planted = std::getenv("GATEHOUSE_FUZZ_PLANTED") != nullptr;
  return planted;
}

}  // namespace gatehouse::fuzzing

#define PLANT(...) \
  if (gatehouse::fuzzing::is_planted()) { __VA_ARGS__; }
