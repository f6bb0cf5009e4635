// All field paths of a plan as one bit-parallel automaton, stepped once per key while a document is walked.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "json/path.h"

namespace gatehouse::json {

/// Automaton holds n bits, one per place inside a path ("so many of its steps are taken"). The states of
/// a value are a row of words(): a set bit says that the steps from the root to the value can be the first
/// so many of that path. Immutable after build; rows belong to the caller.
///
/// A path lies within one word, lower steps in lower bits, so that "take a step" is a shift by one.
class Automaton {
 public:
  using Word = uint64_t;
  static constexpr size_t kWordsMax = 64;

  /// add appends a path with a label (the mask's index); false when there is no room left.
  bool add(const std::vector<Segment>& path, uint32_t label);
  /// build makes the tables; call once, after the last add().
  void build();

  size_t words() const { return words_; }
  bool empty() const { return ends_.empty(); }

  /// Symbol is a name that occurs in some path; 0 is any other name.
  using Symbol = uint32_t;
  /// symbol looks a key's text up; eight bytes from its begin on must be readable.
  Symbol symbol(ByteView text) const;

  /// begin writes the row of the root for the paths whose label is selected.
  void begin(uint64_t labels, Word* row) const;
  /// key and element write the row of a member or element, from its container's; false when it is empty:
  /// nothing below can match.
  bool key(const Word* from, Symbol symbol, Word* to) const;
  bool element(const Word* from, Word* to) const;

  /// for_each_match calls found(label) for each path that ends at a value with this row.
  template <typename Found>
  void for_each_match(const Word* row, Found&& found) const {
    for (const End& end : ends_)
      if ((row[end.word] >> end.bit & 1) != 0) found(end.label);
  }
  /// True when some path ends here.
  bool matches(const Word* row) const {
    Word any = 0;
    for (size_t i = 0; i < words_; ++i) any |= row[i] & final_[i];
    return any != 0;
  }

 private:
  struct Start {
    uint32_t word, bit, label;
  };
  using End = Start;
  struct Name {
    std::string text;
    uint64_t prefix;
  };
  Symbol intern(const std::string& name);
  bool step(const Word* from, const Word* accept, Word* to) const;
  static Word close(Word states, Word deep) { return states | (states & deep) << 1; }
  static size_t hash(uint64_t prefix, size_t length);

  struct Step {
    uint32_t word, bit;
    Segment::Kind kind;
    Symbol symbol;
  };
  std::vector<Step> steps_;
  std::vector<Start> starts_;
  std::vector<End> ends_;
  std::vector<Name> names_;          // symbol - 1
  std::vector<Symbol> table_;        // open addressing, a power of two long; 0 = free
  size_t words_ = 0;
  uint32_t used_ = 64;               // bits used of the last word
  std::vector<Word> deep_, final_, element_;
  std::vector<Word> keys_;           // words() for each symbol, 0 first
};

}  // namespace gatehouse::json
