// What a compiled guard set is made of. Included by guard/*.cc and its tests only.
#pragma once

#include <string>
#include <vector>

#include "guard/guard.h"
#include "pattern/database.h"

namespace gatehouse::guard {

/// Group is the patterns of some guards, compiled; pattern ids are guard indices.
struct Group {
  /// Everything, for one string at a time: what it says is the verdict.
  pattern::Database exact;
  /// Patterns that can be asked of many texts joined by newlines. It may report a match that reaches
  /// over a join, but never misses one that lies in one text: ^, $, \b and \B see a newline where
  /// they would see the text's border, and patterns that would not (\A, \z, (?-m)) are left out. Its matches
  /// are candidates: `exact` confirms them.
  pattern::Database joined;
  /// The patterns left out of `joined`; asked of each string by itself.
  pattern::Database whole;
};

struct Set::State {
  std::vector<std::string> names;
  Group all;
  std::vector<Group> each;  // empty when there is only one guard
  Selection every = 0;

  /// The cheapest group that covers a selection; what it reports must still be asked of the selection.
  const Group& group(Selection guards) const;
};

}  // namespace gatehouse::guard
