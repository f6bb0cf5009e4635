#include "mask/texts.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "base/ascii.h"
#include "detect/signs.h"
#include "mask/base64_text.h"
#include "mask/copies.h"
#include "mask/element_name.h"
#include "mask/hidden.h"
#include "mask/markup.h"

namespace gatehouse::mask {
namespace {

constexpr ByteView kUriMark = ";base64,";
constexpr ByteView kCdata = "<![CDATA[", kCdataEnd = "]]>";
constexpr size_t kElementText = 256;   // bytes between <password> and </password> in a text
constexpr uint64_t kOwnFlows = uint64_t{1} << 62;   // away from those of sources

/// Next finds the bytes that something may begin with, each only once.
class Next {
 public:
  Next(ByteView text, Written written) : text_(text), written_(written) {}
  /// The first place behind `at` where something may begin; the text's size when there is none.
  size_t from(size_t at) {
    if (detect::has_avx512 && written_ == Written::markup) return find_markup(text_, at);
    size_t best = find(&semicolon_, ';', at);
    if (written_ == Written::markup) best = std::min({best, find(&tag_, '<', at), find(&reference_, '&', at)});
    if (written_ == Written::percent) best = std::min({best, find(&percent_, '%', at), find(&plus_, '+', at)});
    return best;
  }

 private:
  size_t find(size_t* known, char c, size_t at) {
    if (*known == kUnknown || (*known < at && *known < text_.size())) {
      const size_t found = text_.find(c, at);
      *known = found == ByteView::npos ? text_.size() : found;
    }
    return *known;
  }
  static constexpr size_t kUnknown = ~size_t{0};

  ByteView text_;
  Written written_;
  size_t semicolon_ = kUnknown, tag_ = kUnknown, reference_ = kUnknown, percent_ = kUnknown, plus_ = kUnknown;
};

/// <br>, <br/>, <BR class="x">.
bool is_line_break(ByteView tag) {
  return tag.size() > 3 && (tag[1] | 0x20) == 'b' && (tag[2] | 0x20) == 'r' && (tag[3] == '>' || tag[3] == '/' || is_space(tag[3]));
}

/// Whether a tag begins ("dd") or ends ("/dd") an element of that name; a line end behind the name may be escaped, as JSON has it.
bool is_tag(ByteView tag, ByteView name) {
  if (tag.size() < name.size() + 2 || !same_word(tag.substr(1, name.size()), name)) return false;
  const char next = tag[name.size() + 1];
  return next == '>' || next == '\\' || is_space(next);
}
/// </dt>: what it ends names what stands in the <dd> behind it.
bool ends_term(ByteView tag) { return is_tag(tag, "/dt"); }
/// What ends a <dd> in which nothing was said.
bool ends_definition(ByteView tag) {
  return is_tag(tag, "/dd") || is_tag(tag, "/dl") || is_tag(tag, "dt") || is_tag(tag, "dl");
}

constexpr ByteView kBlanks = " \xc2\xa0";   // bytes of those that may stand behind "SSN:", unbreakable ones too

/// Where the blanks end a string's raw inside begin.
size_t before_blanks(ByteView raw) {
  constexpr ByteView kEscaped = "\\u00a0";
  for (;;) {
    raw = raw.substr(0, raw.find_last_not_of(kBlanks) + 1);
    if (raw.size() < kEscaped.size() || !same_word(raw.substr(raw.size() - kEscaped.size()), kEscaped)) return raw.size();
    raw.remove_suffix(kEscaped.size());
  }
}

/// What pages are made of, by names of more than two letters: they say nothing of what stands in them.
constexpr ByteView kPageNames[] = {"div", "table", "tbody", "thead", "span", "html", "body", "head", "img", "strong", "pre"};

/// Whether a tag in a text begins an element whose name says something of what stands in it.
bool names_value(ByteView tag) {
  const ByteView name = element_name(tag.substr(0, kElementName));
  return name.size() > 2 && std::ranges::find(kPageNames, name) == std::end(kPageNames) && detect::named_by_field(name) != 0;
}

/// Whether what was seen begins an element of a text: text, then "</", stands behind it. A tag alone, <password>, stands for a
/// value. Returns what the tag is then: more may have to be seen.
Seen::Kind see_element(ByteView rest, const Seen& tag, bool last, bool* element) {
  if (tag.kind != Seen::Kind::whole || rest[tag.length - 2] == '/' || !names_value(rest)) return tag.kind;
  ByteView behind = rest.substr(tag.length);
  if (!last && behind.size() < kCdata.size() && kCdata.starts_with(behind)) return Seen::Kind::incomplete;
  if (behind.starts_with(kCdata)) behind.remove_prefix(kCdata.size());
  const ByteView near = behind.substr(0, kElementText);
  const size_t next = near.find('<');
  if (next == ByteView::npos || next + 1 == behind.size())
    return last || (next == ByteView::npos && near.size() == kElementText) ? tag.kind : Seen::Kind::incomplete;
  *element = next > 0 && behind[next + 1] == '/';
  return tag.kind;
}

/// The mark of a data: URI that begins `rest`.
Seen see_uri(ByteView rest, bool last) {
  if (rest.starts_with(kUriMark)) return {Seen::Kind::whole, kUriMark.size()};
  return {!last && kUriMark.starts_with(rest) ? Seen::Kind::incomplete : Seen::Kind::none, 0};
}

/// Where a CDATA section ends, or may: with more than is there. The text's size when not before it.
size_t cdata_end(ByteView text, size_t at, bool last) {
  if (const size_t end = text.find(kCdataEnd, at); end != ByteView::npos) return end;
  for (size_t size = kCdataEnd.size() - 1; size > 0 && !last; --size)
    if (text.size() - at >= size && text.ends_with(kCdataEnd.substr(0, size))) return text.size() - size;
  return text.size();
}

/// Where an escape of a link, or of JSON, begins that the text's end may have cut; not before `from`.
size_t open_escape(ByteView text, size_t from) {
  for (size_t back = 1; back <= 5 && from + back <= text.size(); ++back) {
    const char c = text[text.size() - back];
    if (c == '\\' || (c == '%' && back <= 4)) return text.size() - back;
  }
  return text.size();
}

/// Copies::hides() of base64 in lines, whose ends JSON writes as \\n: as it is read where escapes are off.
bool hides_in_lines(ByteView raw, const uint32_t* escapes, size_t count, uint32_t offset) {
  if (count == 0 || escapes[0] - offset > kCopyHead || !is_base64_character(raw[0])) return false;
  char head[kCopyHead];
  size_t size = 0, at = 0;
  for (size_t i = 0; i <= count && size < kCopyHead; ++i) {
    const size_t end = i < count ? escapes[i] - offset : raw.size();
    size += raw.substr(at, end - at).copy(head + size, kCopyHead - size);
    if (i == count || size == kCopyHead) break;
    const char escaped = raw[end + 1];
    if (escaped != 'n' && escaped != 'r' && escaped != 't') return false;   // no base64, or told by the caller
    head[size++] = escaped == 't' ? '\t' : '\n';
    at = end + 2;
  }
  return Copies::hides({head, size});
}

}  // namespace

size_t Texts::memory_bytes() const {
  return carry_.capacity() + element_.capacity() + joined_.capacity() + plain_.capacity() +
         (carry_bends_.capacity() + joined_bends_.capacity() + bends_.capacity()) * sizeof(Bend);
}

Texts::Holds Texts::held_by(ByteView document) {
  const bool hidden = hidden_at(document, 0) != document.size();
  if (detect::has_avx512 && find_markup(document, 0) == document.size()) return {false, false, false, hidden};
  const auto has = [&](char c) { return document.find(c) != ByteView::npos; };
  Holds holds{has('&'), has('<'), false, hidden};
  for (size_t at = 0; !holds.uri && (at = document.find(kUriMark[0], at)) != ByteView::npos; ++at)
    holds.uri = document.substr(at).starts_with(kUriMark);
  return holds;
}

namespace {

/// Whether a tag stands at a string's begin or end: what is behind or before it goes on in another string.
bool tag_at_border(ByteView raw) {
  const auto blank = [&](size_t at) {
    return is_space(raw[at]) || (raw[at] == '\\' && at + 1 < raw.size() && one_of(raw[at + 1], "nrt"));
  };
  const auto is_whole = [&](size_t at) {
    bool within = false;
    return see_tag(raw.substr(at), kTagMax, true, &within).kind == Seen::Kind::whole;
  };
  size_t at = 0, end = raw.size();
  while (at < raw.size() && blank(at)) at += raw[at] == '\\' ? 2 : 1;
  if (at < raw.size() && raw[at] == '<' && is_whole(at)) return true;
  while (end > 0 && (is_space(raw[end - 1]) || (end > 1 && blank(end - 2)))) end -= is_space(raw[end - 1]) ? 1 : 2;
  if (end == 0 || raw[end - 1] != '>') return false;
  const size_t last = raw.rfind('<', end - 1);
  return last != ByteView::npos && is_whole(last);
}

}  // namespace

bool Texts::may_join(ByteView raw, const Holds& holds, const uint32_t* escapes, size_t count,
                     uint32_t offset) {
  if (raw.size() > 1 && raw[0] == '#' && raw[1] == '#') return true;   // of a tokenizer (json_source.h)
  if (Copies::hides(raw) || hides_in_lines(raw, escapes, count, offset)) return true;
  if (holds.reference && raw.find('&') != ByteView::npos) return true;
  if (holds.uri && raw.find(kUriMark) != ByteView::npos) return true;
  if (holds.hidden && hidden_at(raw, 0) != raw.size()) return true;
  for (size_t i = 0; i < count; ++i) {
    const char* const escape = raw.data() + (escapes[i] - offset + 1);   // whole: it was judged
    if (*escape == '/') return true;                                       // of base64
    if (*escape == '\\' && escape + 1 < raw.data() + raw.size() && escape[1] == 'u') return true;   // of JSON in a text
    // Of '<' and '&'; of letters, which no name is written with for no reason.
    if (*escape == 'u' && escape[1] == '0' && escape[2] == '0' && (escape[3] | 1) >= '3' && (escape[3] | 1) <= '7') return true;
    if (*escape == 'u' && names_hidden(escape + 1)) return true;
  }
  if (holds.tag && tag_at_border(raw)) return true;
  // A tag right behind a word may stand within it, one behind a number and a blank within the number, or before what ':' names.
  for (size_t at = 0; holds.tag && (at = raw.find('<', at)) != ByteView::npos; ++at) {
    if (names_value(raw.substr(at)) || PairName::holds(raw.substr(at)) || ends_term(raw.substr(at))) return true;
    if (at == 0 || raw[at - 1] == '>' || (at > 1 && raw[at - 1] == 'n' && raw[at - 2] == '\\')) continue;
    if (raw[at - 1] != ' ') return true;
    const size_t blanks = before_blanks(raw.substr(0, at));
    const char before = blanks == 0 ? ' ' : raw[blanks - 1];
    if (before != ':' && before != '=' && !is_digit(before)) continue;
    bool within = false;
    if (see_tag(raw.substr(at), kTagMax, true, &within).kind == Seen::Kind::whole && (within || before == ':')) return true;
  }
  return false;
}

void Texts::begin(Editor& editor, const Site& site, uint64_t at, Written written) {
  editor_ = &editor;
  site_ = site;
  written_ = written;
  open_ = marked_ = own_flow_ = in_uri_ = in_cdata_ = ruled_ = false;
  rule_ = site.rule;
  if (written == Written::markup) table_.begin(editor.body(), site.flow, editor.columns());
  field_ = site.field;
  element_.clear();
  pair_.begin();
  label_ = Label::none;
  term_ = page_ = parts_ = spoke_ = false;
  exact_ = site.exact;
  carry_.clear();
  carry_bends_.clear();
  open_text(at);
}

void Texts::open_text(uint64_t at) {
  editor_->begin_text(site_, at);
  open_ = true;
}

void Texts::close_text() {
  if (open_) marked_ |= editor_->end_text();
  open_ = ruled_ = false;
}

/// Where the text's byte `at` stands in the body.
uint64_t Texts::raw_of(const Piece& piece, size_t at, Cursor* cursor) {
  while (cursor->bend < piece.bend_count) {
    const Bend& bend = piece.bends[cursor->bend];
    if (at < bend.at + bend.text || (bend.text == 0 && at == bend.at)) break;
    cursor->raw += bend.at - cursor->text + bend.raw;
    cursor->text = bend.at + bend.text;
    ++cursor->bend;
  }
  return piece.at + cursor->raw + (at - cursor->text);
}

void Texts::piece(const Piece& piece) {
  if (rule_ != kNoRule) {   // all of it goes: nothing is to be told apart
    cursor_ = {};
    show(piece, 0, piece.bytes.size());
    return;
  }
  if (carry_.size() == 0) {
    scan(piece, false);
    return;
  }
  joined_.clear();
  joined_.reserve(carry_.size() + piece.bytes.size() + kSimdPadding);
  joined_.append(carry_.data(), carry_.size());
  joined_.append(piece.bytes.data(), piece.bytes.size());
  std::memset(joined_.end(), 0, kSimdPadding);
  joined_bends_.clear();
  joined_bends_.append(carry_bends_.data(), carry_bends_.size());
  for (size_t i = 0; i < piece.bend_count; ++i) {
    Bend bend = piece.bends[i];
    bend.at += static_cast<uint32_t>(carry_.size());
    joined_bends_.push(bend);
  }
  const Piece both{{joined_.data(), joined_.size()}, carry_at_, joined_bends_.data(), joined_bends_.size()};
  carry_.clear();
  carry_bends_.clear();
  scan(both, false);
}

bool Texts::end() {
  if (carry_.size() != 0) {
    joined_.clear();
    joined_.reserve(carry_.size() + kSimdPadding);
    joined_.append(carry_.data(), carry_.size());
    std::memset(joined_.end(), 0, kSimdPadding);
    joined_bends_.clear();
    joined_bends_.append(carry_bends_.data(), carry_bends_.size());
    const Piece rest{{joined_.data(), joined_.size()}, carry_at_, joined_bends_.data(), joined_bends_.size()};
    carry_.clear();
    carry_bends_.clear();
    scan(rest, true);
  }
  close_text();
  if (own_flow_) editor_->end_flow(site_.flow);
  return marked_;
}

/// What is behind `from` waits for more.
void Texts::keep(const Piece& piece, size_t from) {
  carry_at_ = raw_of(piece, from, &cursor_);
  const ByteView rest = piece.bytes.substr(from);
  carry_.append(rest.data(), rest.size());
  for (size_t i = 0; i < piece.bend_count; ++i) {
    if (piece.bends[i].at < from) continue;
    Bend bend = piece.bends[i];
    bend.at -= static_cast<uint32_t>(from);
    carry_bends_.push(bend);
  }
}

void Texts::scan(const Piece& piece, bool last) {
  const ByteView text = piece.bytes;
  cursor_ = {};
  Next next(text, written_);
  size_t shown = 0, at = 0, odd = hidden_at(text, 0), escape = escaped_from(text, 0), hidden = std::min(odd, escape);
  bool decoded = false;   // a reference, or what hides a value, stands between shown and at
  const auto flush = [&](size_t to) {
    if (to > shown) decoded ? show_decoded(piece, shown, to) : show(piece, shown, to);
    shown = to;
    decoded = false;
  };
  while (at < text.size()) {
    if (in_uri_) {
      while (at < text.size() && is_base64_character(text[at])) ++at;
      flush(at);
      if (at == text.size()) break;
      in_uri_ = false;
      end_uri(text[at]);
      continue;
    }
    if (odd < at) odd = hidden_at(text, at);   // one stood in a tag
    if (escape < at) escape = escaped_from(text, at);
    hidden = std::min(odd, escape);
    const size_t cdata = in_cdata_ ? cdata_end(text, at, last) : text.size();
    at = std::min({next.from(at), hidden, cdata});
    if (at == text.size()) break;
    const ByteView rest = text.substr(at);
    if (at == cdata) {
      flush(at);
      if (!end_cdata(piece, at)) return;
      shown = at += kCdataEnd.size();
      continue;
    }
    char out[4];
    size_t length;
    if (at == hidden || rest[0] == '+') {   // a form's blank
      decoded = true;
      at += at == hidden ? see_hidden(rest, out, &length) : 1;
      continue;
    }
    bool within = false, element = site_.style == Style::markup;
    Seen seen;
    if (rest[0] == ';') seen = see_uri(rest, last);
    else if (rest[0] == '&') seen = see_reference(rest, last, out, &length);
    else if (rest[0] == '%') seen = see_percent(rest, last, out, &length);
    else if (seen = see_tag(rest, kTagMax, last, &within); !within && !element) seen.kind = see_element(rest, seen, last, &element);
    if (seen.kind == Seen::Kind::incomplete) return flush(at), keep(piece, at);
    if (seen.kind == Seen::Kind::none) {
      ++at;
    } else if (rest[0] == ';') {
      at += seen.length;
      flush(at);
      close_text();
      in_uri_ = true;
    } else if (rest[0] == '<') {
      flush(at);
      pass_tag(piece, at, seen.length, within, element);
      shown = at += seen.length;
    } else {
      decoded = true;
      at += seen.length;
    }
  }
  const size_t cut = last ? text.size() : open_escape(text, shown);
  flush(cut);
  if (cut < text.size()) keep(piece, cut);
}

/// What ends a CDATA section is a tag. False: more of it has to come.
bool Texts::end_cdata(const Piece& piece, size_t at) {
  if (piece.bytes.size() - at < kCdataEnd.size()) return keep(piece, at), false;
  in_cdata_ = false;
  pass_tag(piece, at, kCdataEnd.size(), false, false);
  return true;
}

/// A data: URI ends where its base64 does. What was taken for it may as well be the front of a value: ";base64,jo@x.org". So what
/// is behind it goes on in it, but for what ends a URI and stands in no value.
void Texts::end_uri(char next) {
  if (open_ && next != '"' && next != ')' && next != '>') {
    if (site_.flow == 0) {
      own_flow_ = !in_tag_;
      site_.flow = kOwnFlows + ++flows_;
      site_.exact = true;
    }
    editor_->join_flow(site_.flow);
  }
  close_text();
}

/// What a tag says of the texts before and behind it.
void Texts::pass_tag(const Piece& piece, size_t at, size_t length, bool within, bool element) {
  const ByteView written = piece.bytes.substr(at, length);
  if (site_.flow == 0) {
    own_flow_ = true;
    site_.flow = kOwnFlows + ++flows_;
    if (open_) editor_->join_flow(site_.flow);
  }
  tag(piece, at, at + length);
  table_.tag(written);
  if (rule_ == kNoRule) site_.rule = table_.rule();
  const bool cdata = written == kCdata;   // what it holds is the element's
  in_cdata_ = in_cdata_ || cdata;
  if (!within && !cdata) element_.clear();
  if (!within && element && !cdata) note_element(written);
  if (!cdata && pair_.tag(written, within) && element_.size() == 0) {
    element_.append(pair_.name().data(), pair_.name().size());
    element_.reserve(kSimdPadding);
  }
  const ByteView name(element_.data(), element_.size());
  site_.field = !table_.field().empty() ? table_.field() : !name.empty() ? name : field_;
  // Between the tags of a page nothing was cut off; in a chunk's text a tag may stand anywhere.
  page_ = page_ || !within;
  site_.exact = exact_ || ((page_ || own_flow_) && within);
  if (!within && site_.rule == kNoRule && passes_name(written)) return;
  if (is_line_break(written)) return show_line_break(piece, at + length);
  parts_ = parts_ || !within;
}

/// Tags part the texts between which they stand; those at a string's begin and end part it from no other.
void Texts::part() {
  if (parts_ && spoke_ && site_.flow != 0) editor_->end_flow(site_.flow);
  parts_ = false;
}

/// Blanks behind tags that part say nothing: they stand for themselves. Returns where what is left begins.
size_t Texts::behind_tags(const Piece& piece, size_t from, size_t to) {
  if (!parts_ || in_tag_) return from;
  if (site_.rule != rule_) return part(), from;   // of a column: show_blanks()
  size_t at = from;
  while (at < to && is_space(piece.bytes[at])) ++at;
  if (at > from) {
    const uint64_t flow = std::exchange(site_.flow, 0);
    show_as(piece, from, at);
    close_text();
    site_.flow = flow;
  }
  if (at < to) part();
  return at;
}

/// Whether a tag stands between a name and what has it: any behind "SSN:"; behind a term </dt>, then <dd>, and any in that.
bool Texts::passes_name(ByteView tag) {
  switch (label_) {
    case Label::none:
      if (term_ && ends_term(tag)) label_ = Label::term;
      break;
    case Label::open:
      term_ = false;
      label_ = Label::passed;
      break;
    case Label::term: label_ = is_tag(tag, "dd") ? Label::passed : Label::none; break;
    case Label::passed:
      if (term_ && ends_definition(tag)) label_ = Label::none;
      break;
  }
  return label_ != Label::none;
}

/// "SSN:" before tags, blanks behind it or not, is the name of what stands behind them.
void Texts::note_label(ByteView text) {
  if (in_tag_) return;
  const size_t last = text.find_last_not_of(kBlanks);
  if (last == ByteView::npos) return;
  label_ = text[last] == ':' ? Label::open : Label::none;
  term_ = true;
}

/// What tags set apart from "SSN:" stands in the line below it, without the blanks between. What stands between </dt> and <dd> is
/// none of both.
size_t Texts::behind_label(const Piece& piece, size_t from, size_t to) {
  if ((label_ != Label::passed && label_ != Label::term) || in_tag_) return from;
  while (from < to && is_space(piece.bytes[from])) ++from;
  if (from == to) return to;
  if (label_ == Label::passed) show_line_break(piece, from, term_);
  else if (site_.flow != 0) editor_->end_flow(site_.flow);
  return from;
}

/// What stands behind <br> goes on in the next line of the same text. term: the line above is a name, without the colon.
void Texts::show_line_break(const Piece& piece, size_t at, bool term) {
  static constexpr Bend kNewline{0, 1, 0}, kBehindTerm{0, 2, 0};
  static constexpr char kText[2 + kSimdPadding] = ":\n";
  if (site_.rule != kNoRule) return;
  part();
  const uint64_t raw = raw_of(piece, at, &cursor_);
  open_text(raw);
  if (term) editor_->piece({{kText, 2}, raw, &kBehindTerm, 1});
  else editor_->piece({{kText + 1, 1}, raw, &kNewline, 1});
}

/// <dateOfBirth>: what stands behind it has that name, when it is one that says something.
void Texts::note_element(ByteView tag) {
  const ByteView name = element_name(tag);
  if (name.empty()) return;
  element_.append(name.data(), name.size());
  element_.reserve(kSimdPadding);
  if (detect::named_by_field({element_.data(), element_.size()}) == 0) element_.clear();
}

/// Where a part of text[from, to) ends that is shown at a time.
size_t Texts::border(ByteView text, size_t from, size_t to) {
  if (to - from <= kShownText) return to;
  size_t end = from + kShownText;
  while (end > from && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) --end;
  return end == from ? to : end;
}

/// Shows text[from, to) as it is.
void Texts::show(const Piece& piece, size_t from, size_t to) {
  for (size_t end; from < to; from = end) show_some(piece, from, end = border(piece.bytes, from, to));
}

void Texts::show_some(const Piece& piece, size_t from, size_t to) {
  from = show_blanks(piece, behind_tags(piece, behind_label(piece, from, to), to), to);
  if (from < to) show_as(piece, from, to);
}

/// Shows the blanks at the begin of a cell that a mask names, which stay; returns where what is left begins.
size_t Texts::show_blanks(const Piece& piece, size_t from, size_t to) {
  if (site_.rule == rule_ || ruled_) return from;
  size_t at = from;
  while (at < to && is_space(piece.bytes[at])) ++at;
  const uint8_t rule = site_.rule;
  site_.rule = rule_;
  if (at > from) show_as(piece, from, at);
  site_.rule = rule;
  if (at == to) return to;
  close_text();
  ruled_ = true;
  return at;
}

void Texts::show_as(const Piece& piece, size_t from, size_t to) {
  const uint64_t raw = raw_of(piece, from, &cursor_);
  if (table_.collects() && !in_tag_) table_.text(piece.bytes.substr(from, to - from));
  if (!in_tag_) pair_.text(piece.bytes.substr(from, to - from));
  note_label(piece.bytes.substr(from, to - from));
  spoke_ = spoke_ || (!in_tag_ && !std::all_of(piece.bytes.begin() + from, piece.bytes.begin() + to, is_space));
  Site site = site_;
  if (!open_) {
    if (in_uri_) site.flow = 0;
    editor_->begin_text(site, raw);
    open_ = true;
  }
  if (from == 0 && to == piece.bytes.size()) {
    editor_->piece(piece);
    return;
  }
  bends_.clear();
  size_t i = cursor_.bend;
  for (; i < piece.bend_count && piece.bends[i].at + piece.bends[i].text <= to; ++i) {
    Bend bend = piece.bends[i];
    bend.at -= static_cast<uint32_t>(from);
    bends_.push(bend);
  }
  editor_->piece({piece.bytes.substr(from, to - from), raw, bends_.data(), bends_.size()});
}

/// Shows text[from, to) with references, and characters that hide a value, taken for what they stand for.
void Texts::show_decoded(const Piece& piece, size_t from, size_t to) {
  from = show_blanks(piece, behind_tags(piece, behind_label(piece, from, to), to), to);
  if (from == to) return;
  spoke_ = spoke_ || !in_tag_;
  uint64_t raw = raw_of(piece, from, &cursor_);
  if (!open_) open_text(raw);
  plain_.clear();
  bends_.clear();
  size_t bend = cursor_.bend;
  Cursor cursor = cursor_;
  const auto flush = [&] {
    plain_.reserve(kSimdPadding);
    std::memset(plain_.end(), 0, kSimdPadding);
    if (table_.collects() && !in_tag_) table_.text({plain_.data(), plain_.size()});
    if (!in_tag_) pair_.text({plain_.data(), plain_.size()});
    note_label({plain_.data(), plain_.size()});
    if (plain_.size() != 0) editor_->piece({{plain_.data(), plain_.size()}, raw, bends_.data(), bends_.size()});
    plain_.clear();
    bends_.clear();
  };
  for (size_t at = from; at < to;) {
    if (plain_.size() >= kShownText && (static_cast<uint8_t>(piece.bytes[at]) & 0xc0) != 0x80) {
      flush();
      raw = raw_of(piece, at, &cursor);
    }
    char out[4];
    size_t length = 1;
    Seen seen;
    const ByteView rest = piece.bytes.substr(at, to - at);
    if (rest[0] == '&' && written_ == Written::markup) seen = see_reference(rest, true, out, &length);
    else if (rest[0] == '%' && written_ == Written::percent) seen = see_percent(rest, true, out, &length);
    else if (const size_t hidden = see_hidden(rest, out, &length); hidden != 0) seen = {Seen::Kind::whole, hidden};
    else length = 1;
    if (seen.kind == Seen::Kind::whole) {
      // What it stands for may hide a value itself: "&shy;".
      char shown[3] = {};
      size_t shows;
      if (length != 0 && see_hidden({out, length}, shown, &shows) == length) out[0] = shown[0], length = shows;
      const uint64_t begin = raw_of(piece, at, &cursor), end = raw_of(piece, at + seen.length, &cursor);
      bends_.push({static_cast<uint32_t>(plain_.size()), static_cast<uint32_t>(length), static_cast<uint32_t>(end - begin)});
      plain_.append(out, length);
      at += seen.length;
      while (bend < piece.bend_count && piece.bends[bend].at < at) ++bend;
      continue;
    }
    if (rest[0] == '+' && written_ == Written::percent) {
      plain_.push(' ');
      ++at;
      continue;
    }
    if (bend < piece.bend_count && piece.bends[bend].at == at) {
      const Bend& old = piece.bends[bend++];
      bends_.push({static_cast<uint32_t>(plain_.size()), old.text, old.raw});
      plain_.append(rest.data(), old.text);
      at += old.text;
      continue;
    }
    plain_.push(rest[0]);
    ++at;
  }
  flush();
}

/// A tag's inside is a text by itself: addresses of links, titles, pictures. What stands in it is written as text is.
void Texts::tag(const Piece& piece, size_t from, size_t to) {
  close_text();
  const Site around = site_;
  site_.flow = 0;
  site_.rule = rule_;
  site_.field = field_;
  in_tag_ = true;
  for (size_t at = from; at < to;) {
    const size_t mark = piece.bytes.substr(0, to).find(kUriMark, at);
    size_t begin = mark == ByteView::npos ? to : mark + kUriMark.size();
    const ByteView part = piece.bytes.substr(at, begin - at);
    const bool written = (written_ == Written::markup && part.find('&') != ByteView::npos) || hidden_at(part, 0) < part.size();
    written ? show_decoded(piece, at, begin) : show(piece, at, begin);
    close_text();
    size_t end = begin;
    while (end < to && is_base64_character(piece.bytes[end])) ++end;
    if (end > begin) show(piece, begin, end);
    end < to ? end_uri(piece.bytes[end]) : close_text();
    at = end;
  }
  if (site_.flow != 0) editor_->end_flow(site_.flow);
  in_tag_ = false;
  site_ = around;
}

}  // namespace gatehouse::mask
