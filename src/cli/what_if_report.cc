#include "cli/what_if_report.h"

#include <cstdio>

#include "cli/recorded.h"

namespace gatehouse::cli {
namespace {

using Looked = BodiesOutcome::Looked;
using Verdict = WhatIfOutcome::Verdict;

constexpr size_t kLinesMax = 20;   // of places, for people

std::string verdict_text(Verdict verdict, Reason reason, bool asked) {
  if (verdict == Verdict::deny) return "deny (" + std::string(reason_name(reason)) + ")";
  if (verdict == Verdict::hold) return "hold";
  return asked ? "allow, after a person granted it" : "allow";
}

const char* how_text(ChangeMerge::How how) {
  if (how == ChangeMerge::How::anew) return "masked anew";
  return how == ChangeMerge::How::no_longer ? "no longer masked" : "masked otherwise";
}

const char* how_word(ChangeMerge::How how) {
  return how == ChangeMerge::How::anew ? "anew" : how == ChangeMerge::How::no_longer ? "no_longer" : "otherwise";
}

void change_line(const char* what, const std::string& was, const std::string& would) {
  std::printf("    %-8s %s  ->  %s\n", what, was.empty() ? "none" : display(was).c_str(),
              would.empty() ? "none" : display(would).c_str());
}

void line(const char* what, const std::string& text) { std::printf("    %-8s %s\n", what, display(text).c_str()); }

std::string answer_text(Reason reason) {
  return reason == Reason::none ? "passes" : "refused (" + std::string(reason_name(reason)) + ")";
}

std::string list(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ",") + cli::quoted(word);
  return "[" + out + "]";
}

std::string findings_json(const std::vector<GuardFinding>& found) {
  std::string out;
  for (const GuardFinding& each : found)
    out += (out.empty() ? "{\"guard\":" : ",{\"guard\":") + cli::quoted(each.guard) + ",\"effect\":" + cli::quoted(each.effect) +
           ",\"check\":" + cli::quoted(each.check) + ",\"place\":" + cli::quoted(each.place) + "}";
  return "[" + out + "]";
}

std::string looked_json(Looked looked, const std::string& why_not) {
  return looked == Looked::nothing_to ? "null" : looked == Looked::yes ? "true" : cli::quoted(why_not);
}

unsigned long long n(uint64_t value) { return value; }

}  // namespace

void WhatIfReport::Bodies::see(Looked looked_at, const std::string& why_not) {
  if (looked_at == Looked::yes) ++looked;
  if (looked_at == Looked::no) ++not_looked[why_not];
}

std::string WhatIfReport::Bodies::text() const {
  uint64_t left = 0;
  std::string why;
  for (const auto& [text, count] : not_looked) {
    left += count;
    why += (why.empty() ? "" : "; ") + std::to_string(count) + " " + text;
  }
  return std::to_string(looked) + " of " + std::to_string(looked + left) + " looked at" + (left == 0 ? "" : "; not: " + why);
}

std::string WhatIfReport::Bodies::json() const {
  std::string why;
  for (const auto& [text, count] : not_looked) why += (why.empty() ? "" : ",") + cli::quoted(text) + ":" + std::to_string(count);
  return "\"looked_at\":" + std::to_string(looked) + ",\"not_looked_at\":{" + why + "}";
}

std::vector<std::string> WhatIfReport::rules_of(const WhatIfOutcome& outcome) const {
  std::vector<std::string> out;
  for (uint8_t i = 0; i < outcome.decision.rule_count; ++i)
    out.push_back(candidate_.rules->rules[outcome.decision.rules[i]].name);
  return out;
}

std::vector<std::string> WhatIfReport::names_of(uint64_t bits, const std::vector<ByteView>& names) const {
  std::vector<std::string> out;
  for (; bits != 0; bits &= bits - 1)
    if (const auto at = static_cast<size_t>(__builtin_ctzll(bits)); at < names.size()) out.emplace_back(names[at]);
  return out;
}

void WhatIfReport::count(const Judged& one) {
  const WhatIfOutcome& outcome = one.outcome;
  const BodiesOutcome& bodies = one.bodies;
  ++judged_;
  verdicts_ += outcome.verdict_changes ? 1 : 0;
  origins_ += outcome.origin_changes ? 1 : 0;
  masks_ += outcome.masks_change ? 1 : 0;
  guards_ += outcome.guards_change ? 1 : 0;
  if (!bodies_) return;
  requests_.see(bodies.request, bodies.request_not);
  answers_.see(bodies.answer, bodies.answer_not);
  erased_ += bodies.request == Looked::yes && bodies.erased ? 1 : 0;
  heads_ += bodies.head_changes() ? 1 : 0;
  if (bodies.answer != Looked::yes) return;
  refused_ += bodies.answer_was != bodies.now.reason ? 1 : 0;
  if (bodies.now.reason != Reason::none) return;
  anew_ += bodies.now.anew;
  no_longer_ += bodies.now.no_longer;
  otherwise_ += bodies.now.otherwise;
}

void WhatIfReport::see(const Judged& one) {
  if (one.outcome.not_judged != nullptr) {
    ++not_judged_[one.outcome.not_judged];
    return;
  }
  count(one);
  if (!one.changes()) return;
  ++changed_;
  if (json_) print_json(one);
  else print(one);
}

void WhatIfReport::print(const Judged& one) const {
  const Row& row = one.row;
  const WhatIfOutcome& outcome = one.outcome;
  std::printf("%s  %s  %s  %s %s\n", record::format_time(row.began).c_str(), exchange_id_text(row.id).c_str(),
              display(row.subject).c_str(), display(row.method).c_str(), display(row.path).c_str());
  if (outcome.verdict_changes)
    change_line("verdict", verdict_text(outcome.was, outcome.was_reason, outcome.was_asked),
                verdict_text(outcome.would, outcome.would_reason, outcome.would_ask));
  if (outcome.origin_changes) change_line("origin", row.origin, std::string(outcome.origin));
  if (outcome.masks_change)
    change_line("masks", joined(row.masks), joined(names_of(outcome.decision.masks, candidate_.masks)));
  if (outcome.guards_change)
    change_line("guards", joined(row.guards), joined(names_of(outcome.decision.guards, candidate_.guards)));
  if (bodies_) print_bodies(one.bodies);
  change_line("rules", joined(row.rules), joined(rules_of(outcome)));
}

void WhatIfReport::print_bodies(const BodiesOutcome& bodies) const {
  for (const GuardFinding& each : bodies.found_anew)
    line("found", "anew: " + each.guard + ", " + each.effect + ", " + each.check + ", at " + each.place);
  for (const GuardFinding& each : bodies.found_no_more)
    line("found", "no more: " + each.guard + ", " + each.effect + ", " + each.check + ", at " + each.place);
  if (bodies.request == Looked::no) line("request", "not looked at: " + bodies.request_not);
  if (bodies.answer == Looked::no) line("answer", "not looked at: " + bodies.answer_not);
  if (bodies.answer != Looked::yes) return;
  const AnswerNow& now = bodies.now;
  if (bodies.answer_was != now.reason) change_line("answer", answer_text(bodies.answer_was), answer_text(now.reason));
  if (now.reason != Reason::none) return;
  if (now.body_changes())
    line("answer", now.bytes_differ ? "the same places masked, and other bytes"
                                    : std::to_string(now.anew) + " places masked anew, " + std::to_string(now.no_longer) +
                                          " no longer masked, " + std::to_string(now.otherwise) + " masked otherwise");
  for (size_t i = 0; i < now.places.size() && i < kLinesMax; ++i) {
    const MaskedPlace& place = now.places[i].place;
    std::printf("             %s: %s, %s, at %s\n", how_text(now.places[i].how),
                display(detect::detector_name(place.detector)).c_str(), display(place.mask).c_str(), display(place.place).c_str());
  }
  if (const uint64_t all = now.anew + now.no_longer + now.otherwise; all > std::min(now.places.size(), kLinesMax))
    std::printf("             and %llu more\n", n(all - std::min(now.places.size(), kLinesMax)));
  if (!now.fields_gone.empty()) line("head", "no longer as it was: " + joined(now.fields_gone));
  if (!now.fields_new.empty()) line("head", "anew: " + joined(now.fields_new));
}

std::string WhatIfReport::bodies_json(const BodiesOutcome& bodies) const {
  const AnswerNow& now = bodies.now;
  std::string places;
  for (const AnswerNow::Place& each : now.places)
    places += (places.empty() ? "{\"how\":\"" : ",{\"how\":\"") + std::string(how_word(each.how)) + "\",\"detector\":" +
              cli::quoted(detect::detector_name(each.place.detector)) + ",\"mask\":" + cli::quoted(each.place.mask) +
              ",\"place\":" + cli::quoted(each.place.place) + "}";
  return ",\"request_looked_at\":" + looked_json(bodies.request, bodies.request_not) + ",\"secrets_taken_out\":" +
         (bodies.erased ? "true" : "false") + ",\"found_anew\":" + findings_json(bodies.found_anew) + ",\"found_no_more\":" +
         findings_json(bodies.found_no_more) + ",\"answer_looked_at\":" + looked_json(bodies.answer, bodies.answer_not) +
         ",\"answer\":{\"was\":" + cli::quoted(reason_name(bodies.answer_was)) + ",\"would_be\":" +
         cli::quoted(reason_name(now.reason)) + ",\"masked_anew\":" + std::to_string(now.anew) + ",\"no_longer_masked\":" +
         std::to_string(now.no_longer) +
         ",\"masked_otherwise\":" + std::to_string(now.otherwise) + ",\"bytes_differ\":" + (now.bytes_differ ? "true" : "false") +
         ",\"places\":[" + places + "],\"fields_gone\":" + list(now.fields_gone) + ",\"fields_new\":" + list(now.fields_new) + "}";
}

void WhatIfReport::print_json(const Judged& one) const {
  const Row& row = one.row;
  const WhatIfOutcome& outcome = one.outcome;
  const auto verdict = [](Verdict each) { return each == Verdict::allow ? "allow" : each == Verdict::deny ? "deny" : "hold"; };
  const auto side = [&](Verdict each, Reason reason, bool asked, ByteView origin, const std::vector<std::string>& rules,
                        const std::vector<std::string>& guards, const std::vector<std::string>& masks) {
    return std::string("{\"verdict\":\"") + verdict(each) + "\",\"reason\":" + cli::quoted(reason_name(reason)) + ",\"asked\":" +
           (asked ? "true" : "false") + ",\"origin\":" + cli::quoted(origin) + ",\"rules\":" + list(rules) + ",\"guards\":" +
           list(guards) + ",\"masks\":" + list(masks) + "}";
  };
  const std::string text =
      "{\"exchange_id\":\"" + exchange_id_text(row.id) + "\",\"time\":\"" + record::format_time(row.began) + "\",\"subject\":" +
      cli::quoted(row.subject) + ",\"method\":" + cli::quoted(row.method) + ",\"path\":" + cli::quoted(row.path) + ",\"was\":" +
      side(outcome.was, outcome.was_reason, outcome.was_asked, row.origin, row.rules, row.guards, row.masks) + ",\"would_be\":" +
      side(outcome.would, outcome.would_reason, outcome.would_ask, outcome.origin, rules_of(outcome),
           names_of(outcome.decision.guards, candidate_.guards), names_of(outcome.decision.masks, candidate_.masks)) +
      (bodies_ ? bodies_json(one.bodies) : std::string()) + "}";
  std::puts(text.c_str());
}

void WhatIfReport::sum() const {
  if (json_) return sum_json();
  std::printf(
      "%s%llu exchanges judged, %llu would change: %llu in the verdict, %llu in the origin, %llu in masks, %llu in guards",
      changed_ > 0 ? "\n" : "", n(judged_), n(changed_), n(verdicts_), n(origins_), n(masks_), n(guards_));
  if (!bodies_) {
    std::puts("\nnames of guards and masks were compared; no body was looked at");
  } else {
    std::printf(", %llu in the answer's head, %llu in whether the answer passes\n", n(heads_), n(refused_));
    std::printf("places: %llu masked anew, %llu no longer masked, %llu masked otherwise\n", n(anew_), n(no_longer_), n(otherwise_));
    std::printf("requests: %s\n", requests_.text().c_str());
    if (erased_ > 0)
      std::printf("requests: of %llu secrets had been taken out; what guards found then counts there, too\n", n(erased_));
    std::printf("answers:  %s\n", answers_.text().c_str());
  }
  for (const auto& [why, count] : not_judged_) std::printf("%llu not judged: %s\n", n(count), why.c_str());
}

void WhatIfReport::sum_json() const {
  std::string why;
  for (const auto& [text, count] : not_judged_) why += (why.empty() ? "" : ",") + cli::quoted(text) + ":" + std::to_string(count);
  std::printf("{\"judged\":%llu,\"changed\":%llu,\"verdicts\":%llu,\"origins\":%llu,\"masks\":%llu,\"guards\":%llu,", n(judged_),
              n(changed_), n(verdicts_), n(origins_), n(masks_), n(guards_));
  if (bodies_)
    std::printf("\"heads\":%llu,\"answers_refused_or_let_pass\":%llu,\"masked_anew\":%llu,\"no_longer_masked\":%llu,"
                "\"masked_otherwise\":%llu,\"requests\":{%s,\"secrets_taken_out\":%llu},\"answers\":{%s},",
                n(heads_), n(refused_), n(anew_), n(no_longer_), n(otherwise_), requests_.json().c_str(), n(erased_),
                answers_.json().c_str());
  std::printf("\"not_judged\":{%s}}\n", why.c_str());
}

}  // namespace gatehouse::cli
