#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "codec/charset.h"
#include "codec/csv.h"
#include "guard/inspector_state.h"
#include "http/query.h"
#include "json/escape.h"
#include "json/number.h"

namespace gatehouse::guard {
namespace {

constexpr size_t kCellsAtOnce = 16 * 1024;  // bytes of a table that are cut before a look at how many cells there are
constexpr uint32_t kAddressDigits = 8;  // of 1.0.0.0, the least that leads anywhere
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

/// Elasticsearch and OpenSearch read lines of JSON there, also where application/json is said.
bool is_bulk(ByteView path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  return path.ends_with("/_bulk") || path.ends_with("/_msearch");
}

/// A key is a statement only with something between its words, which no name of a field has: so most keys are passed over.
bool may_be_statement(ByteView key) {
  constexpr size_t kShortest = 6;   // DO 'x'
  return key.size() >= kShortest && std::any_of(key.begin(), key.end(), [](char c) {
    return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.');
  });
}

/// Collector takes every string and key of a document that somebody looks at, and lets the shape be judged.
class Collector {
 public:
  Collector(Inspector::State& state, uint32_t leaf, uint64_t base)
      : state_(state), leaf_(leaf), base_(base), shaped_((state.guards & state.rules().shaped) != 0),
        values_(state.looking(Source::value) & ~state.rules().pointed),
        pointed_(state.looking(Source::value) & state.rules().pointed), keys_(state.looking(Source::key) & ~state.rules().pointed),
        judged_(state.guards & state.rules().statements_anywhere), every_value_(values_ != 0 || state.wants_values()) {}

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
    const bool statement = judged_ != 0 && may_be_statement(state_.document.raw(token));
    if (statement) {   // what is inside of a document's text is none, its names neither
      Inspector::State::Marked marked{static_cast<uint32_t>(state_.texts.count()), 0, 0, 0};
      state_.roles(&marked);
      if (marked.documents != 0) state_.marked.push({marked.text, 0, marked.documents, 0});
    }
    if (statement || (keys_ != 0 && token.length != 0)) add(token, Source::key, keys_);
  }
  void string(const json::Token& token) {
    if (shaped_) state_.shape.string(token);
    if (token.length == 0) return state_.tracker.value([](uint32_t) {});   // nothing holds nothing: a body may be full of it
    Inspector::State::Marked marked{static_cast<uint32_t>(state_.texts.count()), 0, 0, 0};
    const Selection named = state_.roles(&marked);
    const Selection looking = values_ | (named & pointed_);
    const bool roles = (marked.commands | marked.documents | marked.addresses) != 0;
    if (!every_value_ && looking == 0 && !roles) return;
    add(token, Source::value, looking);
    if (roles) state_.marked.push(marked);
  }
  /// 2130706433 where an address is meant is one: 127.0.0.1. Short numbers are ports, or how often it is tried.
  void number(const json::Token& token, json::NumberShape shape) {
    if (shaped_) state_.shape.number(token, shape);
    if (token.length < kAddressDigits) return state_.tracker.value([](uint32_t) {});
    Inspector::State::Marked marked{static_cast<uint32_t>(state_.texts.count()), 0, 0, 0};
    state_.roles(&marked);
    if (marked.addresses == 0 || state_.crowded()) return;
    const auto offset = static_cast<uint32_t>(base_ + token.offset);
    state_.texts.add_plain(state_.document.raw(token), {0, token.index, leaf_, Source::value, false, Form::read, offset, 0, 0});
    state_.marked.push({marked.text, 0, 0, marked.addresses});
  }
  void literal(const json::Token& token) {
    state_.tracker.value([](uint32_t) {});
    if (shaped_) state_.shape.literal(token);
  }

 private:
  void add(const json::Token& token, Source source, Selection guards) {
    if (state_.crowded()) return;
    const auto offset = static_cast<uint32_t>(base_ + token.offset);
    state_.texts.add(state_.document, token, {0, token.index, leaf_, source, false, Form::read, offset, 0, guards});
  }

  Inspector::State& state_;
  const uint32_t leaf_;
  const uint64_t base_;
  const bool shaped_;
  const Selection values_, pointed_, keys_, judged_;
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
  if (verdict.reason == Reason::none) verdict.reason = state.take_nested();
  if (verdict.reason == Reason::none && state.texts.count() >= kTextsMax) verdict.reason = Reason::guard_uninspectable;
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
  cells = 0;
  judged = 0;
  placed = kNowhere;
}

Selection Inspector::State::looking(Source source) const { return guards & rules().looking[static_cast<size_t>(source)]; }

/// Some check looks at every value, whatever patterns look at.
bool Inspector::State::wants_values() const {
  return (guards & (rules().statements_anywhere | rules().addresses_anywhere)) != 0;
}

void Inspector::State::take_head() {
  take_addresses_of_head();
  if (const Selection who = looking(Source::path) & ~rules().pointed; who != 0)
    texts.add_plain(request->path, {0, 0, 0, Source::path, false, Form::read, 0, 0, who});
  if (looking(Source::field) == 0) return;
  for (size_t i = 0; i < request->fields.size(); ++i)
    for (const auto& field : rules().headers)
      if ((field.guards & guards) != 0 && http::equals_ignore_case(field.name, request->fields[i].name))
        texts.add_plain(request->fields[i].value,
                        {0, static_cast<uint32_t>(i), 0, Source::field, false, Form::read, 0, 0, field.guards});
}

Reason Inspector::State::take_query() {
  const ByteView query = request->query;
  const Selection who = looking(Source::query) & ~rules().pointed;
  const bool two = query.find(';') != ByteView::npos;   // two readings
  if (!query.empty()) start_fields();
  for (const ByteView separators : {ByteView("&"), ByteView("&;")}) {
    http::QueryWalk walk(query, separators);
    http::QueryWalk::Parameter parameter;
    while (walk.next(&parameter)) {
      const auto at = static_cast<uint32_t>(parameter.name.data() - query.data());
      if (!texts.add_query(parameter.name, {0, at, 0, Source::query, false, Form::read, at, 0, who})) return Reason::guard_query;
      Selection named = 0;
      if (!named_by(texts.bytes(texts.count() - 1), &named)) return Reason::guard_query;
      const Selection pointed = named & looking(Source::query) & rules().pointed;
      if (!texts.add_query(parameter.value, {0, at, 0, Source::query, false, Form::read, at, 0, who | pointed}))
        return Reason::guard_query;
    }
    if (!two) break;
  }
  return Reason::none;
}

Reason Inspector::State::take_body() {
  const Reason read = body.read(*request, patience != Patience::none, (guards & rules().bulked) != 0 || is_bulk(request->path));
  slow |= body.slow();
  if (read != Reason::none || slow) return slow ? Reason::none : read;
  if (const Reason reason = check_bulk_lines(); reason != Reason::none) return reason;
  bool documents = false;
  for (uint32_t leaf = 0; leaf < body.leaves().size() && !slow; ++leaf) {
    documents |= body.leaves()[leaf].kind == Leaf::Kind::json;
    if (const Reason reason = take_leaf(leaf); reason != Reason::none) return reason;
  }
  if (documents || (guards & rules().shaped) == 0) return Reason::none;
  if (!request->query.empty()) return take_parameters();
  shape.start(*rules().shapes, guards & rules().shaped, document);   // what must be there is not
  check_shape(kNowhere);
  return Reason::none;
}

/// Without a document in its body a request says what it asks for in its query: that is one, whose values are texts, or
/// numbers and literals where they read so. What holds of one of the two holds.
Reason Inspector::State::take_parameters() {
  placed = kNowhere;
  for (const ByteView separators : {ByteView("&"), ByteView("&;")}) {   // as take_query() reads it
    bool holds = false;
    for (const bool typed : {false, true}) {
      write_parameters(separators, typed);
      shape.start(*rules().shapes, guards & rules().shaped, document);
      const ByteView written(parameters.data(), parameters.size() - kSimdPadding);
      if (const Reason reason = reason_of(document.walk(written, shape)); reason != Reason::none) return reason;
      if (holds = shape.finish().empty(); holds) break;
    }
    if (!holds) check_shape(kNowhere);
    if (!holds || request->query.find(';') == ByteView::npos) break;
  }
  return Reason::none;
}

/// Writes the query as a JSON document: what stands several times, or as "name[]", is a list.
void Inspector::State::write_parameters(ByteView separators, bool typed) {
  std::map<std::string, std::vector<std::string>> values;
  std::string room;
  const auto decoded = [&room](ByteView raw) {
    room.resize(raw.size());
    room.resize(http::decode_query_text(raw, room.data()).value_or(0));   // take_query() saw that it has
    return room;
  };
  http::QueryWalk walk(request->query, separators);
  http::QueryWalk::Parameter parameter;
  while (walk.next(&parameter)) values[decoded(parameter.name)].push_back(decoded(parameter.value));
  const auto append = [this](ByteView text) { parameters.append(text.data(), text.size()); };
  const auto quoted = [&](ByteView text) {
    append("\"");
    json::append_escaped(text, &parameters);
    append("\"");
  };
  parameters.trim();
  append("{");
  for (const auto& [name, list] : values) {
    ByteView plain = name;
    const bool many = plain.ends_with("[]");
    if (many) plain.remove_suffix(2);
    if (many && values.contains(std::string(plain))) plain = name;   // twice the same would be none
    if (parameters.size() > 1) append(",");
    quoted(plain);
    append(":");
    if (many || list.size() > 1) append("[");
    for (size_t i = 0; i < list.size(); ++i) {
      if (i > 0) append(",");
      const bool literal = list[i] == "true" || list[i] == "false" || list[i] == "null";
      if (typed && (literal || json::read_number(list[i]).valid)) append(list[i]);
      else quoted(list[i]);
    }
    if (many || list.size() > 1) append("]");
  }
  append("}");
  parameters.resize(parameters.size() + kSimdPadding);
}

Reason Inspector::State::take_leaf(uint32_t leaf) {
  const Leaf& part = body.leaves()[leaf];
  if (part.kind == Leaf::Kind::json) return part.perhaps && !is_json(part.bytes) ? Reason::none : take_json(leaf, part.bytes);
  if (part.bytes.empty()) return Reason::none;   // and nothing is marked
  Selection named = 0;
  const size_t marks = marked.size();
  if (!name_leaf(part.name, &named)) return Reason::guard_form;
  // What is a table or a form by its type is a text to who goes by the name of the field.
  if (part.kind == Leaf::Kind::text || named != 0 || marked.size() > marks) take_text(leaf, part.bytes, 0, part.offset, named);
  switch (part.kind) {
    case Leaf::Kind::form: return take_form(leaf, part.bytes);
    case Leaf::Kind::csv: take_cells(leaf, part.bytes); return Reason::none;
    case Leaf::Kind::json:
    case Leaf::Kind::text: return Reason::none;
  }
  return Reason::guard_form;
}

/// What pointers say of the text that comes now by the name of its field in a form; whose patterns they send there.
bool Inspector::State::name_leaf(ByteView name, Selection* patterns) {
  if (name.empty()) return true;
  start_fields();
  if (!named_by(name, patterns)) return false;
  *patterns &= looking(Source::value) & rules().pointed;
  return true;
}

Reason Inspector::State::take_json(uint32_t leaf, ByteView bytes) {
  if (!start_document(body.leaves()[leaf].name)) return Reason::guard_form;
  const bool shaped = (guards & rules().shaped) != 0;
  if (shaped) shape.start(*rules().shapes, guards & rules().shaped, document);
  Collector collector(*this, leaf, body.leaves()[leaf].offset);
  placed = leaf;
  json::Leniency leniency = request->leniency;
  if (body.leaves()[leaf].perhaps) leniency = {.duplicates = true, .lone_surrogates = true};
  const Reason reason = reason_of(document.walk(bytes, collector, leniency));
  if (reason == Reason::guard_uninspectable && request->malformed && codec::is_utf8(bytes)) {
    placed = kNowhere;
    if (bytes.empty()) return Reason::none;
    Selection named = 0;
    if (!name_leaf(body.leaves()[leaf].name, &named)) return Reason::guard_form;
    take_text(leaf, bytes, kNoToken, body.leaves()[leaf].offset, named);
    if (shaped) {   // what must be there is not
      shape.start(*rules().shapes, guards & rules().shaped, document);
      check_shape(kNowhere);
    }
    return Reason::none;
  }
  if (reason == Reason::none && shaped) check_shape(leaf);
  return reason;
}

bool Inspector::State::is_json(ByteView bytes) {
  Nobody nobody;
  placed = kNowhere;
  return document.walk(bytes, nobody, {.duplicates = true, .lone_surrogates = true}) == json::Error::none;
}

/// Names and values of a form in a body are read as those of a query, in both readings of ';'.
Reason Inspector::State::take_form(uint32_t leaf, ByteView bytes) {
  const Selection keys = looking(Source::key) & ~rules().pointed, values = looking(Source::value) & ~rules().pointed;
  const bool two = bytes.find(';') != ByteView::npos;
  start_fields();
  for (const ByteView separators : {ByteView("&"), ByteView("&;")}) {
    http::QueryWalk walk(bytes, separators);
    http::QueryWalk::Parameter parameter;
    while (!crowded() && walk.next(&parameter)) {
      const auto at = static_cast<uint32_t>(parameter.name.data() - bytes.data());
      const auto offset = static_cast<uint32_t>(body.leaves()[leaf].offset + at);
      if (!texts.add_query(parameter.name, {0, at, leaf, Source::key, false, Form::read, offset, 0, keys}))
        return Reason::guard_form;
      Selection named = 0;
      if (!named_by(texts.bytes(texts.count() - 1), &named)) return Reason::guard_form;
      named &= looking(Source::value) & rules().pointed;
      const bool charset = texts.bytes(texts.count() - 1) == "_charset_";
      if (!texts.add_query(parameter.value, {0, at, leaf, Source::value, false, Form::read, offset, 0, values | named}))
        return Reason::guard_form;
      if (charset && !says_utf8(texts.bytes(texts.count() - 1))) return Reason::guard_charset;
    }
    if (!two) break;
  }
  return Reason::none;
}

/// Cells are texts; where two readers would cut them differently the rest is one text, and what its lines and quotes make of it.
void Inspector::State::take_cells(uint32_t leaf, ByteView bytes) {
  struct Visitor {
    Inspector::State& state;
    uint32_t leaf;
    void cell(const codec::Cell& cell) {
      ++state.cells;
      if (state.crowded()) return;
      state.take_text(leaf, cell.text, static_cast<uint32_t>(cell.row + 1), state.body.leaves()[leaf].offset + cell.offset);
    }
    void row(const codec::Row&) {}
  };
  Visitor visitor{*this, leaf};
  codec::Csv csv({.cell_max = bytes.size() + 1});
  codec::CsvError error = codec::CsvError::none;
  for (ByteView rest = bytes; !rest.empty() && error == codec::CsvError::none && !crowded();) {
    error = csv.feed(rest.substr(0, kCellsAtOnce), visitor);
    rest.remove_prefix(std::min(rest.size(), kCellsAtOnce));
  }
  if (error == codec::CsvError::none) error = csv.finish(visitor);
  if (error == codec::CsvError::none) return;
  const ByteView rest = bytes.substr(csv.reported());
  const uint64_t offset = body.leaves()[leaf].offset + csv.reported();
  take_text(leaf, rest, 0, offset);
  take_pieces(leaf, rest, offset, "\r\n");
  take_pieces(leaf, rest, offset, "\r\n\"\t,;|");
}

/// Texts between any of these bytes.
void Inspector::State::take_pieces(uint32_t leaf, ByteView bytes, uint64_t offset, ByteView ends) {
  std::array<bool, 256> is_end{};
  for (const char c : ends) is_end[static_cast<uint8_t>(c)] = true;
  for (size_t at = 0; at < bytes.size() && !crowded();) {
    size_t end = at;
    while (end < bytes.size() && !is_end[static_cast<uint8_t>(bytes[end])]) ++end;
    if (end > at) ++cells;
    take_text(leaf, bytes.substr(at, end - at), 0, offset + at);
    at = end + 1;
  }
}

/// A text of nothing holds nothing: a table may have millions of them.
void Inspector::State::take_text(uint32_t leaf, ByteView bytes, uint32_t token, uint64_t offset, Selection named) {
  if (bytes.empty()) return;
  const Selection guards_here = (looking(Source::value) & ~rules().pointed) | named;
  texts.add_plain(bytes, {0, token, leaf, Source::value, false, Form::read, static_cast<uint32_t>(offset), 0, guards_here});
}

}  // namespace gatehouse::guard
