#include "guard/search.h"

#include <algorithm>

namespace gatehouse::guard {
namespace {

using Scanned = pattern::Scratch::Outcome;

Selection bit_of(uint32_t guard) { return Selection{1} << guard; }

}  // namespace

bool Search::prepare(const Set& set) {
  const auto fit = [&](const Group& group) {
    bool ok = exact_.fit(group.exact) && exact_.fit(group.whole) && joined_.fit(group.exact);
    for (const Part& part : group.candidates) ok = ok && joined_.fit(part.database);
    return ok;
  };
  const Patterns& patterns = set.state().patterns;
  bool ok = fit(patterns.all);
  for (const Group& group : patterns.each) ok = ok && fit(group);
  return ok;
}

/// Whether a match of a pattern in a text means something to some of these guards.
bool Search::wants(uint32_t pattern, const Texts::Text& text, Selection guards) const {
  const PatternRule& rule = set_->patterns.rules[pattern];
  return (guards & text.guards & bit_of(rule.guard)) != 0 && (!rule.skeletons || text.form == Form::skeleton);
}

/// Asks one text by itself: the verdict. A guard that was found is not looked for again.
Search::Known Search::ask(const pattern::Database& database, const Texts& texts, size_t which, Room<Match>* matches) {
  const Texts::Text& text = texts[which];
  Selection left = guards_ & text.guards;
  if (left == 0) return Known::all;
  const auto wanted = [&](uint32_t pattern) { return wants(pattern, text, left); };
  const auto outcome = exact_.scan(database, texts.bytes(which), &steps_, wanted, [&](uint32_t pattern, size_t end) {
    if (!wanted(pattern)) return true;
    const Selection guard = bit_of(set_->patterns.rules[pattern].guard);
    left &= ~guard;
    const bool first = (found_ & guard) == 0;   // what decides is never left out
    found_ |= guard;
    if (first || matches->size() < kMatchesMax) matches->push({pattern, static_cast<uint32_t>(which), end});
    return left != 0 && !is_over(*matches);
  });
  if (outcome == Scanned::unconfirmed) return Known::unconfirmed;
  return outcome == Scanned::failed ? Known::nothing : Known::all;
}

/// Takes the pieces of the joined texts where a part's patterns may match. False: that is most of them.
bool Search::gather(const Part& part, const Texts& texts) {
  const ByteView joined = texts.joined();
  pieces_.trim();
  gathered_.trim();
  size_t taken = 0;   // of the joined texts
  size_t at = 0;      // in which text: runs come in order
  if (masks_.empty()) pattern::token_masks_of(joined, &masks_);
  return pattern::for_each_run(masks_, part.run, [&](size_t from, size_t to) {
    if (part.reach != 0) {   // within the text
      while (at + 1 < texts.count() && texts[at + 1].begin < to) ++at;
      const ByteView text = texts.bytes(at);
      const auto begin = static_cast<size_t>(text.data() - joined.data());
      from = std::max({from - std::min(from, part.reach), begin, taken});
      to = std::min(to + part.reach, begin + text.size());
    }
    if (gathered_.size() + (to - from) > joined.size() / 2) return false;
    if (from != taken || pieces_.empty()) {
      if (!gathered_.empty()) gathered_.push('\n');
      pieces_.push({static_cast<uint32_t>(from), static_cast<uint32_t>(gathered_.size())});
    }
    gathered_.append(joined.data() + from, to - from);
    taken = to;
    return true;
  });
}

size_t Search::end_in_joined(size_t end) const {
  if (!some_) return end;
  const Piece* after = std::upper_bound(pieces_.begin(), pieces_.end(), end - 1,
                                        [](size_t at, const Piece& piece) { return at < piece.begin; });
  return after[-1].from + (end - after[-1].begin);
}

/// Asks many texts at once, and each that may match by itself, once.
Search::Known Search::search_joined(const pattern::Database& database, const Group& group, Texts& texts, Room<Match>* matches) {
  const ByteView joined = some_ ? ByteView(gathered_.data(), gathered_.size()) : texts.joined();
  Known known = Known::all;
  const auto outcome = joined_.scan(database, joined, [&](uint32_t pattern, size_t end) {
    if ((guards_ & bit_of(set_->patterns.rules[pattern].guard)) == 0) return true;
    const size_t text = texts.which(end_in_joined(end));
    if (!wants(pattern, texts[text], guards_) || !texts.ask(text)) return true;
    known = ask(group.exact, texts, text, matches);
    return known == Known::all && !is_over(*matches);
  });
  if (outcome == Scanned::failed || outcome == Scanned::unconfirmed) return Known::nothing;
  return known;
}

Search::Known Search::search_part(const Part& part, const Group& group, Texts& texts, Room<Match>* matches) {
  if (part.run != gathered_for_) some_ = part.run != pattern::RunKind::none && gather(part, texts);
  gathered_for_ = part.run;
  if (some_ && pieces_.empty()) return Known::all;
  return search_joined(part.database, group, texts, matches);
}

Search::Known Search::search(const Group& group, Texts& texts, Room<Match>* matches) {
  masks_.trim();
  some_ = false;
  gathered_for_ = pattern::RunKind::none;
  Known known = group.same() ? search_joined(group.exact, group, texts, matches) : Known::all;
  for (const Part& part : group.candidates) {
    if (known != Known::all || is_over(*matches)) break;
    known = search_part(part, group, texts, matches);
  }
  for (size_t i = 0; !group.whole.empty() && i < texts.count() && !is_over(*matches) && known == Known::all; ++i)
    if (!texts[i].asked) known = ask(group.whole, texts, i, matches);
  return known;
}

Search::Known Search::run(const Set& set, Selection guards, Texts& texts, uint64_t steps, Room<Match>* matches) {
  matches->clear();
  set_ = &set.state();
  guards_ = guards & set_->patterned;
  steps_ = steps;
  found_ = 0;
  return guards_ == 0 ? Known::all : search(set_->group(guards_), texts, matches);
}

}  // namespace gatehouse::guard
