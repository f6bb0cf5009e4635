#include "json/automaton.h"

#include <cstring>

namespace gatehouse::json {
namespace {

/// The first eight bytes, zeros behind the end; eight bytes must be readable.
uint64_t prefix_of(const char* text, size_t length) {
  uint64_t word;
  std::memcpy(&word, text, sizeof word);
  return length >= 8 ? word : word & ((uint64_t{1} << (8 * length)) - 1);
}

}  // namespace

size_t Automaton::hash(uint64_t prefix, size_t length) {
  return static_cast<size_t>((prefix ^ length * 0x9e3779b97f4a7c15u) * 0xd6e8feb86659fd93u >> 32);
}

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
    const Symbol symbol = segment.kind == Segment::Kind::name ? intern(segment.name) : 0;
    steps_.push_back({word, used_++, segment.kind, symbol});
  }
  ends_.push_back({word, used_++, label});
  return true;
}

void Automaton::build() {
  deep_.assign(words_, 0);
  final_.assign(words_, 0);
  element_.assign(words_, 0);
  keys_.assign(words_ * (names_.size() + 1), 0);
  for (const End& end : ends_) final_[end.word] |= Word{1} << end.bit;
  for (const Step& step : steps_) {
    const Word bit = Word{1} << step.bit;
    switch (step.kind) {
      case Segment::Kind::deep: deep_[step.word] |= bit; break;
      case Segment::Kind::element: element_[step.word] |= bit; break;
      case Segment::Kind::name: keys_[step.symbol * words_ + step.word] |= bit; break;
      case Segment::Kind::any_key:
        for (size_t symbol = 0; symbol <= names_.size(); ++symbol) keys_[symbol * words_ + step.word] |= bit;
        break;
    }
  }
  size_t slots = 8;
  while (slots < names_.size() * 4) slots *= 2;
  table_.assign(slots, 0);
  for (size_t i = 0; i < names_.size(); ++i) {
    size_t slot = hash(names_[i].prefix, names_[i].text.size()) & (slots - 1);
    while (table_[slot] != 0) slot = (slot + 1) & (slots - 1);
    table_[slot] = static_cast<Symbol>(i + 1);
  }
}

Automaton::Symbol Automaton::symbol(ByteView text) const {
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

void Automaton::begin(uint64_t labels, Word* row) const {
  for (size_t i = 0; i < words_; ++i) row[i] = 0;
  for (const Start& start : starts_)
    if ((labels >> start.label & 1) != 0) row[start.word] |= Word{1} << start.bit;
  for (size_t i = 0; i < words_; ++i) row[i] = close(row[i], deep_[i]);
}

bool Automaton::step(const Word* from, const Word* accept, Word* to) const {
  Word any = 0;
  for (size_t i = 0; i < words_; ++i) {
    to[i] = close((from[i] & accept[i]) << 1 | (from[i] & deep_[i]), deep_[i]);
    any |= to[i];
  }
  return any != 0;
}

bool Automaton::key(const Word* from, Symbol symbol, Word* to) const {
  return step(from, keys_.data() + symbol * words_, to);
}

bool Automaton::element(const Word* from, Word* to) const { return step(from, element_.data(), to); }

}  // namespace gatehouse::json
