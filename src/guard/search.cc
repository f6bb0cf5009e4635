#include "guard/search.h"

namespace gatehouse::guard {

using Scanned = pattern::Scratch::Outcome;

bool Search::prepare(const Set& set) {
  const auto fit = [&](const Group& group) {
    return joined_.fit(group.joined) && exact_.fit(group.exact) && exact_.fit(group.whole);
  };
  bool ok = fit(set.state().all);
  for (const Group& group : set.state().each) ok = ok && fit(group);
  return ok;
}

/// Asks one text by itself: the verdict. False: it says nothing about the text.
bool Search::ask(const pattern::Database& database, Selection guards, const Texts& texts, size_t text,
                 Room<Match>* matches) {
  Selection wanted = guards & texts[text].guards;
  if (wanted == 0) return true;
  return exact_.scan(database, texts.bytes(text), [&](uint32_t guard, size_t end) {
    if ((wanted >> guard & 1) == 0) return true;
    wanted &= ~(Selection{1} << guard);
    const bool first = (found_ >> guard & 1) == 0;   // what decides is never left out
    found_ |= Selection{1} << guard;
    if (first || matches->size() < kMatchesMax) matches->push({guard, text, end});
    return wanted != 0 && !is_over(guards, *matches);
  }) != Scanned::failed;
}

bool Search::run(const Set& set, Selection guards, Texts& texts, Room<Match>* matches) {
  matches->clear();
  found_ = 0;
  guards &= set.state().patterned;
  if (guards == 0) return true;
  const Group& group = set.state().group(guards);
  bool known = true;
  const auto outcome = joined_.scan(group.joined, texts.joined(), [&](uint32_t guard, size_t end) {
    if ((guards >> guard & 1) == 0) return true;
    const size_t text = texts.which(end);
    if ((texts[text].guards >> guard & 1) == 0 || !texts.ask(text)) return true;
    known = ask(group.exact, guards, texts, text, matches);
    return known && !is_over(guards, *matches);
  });
  if (!known || outcome == Scanned::failed) return false;
  if (group.whole.empty()) return true;
  for (size_t i = 0; i < texts.count() && !is_over(guards, *matches); ++i)
    if (!texts[i].asked && !ask(group.whole, guards, texts, i, matches)) return false;
  return true;
}

}  // namespace gatehouse::guard
