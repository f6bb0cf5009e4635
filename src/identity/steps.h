// What a proof came to, check by check: for people who ask (`gatehouse whoami`), never on the data path.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/reason.h"

namespace gatehouse::identity {

/// Step is one check. `found` and `wanted` may hold any text that a token may.
struct Step {
  const char* check;      // a word or two, static
  Reason reason;          // none: passed
  std::string found;      // what the proof says
  std::string wanted;     // what the configuration asks for; empty where that says nothing
};
using Steps = std::vector<Step>;

/// Seen is what a step shows.
struct Seen {
  std::string found;
  std::string wanted;
};

/// note adds a check to `steps` unless that is null, then `seen` is not called; returns the check's outcome.
template <typename See>
Reason note(Steps* steps, const char* check, Reason outcome, See&& seen) {
  if (steps != nullptr) {
    Seen shown = seen();
    steps->push_back({check, outcome, std::move(shown.found), std::move(shown.wanted)});
  }
  return outcome;
}

/// listed joins texts with ", ".
std::string listed(const std::vector<std::string>& texts);

}  // namespace gatehouse::identity
