#include "mask/flows.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace gatehouse::mask {
namespace {

constexpr size_t kLongRaw = 512;      // raw bytes of a text that is not joined beyond its ends
constexpr size_t kReachBytes = 384;   // text on either side of a border in which a value that goes over it lies, up to a blank
constexpr size_t kQuietTail = 320;    // more than open_tail() holds where no finder is called
constexpr size_t kChance = 4;        // fewer bytes are shared by chance where others share none
constexpr size_t kSureOverlap = 16;  // bytes that two texts share by chance no more
constexpr uint64_t kGapMax = 8;  // units that a service may have cut off between two texts: white space

/// Of these a value that goes over a border has a digit or '@' near it.
constexpr DetectorSet kFew = set_of(Detector::email) | set_of(Detector::us_ssn) | set_of(Detector::payment_card) |
                             set_of(Detector::us_itin) | set_of(Detector::uk_nhs);

void set(ByteView text, Room<char>* out) {
  out->clear();
  out->append(text.data(), text.size());
  out->reserve(kSimdPadding);
}

/// What a tail is called that could not wait for the rest of its value.
Found unfinished(const Wanted& wanted) {
  return {0, 0, static_cast<Detector>(std::countr_zero(wanted.set)), Evidence::none, true, false, 0};
}

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// The line of one word that a service set before a text, and its end of line: docling repeats headings there.
size_t word_line(ByteView text) {
  constexpr size_t kLeast = 5;
  size_t at = 0;
  const auto small = [](char c) { return c >= 'a' && c <= 'z'; };
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') ++at;
  while (at < text.size() && at < kShownBytes && small(text[at])) ++at;
  return at >= kLeast && at < text.size() && text[at] == '\n' ? at + 1 : 0;
}

/// A web token is cut here: its rest would be one line.
bool ends_in_jwt(ByteView text) {
  size_t at = text.size();
  while (at > 0 && !is_blank(text[at - 1])) --at;
  return text.substr(at).starts_with("eyJ");
}

/// How much of a text is of use behind a border: what overlaps, and what a value reaches.
size_t reach(ByteView text, size_t overlap) {
  size_t end = overlap + kReachBytes;
  while (end < text.size() && !is_blank(text[end])) ++end;
  return std::min(end, text.size());
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
  few_ = (wanted->set & ~kFew) == 0;
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
    flow->begun.size = 0;
    flow->waits = flow->has_last = flow->last_joined = flow->forked = flow->chained = flow->exact = false;
    flow->has_offsets = flow->end_known = false;
    flow->overlap = 0;
    flow->apart = false;
    flow->heading = 0;
    flow->columns.clear();
    flow->turns = false;
    set(site.place.pattern, &flow->pattern);
    set(site.field, &flow->field);
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
  text.after = Detector::field;
  text.last = {};
  text.numbers.clear();
  text.numbers.append(site.place.numbers, site.place.count);
  return text;
}

void Flows::add(const Site& site) {
  Flow& flow = flow_of(site);
  flow.waits = true;
  note(flow.texts[flow.waiting]);
}

Detector Flows::head(const Site& site, size_t* line) {
  Flow& flow = flow_of(site);
  FlowText& text = flow.texts[flow.waiting];
  learn_blanks(flow, text, true, false);
  Detector inside = Detector::field;
  flow.heading = *line = heading(flow, text, false);
  flow.over = {};
  if (flow.has_last) {
    if (may_go_on(flow, text, *line, false)) {
      put_last(flow);
      run(flow, true);
      inside = flow.main.inside();
      if (inside == Detector::field) {
        Strip& own = behind(text_of(text, false), *line);
        join(flow, own, text.numbers, false);
        run(flow, true);
        if (goes_farther(flow, own))
          for (const Joined* joined : {&flow.main, &flow.plain})
            if (inside == Detector::field && (joined == &flow.main || flow.forked) && joined->goes_over())
              inside = joined->inside();
      }
      if (inside == Detector::field && flow.main.opens_near_border()) run(flow, false);
      if (*line == 0) flow.over = flow.main.over_border();
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
  flow.over.drop(text.length > kEdgeBytes ? text.length - kEdgeBytes : 0);
  if (flow.over.value.end > text.last.value.end) text.last = flow.over;
  flow.chained = flow.last().after != Detector::field;
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
  if (flow.columns.any() && !flow.columns.same(flow.later)) run(flow, true);
  flow.columns = flow.later;
  flow.turns = false;
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

void Flows::offsets(uint64_t key, uint64_t start, uint64_t end) {
  Flow* const flow = find(key);
  if (flow == nullptr || end <= start) return;   // of an empty text: nothing stands there
  flow->has_offsets = true;
  flow->start = start;
  flow->end = end;
  flow->lines = 0;
  flow->end_told = end != UINT64_MAX;
  if (flow->end_told) return;
  // Only the start is told: a text that is whole here says how long it is.
  flow->has_offsets = flow->waits;
  flow->end = start;
  if (!flow->waits) return;
  for (const char c : text_of(flow->texts[flow->waiting], true).view()) flow->end += !inside_character(c);
}

void Flows::settle(uint64_t key) {
  if (Flow* const flow = find(key)) commit(*flow);
}

/// How many bytes of the text, of which all or the beginning is there, are lines that the one before it began with, too: what a
/// service sets before each text of a section is no part of what goes on. An offset that fits a text with them says otherwise.
size_t Flows::heading(Flow& flow, FlowText& text, bool whole) {
  if (!may_share_lines(flow.begun.shown(), text.shown_head().view())) return 0;
  if (!flow.begun.read) {
    reader_->read(flow.begun.token, false, &behind_);
    set(behind_.view().substr(0, kHeadingBytes), &flow.begun.text);
    flow.begun.read = true;
  }
  const ByteView own = text_of(text, whole).view();
  const size_t shared = shared_lines({flow.begun.text.data(), flow.begun.text.size()}, own);
  if (shared == 0) return 0;
  // Of two texts that overlap and begin in the same place, the second repeats lines of its own, too.
  size_t line = shared;
  if (const size_t usual = flow.heading;
      usual != 0 && usual < shared && own.substr(usual, shared - usual).find_first_not_of('\n') == ByteView::npos)
    line = usual;   // both go on with an empty line
  const ByteView before = flow.last_joined ? flow.main.recent() : text_of(flow.last(), true).view();
  const auto next_line = [&](size_t at) { return own.find('\n', at) + 1; };
  for (size_t at = 0; at < line && line == shared; at = next_line(at))
    if (longest_overlap(before, own.substr(at), &failure_) > shared - at) line = at;
  if (line == 0 || !whole || !flow.has_offsets) return line;
  const auto units = [](ByteView part) {
    return static_cast<uint64_t>(std::count_if(part.begin(), part.end(), [](char c) { return !inside_character(c); }));
  };
  if (flow.end_told)   // how long the text is without them
    for (size_t at = 0; at <= shared; at = next_line(at))
      if (units(own.substr(at)) == flow.end - flow.start) return at;
  const auto fits = [&](ByteView part) {
    size_t overlap = 0, gap = 0;
    bool breaks = false;
    return overlap_from_offsets(flow, before, part, &overlap, &gap, &breaks) && overlap != 0;
  };
  if (fits(own) && !fits(own.substr(line))) return 0;   // a byte or two fit by chance
  if (!flow.end_told) flow.lines = units(own.substr(0, line)), flow.end -= flow.lines;
  return line;
}

void Flows::note_begun(Flow& flow, const FlowText& text) {
  Begun& begun = flow.begun;
  const Side head = text.shown_head();
  begun.size = head.size;
  std::memcpy(begun.head, head.bytes, kShownBytes);
  begun.token = text.token;
  begun.read = text.read;
  if (text.read) set(text.text.view().substr(0, kHeadingBytes), &begun.text);
}

/// A text behind its first bytes.
Strip& Flows::behind(Strip& text, size_t count) {
  if (count == 0) return text;
  behind_.copy(text, count, text.text.size());
  return behind_;
}

/// Whether a value may go on from the last text into this one, behind its heading, of which all or the beginning is there. Says the
/// same whenever detectors ran.
bool Flows::may_go_on(Flow& flow, FlowText& text, size_t line, bool whole) {
  if (flow.chained || flow.columns.any() || wanted_->has(Detector::custom)) return true;
  FlowText& last = flow.last();
  const Side left = last.shown_tail();
  Side right = text.shown_head();
  char shown[kShownBytes] = {};
  if (line != 0) {
    right.size = text_of(text, whole).view().substr(line, kShownBytes).copy(shown, kShownBytes);
    right.bytes = shown;
  }
  const bool apart = flow.has_offsets && flow.end_known && flow.start >= flow.last_end;   // they share nothing
  const auto share = [&] {
    const ByteView before = flow.last_joined ? flow.main.recent() : text_of(last, true).view();
    return longest_overlap(before, text_of(text, whole).view().substr(line), &failure_) != 0;
  };
  if (!flow.last_joined && last.grows > kOpenShown) return true;
  // Within a long value no sign of it stands at a border.
  const bool repeats = last.last.value.end != 0 || (flow.last_joined && flow.main.over_border().value.end != 0);
  if (repeats && !apart && share()) return true;
  const auto open = [&] {
    run(flow, true);
    return inside(flow) != Detector::field || flow.main.open() > kOpenShown;
  };
  if (text.raw_length >= kLongRaw && last.raw_length >= kLongRaw)
    return (flow.last_joined && open()) ||
           (may_be_near(left, right) && (may_span(left, right) || may_be_named(left, right) || (!apart && share())));
  // Of short texts it must be sure: all of the border is shown, they share nothing, and nothing goes on from further back.
  if (left.size < kShownBytes || right.size < kShownBytes || flow.forked) return true;
  const bool spans = few_ ? may_span_few(left, right)
                          : may_span(left, right) || may_span_short(left, right) || may_be_named(left, right);
  if (spans) return true;
  if (!apart && share()) return true;
  return flow.last_joined && open();
}

/// Where the last text may still grow.
void Flows::find_open(Flow& flow) {
  FlowText& last = flow.last();
  if (last.open != FlowText::kLater) return;
  const ByteView field(flow.field.data(), flow.field.size());
  last.open = detect({text_of(last, true).view(), 0, field, true, Detector::field, flow.named}, *wanted_, &found_);
}

/// Puts the last text into the joined one.
void Flows::put_last(Flow& flow) {
  if (flow.last_joined) return;
  FlowText& last = flow.last();
  flow.main.append(text_of(last, true), 0, flow.exact, last.numbers.data(), last.numbers.size());
  const size_t size = last.text.text.size();
  find_open(flow);
  size_t open = last.after != Detector::field ? size : std::min(last.open, size);
  if (last.quiet && size > kQuietTail) open = size - kQuietTail;
  while (open > 0 && open < size && inside_character(last.text.text[open])) --open;
  flow.main.open_from(open, last.after, last.last);
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
    if (flow.has_last && !may_go_on(flow, text, line, true)) part(flow);
    note_begun(flow, text);
    const bool goes_on = flow.has_last;
    bool whole = flow.chained || text.raw_length < kLongRaw || (flow.columns.any() && text.raw_length < kEdgeBytes);
    if (goes_on) {
      put_last(flow);
      Strip& all = text_of(text, true);
      if (line == 0 && ends_in_jwt(flow.main.view())) line = word_line(all.view());
      Strip& own = behind(all, line);
      join(flow, own, text.numbers, whole);
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
      LongValue& known = flow.last().last;   // and what was known of its begin
      if (const LongValue over = flow.main.over_border(); line == 0 && over.value.end > known.value.end) known = over;
      if (flow.main.opens_near_border()) run(flow, false);
      flow.main.clear();
      flow.forked = false;
    } else if (goes_on && (flow.chained || flow.last().after != Detector::field || flow.main.due())) {
      run(flow, true);
    }
    flow.chained =
        flow.last().after != Detector::field || (flow.last_joined && flow.chained && inside(flow) != Detector::field);
    if (flow.turns) turn_columns(flow);
  }
  flow.end_known = flow.end_known || flow.has_offsets;
  if (flow.has_offsets) {
    flow.last_start = flow.start;
    flow.last_end = flow.end;
    flow.last_lines = flow.lines;
  }
  flow.has_offsets = false;
}

/// Tells from offsets how much of a text is known already, or how many blanks were cut off before it. False when they do not say:
/// there are none, or they do not fit.
bool Flows::overlap_from_offsets(const Flow& flow, ByteView before, ByteView text, size_t* overlap, size_t* gap, bool* breaks) {
  if (!flow.has_offsets || !flow.end_known) return false;
  *overlap = 0;
  // An end that was reckoned may be that of a text with a heading before it.
  const bool back = flow.end_told ? flow.end < flow.last_end : flow.start < flow.last_start;
  *breaks = flow.start > flow.last_end + flow.last_lines + kGapMax || flow.end < flow.start || back;
  if (*breaks) return true;
  // What was taken for a heading may have been the text's own.
  const bool own = flow.last_lines != 0 && flow.start >= flow.last_end + flow.last_lines;
  *gap = flow.start > flow.last_end ? flow.start - flow.last_end - (own ? flow.last_lines : 0) : 0;
  *gap = std::min(*gap, size_t{kGapMax});
  if (flow.start >= flow.last_end) return true;
  for (const bool wide : {false, true}) {
    const size_t shared = last_units(before, flow.last_end - flow.start, wide);
    if (shared > before.size() || shared > text.size() || before.substr(before.size() - shared) != text.substr(0, shared)) continue;
    *overlap = shared;
    return true;
  }
  return false;
}

/// A service that leaves blanks where it cuts takes nothing away.
void Flows::learn_blanks(Flow& flow, const FlowText& text, bool front, bool back) const {
  if (text.head_length == 0) return;
  flow.exact = flow.exact || (front && is_blank(text.head[0])) || (back && is_blank(text.tail[text.tail_length - 1]));
}

/// How much of a text is known already, without offsets: as much as last time, when it fits, else as much as can be.
size_t Flows::guess_overlap(Flow& flow, ByteView text) {
  const ByteView before = flow.main.recent();
  const size_t usual = flow.overlap;
  if (usual != 0 && usual < text.size() && before.ends_with(text.substr(0, usual))) return usual;
  flow.overlap = longest_overlap(before, text, &failure_);
  if (flow.apart && flow.overlap < kChance) flow.overlap = 0;
  flow.apart = flow.apart || flow.overlap == 0;
  return flow.overlap;
}

/// whole: the text is joined to its end; else as far as a value from before may reach.
void Flows::join(Flow& flow, Strip& text, const Room<uint64_t>& numbers, bool whole) {
  size_t overlap = 0, gap = 0;
  bool breaks = false;
  const bool sure = overlap_from_offsets(flow, flow.main.recent(), text.view(), &overlap, &gap, &breaks);
  if (breaks) {
    part(flow);
    if (!whole) return;
  }
  const bool repeats = flow.overlap >= kSureOverlap;   // as texts did before
  if (!sure) overlap = guess_overlap(flow, text.view());
  // A text within the one before it is the end of what was cut, or one like it that stands for itself.
  if (!sure && !repeats && overlap == text.text.size() && flow.texts[flow.waiting].raw_length >= flow.last().raw_length)
    overlap = flow.overlap = 0;
  // Two readings: it goes on right behind, or it overlaps; or a blank between them was cut off.
  const bool trimmed = !sure && overlap == 0 && !flow.exact;
  if (!sure && (overlap != 0 || trimmed) && !flow.forked) {
    flow.plain.copy(flow.main);
    flow.forked = true;
    flow.spaced = trimmed;
  }
  const Strip* joined = &text;
  if (!whole) {
    size_t end = reach(text.view(), overlap);
    while (end < text.text.size() && inside_character(text.text[end])) ++end;
    short_.copy(text, 0, end);
    joined = &short_;
  }
  flow.main.look_from(overlap, kReachBytes);
  flow.main.append(*joined, overlap, flow.exact || sure || overlap >= kSureOverlap, numbers.data(), numbers.size(), gap);
  if (flow.forked)
    flow.plain.append(*joined, sure ? overlap : 0, flow.exact || sure, numbers.data(), numbers.size(), trimmed ? flow.spaced : gap);
}

/// Whether a value goes over the last text as far as it was joined, or may: then all of it is.
bool Flows::goes_farther(Flow& flow, const Strip& text) {
  const bool plain = flow.forked && flow.plain.goes_over();
  if (!flow.main.goes_over() && !plain) return false;
  if (short_.text.size() < text.text.size()) {
    flow.main.extend(text);
    if (flow.forked) flow.plain.extend(text);
    run(flow, true);
  }
  return true;
}

Detector Flows::inside(const Flow& flow) {
  return flow.main.inside() != Detector::field || !flow.forked ? flow.main.inside() : flow.plain.inside();
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
  size_t bytes = sizeof *this + failure_.capacity() * sizeof(uint32_t) + short_.memory_bytes();
  for (const Flow& flow : flows_) {
    bytes += flow.main.memory_bytes() + flow.plain.memory_bytes() + flow.pattern.capacity() + flow.field.capacity();
    bytes += flow.begun.text.capacity() + (knows_table_ ? flow.columns.memory_bytes() : 0);
    for (const FlowText& text : flow.texts) bytes += text.text.memory_bytes() + text.numbers.capacity() * 8;
  }
  return bytes;
}

}  // namespace gatehouse::mask
