// All field paths of a plan as one bit-parallel automaton, stepped once per key while a document is walked.
#pragma once

#include <bit>
#include <cstring>
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

  /// add appends a path with a label (the mask's or clause's index); false when there is no room left.
  bool add(const std::vector<Segment>& path, uint32_t label);
  /// build makes the tables; call once, after the last add().
  void build();

  size_t words() const { return words_; }
  bool empty() const { return ends_.empty(); }

  /// Symbol is a name that occurs in some path; 0 is any other name.
  using Symbol = uint32_t;
  /// symbol looks a key's text up; eight bytes from its begin on must be readable.
  Symbol symbol(ByteView text) const {
    const uint64_t prefix = prefix_of(text.data(), text.size());
    for (size_t slot = hash(prefix, text.size()) & (table_.size() - 1);; slot = (slot + 1) & (table_.size() - 1)) {
      const Symbol found = table_[slot];
      if (found == 0) return 0;
      const Name& name = names_[found - 1];
      if (name.prefix == prefix && name.text.size() == text.size() &&
          (text.size() <= 8 || std::memcmp(name.text.data(), text.data(), text.size()) == 0))
        return found;
    }
  }

  /// begin writes the row of the root for the paths whose label is selected; every label is below 64.
  void begin(uint64_t labels, Word* row) const {
    begin_if([&](uint32_t label) { return (labels >> label & 1) != 0; }, row);
  }
  /// begin_if: for those of which selected(label) is true.
  template <typename Selected>
  void begin_if(Selected&& selected, Word* row) const {
    for (size_t i = 0; i < words_; ++i) row[i] = 0;
    for (const Start& start : starts_)
      if (selected(start.label)) row[start.word] |= Word{1} << start.bit;
    for (size_t i = 0; i < words_; ++i) row[i] = close(row[i], deep_[i]);
  }
  /// key and element write the row of a member or element, from its container's; false when it is empty:
  /// nothing below can match.
  bool key(const Word* from, Symbol symbol, Word* to) const {
    if (words_ != 1) return step(from, keys_.data() + symbol * words_, to);
    *to = close((*from & keys_[symbol]) << 1 | (*from & deep_[0]), deep_[0]);
    return *to != 0;
  }
  /// element without a number is for automata that are not indexed().
  bool element(const Word* from, Word* to) const;
  bool element(const Word* from, uint32_t index, Word* to) const;
  /// True when some path names elements by number, so that their rows differ.
  bool indexed() const { return !indexes_.empty(); }

  /// for_each_match calls found(label) for each path that ends at a value with this row, in the order of add().
  template <typename Found>
  void for_each_match(const Word* row, Found&& found) const {
    for (size_t i = 0; i < words_; ++i)
      for (Word rest = row[i] & final_[i]; rest != 0; rest &= rest - 1)
        found(labels_[i * 64 + static_cast<size_t>(std::countr_zero(rest))]);
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
  void build_indexes();
  void build_names();
  bool step(const Word* from, const Word* accept, Word* to) const;
  static Word close(Word states, Word deep) { return states | (states & deep) << 1; }
  /// The first eight bytes, zeros behind the end; eight bytes must be readable.
  static uint64_t prefix_of(const char* text, size_t length) {
    uint64_t word;
    std::memcpy(&word, text, sizeof word);
    return length >= 8 ? word : word & ((uint64_t{1} << (8 * length)) - 1);
  }
  static size_t hash(uint64_t prefix, size_t length) {
    return static_cast<size_t>((prefix ^ length * 0x9e3779b97f4a7c15u) * 0xd6e8feb86659fd93u >> 32);
  }

  struct Step {
    uint32_t word, bit;
    Segment::Kind kind;
    Symbol symbol;
    uint32_t index;
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
  std::vector<uint32_t> indexes_;    // that some path names, in rising order
  std::vector<Word> elements_;       // words() for each of them
  std::vector<uint32_t> labels_;     // of the path that ends at a bit
};

}  // namespace gatehouse::json
