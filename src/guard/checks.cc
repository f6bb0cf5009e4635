// The checks of guards over what was read.
#include <algorithm>

#include "guard/inspector_state.h"

namespace gatehouse::guard {

bool Inspector::State::check_patterns() {
  if (!search.run(*set, guards, texts, &matches)) return false;
  for (const Search::Match& match : matches) {
    Finding finding;
    finding.guard = match.guard;
    finding.check = "pattern";
    finding.text = static_cast<uint32_t>(match.text);
    finding.offset = match.end;
    found(std::move(finding));
  }
  return true;
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
  const Selection statements = guards & rules().statements, addresses = guards & rules().addresses;
  if ((statements | addresses) == 0) return;
  const Marked* next = marked.begin();
  for (uint32_t i = 0; i < texts.count() && !slow; ++i) {
    const Source source = texts[i].source;
    Marked here{i, 0, 0, 0};
    if (next != marked.end() && next->text == i) here = *next++;
    if (source != Source::value && source != Source::query) continue;
    if (const Selection asked = here.commands & statements; asked != 0) judge_statement(i, asked, false);
    const Selection other = statements & rules().statements_anywhere & ~here.commands & ~here.documents;
    if (other != 0 && sql::looks_like(texts.bytes(i))) judge_statement(i, other, true);
    if (const Selection asked = here.addresses & addresses; asked != 0) judge_address(i, asked, false);
    if (const Selection any = addresses & rules().addresses_anywhere & ~here.addresses; any != 0) judge_address(i, any, true);
  }
}

bool Inspector::State::is_slow(ByteView text) {
  judged += text.size();   // short ones add up
  slow = slow || (!patient && (judged > kJudgedHere || classifier.slow(text)));
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
    const AddressCheck check = anywhere ? allowed.check_any(bytes) : allowed.check(bytes);
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
