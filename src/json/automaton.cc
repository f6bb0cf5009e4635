#include "json/automaton.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace gatehouse::json {
Automaton::Symbol Automaton::intern(const std::string& name) {
  for (size_t i = 0; i < names_.size(); ++i)
    if (names_[i].text == name) return static_cast<Symbol>(i + 1);
  std::string padded = name;
  padded.resize(name.size() + 8);
  names_.push_back({name, prefix_of(padded.data(), name.size())});
  return static_cast<Symbol>(names_.size());
}

bool Automaton::add(const std::vector<Segment>& path, uint32_t label) {
  const auto bits = static_cast<uint32_t>(path.size() + 1);
  if (used_ + bits > 64) {
    if (words_ == kWordsMax) return false;
    ++words_;
    used_ = 0;
  }
  const auto word = static_cast<uint32_t>(words_ - 1);
  starts_.push_back({word, used_, label});
  for (const Segment& segment : path) {
    const bool index = segment.kind == Segment::Kind::index;
    const Symbol symbol = index || segment.kind == Segment::Kind::name ? intern(segment.name) : 0;
    uint32_t number = 0;
    if (index) std::from_chars(segment.name.data(), segment.name.data() + segment.name.size(), number);
    steps_.push_back({word, used_++, segment.kind, symbol, number});
  }
  ends_.push_back({word, used_++, label});
  return true;
}

void Automaton::build() {
  deep_.assign(words_, 0);
  final_.assign(words_, 0);
  element_.assign(words_, 0);
  keys_.assign(words_ * (names_.size() + 1), 0);
  labels_.assign(words_ * 64, 0);
  for (const End& end : ends_) {
    final_[end.word] |= Word{1} << end.bit;
    labels_[end.word * 64 + end.bit] = end.label;
  }
  for (const Step& step : steps_) {
    const Word bit = Word{1} << step.bit;
    const bool every = step.kind == Segment::Kind::any;
    if (step.kind == Segment::Kind::deep) deep_[step.word] |= bit;
    if (every || step.kind == Segment::Kind::element) element_[step.word] |= bit;
    if (step.kind == Segment::Kind::name || step.kind == Segment::Kind::index)
      keys_[step.symbol * words_ + step.word] |= bit;
    if (every || step.kind == Segment::Kind::any_key)
      for (size_t symbol = 0; symbol <= names_.size(); ++symbol) keys_[symbol * words_ + step.word] |= bit;
    if (step.kind == Segment::Kind::index) indexes_.push_back(step.index);
  }
  build_indexes();
  build_names();
}

void Automaton::build_indexes() {
  std::sort(indexes_.begin(), indexes_.end());
  indexes_.erase(std::unique(indexes_.begin(), indexes_.end()), indexes_.end());
  elements_.clear();
  for (const uint32_t index : indexes_) {
    elements_.insert(elements_.end(), element_.begin(), element_.end());
    Word* const row = elements_.data() + elements_.size() - words_;
    for (const Step& step : steps_)
      if (step.kind == Segment::Kind::index && step.index == index) row[step.word] |= Word{1} << step.bit;
  }
}

void Automaton::build_names() {
  size_t slots = 8;
  while (slots < names_.size() * 4) slots *= 2;
  table_.assign(slots, 0);
  for (size_t i = 0; i < names_.size(); ++i) {
    size_t slot = hash(names_[i].prefix, names_[i].text.size()) & (slots - 1);
    while (table_[slot] != 0) slot = (slot + 1) & (slots - 1);
    table_[slot] = static_cast<Symbol>(i + 1);
  }
}

bool Automaton::step(const Word* from, const Word* accept, Word* to) const {
  Word any = 0;
  for (size_t i = 0; i < words_; ++i) {
    to[i] = close((from[i] & accept[i]) << 1 | (from[i] & deep_[i]), deep_[i]);
    any |= to[i];
  }
  return any != 0;
}

bool Automaton::element(const Word* from, Word* to) const { return step(from, element_.data(), to); }

bool Automaton::element(const Word* from, uint32_t index, Word* to) const {
  const auto found = std::lower_bound(indexes_.begin(), indexes_.end(), index);
  if (found == indexes_.end() || *found != index) return step(from, element_.data(), to);
  return step(from, elements_.data() + static_cast<size_t>(found - indexes_.begin()) * words_, to);
}

}  // namespace gatehouse::json
