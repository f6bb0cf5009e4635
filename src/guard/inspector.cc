#include <algorithm>
#include <cstring>
#include <utility>

#include "guard/search.h"
#include "http/query.h"
#include "json/place.h"

namespace gatehouse::guard {
namespace {

constexpr size_t kEvidenceMax = 64;
constexpr size_t kEvidenceBefore = 48;  // of these 64: patterns report where they end
constexpr size_t kReserve = 64 * 1024;  // bodies up to here never allocate
constexpr size_t kPlaceRoom = json::kPlaceMax + 64;

Reason reason_of(json::Error error) {
  switch (error) {
    case json::Error::none: return Reason::none;
    case json::Error::malformed: return Reason::guard_uninspectable;
    case json::Error::duplicate_key: return Reason::guard_duplicate_key;
    case json::Error::too_deep: return Reason::guard_depth;
  }
  return Reason::guard_uninspectable;
}

bool inside_character(char c) { return (static_cast<uint8_t>(c) & 0xc0) == 0x80; }

/// Collector takes every string and key of a document.
struct Collector {
  const json::Document& document;
  Texts& texts;
  uint32_t which;         // document of the body
  Selection values, keys; // whose patterns look at them

  void open(json::Kind) {}
  void close(json::Kind) {}
  void key(const json::Token& token) { add(token, Source::key, keys); }
  void string(const json::Token& token) { add(token, Source::value, values); }
  void number(const json::Token&, json::NumberShape) {}
  void literal(const json::Token&) {}

  void add(const json::Token& token, Source source, Selection guards) {
    if (guards != 0) texts.add(document, token, {0, token.index, which, token.offset, source, false, guards});
  }
};

struct Nothing {
  void open(json::Kind) {}
  void close(json::Kind) {}
  void key(const json::Token&) {}
  void string(const json::Token&) {}
  void number(const json::Token&, json::NumberShape) {}
  void literal(const json::Token&) {}
};

}  // namespace

struct Inspector::State {
  json::Document document;
  json::Place place;
  Texts texts;
  Search search;
  Room<Search::Match> matches;
  Hit hits[kHitsMax];
  size_t hit_count = 0;
  char evidence[kHitsMax][kEvidenceMax];
  char places[kHitsMax][kPlaceRoom];

  Reason take_body(const Set& set, Selection guards, const Request& request);
  Reason take_query(const Set& set, Selection guards, ByteView query);
  void take_head(const Set& set, Selection guards, const Request& request);
  void report(const Set& set, const Request& request);
  ByteView place_of(const Texts::Text& text, const Request& request, char* room);
  ByteView evidence_of(ByteView text, size_t end, char* room);
};

Inspector::Inspector() : state_(std::make_unique<State>()) {}
Inspector::~Inspector() = default;

bool Inspector::prepare(const Set& set) {
  State& state = *state_;
  state.texts.start();
  return state.document.reserve(kReserve) && state.texts.reserve(kReserve) && state.search.prepare(set);
}

Verdict Inspector::inspect(const Set& set, Selection guards, const Request& request) {
  State& state = *state_;
  Verdict verdict;
  guards &= set.state().every;
  state.texts.start();
  state.hit_count = 0;
  state.take_head(set, guards, request);
  verdict.reason = state.take_query(set, guards, request.query);
  if (verdict.reason == Reason::none) verdict.reason = state.take_body(set, guards, request);
  if (verdict.reason != Reason::none) return verdict;
  if (!state.search.run(set, guards, state.texts, &state.matches)) {
    verdict.reason = Reason::guard_uninspectable;
    return verdict;
  }
  if (state.matches.empty()) return verdict;
  state.report(set, request);
  verdict.hits = {state.hits, state.hit_count};
  verdict.effect = state.hits[0].effect;
  if (verdict.effect == Effect::block) verdict.reason = Reason::guard_hit;
  return verdict;
}

void Inspector::State::take_head(const Set& set, Selection guards, const Request& request) {
  const auto& looking = set.state().looking;
  if (const Selection who = guards & looking[size_t(Source::path)]; who != 0)
    texts.add_plain(request.path, {0, 0, 0, 0, Source::path, false, who});
  if ((guards & looking[size_t(Source::field)]) == 0) return;
  for (size_t i = 0; i < request.fields.size(); ++i)
    for (const auto& field : set.state().fields)
      if ((field.guards & guards) != 0 && http::equals_ignore_case(field.name, request.fields[i].name))
        texts.add_plain(request.fields[i].value, {0, static_cast<uint32_t>(i), 0, 0, Source::field, false, field.guards});
}

Reason Inspector::State::take_query(const Set& set, Selection guards, ByteView query) {
  const Selection who = guards & set.state().looking[size_t(Source::query)];
  const bool two = query.find(';') != ByteView::npos;   // two readings
  for (const ByteView separators : {ByteView("&"), ByteView("&;")}) {
    http::QueryWalk walk(query, separators);
    http::QueryWalk::Parameter parameter;
    while (walk.next(&parameter)) {
      const auto at = static_cast<uint32_t>(parameter.name.data() - query.data());
      for (const ByteView raw : {parameter.name, parameter.value})
        if (!texts.add_query(raw, {0, at, 0, at, Source::query, false, who})) return Reason::guard_query;
    }
    if (!two) break;
  }
  return Reason::none;
}

Reason Inspector::State::take_body(const Set& set, Selection guards, const Request& request) {
  if (request.body.empty()) return Reason::none;
  const auto& looking = set.state().looking;
  Collector collector{document, texts, 0, guards & looking[size_t(Source::value)], guards & looking[size_t(Source::key)]};
  return reason_of(document.walk(request.body, collector, request.leniency));
}

/// Turns matches into hits: the highest effect first, then in the order of the request.
void Inspector::State::report(const Set& set, const Request& request) {
  std::sort(matches.begin(), matches.end(), [](const auto& a, const auto& b) { return a.text < b.text; });
  for (const Effect effect : {Effect::block, Effect::approve, Effect::tag}) {
    place.start(document);
    for (const Search::Match& match : matches) {
      if (set.state().list[match.guard].effect != effect || hit_count == kHitsMax) continue;
      const Texts::Text& text = texts[match.text];
      Hit& hit = hits[hit_count];
      hit = {match.guard, effect, place_of(text, request, places[hit_count]), text.offset,
             evidence_of(texts.bytes(match.text), match.end, evidence[hit_count])};
      ++hit_count;
    }
  }
}

ByteView Inspector::State::place_of(const Texts::Text& text, const Request& request, char* room) {
  ByteView before, name;
  switch (text.source) {
    case Source::value:
    case Source::key: name = place.of(text.token); break;
    case Source::query:
      before = "?";
      name = request.query.substr(text.token);
      name = name.substr(0, name.find_first_of("&;="));
      break;
    case Source::path: before = "path"; break;
    case Source::field:
      before = "header ";
      name = request.fields[text.token].name;
      break;
  }
  const size_t most = text.source == Source::value || text.source == Source::key ? kPlaceRoom : kEvidenceMax;
  const size_t length = std::min(name.size(), most - before.size());
  before.copy(room, before.size());
  name.copy(room + before.size(), length);
  return {room, before.size() + length};
}

ByteView Inspector::State::evidence_of(ByteView text, size_t end, char* room) {
  size_t from = end > kEvidenceBefore ? end - kEvidenceBefore : 0;
  size_t to = std::min(from + kEvidenceMax, text.size());
  while (from < to && inside_character(text[from])) ++from;
  while (to > from && to < text.size() && inside_character(text[to])) --to;
  size_t length = 0;
  for (size_t i = from; i < to; ++i) {
    const auto c = static_cast<uint8_t>(text[i]);
    room[length++] = c < 0x20 || c == 0x7f ? '.' : text[i];
  }
  return {room, length};
}

}  // namespace gatehouse::guard
