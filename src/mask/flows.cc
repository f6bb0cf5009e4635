#include "mask/flows.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "mask/flow_parts.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kQuietTail = 320;    // more than open_tail() holds where no finder is called

/// Of these a value that goes over a border has a digit or '@' near it.
constexpr detect::DetectorSet kFew =
    set_of(detect::Detector::email) | set_of(detect::Detector::us_ssn) | set_of(detect::Detector::payment_card) |
    set_of(detect::Detector::us_itin) | set_of(detect::Detector::uk_nhs);

/// What a tail is called that could not wait for the rest of its value.
detect::Found unfinished(const Wanted& wanted) {
  if (wanted.set == 0)
    return {0, 0, detect::Detector::field, detect::Evidence::field_name, true, false, wanted.columns->strongest()};
  return {0, 0, static_cast<detect::Detector>(std::countr_zero(wanted.set)), detect::Evidence::none, true, false, 0};
}

}  // namespace

void FlowText::show(ByteView whole) {
  head_length = tail_length = static_cast<uint8_t>(std::min(whole.size(), kShownBytes));
  if (head_length == kShownBytes) {
    std::memcpy(head, whole.data(), kShownBytes);
    std::memcpy(tail, whole.data() + whole.size() - kShownBytes, kShownBytes);
    return;
  }
  std::memset(head, 0, kShownBytes);
  std::memmove(head, whole.data(), head_length);   // a memcpy that is known to be short becomes a slow `rep movs`
  std::memcpy(tail, head, kShownBytes);
}

void Flows::start(const Wanted* wanted, Taker* taker, Reader* reader) {
  wanted_ = wanted;
  taker_ = taker;
  reader_ = reader;
  few_ = (wanted->set & ~kFew) == 0 && wanted->columns == nullptr;
  holds_table_ = knows_table_ = false;
  turn_ = 0;
  due_ = UINT64_MAX;
  for (Flow& flow : flows_) flow.key = 0;
}

Flows::Flow* Flows::find(uint64_t key) {
  if (flows_[recent_].key == key) return &flows_[recent_];
  for (Flow& flow : flows_)
    if (flow.key == key) return &flow;
  return nullptr;
}

Flows::Flow& Flows::flow_of(const Site& site) {
  Flow* flow = find(site.flow);
  if (flow == nullptr) {
    flow = &flows_[0];
    for (Flow& other : flows_) {
      if (other.key == 0) {
        flow = &other;
        break;
      }
      if (other.used < flow->used) flow = &other;
    }
    if (flow->key != 0) close(*flow);
    flow->key = site.flow;
    flow->main.clear();
    flow->plain.clear();
    flow->begun.size = flow->begun.before_size = 0;
    flow->waits = flow->has_last = flow->last_joined = flow->forked = flow->chained = flow->exact = false;
    flow->has_offsets = flow->end_known = false;
    flow->overlap = flow->alike = flow->apart = 0;
    flow->heading = 0;
    flow->columns.clear();
    flow->turns = false;
    set_text(site.place.pattern, &flow->pattern);
    set_text(site.field, &flow->field);
    flow->named = field_names_.of(site.field);
  }
  recent_ = static_cast<size_t>(flow - flows_);
  flow->style = site.style;
  flow->exact = flow->exact || site.exact;
  flow->used = ++turn_;
  return *flow;
}

FlowText& Flows::next(const Site& site) {
  Flow& flow = flow_of(site);
  commit(flow);
  FlowText& text = flow.texts[flow.waiting];
  text.text.clear();
  text.read = false;
  text.quiet = false;
  text.open = FlowText::kUnseen;
  text.grows = 0;
  text.after = {};
  text.known.clear();
  text.numbers.clear();
  for (size_t i = 0; i < site.place.count; ++i) text.numbers.push(site.place.numbers[i]);
  return text;
}

void Flows::add(const Site& site) {
  Flow& flow = flow_of(site);
  flow.waits = true;
  note(flow.texts[flow.waiting]);
}

detect::Inside Flows::head(const Site& site, size_t* line) {
  Flow& flow = flow_of(site);
  FlowText& text = flow.texts[flow.waiting];
  learn_blanks(flow, text, true, false);
  detect::Inside inside;
  flow.heading = *line = heading(flow, text, false);
  note_before(flow);
  flow.front.clear();
  if (flow.has_last) {
    if (may_go_on(flow, text, *line, false)) {
      put_last(flow);
      run(flow, true);
      inside = flow.main.inside();
      if (!inside.any()) {
        Strip& own = behind(text_of(text, false), *line);
        join(flow, own, text.numbers, false, *line != 0);
        run(flow, true);
        if (goes_farther(flow, own))
          for (const Joined* joined : {&flow.main, &flow.plain})
            if (!inside.any() && (joined == &flow.main || flow.forked) && joined->goes_over())
              inside = joined->inside();
      }
      if (!inside.any() && flow.main.opens_near_border()) run(flow, false);
      flow.front = flow.main.front(*line);
      flow.main.clear();
      flow.forked = false;
    } else {
      part(flow);
    }
  }
  flow.has_last = flow.last_joined = flow.end_known = flow.chained = false;
  note_begun(flow, text);
  return inside;
}

void Flows::tail(const Site& site) {
  Flow& flow = flow_of(site);
  learn_blanks(flow, flow.texts[flow.waiting], false, true);
  flow.waiting = 1 - flow.waiting;
  flow.has_last = true;
  flow.last_joined = false;
  FlowText& text = flow.last();
  flow.front.drop(text.length > kEdgeBytes ? text.length - kEdgeBytes : 0);
  text.known.put_front(flow.front);
  flow.chained = flow.last().after.any();
  note(flow.last());
}

void Flows::table(uint64_t key, const Columns& columns) {
  Flow* const flow = find(key);
  if (flow == nullptr || (columns.uncertain() && flow->columns.any())) return;
  knows_table_ = true;
  flow->later = columns;
  flow->turns = true;
  if (!flow->waits) turn_columns(*flow);
}

/// What is joined was looked through in the table that it is in; from here on it is another.
void Flows::turn_columns(Flow& flow) {
  flow.turns = false;
  if (flow.columns.any() && flow.columns.same(flow.later) && flow.columns.uncertain() == flow.later.uncertain()) return;
  if (flow.columns.any() && !flow.columns.same(flow.later)) run(flow, true);
  flow.columns = flow.later;
}

const Columns* Flows::columns(uint64_t key) {
  const Flow* const flow = find(key);
  return flow != nullptr && flow->columns.any() ? &flow->columns : nullptr;
}

Strip& Flows::text_of(FlowText& text, bool end) {
  if (!text.read) reader_->read(text.token, end, &text.text);
  text.read = true;
  return text.text;
}

void Flows::offsets(uint64_t key, uint64_t start, uint64_t end, const Extent* whole) {
  Flow* const flow = find(key);
  if (flow == nullptr || end <= start) return;   // of an empty text: nothing stands there
  flow->has_offsets = true;
  flow->start = start;
  flow->end = end;
  flow->lines = flow->own = 0;
  flow->end_told = flow->end_sure = end != UINT64_MAX;
  if (flow->end_told) return;
  // Only the start is told: a text that is whole here says how long it is.
  flow->has_offsets = flow->waits && (whole == nullptr || whole->bytes < kEdgeBytes);
  if (!flow->has_offsets) return;
  const ByteView text = whole != nullptr ? ByteView() : text_of(flow->texts[flow->waiting], true).view();
  const Extent extent = whole != nullptr ? *whole : Extent{characters(text), text.size()};
  flow->end = start + extent.characters;
  flow->end_sure = extent.characters == extent.bytes;
}

void Flows::settle(uint64_t key) {
  if (Flow* const flow = find(key)) commit(*flow);
}

/// Where the last text may still grow.
void Flows::find_open(Flow& flow) {
  FlowText& last = flow.last();
  if (last.open != FlowText::kLater) return;
  const ByteView field(flow.field.data(), flow.field.size());
  last.open = detect::detect({text_of(last, true).view(), 0, field, true, nullptr, flow.named}, *wanted_, &found_);
}

/// Puts the last text into the joined one.
void Flows::put_last(Flow& flow) {
  if (flow.last_joined) return;
  FlowText& last = flow.last();
  flow.main.append(text_of(last, true), 0, flow.exact, last.numbers.data(), last.numbers.size());
  const size_t size = last.text.text.size();
  find_open(flow);
  size_t open = std::min(last.open, size);
  if (last.quiet && size > kQuietTail) open = size - kQuietTail;
  while (open > 0 && open < size && inside_character(last.text.text[open])) --open;
  flow.main.open_from(open, last.after, last.known);
  flow.last_joined = true;
}

/// Nothing goes on: what was joined is looked through for the last time.
void Flows::part(Flow& flow) {
  run(flow, false);
  flow.main.clear();
  flow.forked = flow.last_joined = flow.has_last = false;
}

/// Joins the text that waited, now that nothing more will be known about it.
void Flows::commit(Flow& flow) {
  if (flow.waits) {
    flow.waits = false;
    FlowText& text = flow.texts[flow.waiting];
    learn_blanks(flow, text, true, true);
    size_t line = flow.has_last ? heading(flow, text, true) : 0;
    flow.heading = line;
    note_before(flow);
    if (flow.has_last && !may_go_on(flow, text, line, true)) part(flow);
    note_begun(flow, text);
    const bool goes_on = flow.has_last;
    bool whole = flow.chained || text.raw_length < kLongRaw;
    if (!whole && text.raw_length < kEdgeBytes) whole = flow.columns.any() || (goes_on && may_cut_head(flow, text, true));
    if (goes_on) {
      put_last(flow);
      Strip& all = text_of(text, true);
      if (line == 0) line = lone_word(flow, all.view());
      Strip& own = behind(all, line);
      join(flow, own, text.numbers, whole, line != 0);
      if (!whole) {
        run(flow, true);
        whole = goes_farther(flow, own);
        flow.chained = whole;
      }
    }
    flow.waiting = 1 - flow.waiting;
    flow.has_last = true;
    flow.last_joined = goes_on && whole;
    flow.end_known = flow.has_offsets;
    if (goes_on && !whole) {  // its own end is all that goes on
      flow.last().known.put_front(flow.main.front(line));   // and what was known of its begin
      if (flow.main.opens_near_border()) run(flow, false);
      flow.main.clear();
      flow.forked = false;
    } else if (goes_on && (wanted_->columns != nullptr || flow.chained || flow.last().after.any() ||
                           flow.main.due())) {   // a head that masks ask for is known at the next text, whenever detectors ran
      run(flow, true);
    }
    flow.chained =
        flow.last().after.any() || (flow.last_joined && flow.chained && inside(flow).any());
    if (flow.turns) turn_columns(flow);
  }
  flow.end_known = flow.end_known || flow.has_offsets;
  if (flow.has_offsets) {
    flow.last_start = flow.start;
    flow.last_end = flow.end;
    flow.last_sure = flow.end_sure;
    flow.last_lines = flow.lines;
    flow.last_own = flow.own;
  }
  flow.has_offsets = false;
}

detect::Inside Flows::inside(const Flow& flow) {
  return flow.main.inside().any() || !flow.forked ? flow.main.inside() : flow.plain.inside();
}

void Flows::run(Flow& flow, bool open) {
  if (flow.main.empty()) return;
  if (flow.forked) {
    other_columns_ = flow.columns;
    flow.plain.run(*wanted_, flow.site(&other_columns_), open, *taker_);
  }
  flow.main.run(*wanted_, flow.site(&flow.columns), open, *taker_);
  holds_table_ = holds_table_ || flow.columns.any();
  knows_table_ = knows_table_ || holds_table_;
}

void Flows::close(Flow& flow) {
  commit(flow);
  run(flow, false);
  flow.key = 0;
}

void Flows::end(uint64_t key) {
  if (Flow* const flow = find(key)) close(*flow);
}

void Flows::end_all() {
  for (Flow& flow : flows_)
    if (flow.key != 0) close(flow);
}

void Flows::look_through() {
  for (Flow& flow : flows_)
    if (flow.key != 0) {
      if (flow.has_last && !flow.last_joined) put_last(flow);
      run(flow, true);
    }
}

/// Where the bytes begin that may yet be marked of a text that is not joined yet.
uint64_t Flows::held_from(const FlowText& text) {
  if (!text.read || text.text.knots.empty()) return text.raw_begin;
  if (text.open < text.text.text.size()) return text.text.raw(text.open);
  return UINT64_MAX;
}

bool Flows::held_by(Flow& flow, uint64_t* raw) {
  uint64_t least = UINT64_MAX, other;
  if (flow.key == 0) return false;
  if (flow.waits) least = flow.texts[flow.waiting].raw_begin;
  if (flow.has_last && !flow.last_joined) {
    if (flow.last().read) find_open(flow);
    least = std::min(least, held_from(flow.last()));
  }
  if (flow.main.held(&other)) least = std::min(least, other);
  if (flow.forked && flow.plain.held(&other)) least = std::min(least, other);
  *raw = least;
  return least != UINT64_MAX;
}

uint64_t Flows::held() {
  uint64_t least = UINT64_MAX, raw;
  for (Flow& flow : flows_)
    if (held_by(flow, &raw)) least = std::min(least, raw);
  return least;
}

/// What comes to be held begins here or behind; due_ may be early, let_go() looks closely.
void Flows::note(const FlowText& text) { due_ = std::min(due_, text.raw_begin + kFlowHeld); }

void Flows::reckon() {
  const uint64_t least = held();
  due_ = least == UINT64_MAX ? UINT64_MAX : least + kFlowHeld;
}

/// What is let go of depends on the texts and `at` alone, not on when detectors ran.
void Flows::let_go(uint64_t at) {
  const auto late = [&](Flow& flow) {
    uint64_t raw;
    return held_by(flow, &raw) && at > raw + kFlowHeld;
  };
  for (Flow& flow : flows_) {
    if (!late(flow)) continue;
    if (flow.has_last) put_last(flow);
    run(flow, true);
    if (flow.waits && at > flow.texts[flow.waiting].raw_begin + kFlowHeld) {
      commit(flow);
      if (flow.has_last) put_last(flow);
      run(flow, true);
    }
    if (!late(flow) || flow.main.empty()) continue;
    const FlowSite site = flow.site(nullptr);
    flow.main.give_up(site, unfinished(*wanted_), *taker_);
    if (flow.forked) flow.plain.give_up(site, unfinished(*wanted_), *taker_);
  }
  reckon();
}

size_t Flows::memory_bytes() const {
  size_t bytes = sizeof *this + failure_.capacity() * sizeof(uint32_t) + short_.memory_bytes() + both_.capacity();
  for (const Flow& flow : flows_) {
    bytes += flow.main.memory_bytes() + flow.plain.memory_bytes() + flow.pattern.capacity() + flow.field.capacity();
    bytes += flow.begun.text.capacity() + (knows_table_ ? flow.columns.memory_bytes() : 0);
    for (const FlowText& text : flow.texts) bytes += text.text.memory_bytes() + text.numbers.capacity() * 8;
  }
  return bytes;
}

}  // namespace gatehouse::mask
