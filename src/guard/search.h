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
    uint32_t pattern;
    uint32_t text;
    size_t end;
  };

  /// Known: all; or nothing, because a match could not be confirmed with these steps (unconfirmed) or at all.
  enum class Known : uint8_t { all, unconfirmed, nothing };

  /// run finds every guard of the selection that matches in a text that it looks at. Of more than kMatchesMax only the
  /// first of each guard are kept: whoever sends more of them is not told about all. `steps` are what PCRE2 may take in
  /// all (pattern::confirm_steps): many small texts take no more than a large one.
  Known run(const Set& set, Selection guards, Texts& texts, uint64_t steps, Room<Match>* matches);

 private:
  static constexpr size_t kMatchesMax = 256;
  Known ask(const pattern::Database& database, const Texts& texts, size_t text, Room<Match>* matches);
  Known search(const Group& group, Texts& texts, Room<Match>* matches);
  Known search_part(const Part& part, const Group& group, Texts& texts, Room<Match>* matches);
  Known search_joined(const pattern::Database& database, const Group& group, Texts& texts, Room<Match>* matches);
  bool gather(const Part& part, const Texts& texts);
  size_t end_in_joined(size_t end) const;
  bool wants(uint32_t pattern, const Texts::Text& text, Selection guards) const;

  const Set::State* set_ = nullptr;   // during a run, likewise:
  Selection guards_ = 0;
  uint64_t steps_ = 0;

  /// Nothing that is still to come would be kept.
  bool is_over(const Room<Match>& matches) const {
    return matches.size() >= kMatchesMax && (guards_ & ~found_) == 0;
  }

  /// Piece is a stretch of the joined texts where something may match: where it begins there, and in `gathered_`.
  struct Piece {
    uint32_t from, begin;
  };
  Room<Piece> pieces_;
  Room<pattern::TokenMasks> masks_;   // of the joined texts, once somebody asked
  Room<char> gathered_;   // the pieces, each with a newline behind it
  bool some_ = false;     // they are scanned, not all of the joined texts
  pattern::RunKind gathered_for_ = pattern::RunKind::none;   // and are there for the next part of this kind

  Selection found_ = 0;      // guards of this run
  pattern::Scratch joined_;  // for scans over many texts, during whose matches …
  pattern::Scratch exact_;   // … this one asks single texts
};

}  // namespace gatehouse::guard
