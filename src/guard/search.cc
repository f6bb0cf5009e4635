#include "guard/search.h"

namespace gatehouse::guard {
namespace {

using Scanned = pattern::Scratch::Outcome;

Selection bit_of(uint32_t guard) { return Selection{1} << guard; }

}  // namespace

bool Search::prepare(const Set& set) {
  const auto fit = [&](const Group& group) {
    return joined_.fit(group.joined()) && exact_.fit(group.exact) && exact_.fit(group.whole);
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

Search::Known Search::search(const Group& group, Texts& texts, Room<Match>* matches) {
  Known known = Known::all;
  const auto outcome = joined_.scan(group.joined(), texts.joined(), [&](uint32_t pattern, size_t end) {
    if ((guards_ & bit_of(set_->patterns.rules[pattern].guard)) == 0) return true;
    const size_t text = texts.which(end);
    if (!wants(pattern, texts[text], guards_) || !texts.ask(text)) return true;
    known = ask(group.exact, texts, text, matches);
    return known == Known::all && !is_over(*matches);
  });
  if (known != Known::all) return known;
  if (outcome == Scanned::failed || outcome == Scanned::unconfirmed) return Known::nothing;
  if (group.whole.empty()) return known;
  for (size_t i = 0; i < texts.count() && !is_over(*matches) && known == Known::all; ++i)
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
