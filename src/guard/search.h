// Patterns asked of texts. Included by guard/*.cc and its tests only.
#pragma once

#include "guard/set.h"
#include "guard/texts.h"

namespace gatehouse::guard {

/// Search is one thread's scratch for patterns. All texts are asked at once; each in which a match ends is asked
/// again by itself, once: what it says then is the verdict.
class Search {
 public:
  bool prepare(const Set& set);

  /// Match is the first one of a guard in a text; `end` counts from the text's begin.
  struct Match {
    size_t guard;
    size_t text;
    size_t end;
  };

  /// run finds every guard of the selection that matches in a text that it looks at. False: nothing is known. Of more than
  /// kMatchesMax only the first of each guard are kept: whoever sends more of them is not told about all.
  bool run(const Set& set, Selection guards, Texts& texts, Room<Match>* matches);

 private:
  static constexpr size_t kMatchesMax = 256;
  bool ask(const pattern::Database& database, Selection guards, const Texts& texts, size_t text, Room<Match>* matches);

  /// Nothing that is still to come would be kept.
  bool is_over(Selection guards, const Room<Match>& matches) const {
    return matches.size() >= kMatchesMax && (guards & ~found_) == 0;
  }

  Selection found_ = 0;      // guards of this run
  pattern::Scratch joined_;  // for scans over many texts, during whose matches …
  pattern::Scratch exact_;   // … this one asks single texts
};

}  // namespace gatehouse::guard
