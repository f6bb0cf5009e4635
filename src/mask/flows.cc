#include "mask/flows.h"

#include <algorithm>
#include <bit>

namespace gatehouse::mask {
namespace {

constexpr size_t kSureOverlap = 16;  // bytes that two texts share by chance no more
constexpr uint64_t kGapMax = 8;  // units that a service may have cut off between two texts: white space

void set(ByteView text, Room<char>* out) {
  out->clear();
  out->append(text.data(), text.size());
  out->reserve(kSimdPadding);
}

/// How many bytes the last `units` of a text are; SIZE_MAX when it has fewer. wide: characters beyond U+FFFF count twice (UTF-16).
size_t last_units(ByteView text, uint64_t units, bool wide) {
  size_t at = text.size();
  while (units > 0) {
    if (at == 0) return SIZE_MAX;
    --at;
    while (at > 0 && inside_character(text[at])) --at;
    const uint64_t width = wide && static_cast<uint8_t>(text[at]) >= 0xf0 ? 2 : 1;
    if (width > units) return SIZE_MAX;
    units -= width;
  }
  return text.size() - at;
}

/// The longest end of `before` that `text` begins with (Knuth, Morris and Pratt).
size_t longest_overlap(ByteView before, ByteView text, Room<uint32_t>* failure) {
  failure->clear();
  failure->resize(text.size() + 1);
  Room<uint32_t>& fail = *failure;
  fail[0] = 0;
  if (text.empty()) return 0;
  fail[1] = 0;
  for (uint32_t i = 1, k = 0; i < text.size(); ++i) {
    while (k > 0 && text[i] != text[k]) k = fail[k];
    if (text[i] == text[k]) ++k;
    fail[i + 1] = k;
  }
  if (before.size() > text.size()) before.remove_prefix(before.size() - text.size());
  uint32_t k = 0;
  for (const char c : before) {
    if (k == text.size()) k = fail[k];
    while (k > 0 && c != text[k]) k = fail[k];
    if (c == text[k]) ++k;
  }
  // A border within a character is none.
  while (k > 0 && k < text.size() && inside_character(text[k])) k = fail[k];
  return k;
}

/// What a tail is called that could not wait for the rest of its value.
Found unfinished(const Wanted& wanted) {
  return {0, 0, static_cast<Detector>(std::countr_zero(wanted.set)), Evidence::none, true, false, 0};
}

}  // namespace

void Flows::start(const Wanted* wanted, Taker* taker) {
  wanted_ = wanted;
  taker_ = taker;
  turn_ = 0;
  due_ = UINT64_MAX;
  for (Flow& flow : flows_) flow.key = 0;
}

Flows::Flow* Flows::find(uint64_t key) {
  for (Flow& flow : flows_)
    if (flow.key == key) return &flow;
  return nullptr;
}

void Flows::keep_site(Flow& flow, const Site& site) {
  flow.numbers.clear();
  flow.numbers.append(site.place.numbers, site.place.count);
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
    flow->forked = flow->waits = flow->has_offsets = flow->end_known = flow->exact = false;
    flow->overlap = 0;
    set(site.place.pattern, &flow->pattern);
    set(site.field, &flow->field);
    flow->style = site.style;
  }
  flow->used = ++turn_;
  return *flow;
}

void Flows::add(const Site& site, const Strip& text) {
  Flow& flow = flow_of(site);
  commit(flow);
  flow.style = site.style;
  keep_site(flow, site);
  flow.waiting.copy(text, 0, text.text.size());
  flow.waits = true;
  reckon();
}

Detector Flows::head(const Site& site, const Strip& text) {
  Flow& flow = flow_of(site);
  commit(flow);
  run(flow, true);
  const Detector inside = flow.main.inside();
  keep_site(flow, site);
  if (!flow.main.empty() && inside == Detector::field) {
    flow.waiting.copy(text, 0, text.text.size());
    join(flow, flow.waiting);
    run(flow, true);
  }
  // What stands in the middle of a long text was found in it; its end is told by tail().
  flow.main.clear();
  flow.plain.clear();
  flow.forked = flow.end_known = false;
  reckon();
  return inside;
}

void Flows::tail(const Site& site, const Strip& text, size_t open, Detector inside) {
  Flow& flow = flow_of(site);
  keep_site(flow, site);
  size_t begin = text.text.size() > kEdgeBytes ? text.text.size() - kEdgeBytes : 0;
  while (begin < text.text.size() && inside_character(text.text[begin])) ++begin;
  flow.waiting.copy(text, begin, text.text.size());
  learn_blanks(flow, flow.waiting.view());
  flow.main.append(flow.waiting, 0, flow.exact, flow.numbers.data(), flow.numbers.size());
  flow.main.open_from(open - std::min(begin, open), inside);
  flow.waiting.clear();
  reckon();
}

void Flows::offsets(uint64_t key, uint64_t start, uint64_t end) {
  Flow* const flow = find(key);
  if (flow == nullptr) return;
  flow->has_offsets = true;
  flow->start = start;
  flow->end = end;
  if (end != UINT64_MAX) return;
  // Only the start is told: a text that is held here says how long it is.
  flow->end = start;
  for (const char c : flow->waiting.view()) flow->end += !inside_character(c);
  flow->has_offsets = flow->waits;
}

void Flows::settle(uint64_t key) {
  if (Flow* const flow = find(key)) commit(*flow);
  reckon();
}

/// Tells from offsets how much of a text is known already. False when they do not say: there are none, or they do not fit.
bool Flows::overlap_from_offsets(Flow& flow, ByteView text, size_t* overlap, bool* breaks) const {
  if (!flow.has_offsets || !flow.end_known) return false;
  *overlap = 0;
  *breaks = flow.start > flow.last_end + kGapMax || flow.end < flow.start || flow.end < flow.last_end;
  if (*breaks || flow.start >= flow.last_end) return true;
  const ByteView before = flow.main.view();
  for (const bool wide : {false, true}) {
    const size_t shared = last_units(before, flow.last_end - flow.start, wide);
    if (shared > before.size() || shared > text.size() || before.substr(before.size() - shared) != text.substr(0, shared)) continue;
    *overlap = shared;
    return true;
  }
  return false;
}

/// A service that leaves blanks where it cuts takes nothing away.
void Flows::learn_blanks(Flow& flow, ByteView text) const {
  const auto blank = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  flow.exact = flow.exact || blank(text.front()) || blank(text.back());
}

/// How much of a text is known already, without offsets: as much as last time, when it fits, else as much as can be.
size_t Flows::guess_overlap(Flow& flow, ByteView text) {
  const ByteView before = flow.main.view();
  const size_t usual = flow.overlap;
  if (usual != 0 && usual <= text.size() && before.ends_with(text.substr(0, usual))) return usual;
  flow.overlap = longest_overlap(before, text, &failure_);
  return flow.overlap;
}

void Flows::join(Flow& flow, const Strip& text) {
  const uint64_t* const numbers = flow.numbers.data();
  const size_t count = flow.numbers.size();
  size_t overlap = 0;
  bool breaks = false;
  const bool sure = flow.main.empty() || overlap_from_offsets(flow, text.view(), &overlap, &breaks);
  if (breaks) {
    run(flow, false);
    flow.main.clear();
    flow.plain.clear();
    flow.forked = false;
  }
  if (!sure) overlap = guess_overlap(flow, text.view());
  if (!sure && overlap != 0 && !flow.forked) {
    flow.plain.copy(flow.main);
    flow.forked = true;
  }
  learn_blanks(flow, text.view());
  flow.main.append(text, overlap, flow.exact || sure || overlap >= kSureOverlap, numbers, count);
  if (flow.forked) flow.plain.append(text, sure ? overlap : 0, flow.exact || sure, numbers, count);
}

/// Joins the text that waited, now that nothing more will be known about it.
void Flows::commit(Flow& flow) {
  if (flow.waits) {
    flow.waits = false;
    join(flow, flow.waiting);
    flow.end_known = flow.has_offsets;
    if (flow.main.due()) run(flow, true);
  }
  flow.end_known = flow.end_known || flow.has_offsets;
  if (flow.has_offsets) flow.last_end = flow.end;
  flow.has_offsets = false;
}

void Flows::run(Flow& flow, bool open) {
  if (flow.main.empty()) return;
  const FlowSite site = flow.site();
  flow.main.run(*wanted_, site, open, *taker_);
  if (flow.forked) flow.plain.run(*wanted_, site, open, *taker_);
}

void Flows::close(Flow& flow) {
  commit(flow);
  run(flow, false);
  flow.key = 0;
}

void Flows::end(uint64_t key) {
  if (Flow* const flow = find(key)) close(*flow);
  reckon();
}

void Flows::end_all() {
  for (Flow& flow : flows_)
    if (flow.key != 0) close(flow);
  reckon();
}

void Flows::look_through() {
  for (Flow& flow : flows_)
    if (flow.key != 0) run(flow, true);
  reckon();
}

bool Flows::held_by(const Flow& flow, uint64_t* raw) const {
  uint64_t least = UINT64_MAX, other;
  if (flow.key == 0) return false;
  if (flow.waits && !flow.waiting.knots.empty()) least = flow.waiting.knots[0].raw;
  if (flow.main.held(&other)) least = std::min(least, other);
  if (flow.forked && flow.plain.held(&other)) least = std::min(least, other);
  *raw = least;
  return least != UINT64_MAX;
}

uint64_t Flows::held() const {
  uint64_t least = UINT64_MAX, raw;
  for (const Flow& flow : flows_)
    if (held_by(flow, &raw)) least = std::min(least, raw);
  return least;
}

void Flows::reckon() {
  const uint64_t least = held();
  due_ = least == UINT64_MAX ? UINT64_MAX : least + kFlowHeld;
}

/// What is let go of depends on the texts and `at` alone, not on when detectors ran.
void Flows::let_go(uint64_t at) {
  const auto late = [&](const Flow& flow) {
    uint64_t raw;
    return held_by(flow, &raw) && at > raw + kFlowHeld;
  };
  for (Flow& flow : flows_) {
    if (late(flow)) run(flow, true);
    if (flow.waits && !flow.waiting.knots.empty() && at > flow.waiting.knots[0].raw + kFlowHeld) {
      commit(flow);
      run(flow, true);
    }
    if (!late(flow)) continue;
    const FlowSite site = flow.site();
    flow.main.give_up(site, unfinished(*wanted_), *taker_);
    if (flow.forked) flow.plain.give_up(site, unfinished(*wanted_), *taker_);
  }
  reckon();
}

size_t Flows::memory_bytes() const {
  size_t bytes = sizeof *this + failure_.capacity() * sizeof(uint32_t);
  for (const Flow& flow : flows_)
    bytes += flow.main.memory_bytes() + flow.plain.memory_bytes() + flow.waiting.memory_bytes() + flow.pattern.capacity() + flow.field.capacity() +
             flow.numbers.capacity() * 8;
  return bytes;
}

}  // namespace gatehouse::mask
