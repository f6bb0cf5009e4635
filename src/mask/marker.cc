#include "mask/marker.h"

#include <algorithm>
#include <charconv>

#include "detect/finder.h"
#include "json/escape.h"
#include "mask/columns.h"
#include "mask/json_text.h"
#include "mask/replacement.h"
#include "mask/texts.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kDenseBytes = 1024;    // of a text that is long
constexpr size_t kFieldNameMax = 128;   // bytes of a name that are context
constexpr size_t kEscapedMost = 6;      // bytes of a character's escape
constexpr uint64_t kRootPath = 1;
constexpr uint64_t kNowhere = UINT64_MAX;
constexpr uint64_t kElement = 1;   // the number of an element in its path

/// Follows a string's text and its raw bytes side by side; asked in order.
class RawCursor {
 public:
  RawCursor(const char* document, const json::Token& token)
      : document_(document), next_(token.escapes), last_(token.escapes + token.escape_count), raw_(token.offset) {}

  /// Where in the document the text's byte `at` stands; `at` is on a character border.
  uint32_t raw_of(size_t at) {
    while (next_ != last_ && at > text_ + (*next_ - raw_)) {
      char decoded[4];
      text_ += *next_ - raw_ + json::decode_escape(document_ + *next_, decoded);
      raw_ = *next_ + static_cast<uint32_t>(json::escape_length(document_ + *next_));
      ++next_;
    }
    return raw_ + static_cast<uint32_t>(at - text_);
  }

 private:
  const char* document_;
  const uint32_t* next_;
  const uint32_t* last_;
  uint32_t raw_;
  size_t text_ = 0;
};

/// Where the last kEdgeBytes of a text begin, on a character border.
size_t edge_begin(ByteView text) {
  size_t begin = text.size() > kEdgeBytes ? text.size() - kEdgeBytes : 0;
  while (begin < text.size() && inside_character(text[begin])) ++begin;
  return begin;
}

/// How long a string's text is.
size_t text_length(const char* document, const json::Token& token) {
  size_t length = token.length;
  for (uint32_t i = 0; i < token.escape_count; ++i) {
    char decoded[4];
    const char* const at = document + token.escapes[i];
    length -= json::escape_length(at) - json::decode_escape(at, decoded);
  }
  return length;
}

}  // namespace

bool Marker::prepare(const Plan& plan) {
  rows_.resize((kJsonDepthMax + 1) * plan.state().fields.words());
  marks_.reserve(1024);
  texts_.reserve(16 * 1024);
  plain_.reserve(64 * 1024);
  found_.reserve(256);
  return asked_.prepare(plan.state());
}

void Marker::start(const Plan& plan, Selection masks, json::Document& document) {
  plan_ = &plan.state();
  document_ = &document;
  changed_keys_ = by_editor_ = dense_ = false;
  depth_ = 0;
  marks_.trim();
  texts_.trim();
  plain_.trim();
  found_.trim();
  fields_ = (masks & plan_->with_fields) != 0;
  words_ = plan_->fields.words();
  if (fields_) {
    rows_.resize((kJsonDepthMax + 1) * words_);
    plan_->fields.begin(masks, row(0));
  }
  asked_.start(*plan_, masks);
  wanted_ = asked_.wanted;
  wanted_.columns = nullptr;   // what has a table is the editor's
  by_name_ = detect::called_by_name() & wanted_.set;
  key_names_.start(plan_->fields);
  flows_.start(&wanted_, this, this);
}

/// Ends the flows, and puts their marks among the others.
void Marker::finish() {
  if (by_editor_) return;
  flows_.check(document_->bytes().size());
  flows_.end_all();
  by_editor_ = flows_.holds_table();
  settle_marks(*plan_, &marks_);
}

uint8_t Marker::stronger(uint8_t a, uint8_t b) const {
  if (a == kNoRule || b == kNoRule) return a == kNoRule ? b : a;
  return plan_->rules[a].rank < plan_->rules[b].rank ? a : b;
}

uint8_t Marker::matched_rule() {
  uint8_t rule = depth_ == 0 ? kNoRule : frames_[depth_ - 1].rule;
  if (plan_->fields.matches(row(depth_)))
    plan_->fields.for_each_match(row(depth_), [&](uint32_t label) { rule = stronger(rule, static_cast<uint8_t>(label)); });
  return rule;
}

/// The name of the innermost member around the value that comes now, as far as it is context.
ByteView Marker::name() {
  for (size_t i = depth_; i > 0; --i) {
    const Frame& frame = frames_[i - 1];
    if (frame.kind != json::Kind::object) continue;
    if (frame.name.escape_count == 0) return document_->raw(frame.name).substr(0, kFieldNameMax);
    name_.clear();
    name_.resize(frame.name.length + kSimdPadding);
    return {name_.data(), std::min(document_->text(frame.name, name_.data()), kFieldNameMax)};
  }
  return {document_->bytes().data(), 0};
}

/// What that name speaks of.
detect::DetectorSet Marker::names() {
  for (size_t i = depth_; i > 0; --i) {
    Frame& frame = frames_[i - 1];
    if (frame.kind != json::Kind::object) continue;
    if (frame.names == detect::Text::kUnasked) frame.names = field_names_.of(name());
    return frame.names;
  }
  return 0;
}

void Marker::open(json::Kind kind) {
  const Frame* const parent = depth_ == 0 ? nullptr : &frames_[depth_ - 1];
  const uint8_t rule = field_rule();
  Frame& frame = frames_[depth_++];
  frame.kind = kind;
  frame.rule = rule;
  frame.member_alive = false;
  frame.changed_keys = 0;
  frame.text_member = kind == json::Kind::array && (parent == nullptr || parent->text_member);
  frame.offset_member = Offset::none;
  frame.path = parent == nullptr ? kRootPath : member_path(parent->path, parent->number);
  frame.number = kElement;
  frame.names = 0;
  frame.flow = 0;
  frame.start = frame.end = kNowhere;
  frame.alive = fields_ && (parent == nullptr || parent->member_alive);
  if (frame.alive && kind == json::Kind::array) frame.member_alive = plan_->fields.element(row(depth_ - 1), row(depth_));
}

void Marker::close(json::Kind kind) {
  Frame& frame = frames_[--depth_];
  if (kind == json::Kind::array) return;
  if (frame.flow != 0) {
    if (frame.start != kNowhere) flows_.offsets(frame.flow, frame.start, frame.end, nullptr);
    flows_.settle(frame.flow);
    return;
  }
  // Offsets of an object without a text (metadata) belong to the one around it.
  if (frame.start == kNowhere || depth_ == 0) return;
  Frame& around = frames_[depth_ - 1];
  if (around.kind != json::Kind::object || around.start != kNowhere) return;
  around.start = frame.start;
  around.end = frame.end;
}

bool Marker::may_hold(const json::Token& token) {
  if (!wanted_.any() || token.length == 0) return false;
  return wanted_.has(detect::Detector::custom) || candidates_.any(token.offset, token.offset + token.length);
}

/// Whether a text may hold a table with a column that a mask or a detector names, or a part of its head.
bool Marker::may_hold_table(const json::Token& token, bool goes_on) {
  if (token.length == 0) return false;
  const ByteView raw = document_->raw(token);
  if (token.escape_count == 0 && !goes_on && raw.find('<') == ByteView::npos) return false;   // one line
  const ByteView text = read(token);
  for (size_t at = 0; (at = text.find('<', at)) != ByteView::npos; ++at)
    if (at + 1 < text.size() && (text[at + 1] | 0x20) == 't') return true;
  return holds_column_head(text, asked_.wanted, goes_on);
}

void Marker::key(const json::Token& token) {
  Frame& frame = frames_[depth_ - 1];
  frame.name = token;
  const ByteView text = token.escape_count == 0 ? document_->raw(token) : read(token);
  const KeyName& is = key_names_.of(text);
  frame.text_member = is.text;
  frame.names_pair = is.names_pair;
  frame.offset_member = is.offset;
  frame.number = is.number;
  frame.names = detect::Text::kUnasked;
  if (frame.alive) frame.member_alive = plan_->fields.key(row(depth_ - 1), is.symbol, row(depth_));
  flows_.check(token.offset);
  if ((!is.plain || wanted_.has(detect::Detector::custom)) && may_hold(token)) number_key(token);
}

void Marker::string(const json::Token& token) {
  Frame* const frame = depth_ == 0 ? nullptr : &frames_[depth_ - 1];
  if (by_editor_) return;
  flows_.check(token.offset);
  if (frame != nullptr && frame->names_pair && frame->kind == json::Kind::object && wanted_.any() &&
      token.length <= kEscapedMost * kNameBeside && names_beside(read(token))) {
    by_editor_ = true;
    return;
  }
  const uint8_t rule = field_rule();
  const uint64_t flow = frame != nullptr && frame->text_member ? member_path(frame->path, frame->number) | 1 : 0;
  if (flow != 0) frame->flow = flow;
  if (rule != kNoRule) return mark_field(token, rule);
  by_editor_ = (wanted_.any() || fields_) &&
               Texts::may_join(document_->raw(token), holds_, token.escapes, token.escape_count, token.offset);
  by_editor_ = by_editor_ || (asked_.wanted.columns != nullptr && may_hold_table(token, flow != 0));
  if (by_editor_) return;
  if (flow != 0 && token.length != 0 && wanted_.any()) return mark_flow(token, flow);
  if (token.length == 0 || !wanted_.any()) return;
  if (may_hold(token) || is_named()) look_at(token, {read(token), 0, name(), false, nullptr, names()});
}

/// Whether a number may be a value: a card by its length, any by its field's name.
bool Marker::may_be_value(size_t length, json::NumberShape shape) {
  constexpr size_t kCardLeast = 13;
  if (!wanted_.any()) return false;
  if (length >= kCardLeast || shape.exponent || wanted_.has(detect::Detector::custom)) return true;
  return length >= (wanted_.has(detect::Detector::password) ? 4 : 7) && (names() & wanted_.set) != 0;
}

void Marker::number(const json::Token& token, json::NumberShape shape) {
  Frame* const frame = depth_ == 0 ? nullptr : &frames_[depth_ - 1];
  // Numbers of a tokenizer, beside the text that they stand for.
  if (depth_ > 1 && frame->kind == json::Kind::array && frame[-1].kind == json::Kind::array && frame[-1].flow != 0)
    by_editor_ = true;
  if (by_editor_) return;
  if (frame != nullptr && frame->offset_member != Offset::none && wanted_.any() && !shape.fraction && !shape.exponent) {
    const ByteView raw = document_->raw(token);
    uint64_t value = 0;
    if (std::from_chars(raw.data(), raw.data() + raw.size(), value).ec == std::errc())
      (frame->offset_member == Offset::start ? frame->start : frame->end) = value;
  }
  flows_.check(token.offset);
  uint8_t rule = field_rule();
  detect::Found found{0, 0, detect::Detector::field, detect::Evidence::none, false, false, 0};
  if (rule == kNoRule) {
    if (!may_be_value(token.length, shape) || !detect_number(document_->raw(token), name(), wanted_, &found)) return;
    rule = asked_.rule_of(found);
  }
  if (document_->raw(token) == "0") return;
  begin_text();
  texts_.push('0');
  add_mark(token.offset, token.length, token.index, rule, found.detector, found.evidence);
}

void Marker::literal(const json::Token& token) {
  const uint8_t rule = field_rule();
  if (rule == kNoRule || document_->raw(token) == "null") return;
  begin_text();
  texts_.append("null", 4);
  add_mark(token.offset, token.length, token.index, rule, detect::Detector::field, detect::Evidence::none);
}

/// A string's or key's text, with kSimdPadding readable bytes behind; lives until the next read().
ByteView Marker::read(const json::Token& token) {
  if (token.escape_count == 0) return document_->raw(token);
  plain_.clear();
  plain_.resize(token.length + kSimdPadding);
  return {plain_.data(), document_->text(token, plain_.data())};
}

void Marker::add_mark(uint32_t offset, uint32_t length, uint32_t token, uint8_t rule, detect::Detector detector,
                      detect::Evidence evidence) {
  const Weight weight = detector == detect::Detector::field ? Weight::source : Weight::found;
  marks_.push({offset, length, static_cast<uint32_t>(text_begin_), static_cast<uint32_t>(texts_.size() - text_begin_), token, rule,
               detector, evidence, weight});
}

void Marker::mark_field(const json::Token& token, uint8_t rule) {
  begin_text();
  if (token.length > kFieldWhole) append_redacted(plan_->rules[rule], Style::json, &texts_);
  else append_field(plan_->rules[rule], read(token), Style::json, &found_, &texts_);
  if (document_->raw(token) == ByteView(texts_.data() + text_begin_, texts_.size() - text_begin_)) {
    texts_.resize(text_begin_);  // masked before: nothing changes
    return;
  }
  add_mark(token.offset, token.length, token.index, rule, detect::Detector::field, detect::Evidence::none);
}

/// Marks what detectors find in a token's text, of which `text` is all from `left` on; returns the open tail. signs_end: as
/// detect() says.
size_t Marker::look_at(const json::Token& token, detect::Text text, size_t left, size_t* signs_end) {
  cells_.clear();
  text.cells = &cells_;
  const size_t tail = detect::detect(text, wanted_, &found_, signs_end);
  if (cells_.met != SIZE_MAX) by_editor_ = by_editor_ || holds_head(text.bytes, cells_.met, cells_.met_last);
  RawCursor cursor(document_->bytes().data(), token);
  for (const detect::Found& found : found_) {
    const uint8_t rule = asked_.rule_of(found);
    const uint32_t begin = cursor.raw_of(left + found.begin), end = cursor.raw_of(left + found.end);
    begin_text();
    if (!found.rest)
      append_found(plan_->rules[rule], found, text.bytes.substr(found.begin, found.end - found.begin), !found.open_end, Style::json,
                   &texts_);
    add_mark(begin, end - begin, token.index, rule, found.detector, found.evidence);
  }
  return tail;
}

/// A key that changes is numbered within its object; a hash is not (where keys become equal the editor takes over).
void Marker::number_key(const json::Token& token) {
  const size_t before = marks_.size();
  look_at(token, {read(token), 0, {}, false});
  if (marks_.size() == before) return;
  changed_keys_ = true;
  if (plan_->rules[marks_.back().rule].method == Method::hash) return;
  const size_t number = ++frames_[depth_ - 1].changed_keys;
  if (number == 1) return;
  char digits[24] = "#";
  const char* const end = std::to_chars(digits + 1, digits + sizeof digits, number).ptr;
  texts_.append(digits, static_cast<size_t>(end - digits));
  marks_.back().text_length += static_cast<uint32_t>(end - digits);
}

/// A text that others continue, as one that may go on and as one that does not; `inside` goes on into it.
void Marker::look_at_both(const json::Token& token, const detect::Text& whole, FlowText* out) {
  const ByteView text = whole.bytes;
  detect::Text open = whole;
  open.open = true;
  size_t signs_end = 0;
  const size_t tail = look_at(token, open, 0, &signs_end);
  for (const detect::Found& found : found_) out->known.note(found, found.rest);
  detect::Inside inside = *whole.inside;
  const size_t left = tail > detect::kLeftBytes ? tail - detect::kLeftBytes : 0;
  if (tail < text.size() && (inside.any() || wanted_.has(detect::Detector::custom) || (whole.named & by_name_) != 0 ||
                            signs_end > left))
    look_at(token, {text.substr(left), tail - left, whole.field, false, &inside, whole.named}, left);
  const size_t begin = edge_begin(text);
  out->open = tail > begin ? tail - begin : 0;
  out->after = whole.inside->behind(tail > begin ? 0 : begin - tail);
  out->grows = text.size() - tail;
  out->known.drop(begin);
}

void Marker::mark_flow(const json::Token& token, uint64_t flow) {
  const uint64_t number = token.index;
  Site site;
  site.place = {{}, &number, 1};
  site.field = name();
  site.flow = flow;
  const size_t length = token.length >= kEdgeBytes ? text_length(document_->bytes().data(), token) : 0;
  const bool longer = length >= kEdgeBytes;
  detect::Inside inside;
  size_t line = 0;
  const auto fill = [&](size_t raw_length) -> FlowText& {
    FlowText& text = flows_.next(site);
    text.token = token;
    text.raw_begin = token.offset;
    text.raw_length = raw_length;
    text.length = length;
    show_edges(token, &text);
    return text;
  };
  if (longer) {
    fill(kEdgeBytes);
    inside = flows_.head(site, &line);
  }
  FlowText& text = fill(token.length);
  // Behind a long text with a value another one is expected: detectors look at once.
  const bool at_once = dense_ && token.length >= kDenseBytes;
  const size_t marks = marks_.size();
  text.quiet = !inside.any() && !at_once && !may_hold(token) && !is_named();
  if (!text.quiet) {
    const ByteView own = read(token);
    if (!inside.any()) line = 0;
    if (line != 0) look_at(token, {own.substr(0, line), 0, site.field, false, nullptr, names()});
    const bool goes_on = inside.any();
    const detect::Text whole{own, line, site.field, false, &inside, names()};
    if (flows_.seldom_joined() && !goes_on) look_at(token, whole), text.open = FlowText::kLater;
    else look_at_both(token, whole, &text);
  }
  dense_ = marks_.size() != marks;
  longer ? flows_.tail(site) : flows_.add(site);
}

/// The first and the last bytes of a text.
void Marker::show_edges(const json::Token& token, FlowText* text) {
  if (token.escape_count == 0) return text->show(document_->raw(token));
  const uint32_t* const last = token.escapes + token.escape_count - 1;
  const char* const bytes = document_->bytes().data();
  const uint32_t end = token.offset + token.length, behind = *last + static_cast<uint32_t>(json::escape_length(bytes + *last));
  if (*token.escapes - token.offset >= kShownBytes && end - behind >= kShownBytes) {   // neither shows one
    std::memcpy(text->head, bytes + token.offset, kShownBytes);
    std::memcpy(text->tail, bytes + end - kShownBytes, kShownBytes);
    text->head_length = text->tail_length = kShownBytes;
    return;
  }
  if (!show_head(token, text->head)) return text->show(read(token));   // it is short
  show_tail(token, text->tail);
  text->head_length = text->tail_length = kShownBytes;
}

/// Unescapes the first kShownBytes; false when there are fewer.
bool Marker::show_head(const json::Token& token, char* out) {
  const char* const bytes = document_->bytes().data();
  const uint32_t* next = token.escapes;
  const uint32_t* const last = next + token.escape_count;
  uint32_t from = token.offset;
  for (size_t count = 0;; ++next) {
    const uint32_t until = next == last ? token.offset + token.length : *next;
    const size_t plain = std::min<size_t>(until - from, kShownBytes - count);
    std::memcpy(out + count, bytes + from, plain);
    count += plain;
    if (count == kShownBytes) return true;
    if (next == last) return false;
    char decoded[4];
    const size_t length = std::min(json::decode_escape(bytes + *next, decoded), kShownBytes - count);
    std::memcpy(out + count, decoded, length);
    count += length;
    from = *next + static_cast<uint32_t>(json::escape_length(bytes + *next));
  }
}

/// Unescapes the last kShownBytes, which are there.
void Marker::show_tail(const json::Token& token, char* out) {
  const char* const bytes = document_->bytes().data();
  const uint32_t* next = token.escapes + token.escape_count;
  uint32_t until = token.offset + token.length;
  for (size_t left = kShownBytes; left > 0;) {
    const bool first = next == token.escapes;
    const uint32_t from = first ? token.offset : next[-1] + static_cast<uint32_t>(json::escape_length(bytes + next[-1]));
    const size_t plain = std::min<size_t>(until - from, left);
    left -= plain;
    std::memcpy(out + left, bytes + until - plain, plain);
    if (first || left == 0) return;
    char decoded[4];
    const size_t made = json::decode_escape(bytes + next[-1], decoded), length = std::min(made, left);
    left -= length;
    std::memcpy(out + left, decoded + made - length, length);
    until = *--next;
  }
}

/// The last kEdgeBytes of a text, whole characters: moves `from` and `first` on to where they begin.
void Marker::cut_to_tail(uint32_t* from, uint32_t until, const uint32_t** first, const uint32_t* last) const {
  const char* const bytes = document_->bytes().data();
  size_t left = kEdgeBytes;
  for (const uint32_t* next = last;; until = *--next) {
    const uint32_t plain = next == *first ? *from : next[-1] + static_cast<uint32_t>(json::escape_length(bytes + next[-1]));
    if (until - plain >= left) {
      *from = until - static_cast<uint32_t>(left);
      while (*from < until && inside_character(bytes[*from])) ++*from;
      *first = next;
      return;
    }
    left -= until - plain;
    if (next == *first) return;
    char decoded[4];
    const size_t made = json::decode_escape(bytes + next[-1], decoded);
    if (made > left) {
      *from = plain;
      *first = next;
      return;
    }
    left -= made;
  }
}

/// The first kEdgeBytes likewise: moves `until` and `last` back.
void Marker::cut_to_head(uint32_t from, uint32_t* until, const uint32_t* first, const uint32_t** last) const {
  const char* const bytes = document_->bytes().data();
  size_t left = kEdgeBytes;
  for (const uint32_t* next = first;; ++next) {
    const uint32_t plain = next == *last ? *until : *next;
    if (plain - from >= left) {
      const uint32_t end = from + static_cast<uint32_t>(left);
      for (*until = end; end < plain && *until > from && inside_character(bytes[*until]);) --*until;
      *last = next;
      return;
    }
    left -= plain - from;
    if (next == *last) return;
    char decoded[4];
    const size_t made = json::decode_escape(bytes + *next, decoded);
    if (made > left) {
      *until = plain;
      *last = next;
      return;
    }
    left -= made;
    from = *next + static_cast<uint32_t>(json::escape_length(bytes + *next));
  }
}

void Marker::read(const json::Token& token, bool end, Strip* out) {
  uint32_t from = token.offset, until = token.offset + token.length;
  const uint32_t *first = token.escapes, *last = token.escapes + token.escape_count;
  if (token.length >= kEdgeBytes) end ? cut_to_tail(&from, until, &first, last) : cut_to_head(from, &until, first, &last);
  out->clear();
  out->append(read_json(document_->bytes().data(), from, until, first, static_cast<size_t>(last - first), 0, &edge_, &bends_));
}

void Marker::take(const Place& place, Style style, uint64_t raw, uint64_t length, Part part, const detect::Found& found,
                  ByteView value) {
  const uint8_t rule = asked_.rule_of(found);
  begin_text();
  if (part != Part::rest) append_found(plan_->rules[rule], found, value, !found.open_end, style, &texts_);
  const ByteView text(texts_.data() + text_begin_, texts_.size() - text_begin_);
  if (document_->bytes().substr(raw, length) == text) return;
  marks_.push({raw, static_cast<uint32_t>(length), static_cast<uint32_t>(text_begin_), static_cast<uint32_t>(text.size()),
               static_cast<uint32_t>(place.numbers[0]), rule, found.detector, found.evidence,
               part == Part::whole ? Weight::found : Weight::joined});
}

}  // namespace gatehouse::mask
