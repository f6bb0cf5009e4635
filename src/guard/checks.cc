// The checks of guards over what was read.
#include <algorithm>

#include "guard/inspector_state.h"

namespace gatehouse::guard {
namespace {

// What PCRE2 may do for one request, so that many small texts take no longer than a large one. A step takes some 7 ns.
constexpr uint64_t kStepsNone = 1u << 15;   // a quarter of a millisecond
constexpr uint64_t kStepsSome = 1u << 17;   // one millisecond
uint64_t steps_for(const Texts& texts, Patience patience) {
  switch (patience) {
    case Patience::none: return kStepsNone;
    case Patience::some: return kStepsSome;
    case Patience::all: break;
  }
  return pattern::confirm_steps(texts.joined().size());
}

}  // namespace

/// Texts that were read come before their forms: a form tells only what they did not.
Reason Inspector::State::check_patterns() {
  const Search::Known known = search.run(*set, guards, texts, steps_for(texts, patience), &matches);
  slow = known == Search::Known::unconfirmed && patience == Patience::none;
  if (slow) return Reason::none;
  if (known != Search::Known::all) return Reason::guard_uninspectable;
  for (const bool forms : {false, true}) {
    for (const Search::Match& match : matches) {
      if ((texts[match.text].form != Form::read) != forms) continue;
      Finding finding;
      finding.guard = rules().patterns.rules[match.pattern].guard;
      finding.check = "pattern";
      finding.text = match.text;
      finding.pattern = match.pattern;
      finding.offset = match.end;
      found(std::move(finding));
    }
  }
  return Reason::none;
}

/// Bulk bodies have one strict reading; one that is none of them cannot be told from one that deletes.
Reason Inspector::State::check_bulk_lines() {
  classified = 0;
  for (Selection left = guards & rules().bulked; left != 0; left &= left - 1) {
    const auto guard = static_cast<size_t>(__builtin_ctzll(left));
    const BulkCheck check = check_bulk(body.whole(), rules().list[guard].bulk, document);
    if (check.wrong == BulkCheck::Wrong::none) continue;
    Finding finding;
    finding.guard = guard;
    finding.check = "bulk";
    finding.evidence = "line " + std::to_string(check.line) + ": " + words(check.wrong);
    found(std::move(finding));
  }
  return Reason::none;
}

void Inspector::State::check_shape(uint32_t leaf) {
  for (const ShapeViolation& violation : shape.finish()) {
    Finding finding;
    finding.guard = violation.guard;
    finding.check = "shape";
    finding.leaf = leaf;
    finding.token = violation.token;
    finding.evidence = words(*rules().shapes, violation);
    found(std::move(finding));
  }
}

/// Statements and addresses, in the texts that pointers name and in any other.
void Inspector::State::check_texts() {
  if ((guards & (rules().statements | rules().addresses)) == 0) return;
  const Marked* next = marked.begin();
  for (uint32_t i = 0; i < texts.count() && !slow; ++i) {
    Marked here{i, 0, 0, 0};
    if (next != marked.end() && next->text == i) here = *next++;
    if (texts[i].source == Source::value || texts[i].source == Source::query) check_text(i, here);
    else if (texts[i].source == Source::key) check_key(i, here);
    else if (texts[i].source == Source::field && here.addresses != 0) judge_address(i, here.addresses, true);
  }
}

/// No service reads a skeleton, so that it is judged only where it is as a whole a destructive statement: in 'it’s' the
/// quote would end. Addresses in look-alikes are none that the text itself allows.
void Inspector::State::check_text(uint32_t text, const Marked& here) {
  const bool skeleton = texts[text].form == Form::skeleton;
  Selection statements = guards & rules().statements;
  if (skeleton) statements &= rules().confusables;
  const Selection commands = here.commands & statements;
  if (commands != 0 && !skeleton) judge_statement(text, commands, false);
  const Selection anywhere = rules().statements_anywhere;
  const Selection other = statements & ~here.documents & (skeleton ? commands | anywhere : anywhere & ~commands);
  if (other != 0 && sql::looks_like(texts.bytes(text))) judge_statement(text, other, true);
  if (skeleton) return;
  const Selection addresses = guards & rules().addresses;
  if (const Selection asked = here.addresses & addresses; asked != 0) judge_address(text, asked, false);
  if (const Selection any = addresses & rules().addresses_anywhere & ~here.addresses; any != 0) judge_address(text, any, true);
}

/// A name may be a statement as any other text may, but no address: documents name their terms by URLs (JSON-LD).
void Inspector::State::check_key(uint32_t text, const Marked& here) {
  Selection asked = guards & rules().statements_anywhere & ~here.documents;
  if (texts[text].form == Form::skeleton) asked &= rules().confusables;
  if (asked != 0 && sql::looks_like(texts.bytes(text))) judge_statement(text, asked, true);
}

bool Inspector::State::is_slow(ByteView text) {
  judged += text.size();   // short ones add up
  slow = slow || (patience == Patience::none && (judged > kJudgedHere || classifier.slow(text)));
  return slow;
}

/// Nothing that is found from here on would change a verdict or be told.
bool Inspector::State::decided() const { return effect == Effect::block && findings.size() >= kFindingsMax; }

void Inspector::State::judge_statement(uint32_t text, Selection asked, bool anywhere) {
  using Judged = sql::Classifier::Hit;
  const ByteView bytes = texts.bytes(text);
  if (is_slow(bytes) || decided()) return;
  Judged hit = Judged::yes;
  if (++classified > kStatementsMax) hit = Judged::unread;
  else if (anywhere) hit = classifier.destructive(bytes);
  if (hit == Judged::no) return;
  for_each(asked, [&](size_t guard) {
    StatementCheck check{Outcome::block, "a statement too long or too complex to be judged, or one of too many"};
    if (hit == Judged::yes) check = judge(classifier.classify(bytes), rules().list[guard].statements);
    if (check.outcome == Outcome::pass) return;
    Finding finding;
    finding.guard = guard;
    finding.check = "statement";
    finding.text = text;
    finding.evidence = std::move(check.words);
    found(std::move(finding), check.outcome);
  });
}

void Inspector::State::judge_address(uint32_t text, Selection asked, bool anywhere) {
  const ByteView bytes = texts.bytes(text);
  for_each(asked, [&](size_t guard) {
    const Addresses& allowed = *rules().list[guard].addresses;
    const bool head = texts[text].source == Source::field;
    const AddressCheck check = head ? allowed.check_reference(bytes) : anywhere ? allowed.check_any(bytes) : allowed.check(bytes);
    if (check.is != AddressCheck::Is::refused) return;
    Finding finding;
    finding.guard = guard;
    finding.check = "address";
    finding.text = text;
    finding.evidence = check.why;
    found(std::move(finding));
  });
}

}  // namespace gatehouse::guard
