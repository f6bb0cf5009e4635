// How texts of a flow begin: lines that a service repeats before each of them.
#include <algorithm>
#include <cstring>

#include "base/letters.h"
#include "mask/flow_parts.h"
#include "mask/flows.h"

namespace gatehouse::mask {
namespace {

/// The bytes of a first line of one word, and its end of line. 0: there is none.
size_t word_line(ByteView text) {
  constexpr size_t kLeast = 5;
  size_t at = 0;
  const auto small = [](char c) { return c >= 'a' && c <= 'z'; };
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') ++at;
  while (at < text.size() && at < kShownBytes && small(text[at])) ++at;
  return at >= kLeast && at < text.size() && text[at] == '\n' ? at + 1 : 0;
}

/// A web token is cut where the text ends; its rest would be one line.
bool ends_in_jwt(ByteView text) {
  size_t at = text.size();
  while (at > 0 && !is_blank(text[at - 1])) --at;
  return text.substr(at).starts_with("eyJ");
}

/// Where the line behind that of text[at] begins; the text's size when there is none.
size_t next_line(ByteView text, size_t at) {
  const size_t end = text.find('\n', at);
  return end == ByteView::npos ? text.size() : end + 1;
}

/// Whether lists that are cut in the same column may be cut behind both of two bytes.
bool may_be_one_column(char a, char b) {
  const auto is_part = [](char c) { return is_ascii_letter(c) || is_digit(c) || static_cast<uint8_t>(c) >= 0x80; };
  return a == b || (is_part(a) && is_part(b));
}

/// Whether two texts end alike, as lines of a list do that are cut in the same column.
bool end_alike(ByteView a, ByteView b) {
  constexpr size_t kLeast = 4;
  if (a.size() < kLeast || b.size() < kLeast) return false;
  const ByteView end = a.substr(a.size() - kLeast);
  return b.ends_with(end) && std::none_of(end.begin(), end.end(), is_blank);
}

/// Whether other lines of a text end with `line` and its end, behind the byte `last` with which a cut one would go over the border.
/// Lists of addresses of one company are cut in the same place again and again.
bool ends_other_lines(ByteView line, ByteView text, char last) {
  constexpr size_t kLeast = 3;   // less stands behind a byte by chance
  if (line.size() < kLeast) return false;
  for (size_t at = text.find(line, 1); at != ByteView::npos; at = text.find(line, at + 1))
    if (text[at - 1] == last) return true;
  return false;
}

}  // namespace

/// Whether an address goes over the border before a text's first line: no part of it on either side is one.
bool Flows::ends_address(ByteView before, ByteView line) {
  constexpr size_t kMost = 128;
  if (!wanted_->has(detect::Detector::email) || (line[0] >= 'A' && line[0] <= 'Z')) return false;
  size_t from = before.size();
  while (from > 0 && before.size() - from < kMost && !is_blank(before[from - 1])) --from;
  const size_t border = before.size() - from;
  set_text(before.substr(from), &both_);
  both_.append(line.data(), std::min(line.size(), kMost));
  both_.reserve(kSimdPadding);
  const ByteView both(both_.data(), both_.size());
  if (border == 0 || both.find('@') == ByteView::npos) return false;
  const detect::Wanted email{set_of(detect::Detector::email)};
  const auto is_whole = [&](ByteView part, size_t edge) {   // one begins or ends at the border
    detect::detect({.bytes = part}, email, &found_);
    const auto is_there = [edge](const detect::Found& one) { return one.begin == edge || one.end == edge; };
    return std::any_of(found_.begin(), found_.end(), is_there);
  };
  detect::detect({.bytes = both}, email, &found_);
  const auto goes_over = [&](const detect::Found& one) { return one.begin < border && one.end > border; };
  return std::any_of(found_.begin(), found_.end(), goes_over) && !is_whole(both.substr(0, border), border) &&
         !is_whole(both.substr(border), 0);
}

/// Whether the first line of a text, of which all or the beginning is there in `own`, goes on a line of the text before it, as the
/// same line there went on one. What was a heading stays one.
bool Flows::is_cut_line(Flow& flow, ByteView own) {
  const ByteView around = flow.begun.text_before(), before = text_of(flow.last(), true).view();
  if (flow.heading != 0 || around.empty() || is_blank(around.back()) || before.empty() || is_blank(before.back())) return false;
  if (!may_be_one_column(around.back(), before.back())) return false;
  const ByteView line = own.substr(0, next_line(own, 0));
  if (line.size() > 1 && end_alike(around, before)) return true;
  return ends_other_lines(line, own, before.back()) || ends_other_lines(line, before, before.back()) ||
         (ends_address(before, line) && ends_address(around, line));
}

/// How many bytes of the text, of which all or the beginning is there, are lines that the one before it began with, too: what a
/// service sets before each text of a section is no part of what goes on. An offset that fits a text with them says otherwise.
size_t Flows::heading(Flow& flow, FlowText& text, bool whole) {
  if (!may_share_lines(flow.begun.shown(), text.shown_head().view())) return 0;
  if (!flow.begun.read) {
    reader_->read(flow.begun.token, false, &behind_);
    set_text(behind_.view().substr(0, kHeadingBytes), &flow.begun.text);
    flow.begun.read = true;
  }
  const ByteView own = text_of(text, whole).view();
  const size_t shared = shared_lines({flow.begun.text.data(), flow.begun.text.size()}, own);
  if (shared == 0) return 0;
  if (whole && flow.has_offsets && flow.end_told)   // how long the text is without them
    for (size_t at = 0; at <= shared; at = next_line(own, at))
      if (characters(own.substr(at)) == flow.end - flow.start) return at;
  if (is_cut_line(flow, own)) return 0;
  // Of two texts that overlap and begin in the same place, the second repeats lines of its own, too.
  size_t line = shared;
  if (const size_t usual = flow.heading;
      usual != 0 && usual < shared && own.substr(usual, shared - usual).find_first_not_of('\n') == ByteView::npos)
    line = usual;   // both go on with an empty line
  const ByteView before = flow.last_joined ? flow.main.recent() : text_of(flow.last(), true).view();
  for (size_t at = 0; at < line && line == shared; at = next_line(own, at))
    if (longest_overlap(before, own.substr(at), &failure_) > shared - at) line = at;
  if (line == 0 || !whole || !flow.has_offsets) return line;
  const auto fits = [&](ByteView part) {
    size_t overlap = 0, gap = 0;
    bool breaks = false;
    return overlap_from_offsets(flow, before, part, &overlap, &gap, &breaks) && overlap != 0;
  };
  if (fits(own) && !fits(own.substr(line))) return 0;   // a byte or two fit by chance
  if (flow.end_told) return line;
  flow.lines = characters(own.substr(0, line));
  flow.end -= flow.lines;
  if (flow.heading < line) flow.own = characters(own.substr(flow.heading, line - flow.heading));
  return line;
}

/// The line of one word that a service set before the text, which goes on with a web token: docling repeats headings there. Not the
/// rest of the token: where that stood before, or offsets fit the text with it.
size_t Flows::lone_word(const Flow& flow, ByteView text) {
  const size_t line = word_line(text);
  if (line == 0 || !ends_in_jwt(flow.main.view()) || longest_overlap(flow.main.recent(), text, &failure_) + 1 >= line) return 0;
  size_t overlap = 0, gap = 0;
  bool breaks = false;
  if (!overlap_from_offsets(flow, flow.main.recent(), text, &overlap, &gap, &breaks) || breaks || gap != 0) return line;
  return flow.end_told && characters(text) != flow.end - flow.start ? line : 0;
}

/// What stood before the text that comes, whose heading is known.
void Flows::note_before(Flow& flow) {
  Begun& begun = flow.begun;
  begun.before_size = flow.has_last ? flow.last().shown_tail().size : 0;
  std::memcpy(begun.before, flow.last().tail, kShownBytes);
}

void Flows::note_begun(Flow& flow, const FlowText& text) {
  Begun& begun = flow.begun;
  const Side head = text.shown_head();
  begun.size = head.size;
  std::memcpy(begun.head, head.bytes, kShownBytes);
  begun.token = text.token;
  begun.read = text.read;
  if (text.read) set_text(text.text.view().substr(0, kHeadingBytes), &begun.text);
}

/// A text behind its first bytes.
Strip& Flows::behind(Strip& text, size_t count) {
  if (count == 0) return text;
  behind_.copy(text, count, text.text.size());
  return behind_;
}

}  // namespace gatehouse::mask
