// What guards found, told: the gravest first, each with its place.
#include <algorithm>

#include "guard/inspector_state.h"

namespace gatehouse::guard {
namespace {

constexpr size_t kEvidenceMax = 64;
constexpr size_t kEvidenceBefore = 48;  // of these 64: patterns report where they end
constexpr size_t kNameMax = 63;         // of a parameter or a field

bool inside_character(char c) { return (static_cast<uint8_t>(c) & 0xc0) == 0x80; }

/// The bytes around the end of a match, whole characters only, fit to print.
std::string evidence_around(ByteView text, size_t end) {
  size_t from = end > kEvidenceBefore ? end - kEvidenceBefore : 0;
  size_t to = std::min(from + kEvidenceMax, text.size());
  while (from < to && inside_character(text[from])) ++from;
  while (to > from && to < text.size() && inside_character(text[to])) --to;
  std::string evidence(text.substr(from, to - from));
  for (char& c : evidence)
    if (static_cast<uint8_t>(c) < 0x20 || c == 0x7f) c = '.';
  return evidence;
}

std::string parameter_at(ByteView query, size_t at) {
  const ByteView name = query.substr(at);
  return "?" + std::string(name.substr(0, std::min(name.find_first_of("&;="), kNameMax)));
}

}  // namespace

/// What a form tells is told already where the text that it was made of says the same.
bool Inspector::State::told_of_source(const Finding& finding) const {
  if (finding.text == kNowhere || texts[finding.text].form == Form::read) return false;
  return std::any_of(findings.begin(), findings.end(), [&](const Finding& other) {
    return other.guard == finding.guard && other.check == finding.check && other.text == texts[finding.text].made_of;
  });
}

/// Of a secret the pattern's name alone: who may read records and logs need not know it.
std::string Inspector::State::evidence_of(const Finding& finding) const {
  const PatternRule& rule = rules().patterns.rules[finding.pattern];
  if (rule.secret) return rule.name;
  const std::string around = evidence_around(texts.bytes(finding.text), static_cast<size_t>(finding.offset));
  return rule.name.empty() ? around : rule.name + ": " + around;
}

/// A guard that only tags or asks never does more; an outcome that only asks makes a blocking guard ask.
void Inspector::State::found(Finding finding, Outcome outcome) {
  const Effect most = rules().list[finding.guard].effect;
  finding.effect = outcome == Outcome::block ? most : std::min(most, Effect::approve);
  effect = std::max(effect, finding.effect);
  if (told_of_source(finding)) return;
  if (findings.size() < kFindingsMax) {
    findings.push_back(std::move(finding));
    return;
  }
  if (finding.effect != effect || findings.back().effect == effect) return;
  findings.back() = std::move(finding);   // what decided is always told
}

std::span<const Hit> Inspector::State::report() {
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    if (a.effect != b.effect) return a.effect > b.effect;
    return a.text < b.text;
  });
  const size_t count = std::min(findings.size(), kHitsMax);
  for (size_t i = 0; i < count; ++i) {
    Finding& finding = findings[i];
    places[i] = place_of(finding);
    if (finding.text != kNowhere) {
      const Texts::Text& text = texts[finding.text];
      if (finding.pattern != kNowhere) finding.evidence = evidence_of(finding);
      finding.offset = text.offset;
    }
    hits[i] = {finding.guard, finding.effect, finding.check, places[i], finding.offset, finding.evidence};
    show(finding, &hits[i]);
  }
  return {hits, count};
}

/// The bytes that a finding is about, as they were read.
void Inspector::State::show(const Finding& finding, Hit* hit) const {
  uint32_t leaf = finding.leaf;
  uint64_t at = finding.offset;
  if (finding.text != kNowhere) {
    const Texts::Text& text = texts[finding.text];
    hit->source = text.source;
    leaf = text.document;
    if (text.source == Source::query) hit->within = request->query;
    if (text.source == Source::path) hit->within = request->path;
    if (text.source == Source::field) hit->within = request->fields[text.token].value;
  }
  if (hit->source == Source::value || hit->source == Source::key) {
    if (leaf == kNowhere) return;
    const Leaf& part = body.leaves()[leaf];
    hit->within = part.bytes;
    at -= std::min(at, part.offset);
  }
  hit->at = static_cast<size_t>(std::min<uint64_t>(at, hit->within.size()));
}

std::string Inspector::State::place_of(const Finding& finding) {
  if (finding.text == kNowhere) return place_in_leaf(finding.leaf, finding.token);
  const Texts::Text& text = texts[finding.text];
  switch (text.source) {
    case Source::value:
    case Source::key: return place_in_leaf(text.document, text.token);
    case Source::query: return parameter_at(request->query, text.token);
    case Source::path: return "path";
    case Source::field: return "header " + std::string(request->fields[text.token].name.substr(0, kNameMax));
  }
  return {};
}

std::string Inspector::State::place_in_leaf(uint32_t leaf, uint32_t token) {
  if (leaf == kNowhere) return {};
  const Leaf& part = body.leaves()[leaf];
  std::string where(body.label(part));
  const auto add = [&where](ByteView more) {
    if (!where.empty() && !more.empty()) where += ": ";
    where += more;
  };
  switch (part.kind) {
    case Leaf::Kind::text: break;
    case Leaf::Kind::form: add(parameter_at(part.bytes, token)); break;
    case Leaf::Kind::csv:
      if (token != 0) add("row " + std::to_string(token));
      break;
    case Leaf::Kind::json:
      if (token == kNoToken || token == kNowhere) break;
      if (placed != leaf) {   // another document was walked since
        Nobody nobody;
        static_cast<void>(document.walk(part.bytes, nobody, {.duplicates = true, .lone_surrogates = true}));
        placed = leaf;
      }
      place.start(document);
      add(place.of(token));
      break;
  }
  return where;
}

}  // namespace gatehouse::guard
