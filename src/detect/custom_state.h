// What a compiled set of custom detectors is made of. Included by detect/custom_*.cc only.
#pragma once

#include <optional>

#include "detect/custom_set.h"
#include "detect/detect.h"
#include "pattern/confirm.h"
#include "pattern/database.h"

namespace gatehouse::detect {

struct CustomSet::State {
  struct Detector {
    CustomDetector rule;
    std::optional<pattern::Confirmation> exact;  // of its pattern
    std::vector<std::string> nearby;             // in lower case (ASCII)
    std::vector<std::string> starts;             // its words as far as a text can begin one: sorted; see word_start()
    std::vector<std::string> wide;               // of these, the ones that go on with a character beyond ASCII: sorted
    size_t word_max = 0;                         // bytes of its longest word
  };
  /// Entry is a pattern of `database`, by id.
  struct Entry {
    uint32_t detector;
    uint32_t characters;  // of a word; 0: the detector's pattern
  };
  std::vector<Detector> detectors;
  std::vector<Entry> entries;
  pattern::Database database;
};

/// word_start is a word up to its first byte that a text may write otherwise: in lower case up to the first byte beyond ASCII when
/// caseless.
std::string word_start(ByteView word, bool caseless);

}  // namespace gatehouse::detect
