#include "mask/editor.h"

#include <algorithm>

#include "mask/editor_state.h"

namespace gatehouse::mask {
namespace {

// Flows let go of what they held too long where a text, a key or a number begins, so that it depends on the body alone, not on how
// it came. Behind so many bytes, in a long text of which a flow knows the head already, it makes no difference.
constexpr uint64_t kStretchBytes = 8 * 1024;

}  // namespace

Editor::Editor() : state_(std::make_unique<State>()) {}
Editor::~Editor() = default;

bool Editor::prepare(const Plan& plan) {
  State& s = *state_;
  s.window.reserve_exactly(kWindowFirst + kSimdPadding);
  s.found.reserve(256);
  s.marks.reserve(256);
  s.texts.reserve(4096);
  return s.asked.prepare(plan.state());
}

void Editor::start(const Plan& plan, Selection masks, Encoded* encoded) {
  State& s = *state_;
  s.plan = &plan.state();
  ++s.bodies;
  s.asked.start(*s.plan, masks);
  s.encoded = encoded;
  s.reason = Reason::none;
  s.window.clear();
  s.view({s.window.data(), 0});
  s.whole = false;
  s.base = s.passed = 0;
  s.finished = false;
  s.cut_bytes = 0;
  s.marks.trim();
  s.ties.trim();
  s.texts.trim();
  s.places.trim();
  s.change_count = 0;
  s.mode = State::Mode::none;
  s.strip.clear();
  s.table_turn = 0;
  for (State::Table& table : s.tables) table = {};
  s.waiting.there = false;
  s.came_to = 0;
  s.flows.start(&s.asked.wanted, &s, nullptr);
}

void Editor::start_whole(const Plan& plan, Selection masks, Encoded* encoded, ByteView body) {
  start(plan, masks, encoded);
  state_->whole = true;
  state_->view(body);
}

size_t Editor::room() const { return state_->room(); }
void Editor::append(ByteView raw) { state_->append(raw); }
uint64_t Editor::begin() const { return state_->base; }
uint64_t Editor::end() const { return state_->end(); }
ByteView Editor::raw(uint64_t at, size_t length) const { return state_->raw(at, length); }

bool Editor::text(const Site& site, const Piece& piece) {
  state_->begin_text(site, piece.at);
  state_->piece(piece);
  return state_->end_text();
}
void Editor::begin_text(const Site& site, uint64_t at) { state_->begin_text(site, at); }
void Editor::piece(const Piece& piece) { state_->piece(piece); }
bool Editor::end_text() { return state_->end_text(); }

void Editor::join_flow(uint64_t flow) {
  state_->site.flow = flow;
  state_->head_done = state_->text_bytes >= kEdgeBytes;   // nothing is before it
}

/// Whether a number may be a value: a card by its length, any by its field's name. True more often than detect_number().
bool Editor::State::may_be_value(ByteView number, ByteView name) {
  constexpr size_t kCardLeast = 13, kSecretLeast = 4;
  if (!asked.wanted.any()) return false;
  if (number.size() >= kCardLeast || name.size() > detect::kNamesAll || asked.wanted.has(detect::Detector::custom)) return true;
  if (number.find_first_of("eE") != ByteView::npos) return true;
  return number.size() >= kSecretLeast && (field_names.of(name) & asked.wanted.set) != 0;
}

bool Editor::scalar(const Site& site, uint64_t at, ByteView raw, bool number) {
  State& s = *state_;
  s.check_flows(at);
  detect::Found found{0, 0, detect::Detector::field, detect::Evidence::none, false, false, 0};
  uint8_t rule = site.rule;
  if (rule == kNoRule) {
    if (!number || !s.may_be_value(raw, site.field) || !detect_number(raw, site.field, s.asked.wanted, &found)) return false;
    rule = s.asked.rule_of(found);
  }
  const Method method = found.detector == detect::Detector::field ? s.plan->rules[rule].method : Method::redact;
  const bool none = method == Method::null || (method == Method::drop && site.style == Style::json) || !number;
  ByteView text = none ? ByteView("null") : ByteView("0");
  if (site.style != Style::json && (none || method == Method::drop)) text = {};
  if (raw == text) return false;
  s.text_begin = s.texts.size();
  s.texts.append(text.data(), text.size());
  s.add(at, raw.size(), rule, found.detector, found.evidence,
        found.detector == detect::Detector::field ? Weight::source : Weight::found, s.keep_place(site.place));
  return true;
}

void Editor::replace(uint64_t at, uint64_t length, ByteView text, uint8_t rule, detect::Detector detector,
                     detect::Evidence evidence, const Place& place) {
  State& s = *state_;
  s.text_begin = s.texts.size();
  s.texts.append(text.data(), text.size());
  s.add(at, length, rule, detector, evidence, Weight::source, s.keep_place(place));
}

void Editor::tie(uint64_t text_at, uint64_t text_end, uint64_t number_at, size_t length) {
  state_->ties.push({text_at, text_end, number_at, static_cast<uint32_t>(length)});
}

void Editor::erase(uint64_t at, ByteView text, uint8_t rule, const Place& place) { state_->erase(at, text, rule, place); }
void Editor::erase_to(uint64_t at) { state_->erase_to(at); }
void Editor::end_erase() { state_->end_erase(); }

void Editor::offsets(uint64_t flow, uint64_t start, uint64_t end, const Extent& whole) {
  state_->flows.offsets(flow, start, end, &whole);
}
void Editor::settle(uint64_t flow) { state_->flows.settle(flow); }
void Editor::end_flow(uint64_t flow) { state_->flows.end(flow); }
void Editor::end_all_flows() {
  state_->end_waiting({});
  state_->flows.end_all();
}

void Editor::passed(uint64_t at) {
  state_->passed = std::max(at, state_->base);
  if (at > state_->came_to + kStretchBytes) state_->flows.check(at);
}

void Editor::finish() {
  state_->check_flows(state_->end());   // as in whole bodies: the last text may stand far before it
  state_->end_waiting({});
  state_->flows.end_all();
  state_->passed = state_->end();
  state_->finished = true;
}

const Editor::Slice* Editor::cut(size_t least) { return state_->cut(least); }
const ColumnRules* Editor::columns() const { return state_->asked.wanted.columns; }
uint64_t Editor::body() const { return state_->bodies; }
uint64_t Editor::changes() const { return state_->change_count; }
Reason Editor::reason() const { return state_->reason; }

size_t Editor::memory_bytes() const {
  const State& s = *state_;
  size_t tables = 0;
  if (s.table_turn != 0 || s.columns.any()) {
    tables = s.columns.memory_bytes();
    for (const State::Table& table : s.tables) tables += table.columns.memory_bytes();
  }
  return tables + sizeof s + s.window.capacity() + s.marks.capacity() * sizeof(Mark) + s.texts.capacity() +
         s.other_texts.capacity() +
         s.places.capacity() + s.other_places.capacity() + s.strip.memory_bytes() + s.found.capacity() * sizeof(detect::Found) +
         s.flows.memory_bytes() + s.out.capacity() + s.map.memory_bytes() +
         s.waiting.before.capacity() + s.waiting.text.capacity();
}

// --- marks

/// Writes a place down; of many marks in one text once.
uint32_t Editor::State::keep_place(const Place& at) {
  char line[kPlaceMax];
  const size_t length = write_place(at, line);
  const auto index = static_cast<uint32_t>(places.size());
  const char head[2] = {static_cast<char>(length & 0xff), static_cast<char>(length >> 8)};
  places.append(head, sizeof head);
  places.append(line, length);
  return index;
}

/// Notes a mark whose replacement was written from text_begin on.
void Editor::State::add(uint64_t at, uint64_t length, uint8_t rule, detect::Detector detector, detect::Evidence evidence,
                        Weight weight, uint32_t where) {
  marks.push({at, static_cast<uint32_t>(length), static_cast<uint32_t>(text_begin),
              static_cast<uint32_t>(texts.size() - text_begin), where, rule, detector, evidence, weight});
}

void Editor::State::take(const Place& at, Style style, uint64_t raw_at, uint64_t length, Part part, const detect::Found& what,
                         ByteView value) {
  const uint8_t rule = asked.rule_of(what);
  text_begin = texts.size();
  if (part != Part::rest) append_found(plan->rules[rule], what, value, !what.open_end, style, &texts);
  if (length == texts.size() - text_begin && raw_at >= base && raw(raw_at, length) == ByteView(texts.data() + text_begin, length))
    return;
  add(raw_at, length, rule, what.detector, what.evidence, part == Part::whole ? Weight::found : Weight::joined,
      keep_place(at));
}

}  // namespace gatehouse::mask
