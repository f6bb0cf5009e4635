#include <algorithm>
#include <utility>

#include "codec/csv.h"
#include "guard/inspector_state.h"
#include "http/query.h"

namespace gatehouse::guard {
namespace {

constexpr size_t kReserve = 64 * 1024;  // bodies up to here never allocate

Reason reason_of(json::Error error) {
  switch (error) {
    case json::Error::none: return Reason::none;
    case json::Error::malformed: return Reason::guard_uninspectable;
    case json::Error::duplicate_key: return Reason::guard_duplicate_key;
    case json::Error::too_deep: return Reason::guard_depth;
  }
  return Reason::guard_uninspectable;
}

/// Collector takes every string and key of a document that somebody looks at, and lets the shape be judged.
class Collector {
 public:
  Collector(Inspector::State& state, uint32_t leaf, uint64_t base)
      : state_(state), leaf_(leaf), base_(base), shaped_((state.guards & state.rules().shaped) != 0),
        values_(state.looking(Source::value) & ~state.rules().pointed),
        pointed_(state.looking(Source::value) & state.rules().pointed), keys_(state.looking(Source::key) & ~state.rules().pointed),
        every_value_(values_ != 0 || state.wants_values()) {}

  void open(json::Kind kind) {
    state_.tracker.open(kind);
    if (shaped_) state_.shape.open(kind);
  }
  void close(json::Kind kind) {
    state_.tracker.close();
    if (shaped_) state_.shape.close(kind);
  }
  void key(const json::Token& token) {
    state_.tracker.key(token);
    if (shaped_) state_.shape.key(token);
    if (keys_ != 0) add(token, Source::key, keys_);
  }
  void string(const json::Token& token) {
    if (shaped_) state_.shape.string(token);
    Inspector::State::Marked marked{static_cast<uint32_t>(state_.texts.count()), 0, 0, 0};
    const Selection named = roles(&marked);
    const Selection looking = values_ | (named & pointed_);
    const bool roles = (marked.commands | marked.documents | marked.addresses) != 0;
    if (!every_value_ && looking == 0 && !roles) return;
    add(token, Source::value, looking);
    if (roles) state_.marked.push(marked);
  }
  void number(const json::Token& token, json::NumberShape shape) {
    state_.tracker.value([](uint32_t) {});
    if (shaped_) state_.shape.number(token, shape);
  }
  void literal(const json::Token& token) {
    state_.tracker.value([](uint32_t) {});
    if (shaped_) state_.shape.literal(token);
  }

 private:
  /// What pointers say of the value that comes now; returns whose patterns they send there.
  Selection roles(Inspector::State::Marked* marked) {
    Selection patterns = 0;
    state_.tracker.value([&](uint32_t label) {
      const auto& [role, guard] = state_.rules().named[label];
      const Selection bit = Selection{1} << guard;
      switch (role) {
        case Role::pattern: patterns |= bit; break;
        case Role::command: marked->commands |= bit; break;
        case Role::document: marked->documents |= bit; break;
        case Role::address: marked->addresses |= bit; break;
      }
    });
    return patterns;
  }
  void add(const json::Token& token, Source source, Selection guards) {
    state_.texts.add(state_.document, token, {0, token.index, leaf_, source, false, base_ + token.offset, guards});
  }

  Inspector::State& state_;
  const uint32_t leaf_;
  const uint64_t base_;
  const bool shaped_;
  const Selection values_, pointed_, keys_;
  const bool every_value_;   // some check looks at all of them
};

}  // namespace

Inspector::Inspector() : state_(std::make_unique<State>()) {}
Inspector::~Inspector() = default;

bool Inspector::prepare(const Set& set) {
  State& state = *state_;
  state.texts.start();
  if (set.state().shapes != nullptr) state.shape.prepare(*set.state().shapes);
  return state.document.reserve(kReserve) && state.texts.reserve(kReserve) && state.search.prepare(set);
}

Verdict Inspector::inspect(const Set& set, Selection guards, const Request& request, Patience patience) {
  State& state = *state_;
  state.start(set, guards & set.state().every, request, patience);
  Verdict verdict;
  state.take_head();
  verdict.reason = state.take_query();
  if (verdict.reason == Reason::none) verdict.reason = state.take_body();
  if (verdict.reason != Reason::none) return verdict;
  if (!state.take_forms()) return verdict.reason = Reason::guard_uninspectable, verdict;
  state.check_texts();
  if (!state.slow) verdict.reason = state.check_patterns();
  verdict.slow = state.slow;
  if (state.slow || verdict.reason != Reason::none || state.effect == Effect::none) return verdict;
  verdict.hits = state.report();
  verdict.effect = state.effect;
  if (verdict.effect == Effect::block) verdict.reason = Reason::guard_hit;
  return verdict;
}

void Inspector::State::start(const Set& with, Selection selected, const Request& asked, Patience with_patience) {
  set = &with;
  guards = selected;
  request = &asked;
  patience = with_patience;
  texts.start();
  marked.trim();
  findings.clear();
  effect = Effect::none;
  slow = false;
  placed = kNowhere;
}

Selection Inspector::State::looking(Source source) const { return guards & rules().looking[static_cast<size_t>(source)]; }

/// Some check looks at every value, whatever patterns look at.
bool Inspector::State::wants_values() const {
  return (guards & (rules().statements_anywhere | rules().addresses_anywhere)) != 0;
}

void Inspector::State::take_head() {
  if (const Selection who = looking(Source::path) & ~rules().pointed; who != 0)
    texts.add_plain(request->path, {0, 0, 0, Source::path, false, 0, who});
  if (looking(Source::field) == 0) return;
  for (size_t i = 0; i < request->fields.size(); ++i)
    for (const auto& field : rules().headers)
      if ((field.guards & guards) != 0 && http::equals_ignore_case(field.name, request->fields[i].name))
        texts.add_plain(request->fields[i].value, {0, static_cast<uint32_t>(i), 0, Source::field, false, 0, field.guards});
}

Reason Inspector::State::take_query() {
  const ByteView query = request->query;
  const Selection who = looking(Source::query) & ~rules().pointed;
  const bool two = query.find(';') != ByteView::npos;   // two readings
  for (const ByteView separators : {ByteView("&"), ByteView("&;")}) {
    http::QueryWalk walk(query, separators);
    http::QueryWalk::Parameter parameter;
    while (walk.next(&parameter)) {
      const auto at = static_cast<uint32_t>(parameter.name.data() - query.data());
      for (const ByteView raw : {parameter.name, parameter.value})
        if (!texts.add_query(raw, {0, at, 0, Source::query, false, at, who})) return Reason::guard_query;
    }
    if (!two) break;
  }
  return Reason::none;
}

Reason Inspector::State::take_body() {
  if (const Reason reason = body.read(*request); reason != Reason::none) return reason;
  if (const Reason reason = check_bulk_lines(); reason != Reason::none) return reason;
  bool documents = false;
  for (uint32_t leaf = 0; leaf < body.leaves().size(); ++leaf) {
    documents |= body.leaves()[leaf].kind == Leaf::Kind::json;
    if (const Reason reason = take_leaf(leaf); reason != Reason::none) return reason;
  }
  if (!documents && (guards & rules().shaped) != 0) {   // what must be there is not
    shape.start(*rules().shapes, guards & rules().shaped, document);
    check_shape(kNowhere);
  }
  return Reason::none;
}

Reason Inspector::State::take_leaf(uint32_t leaf) {
  const Leaf& part = body.leaves()[leaf];
  switch (part.kind) {
    case Leaf::Kind::json: return take_json(leaf, part.bytes);
    case Leaf::Kind::form: return take_form(leaf, part.bytes);
    case Leaf::Kind::csv: take_cells(leaf, part.bytes); return Reason::none;
    case Leaf::Kind::text: take_text(leaf, part.bytes, 0, part.offset); return Reason::none;
  }
  return Reason::guard_form;
}

Reason Inspector::State::take_json(uint32_t leaf, ByteView bytes) {
  tracker.start(rules().pointers, document, [this](uint32_t label) { return (guards >> rules().named[label].guard & 1) != 0; });
  const bool shaped = (guards & rules().shaped) != 0;
  if (shaped) shape.start(*rules().shapes, guards & rules().shaped, document);
  Collector collector(*this, leaf, body.leaves()[leaf].offset);
  placed = leaf;
  const Reason reason = reason_of(document.walk(bytes, collector, request->leniency));
  if (reason == Reason::none && shaped) check_shape(leaf);
  return reason;
}

/// Names and values of a form in a body are read as those of a query.
Reason Inspector::State::take_form(uint32_t leaf, ByteView bytes) {
  http::QueryWalk walk(bytes, "&");
  http::QueryWalk::Parameter parameter;
  while (walk.next(&parameter)) {
    const auto at = static_cast<uint32_t>(parameter.name.data() - bytes.data());
    const uint64_t offset = body.leaves()[leaf].offset + at;
    const Selection keys = looking(Source::key) & ~rules().pointed, values = looking(Source::value) & ~rules().pointed;
    if (!texts.add_query(parameter.name, {0, at, leaf, Source::key, false, offset, keys}) ||
        !texts.add_query(parameter.value, {0, at, leaf, Source::value, false, offset, values}))
      return Reason::guard_form;
  }
  return Reason::none;
}

/// Cells are texts; where two readers would cut them differently the rest is one text.
void Inspector::State::take_cells(uint32_t leaf, ByteView bytes) {
  struct Visitor {
    Inspector::State& state;
    uint32_t leaf;
    void cell(const codec::Cell& cell) {
      state.take_text(leaf, cell.text, static_cast<uint32_t>(cell.row + 1), state.body.leaves()[leaf].offset + cell.offset);
    }
    void row(const codec::Row&) {}
  };
  Visitor visitor{*this, leaf};
  codec::Csv csv({.cell_max = bytes.size() + 1});
  codec::CsvError error = csv.feed(bytes, visitor);
  if (error == codec::CsvError::none) error = csv.finish(visitor);
  if (error != codec::CsvError::none) take_text(leaf, bytes.substr(csv.reported()), 0, body.leaves()[leaf].offset + csv.reported());
}

void Inspector::State::take_text(uint32_t leaf, ByteView bytes, uint32_t token, uint64_t offset) {
  texts.add_plain(bytes, {0, token, leaf, Source::value, false, offset, looking(Source::value) & ~rules().pointed});
}

}  // namespace gatehouse::guard
