#include <algorithm>

#include "mask/editor_state.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kLookBytes = 4096;   // new text before detectors look at it
constexpr size_t kStripKept = 8192;   // text that was looked through and is not yet dropped
constexpr size_t kEncodedHead = 64;   // bytes that tell whether a text may be a copy

void set(ByteView text, Room<char>* out) {
  out->clear();
  out->append(text.data(), text.size());
  out->reserve(kSimdPadding);
}

}  // namespace

/// The body has come to a text.
void Editor::State::come_to(uint64_t at) {
  check_flows(at);
  if (waiting.there && at > waiting.at + kFlowHeld) end_waiting({});
}

void Editor::State::begin_text(const Site& from_source, uint64_t at) {
  come_to(at);
  site = from_source;
  set(site.place.pattern, &pattern);
  set(site.field, &field);
  numbers.clear();
  numbers.append(site.place.numbers, site.place.count);
  site.place = {{pattern.data(), pattern.size()}, numbers.data(), numbers.size()};
  site.field = {field.data(), field.size()};
  strip.clear();
  from = text_bytes = 0;
  inside = {};
  known_values.clear();
  head_done = false;
  rows.start();
  find_table();
  place = kNoPlace;
  text_at = raw_end = at;
  marks_before = marks.size();
  mode = site.rule != kNoRule ? Mode::field : asked.wanted.any() || encoded != nullptr ? Mode::look : Mode::none;
}

void Editor::State::piece(const Piece& piece) {
  raw_end = piece.at + piece.bytes.size();
  for (size_t i = 0; i < piece.bend_count; ++i) raw_end += piece.bends[i].raw - piece.bends[i].text;
  text_bytes += piece.bytes.size();
  if (mode == Mode::erase) marks.back().length = static_cast<uint32_t>(raw_end - marks.back().offset);
  if (mode == Mode::erase || mode == Mode::none || piece.bytes.empty()) return;
  strip.append(piece);
  if (mode == Mode::field) {
    const Method method = plan->rules[site.rule].method;
    if (raw_end - text_at > kFieldWhole || method == Method::drop || method == Method::null)
      start_erase(detect::Detector::field, site.rule, true);
    return;
  }
  if (mode == Mode::look && encoded != nullptr && !site.key && from == 0 && text_bytes >= kEncodedHead &&
      text_bytes - piece.bytes.size() < kEncodedHead && encoded->hides(strip.view().substr(0, kEncodedHead)))
    mode = Mode::whole;
  if (mode == Mode::whole) {
    if (raw_end - text_at > kTextWhole) start_erase(detect::Detector::copy, asked.strongest, false);
    return;
  }
  if (asked.wanted.any()) return look_ahead();
  if (text_bytes < kEncodedHead) return;   // paths reach into copies, too; else there is nothing to look for
  mode = Mode::none;
  strip.clear();
}

/// Looks through what has come, when it is worth it. A text is looked at in the same steps however it comes: detectors promise the
/// same for
/// any, a flow's head is its first kEdgeBytes.
void Editor::State::look_ahead() {
  if (site.flow != 0 && !head_done && text_bytes >= kEdgeBytes) {
    size_t end = kEdgeBytes;
    while (end > 0 && inside_character(strip.text[end])) --end;
    FlowText& text = flows.next(site);
    text.text.copy(strip, 0, end);
    text.read = true;
    text.raw_begin = text_at;
    text.raw_length = kEdgeBytes;
    text.show(text.text.view());
    size_t line = 0;
    const detect::Inside goes_on = flows.head(site, &line);
    head_done = true;
    if (goes_on.any() && line != 0) look(false, line);
    inside = goes_on;
  }
  if (strip.text.size() - from < kLookBytes) return;
  look(true);
  shorten();
}

/// Asks the detectors about what they have not seen, up to `until`.
void Editor::State::look(bool open, size_t until) {
  if (open && from == strip.text.size() && inside.any()) return;   // nothing came since: it goes on as before
  const size_t left = from > detect::kLeftBytes ? from - detect::kLeftBytes : 0;
  const detect::Text text{strip.view().substr(0, until).substr(left), from - left, site.field, open, &inside,
                          field_names.of(site.field)};
  Wanted wanted = asked.wanted;
  if (site.key) wanted.columns = nullptr;   // no table stands in one
  const size_t tail = rows.find(strip.view().substr(0, until), left, text, &columns, wanted, &found, &signs_end) + left;
  signs_end += left;
  for (detect::Found value : found) {
    value.begin += static_cast<uint32_t>(left);
    value.end += static_cast<uint32_t>(left);
    const uint8_t rule = asked.rule_of(value);
    const bool goes_on = value.rest;
    known_values.note(value, goes_on);
    if (place == kNoPlace) place = keep_place(site.place);
    RawRuns runs(strip.knots.data(), strip.knots.size(), value.begin, value.end);
    bool first = !goes_on;
    for (uint64_t raw_at, length; runs.next(&raw_at, &length); first = false) {
      text_begin = texts.size();
      if (first)
        append_found(plan->rules[rule], value, strip.view().substr(value.begin, value.end - value.begin), !value.open_end,
                     site.style, &texts);
      if (value.detector == detect::Detector::field && length == texts.size() - text_begin &&
          raw(raw_at, length) == ByteView(texts.data() + text_begin, length)) {
        texts.resize(text_begin);
        continue;
      }
      add(raw_at, length, rule, value.detector, value.evidence, Weight::found, place);
    }
  }
  from = tail;
}

/// Drops what was looked through, but for what is context or the end that a flow joins.
void Editor::State::shorten() {
  size_t keep = from > detect::kLeftBytes ? from - detect::kLeftBytes : 0;
  if (site.flow != 0) keep = std::min(keep, strip.text.size() - std::min(strip.text.size(), kEdgeBytes));
  if ((columns.any() || asked.wanted.columns != nullptr) && keep > rows.needed() && from - rows.needed() < kRowMax)
    keep = rows.needed();
  if (keep < kStripKept) return;
  while (inside_character(strip.text[keep])) ++keep;
  strip.drop_front(keep);
  rows.drop(keep);
  from -= keep;
  known_values.drop(keep);
}

/// The table that the text at hand may be in: that of the text before it in its flow.
void Editor::State::find_table() {
  if (columns.any()) columns.clear();
  in_table = false;
  if (site.flow == 0 || (table_turn == 0 && !flows.knows_table())) return;
  const Columns* known = nullptr;
  for (size_t i = 0; i < kTables; ++i)
    if (tables[i].flow == site.flow) known = &tables[i].columns;
  // What a border cut is known better from the texts as one.
  if (const Columns* const joined = flows.columns(site.flow); joined != nullptr && (known == nullptr || known->uncertain()))
    known = joined;
  if (known == nullptr) return;
  columns = *known;
  columns.next_text();
  in_table = columns.any();
}

void Editor::State::keep_table() {
  if (!in_table && !columns.any()) return;
  flows.table(site.flow, columns);
  Table* table = &tables[0];
  for (Table& other : tables) {
    if (other.flow == site.flow) {
      table = &other;
      break;
    }
    if (other.used < table->used) table = &other;
  }
  table->flow = columns.any() ? site.flow : 0;
  table->used = ++table_turn;
  table->columns = columns;
}

/// Whether the end of the text, which detectors saw as one that may go on, may be a value as it is.
bool Editor::State::may_end_in_value() {
  if (inside.any() || asked.wanted.has(detect::Detector::custom)) return true;
  if ((field_names.of(site.field) & asked.wanted.set & detect::called_by_name()) != 0) return true;
  if (columns.any()) return true;
  return signs_end > (from > detect::kLeftBytes ? from - detect::kLeftBytes : 0);
}

/// The end of a text in a flow is looked at as one that may go on, and as one that does not.
void Editor::State::look_at_end() {
  if (site.flow == 0) {
    if (from < strip.text.size() || inside.any()) look(false);
    return;
  }
  const bool later = flows.seldom_joined();
  if (!later) look(true);
  const size_t open = from;
  const detect::Inside goes_on = inside;
  KnownValues seen;
  if (!later) seen = known_values;
  if (from < strip.text.size() && (later || may_end_in_value())) look(false);
  size_t begin = strip.text.size() > kEdgeBytes ? strip.text.size() - kEdgeBytes : 0;
  while (begin < strip.text.size() && inside_character(strip.text[begin])) ++begin;
  FlowText& text = flows.next(site);
  text.text.copy(strip, begin, strip.text.size());
  text.read = true;
  text.raw_begin = strip.raw(begin);
  text.raw_length = raw_end - text_at;
  text.length = text_bytes;
  text.show(text.text.view());
  text.open = later ? FlowText::kLater : open > begin ? open - begin : 0;
  text.grows = later ? 0 : strip.text.size() - open;
  text.after = later ? detect::Inside() : goes_on.behind(open < begin ? begin - open : 0);
  seen.drop(begin);
  text.known = seen;
  head_done ? flows.tail(site) : flows.add(site);
  rows.finish(strip.view(), &columns, asked.wanted);
  keep_table();
}

/// A text that may be a copy in another coding, whole. One that others continue may as well be a part of a longer value, of a web
/// token or a key: it is looked at as what it says, too.
void Editor::State::look_encoded() {
  const bool event = site.place.pattern.starts_with("event ");   // must not wait for the one behind it
  bool copy = true;
  if (!event && encoded->joins(strip.view())) {
    wait_for_next();
  } else {
    end_waiting({});
    const Encoded::Outcome outcome = encoded->look(strip.view());
    copy = outcome.kind != Encoded::Kind::none;
    note_encoded(outcome, text_at, raw_end - text_at, site);
  }
  if ((copy && site.flow == 0) || !asked.wanted.any()) return;
  look_ahead();
  look_at_end();
}

void Editor::State::note_encoded(const Encoded::Outcome& outcome, uint64_t at, uint64_t length, const Site& where) {
  if (outcome.kind != Encoded::Kind::rewritten && outcome.kind != Encoded::Kind::dropped) return;
  text_begin = texts.size();
  if (outcome.kind == Encoded::Kind::rewritten) write_styled(outcome.text, where.style, &texts);
  const uint8_t rule = outcome.rule != kNoRule && outcome.kind == Encoded::Kind::rewritten ? outcome.rule : asked.strongest;
  add(at, length, rule, detect::Detector::copy, detect::Evidence::copy, Weight::source, keep_place(where.place));
}

/// The copy at hand is looked at when the next one of its row is there.
void Editor::State::wait_for_next() {
  const bool row = waiting.there && ByteView(waiting.pattern.data(), waiting.pattern.size()) == site.place.pattern;
  if (waiting.there) end_waiting(row ? strip.view() : ByteView());
  if (row) set({waiting.text.data(), waiting.text.size()}, &waiting.before);
  else waiting.before.clear();
  set(strip.view(), &waiting.text);
  set(site.place.pattern, &waiting.pattern);
  waiting.numbers.clear();
  waiting.numbers.append(site.place.numbers, site.place.count);
  waiting.style = site.style;
  waiting.at = text_at;
  waiting.length = raw_end - text_at;
  waiting.there = true;
}

void Editor::State::end_waiting(ByteView after) {
  if (!waiting.there) return;
  waiting.there = false;
  Site where;
  where.place = {{waiting.pattern.data(), waiting.pattern.size()}, waiting.numbers.data(), waiting.numbers.size()};
  where.style = waiting.style;
  const ByteView text(waiting.text.data(), waiting.text.size()), before(waiting.before.data(), waiting.before.size());
  note_encoded(encoded->look_between(text, before, after), waiting.at, waiting.length, where);
}

/// From its beginning on, the text goes: one mark that grows.
void Editor::State::start_erase(detect::Detector detector, uint8_t rule, bool redacted) {
  mode = Mode::erase;
  text_begin = texts.size();
  if (redacted) append_redacted(plan->rules[rule], site.style, &texts);
  const auto evidence = detector == detect::Detector::copy ? detect::Evidence::copy : detect::Evidence::none;
  add(text_at, raw_end - text_at, rule, detector, evidence, Weight::source, keep_place(site.place));
  strip.clear();
}

void Editor::State::erase(uint64_t at, ByteView text, uint8_t rule, const Place& where) {
  check_flows(at);
  mode = Mode::erase;
  text_at = raw_end = at;
  text_begin = texts.size();
  texts.append(text.data(), text.size());
  add(at, 0, rule, detect::Detector::field, detect::Evidence::none, Weight::source, keep_place(where));
}

void Editor::State::erase_to(uint64_t at) {
  raw_end = at;
  marks.back().length = static_cast<uint32_t>(at - marks.back().offset);
}

/// What is left of a mark that was cut where it ended is none.
void Editor::State::end_erase() {
  mode = Mode::none;
  if (marks.back().length == 0 && marks.back().text_length == 0) marks.resize(marks.size() - 1);
}

void Editor::State::end_field() {
  const Rule& rule = plan->rules[site.rule];
  text_begin = texts.size();
  if (rule.method != Method::null && rule.method != Method::drop) append_field(rule, strip.view(), site.style, &found, &texts);
  const ByteView text(texts.data() + text_begin, texts.size() - text_begin);
  if (raw(text_at, static_cast<size_t>(raw_end - text_at)) == text) {
    texts.resize(text_begin);  // masked before: nothing changes
    return;
  }
  add(text_at, raw_end - text_at, site.rule, detect::Detector::field, detect::Evidence::none, Weight::source,
      keep_place(site.place));
}

bool Editor::State::end_text() {
  switch (mode) {
    case Mode::none: break;
    case Mode::erase: end_erase(); break;
    case Mode::field: end_field(); break;
    case Mode::whole: look_encoded(); break;
    case Mode::look:
      if (strip.text.empty()) break;
      if (encoded != nullptr && !site.key && text_bytes < kEncodedHead && encoded->hides(strip.view())) look_encoded();
      else if (asked.wanted.any()) look_at_end();
      break;
  }
  mode = Mode::none;
  return marks.size() != marks_before;
}

/// Where the raw bytes begin that the text at hand may still have marked.
uint64_t Editor::State::held_by_text() const {
  switch (mode) {
    case Mode::none: return UINT64_MAX;
    case Mode::field:
    case Mode::whole: return text_at;
    case Mode::erase: return raw_end;
    case Mode::look: break;
  }
  if (strip.knots.empty()) return text_at;
  return from < strip.text.size() ? strip.raw(from) : raw_end;
}

}  // namespace gatehouse::mask
