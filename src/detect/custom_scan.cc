#include "detect/custom_scan.h"

#include <algorithm>
#include <bit>

#include "base/ascii.h"
#include "codec/charset.h"
#include "detect/custom_state.h"

namespace gatehouse::detect {
namespace {

using Rules = CustomSet::State::Detector;

constexpr size_t kWindow = 32 * 1024;  // places that are tried in one call of PCRE2
constexpr size_t kApart = 64;  // ends of candidates that are nearer are one stretch

bool is_lead(char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; }

/// The text less the bytes of a character that is not whole at its end.
size_t whole_characters(ByteView text) {
  size_t at = text.size();
  for (size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const auto byte = static_cast<uint8_t>(text[text.size() - back]);
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const size_t length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    if (length > back) at = text.size() - back;
    break;
  }
  return at;
}

/// Where the character that `at` lies in ends, or begins when at is its first byte.
size_t border(ByteView text, size_t at) {
  while (at < text.size() && !is_lead(text[at])) ++at;
  return at;
}

/// A nearby word begins at a border and lies in [begin, end).
bool holds_word(ByteView text, size_t begin, size_t end, ByteView word) {
  for (size_t at = begin; at + word.size() <= end; ++at)
    if (starts_at(text, at, word, true) && (!is_word(word[0]) || begins_word(text, at))) return true;
  return false;
}

bool is_nearby(ByteView text, const Rules& rules, size_t begin, size_t end, ByteView field) {
  for (const std::string& word : rules.nearby) {
    for (size_t at = 0; at + word.size() <= field.size(); ++at)
      if (starts_at(field, at, word, true)) return true;
    const size_t reach = rules.rule.distance + word.size();
    if (holds_word(text, begin > reach ? begin - reach : 0, begin, word)) return true;
    if (holds_word(text, end, std::min(end + reach, text.size()), word)) return true;
  }
  return false;
}

/// Some word of a sorted list begins with `start`.
bool any_begins(const std::vector<std::string>& words, ByteView start) {
  const auto at = std::lower_bound(words.begin(), words.end(), start);
  return at != words.end() && ByteView(*at).starts_with(start);
}

/// More text may make one of the words of what begins at text[at].
bool may_begin(const Rules& rules, ByteView rest) {
  const std::string start = word_start(rest, rules.rule.caseless);
  if (any_begins(rules.starts, start)) return true;
  for (size_t length = 0; length <= start.size() && !rules.wide.empty(); ++length)
    if (std::binary_search(rules.wide.begin(), rules.wide.end(), start.substr(0, length))) return true;
  return false;
}

}  // namespace

/// Look is one call of find().
struct CustomScan::Look {
  ByteView text;
  size_t from;
  ByteView field;
  bool open;
  Room<Found>* found;
  size_t tail;

  void hold(size_t at) { tail = std::min(tail, std::max(at, from)); }
  /// Judges a value by its checksum and what stands near it.
  bool judge(const Rules& rules, uint32_t detector, size_t begin, size_t end) {
    if (begin < from || !checksum_holds(rules.rule.checksum, text.substr(begin, end - begin))) return false;
    const bool near = !rules.nearby.empty();
    if (near && !is_nearby(text, rules, begin, end, field)) {
      if (open && text.size() - end < kLeftBytes) hold(begin);
      return false;
    }
    const Evidence evidence = rules.rule.checksum != Checksum::none ? Evidence::checksum
                              : near                                ? Evidence::near_word
                                                                    : Evidence::pattern;
    found->push({static_cast<uint32_t>(begin), static_cast<uint32_t>(end), Detector::custom, evidence, false, false,
                 static_cast<uint8_t>(detector)});
    return true;
  }
};

bool CustomScan::prepare(const CustomSet& set) { return scratch_.fit(set.state().database) && confirmer_.ok(); }

void CustomScan::ask(const CustomSet& set, uint64_t which) {
  set_ = &set;
  which_ = set.size() < 64 ? which & ((uint64_t{1} << set.size()) - 1) : which;
}

void CustomScan::note(uint32_t id, size_t end) {
  const CustomSet::State::Entry& entry = set_->state().entries[id];
  if ((which_ >> entry.detector & 1) == 0) return;
  const auto at = static_cast<uint32_t>(end);
  if (entry.characters != 0) {
    words_.push({id, at});
    return;
  }
  Room<Stretch>& stretches = stretches_[entry.detector];
  if (!stretches.empty() && at - stretches.back().last <= kApart) stretches.back().last = at;
  else stretches.push({at, at});
}

/// The words that ended are values where no word goes on around them.
void CustomScan::find_words(Look& look, uint32_t detector) {
  const Rules& rules = set_->state().detectors[detector];
  const ByteView text = look.text;
  for (const Word& word : words_) {
    const CustomSet::State::Entry& entry = set_->state().entries[word.entry];
    if (entry.detector != detector) continue;
    size_t begin = word.end;
    for (uint32_t left = entry.characters; left > 0 && begin > 0; --left)
      do --begin;
      while (begin > 0 && !is_lead(text[begin]));
    if (rules.rule.whole_words) {
      if (look.open && word.end == text.size()) {
        look.hold(begin);
        continue;
      }
      if (!begins_word(text, begin) || !ends_word(text, word.end)) continue;
    }
    look.judge(rules, detector, begin, word.end);
  }
  if (!look.open) return;
  const size_t least = text.size() > rules.word_max ? text.size() - rules.word_max : 0;
  for (size_t at = std::max(least, look.from); at < text.size(); ++at) {
    if (!is_lead(text[at]) || (rules.rule.whole_words && !begins_word(text, at)) || !may_begin(rules, text.substr(at))) continue;
    look.hold(at);
    break;
  }
}

/// The matches that begin between *from and last. False: they cannot be told.
bool CustomScan::find_in(Look& look, uint32_t detector, size_t* from, size_t last) {
  const Rules& rules = set_->state().detectors[detector];
  while (*from <= last && *from < look.text.size()) {
    // A match and what it looks at lies within a window: long texts are not read to their end.
    const size_t begin = border(look.text, *from > kLeftBytes ? *from - kLeftBytes : 0);
    const size_t stop = std::min(last, *from + kWindow);
    const size_t end = border(look.text, std::min(look.text.size(), stop + 2 * kCustomMax));
    const bool cut = end < look.text.size();
    pattern::Confirmer::Span span;
    const ByteView window = look.text.substr(begin, end - begin);
    switch (confirmer_.find_span(*rules.exact, window, *from - begin, stop - begin, look.open || cut, &span)) {
      case pattern::Confirmer::Found::failed: return false;
      case pattern::Confirmer::Found::nothing: *from = border(look.text, std::min(stop + 1, look.text.size())); continue;
      case pattern::Confirmer::Found::match: break;
    }
    span.begin += begin;
    span.end += begin;
    if (span.part && !cut && end - span.begin <= kCustomMax) {
      look.hold(span.begin);
      *from = look.text.size();
      return true;
    }
    const bool value = !span.part && span.end - span.begin <= kCustomMax && look.judge(rules, detector, span.begin, span.end);
    *from = value ? span.end : border(look.text, span.begin + 1);
  }
  return true;
}

bool CustomScan::find_pattern(Look& look, uint32_t detector) {
  size_t from = look.from;
  for (const Stretch& stretch : stretches_[detector]) {
    if (stretch.first > kCustomMax) from = border(look.text, std::max(from, stretch.first - kCustomMax));
    if (!find_in(look, detector, &from, stretch.last)) return false;
  }
  if (!look.open) return true;
  const size_t size = look.text.size();
  from = border(look.text, std::max(from, size > kCustomMax ? size - kCustomMax : 0));
  return find_in(look, detector, &from, size);
}

bool CustomScan::in_number(ByteView number, ByteView field, Found* found) {
  numbers_.clear();
  find({.bytes = number, .field = field}, &numbers_);
  if (numbers_.empty()) return false;
  *found = numbers_[0];
  found->begin = 0;
  found->end = static_cast<uint32_t>(number.size());
  return true;
}

size_t CustomScan::find(const Text& text, Room<Found>* found) {
  if (set_ == nullptr || which_ == 0) return text.bytes.size();
  const CustomSet::State& state = set_->state();
  size_t skip = 0;  // half a character of the text before
  while (skip < 4 && skip < text.from && !is_lead(text.bytes[skip])) ++skip;
  const size_t size = text.open ? whole_characters(text.bytes) : text.bytes.size();
  const ByteView bytes = text.bytes.substr(skip, std::max(size, skip) - skip);
  Look look{bytes, text.from > skip ? text.from - skip : 0, text.field, text.open, found, bytes.size()};
  uint64_t steps = pattern::confirm_steps(bytes.size());
  confirmer_.start(&steps);
  words_.clear();
  for (uint64_t rest = which_; rest != 0; rest &= rest - 1) stretches_[std::countr_zero(rest)].clear();
  const size_t first = found->size();
  bool told = codec::is_utf8(bytes) && scratch_.scan(state.database, bytes, [&](uint32_t id, size_t end) {
                                          note(id, end);
                                          return true;
                                        }) == pattern::Scratch::Outcome::ended;
  for (uint64_t rest = which_; rest != 0 && told; rest &= rest - 1) {
    const auto detector = static_cast<uint32_t>(std::countr_zero(rest));
    if (state.detectors[detector].exact) told = find_pattern(look, detector);
    else find_words(look, detector);
  }
  if (!told) {
    found->resize(first);
    if (look.from < bytes.size())
      found->push({static_cast<uint32_t>(look.from), static_cast<uint32_t>(bytes.size()), Detector::custom, Evidence::none, false,
                   false, static_cast<uint8_t>(std::countr_zero(which_))});
    look.tail = bytes.size();
  }
  for (size_t i = first; i < found->size(); ++i) {
    (*found)[i].begin += static_cast<uint32_t>(skip);
    (*found)[i].end += static_cast<uint32_t>(skip);
  }
  return look.tail + skip;
}

}  // namespace gatehouse::detect
