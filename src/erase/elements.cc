// Secrets that are the text of an element: <password>…</password>.
#include <algorithm>
#include <cstring>
#include <utility>

#include "base/ascii.h"
#include "erase/words.h"

namespace gatehouse::erase {
namespace {

constexpr size_t kTagMax = 160;               // of a tag with its attributes
constexpr size_t kElementMax = 16 * 1024;     // of its text
constexpr size_t kTagNameMax = 64;
constexpr uint8_t kInnerMax = 8;              // of comments and empty elements in it
constexpr size_t kMarkupMax = 192;            // of one of these
static_assert(kMarkupMax <= kTailBytes);
constexpr ByteView kCdata = "<![CDATA[";

bool in_tag(char c) { return kAssignedBytes.has(c) || c == ':'; }

/// quotes_values: whether what opens quotes in a tag stands behind an '=', or in a comment.
bool quotes_values(ByteView markup) {
  if (!is_word(markup[markup.find_first_not_of('\\', 1)])) return true;
  char open = '\0', before = '\0';   // the last byte that is no blank
  for (const char c : markup) {
    if (c == '\\' || is_blank(c)) continue;
    const bool quote = c == '"' || c == '\'';
    if (quote && open == '\0' && before != '=') return false;
    if (quote && (open == '\0' || open == c)) open = open == '\0' ? c : '\0';
    before = c;
  }
  return true;
}

}  // namespace

/// may_be_tag is may_end_name for a '>'.
bool Eraser::may_be_tag(size_t mark) const {
  if (mark <= kTagMax) return true;
  const char* const name = place_ + mark;   // behind it
  if (name[-1] != '"' && name[-1] != '\'')
    return in_tag(name[-1]) && in_tag(name[-2]) && kNameEnds.has(name[-4], name[-3], name[-2], name[-1]);
  const auto* const open = static_cast<const char*>(memrchr(place_ + mark - kTagMax, '<', kTagMax));
  if (open == nullptr) return false;
  const char* end = open + 1;
  while (in_tag(*end)) ++end;   // a '>' ends it at the latest
  while (is_digit(end[-1])) --end;
  return end > open + 2 && kNameEnds.has(end[-4], end[-3], end[-2], end[-1]);
}

/// begins_element: whether the '>' ends a tag whose name is meant, and no word stands before it: no vector<Token>.
bool Eraser::begins_element(size_t mark) {
  size_t back = 1;
  const bool attributes = at(mark, 1) == '"' || at(mark, 1) == '\'';
  if (attributes) {
    while (back < kTagMax && at(mark, back) != '<') ++back;
  } else {
    while (back <= kTagNameMax && in_tag(at(mark, back))) ++back;
  }
  const char before = at(mark, back + 1);
  if (at(mark, back) != '<' || (is_word(before) && !(one_of(before, "nrt") && at(mark, back + 2) == '\\'))) return false;
  char text[kTagNameMax];
  size_t size = 0;
  for (; size < sizeof text && size + 1 < back && in_tag(at(mark, back - 1 - size)); ++size) text[size] = at(mark, back - 1 - size);
  const char behind = at(mark, back - 1 - size);
  if (size == 0 || (attributes ? behind > ' ' && behind != '\\' : behind != '>')) return false;
  const ByteView tag(text, size);
  if (!meant(tag.substr(tag.rfind(':') + 1))) return false;
  element_ = {};
  element_.left = kElementMax;
  element_.tag = tag;
  element_.name = name_;
  return true;
}

/// may_be_text: quotes of JSON end what stands in its strings. Elsewhere they may be part of a password, but of none that has what
/// holds lists and objects together, too: else whole lines of a body of lines could be hidden. `before` stands before the text.
bool Eraser::may_be_text(char before, ByteView text) {
  if (ends_string(before, text)) return false;
  if (!element_.quotes) element_.quotes = text.find('"') != ByteView::npos;
  if (!element_.signs) element_.signs = text.find_first_of("{}[],:\n") != ByteView::npos;
  return !element_.quotes || !element_.signs;
}

/// ends_string: whether a quote of JSON stands in the text.
bool Eraser::ends_string(char before, ByteView text) const {
  if (form_ != BodyForm::json) return false;
  for (size_t quote = text.find('"'); quote != ByteView::npos; quote = text.find('"', quote + 1))
    if ((quote == 0 ? before : text[quote - 1]) != '\\') return true;
  return false;
}

/// may_pass is may_be_text for an empty element or a comment within, whose own quotes and signs say nothing of the text.
bool Eraser::may_pass(ByteView markup) {
  return quotes_values(markup) ? !ends_string('\0', markup) : may_be_text('\0', markup);
}

/// markup_of tells what the '<' is that the text begins with; of what is passed *size is how long it is.
Eraser::Markup Eraser::markup_of(ByteView text, size_t* size) const {
  constexpr ByteView kComment = "!--", kCommentEnd = "-->";
  const size_t begin = std::min(text.find_first_not_of('\\', 1), text.size());
  const ByteView behind = text.substr(begin), run = text.substr(0, kMarkupMax);
  if (begin > kSlashesMax) return Markup::other;
  const std::string close = "/" + element_.tag + ">";
  const auto begins = [behind, this](ByteView want) { return !last_ && want.starts_with(behind.substr(0, want.size())); };
  if (behind.starts_with(close)) return Markup::closes;
  if (behind.starts_with(kCdata.substr(1))) return Markup::section;
  const bool may_pass = begins(kComment);   // or be an empty element, where the piece ends in its '<'
  if (!may_pass && (begins(close) || begins(kCdata.substr(1)))) return Markup::may_end;
  const bool comment = behind.starts_with(kComment);
  if (!comment && !may_pass && !is_word(behind.empty() ? ' ' : behind.front())) return Markup::other;
  const size_t end = comment ? run.find(kCommentEnd, begin + kComment.size()) : run.find_first_of("<>", begin);
  if (end == ByteView::npos) return last_ || text.size() >= kMarkupMax ? Markup::other : Markup::open;
  *size = end + (comment ? kCommentEnd.size() : 1);
  return comment || (text[end] == '>' && text[end - 1] == '/') ? Markup::passed : Markup::other;
}

/// cut_markup is markup_of where it began in a piece before; what is passed ends at piece[*at].
Eraser::Markup Eraser::cut_markup(ByteView piece, size_t* at) {
  const size_t before = std::exchange(element_.cut, 0);
  const std::string joint = tail_.substr(tail_.size() - before).append(piece.substr(0, kTailBytes));
  const Markup is = markup_of(joint, at);
  if (is == Markup::may_end || is == Markup::open) element_.cut = joint.size();
  if (is == Markup::passed && !may_pass(ByteView(joint).substr(0, *at))) return Markup::other;
  if (is == Markup::passed) *at -= before;
  if (is == Markup::section && element_.left == kElementMax && joint.starts_with(kCdata))
    element_.cdata = static_cast<uint8_t>(before);
  return is;
}

/// element_end is where the text ends, if it does in this piece and the element is closed by its name, as far as the piece goes.
/// Comments and empty elements in it are passed, kInnerMax of them, so that time is linear.
size_t Eraser::element_end(ByteView piece, size_t from) {
  size_t at = 0;
  Markup is = element_.cut != 0 ? cut_markup(piece, &at) : Markup::passed;
  const bool opens = is == Markup::passed && at == 0 && element_.left == kElementMax && piece.substr(from).starts_with(kCdata);
  if (opens || element_.cdata != 0) return cdata_end(piece, from);
  const ByteView text = piece.substr(from, element_.left);
  size_t mark = 0;
  while (is == Markup::passed) {
    const size_t begin = std::min(at, text.size());
    mark = std::min(text.find('<', begin), text.size());
    const bool is_text = may_be_text(Eraser::at(from + begin, 1), text.substr(begin, mark - begin));
    if (!is_text || mark == element_.left || element_.inner > kInnerMax) break;
    if (mark == text.size()) return element_.left -= mark, ByteView::npos;
    is = markup_of(piece.substr(from + mark), &at);
    if (is == Markup::passed && !may_pass(piece.substr(from + mark, at))) break;
    if (is == Markup::may_end || is == Markup::open) element_.cut = piece.size() - from - mark;
    element_.inner = static_cast<uint8_t>(element_.inner + 1);
    at += mark;
  }
  element_.may_end = is == Markup::may_end;
  const bool goes_on = is == Markup::may_end || is == Markup::open;
  element_.left = goes_on ? element_.left - mark : 0;
  return is == Markup::closes || is == Markup::section ? from + mark : ByteView::npos;
}

/// cdata_end is element_end where the text is a CDATA section, which may end in no element's end: what it opens with, too, may have
/// begun in a piece before.
size_t Eraser::cdata_end(ByteView piece, size_t from) {
  const ByteView open = kCdata.substr(element_.cdata), here = piece.substr(from, open.size());
  if (!open.starts_with(here)) {
    element_.left = 0;
    return ByteView::npos;
  }
  element_.cdata = static_cast<uint8_t>(element_.cdata + here.size());
  const ByteView text = piece.substr(from + here.size(), element_.left);
  const size_t begin = from + here.size();
  const char before = at(begin, 1);
  size_t size = 0;
  for (; size < text.size() && (text[size] != '>' || element_.closing < 2); ++size)
    element_.closing = text[size] == ']' ? std::min(element_.closing + 1, 2) : 0;
  const bool over = size < text.size() || (last_ && text.size() < element_.left);
  element_.left = !over && may_be_text(before, text) ? element_.left - text.size() : 0;
  if (!over || !may_be_text(before, text.substr(0, size))) return ByteView::npos;
  return size < text.size() ? begin + size - std::min<size_t>(size, 2) : piece.size();
}

/// element is what a '>' begins; it returns where to go on.
size_t Eraser::element(ByteView piece, size_t mark) {
  if (!begins_element(mark)) return mark + 1;
  const size_t end = element_end(piece, mark + 1);
  if (end != ByteView::npos) {
    begun_ = false;
    found(mark + 1 + element_.cdata, end, false);
    return end;
  }
  if (element_.left == 0) return mark + 1;
  element_.begin = static_cast<uint32_t>(mark + 1);
  element_.in_label = label_.open;
  element_.pair = pair_;
  return mark + 1;
}

/// resume_element is asked first where a piece before ended in the text, which was erased there. It returns where to go on.
size_t Eraser::resume_element(ByteView piece) {
  element_.begin = 0;
  element_.began = true;
  const size_t end = element_end(piece, 0);
  if (end == ByteView::npos) return 0;
  if (end != 0) found_.push_back({0, static_cast<uint32_t>(end), false, true, element_.name});
  if (element_.in_label == label_.open) {   // what is in the text was looked at in vain
    pair_ = element_.pair;
    pair_.before = Watch::none;   // it was in a piece before
  }
  state_ = State::seek;
  begun_ = false;
  return end;
}

}  // namespace gatehouse::erase
