// Where texts of a flow meet: whether anything may go over the border, and how much of the next text is known already.
#include <algorithm>

#include "base/letters.h"
#include "mask/flow_parts.h"
#include "mask/flows.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kReachBytes = 384;   // text on either side of a border in which a value that goes over it lies, up to a blank
constexpr size_t kChance = 4;        // fewer bytes are shared by chance where others share none
constexpr size_t kSureOverlap = 16;  // bytes that two texts share by chance no more
constexpr size_t kSureBorders = 8;   // or several, one after the other, as many bytes each
constexpr uint64_t kGapMax = 8;  // units that a service may have cut off between two texts: white space

/// How much of a text is of use behind a border: what overlaps, and what a value reaches.
size_t reach(ByteView text, size_t overlap) {
  size_t end = overlap + kReachBytes;
  while (end < text.size() && !is_blank(text[end])) ++end;
  return std::min(end, text.size());
}

/// How many bytes the first characters of a text are.
size_t first_characters(ByteView text, size_t count) {
  size_t end = 0;
  for (; end < text.size(); ++end)
    if (!inside_character(text[end]) && count-- == 0) break;
  return end;
}

/// A text of one word that may be the front of a value.
bool is_front(ByteView text) {
  return std::none_of(text.begin(), text.end(), is_blank) && !std::all_of(text.begin(), text.end(), is_ascii_letter);
}

}  // namespace

/// Whether the border before the text may cut the head of a table in which a mask names a column.
bool Flows::may_cut_head(Flow& flow, FlowText& text, bool whole) {
  if (wanted_->columns == nullptr) return false;
  const ByteView before = flow.last_joined ? flow.main.recent() : text_of(flow.last(), true).view();
  const ByteView own = text_of(text, whole).view();
  const auto may_be = [&](ByteView line) { return line.size() <= kRowMax && Columns::may_be_head(line, *wanted_, true); };
  return may_be(before.substr(before.rfind('\n') + 1)) || may_be(own.substr(0, own.find('\n')));
}

/// Whether a value may go on from the last text into this one, behind its heading, of which all or the beginning is there. Says the
/// same whenever detectors ran.
bool Flows::may_go_on(Flow& flow, FlowText& text, size_t line, bool whole) {
  if (flow.chained || flow.columns.any() || wanted_->has(detect::Detector::custom) || may_cut_head(flow, text, whole)) return true;
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
  const bool repeats = !last.known.empty() || (flow.last_joined && flow.main.over_border());
  if (repeats && !apart && share()) return true;
  const auto open = [&] {
    run(flow, true);
    return inside(flow).any() || flow.main.open() > kOpenShown;
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

/// Tells from offsets how much of a text is known already, or how many blanks were cut off before it. False when they do not say:
/// there are none, or they do not fit.
bool Flows::overlap_from_offsets(const Flow& flow, ByteView before, ByteView text, size_t* overlap, size_t* gap, bool* breaks) {
  if (!flow.has_offsets || !flow.end_known) return false;
  *overlap = 0;
  // An end that was reckoned may be that of a text with a heading before it.
  const bool back = flow.end_told ? flow.end < flow.last_end : flow.start < flow.last_start;
  *breaks = flow.start > flow.last_end + flow.last_lines + kGapMax || flow.end < flow.start || back;
  if (*breaks) return true;
  const auto shares = [&](uint64_t end) {
    for (const bool wide : {false, true}) {
      const size_t shared = last_units(before, end - flow.start, wide);
      if (shared > before.size() || shared > text.size()) continue;
      if (before.substr(before.size() - shared) != text.substr(0, shared)) continue;
      *overlap = shared;
      return true;
    }
    return false;
  };
  *gap = 0;
  if (flow.start < flow.last_end) return shares(flow.last_end);
  // What was taken for a heading, or some of its lines, may have been the text's own.
  if (flow.start < flow.last_end + flow.last_own && shares(flow.last_end + flow.last_own)) return true;
  const uint64_t apart = flow.start - flow.last_end;
  const uint64_t own = apart >= flow.last_lines ? flow.last_lines : apart >= flow.last_own ? flow.last_own : 0;
  if (apart != own && !flow.last_sure) return false;   // the service may count bytes
  *gap = std::min<uint64_t>(apart - own, kGapMax);
  return true;
}

/// A service that leaves blanks where it cuts takes nothing away.
void Flows::learn_blanks(Flow& flow, const FlowText& text, bool front, bool back) const {
  if (text.head_length == 0) return;
  flow.exact = flow.exact || (front && is_blank(text.head[0])) || (back && is_blank(text.tail[text.tail_length - 1]));
}

/// How much of a text is known already, without offsets: as much as last time (of a few, as many characters), when it fits, else as
/// much as can be.
size_t Flows::guess_overlap(Flow& flow, ByteView text) {
  const ByteView before = flow.main.recent();
  const size_t usual = flow.overlap < kSureOverlap ? first_characters(text, flow.overlap == 0 ? 0 : flow.characters) : flow.overlap;
  const bool fits = usual != 0 && usual < text.size() && before.ends_with(text.substr(0, usual));
  const bool known = fits && usual * flow.alike >= kSureBorders;
  // A few bytes that fit again may do so by chance: the tokens that texts share have many lengths. A text that repeats no more
  // than what stands before it, "--" behind "--", says nothing. Of some that fit as before and some more the first are meant: what
  // is more repeats them, "9999" behind "99999".
  if (!known || usual < kChance) {
    const size_t most = longest_overlap(before, text, &failure_);
    flow.overlap = fits && (most == text.size() || (known && most < kChance) || usual >= kChance) ? usual : most;
  } else {
    flow.overlap = usual;
  }
  flow.alike = fits && flow.overlap == usual ? flow.alike + 1 : 1;
  // A border where nothing is shared, as between texts too long for an overlap, says so of those near it alone.
  const bool apart = flow.apart != 0;
  flow.apart = flow.overlap == 0 ? kSureOverlap : flow.apart - std::min(flow.apart, flow.overlap);
  if (apart && flow.overlap < kChance) flow.overlap = 0;
  if (flow.overlap < kSureOverlap) flow.characters = characters(text.substr(0, flow.overlap));
  return flow.overlap;
}

/// whole: the text is joined to its end; else as far as a value from before may reach. headed: a heading was taken off before it.
void Flows::join(Flow& flow, Strip& text, const Room<uint64_t>& numbers, bool whole, bool headed) {
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
  // What looks like a heading may be a line that two texts begin with by chance: a word behind it that goes on in the next text
  // then begins there, and no blank is cut off behind it.
  const bool begins = !sure && headed && overlap == 0 && (!flow.forked || flow.spaced) && is_front(text.view());
  if ((begins || (!sure && (overlap != 0 || trimmed))) && !flow.forked) {
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
  const bool alike = !sure && overlap != 0 && flow.alike > 1 && overlap * flow.alike >= kSureBorders;
  flow.main.append(*joined, overlap, flow.exact || sure || alike || overlap >= kSureOverlap, numbers.data(), numbers.size(), gap);
  if (!flow.forked) return;
  const size_t apart = begins ? 1 : trimmed ? flow.spaced : gap;
  flow.plain.append(*joined, sure ? overlap : 0, flow.exact || sure, numbers.data(), numbers.size(), apart);
  if (begins) flow.spaced = false;
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

}  // namespace gatehouse::mask
