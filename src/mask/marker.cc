#include "mask/marker.h"

#include <bit>
#include <charconv>

#include "json/escape.h"
#include "mask/replacement.h"
#include "mask/text_names.h"
#include "mask/texts.h"

namespace gatehouse::mask {
namespace {

static_assert(kSimdPadding >= json::kCopySlack);

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

}  // namespace

bool Marker::prepare(const Plan& plan) {
  rows_.resize((kJsonDepthMax + 1) * plan.state().fields.words());
  marks_.reserve(1024);
  texts_.reserve(16 * 1024);
  plain_.reserve(64 * 1024);
  found_.reserve(256);
  return asked_.prepare(plan.state());
}

void Marker::start(const Plan& plan, Selection masks, json::Document& document, size_t key_base) {
  plan_ = &plan.state();
  document_ = &document;
  key_base_ = key_base;
  changed_keys_ = joins_ = false;
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
}

uint8_t Marker::stronger(uint8_t a, uint8_t b) const {
  if (a == kNoRule || b == kNoRule) return a == kNoRule ? b : a;
  return plan_->rules[a].rank < plan_->rules[b].rank ? a : b;
}

/// The field mask of the value that comes now.
uint8_t Marker::field_rule() {
  if (!fields_) return kNoRule;
  const Frame* frame = depth_ == 0 ? nullptr : &frames_[depth_ - 1];
  uint8_t rule = frame == nullptr ? kNoRule : frame->rule;
  if (frame != nullptr && !frame->member_alive) return rule;
  if (plan_->fields.matches(row(depth_)))
    plan_->fields.for_each_match(row(depth_), [&](uint32_t label) { rule = stronger(rule, static_cast<uint8_t>(label)); });
  return rule;
}

void Marker::open(json::Kind kind) {
  Frame frame{kind, field_rule(), false, false, 0, false};
  frame.text_member = kind == json::Kind::array && (depth_ == 0 || frames_[depth_ - 1].text_member);
  frame.alive = fields_ && (depth_ == 0 || frames_[depth_ - 1].member_alive);
  if (frame.alive && kind == json::Kind::array) frame.member_alive = plan_->fields.element(row(depth_), row(depth_ + 1));
  frames_[depth_++] = frame;
}

void Marker::key(const json::Token& token) {
  Frame& frame = frames_[depth_ - 1];
  frame.text_member = is_text_name(document_->raw(token));
  if (frame.alive) {
    const json::Automaton::Symbol symbol = plan_->fields.symbol(token.escape_count == 0 ? document_->raw(token) : read(token));
    frame.member_alive = plan_->fields.key(row(depth_ - 1), symbol, row(depth_));
  }
  if (wanted_.any() && token.length != 0 && candidates_.any(token.offset, token.offset + token.length))
    mark_found(token, true);
}

void Marker::string(const json::Token& token) {
  if (depth_ > 0 && frames_[depth_ - 1].text_member) joins_ = true;
  if (!joins_ && Texts::may_hide(document_->raw(token))) joins_ = true;
  const uint8_t rule = field_rule();
  if (rule != kNoRule) mark_field(token, rule);
  else if (wanted_.any() && token.length != 0 && candidates_.any(token.offset, token.offset + token.length))
    mark_found(token, false);
}

void Marker::number(const json::Token& token, json::NumberShape) {
  uint8_t rule = field_rule();
  Found found{0, 0, Detector::field, Evidence::none, false, false, 0};
  if (rule == kNoRule) {
    if (!wanted_.any() || !detect_number(document_->raw(token), {}, wanted_, &found)) return;
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
  add_mark(token.offset, token.length, token.index, rule, Detector::field, Evidence::none);
}

/// A string's or key's text, with kSimdPadding readable bytes behind; lives until the next read().
ByteView Marker::read(const json::Token& token) {
  if (token.escape_count == 0) return document_->raw(token);
  plain_.clear();
  plain_.resize(token.length + kSimdPadding);
  return {plain_.data(), document_->text(token, plain_.data())};
}

void Marker::add_mark(uint32_t offset, uint32_t length, uint32_t token, uint8_t rule, Detector detector, Evidence evidence) {
  const Weight weight = detector == Detector::field ? Weight::source : Weight::found;
  marks_.push({offset, length, static_cast<uint32_t>(text_begin_), static_cast<uint32_t>(texts_.size() - text_begin_), token, rule, detector,
               evidence, weight});
}

void Marker::mark_field(const json::Token& token, uint8_t rule) {
  begin_text();
  if (token.length > kFieldWhole) append_redacted(plan_->rules[rule], Style::json, &texts_);
  else append_field(plan_->rules[rule], read(token), Style::json, &found_, &texts_);
  if (document_->raw(token) == ByteView(texts_.data() + text_begin_, texts_.size() - text_begin_)) {
    texts_.resize(text_begin_);  // masked before: nothing changes
    return;
  }
  add_mark(token.offset, token.length, token.index, rule, Detector::field, Evidence::none);
}

void Marker::mark_found(const json::Token& token, bool is_key) {
  const ByteView text = read(token);
  detect({.bytes = text}, wanted_, &found_);
  if (found_.empty()) return;
  RawCursor cursor(document_->bytes().data(), token);
  for (const Found& found : found_) {
    const uint8_t rule = asked_.rule_of(found);
    const uint32_t begin = cursor.raw_of(found.begin), end = cursor.raw_of(found.end);
    begin_text();
    append_found(plan_->rules[rule], found, text.substr(found.begin, found.end - found.begin), true, Style::json, &texts_);
    if (is_key && &found == &found_.back()) {
      changed_keys_ = true;
      const size_t number = ++frames_[depth_ - 1].changed_keys + key_base_;
      if (number > 1) {
        char digits[24] = "#";
        texts_.append(digits, static_cast<size_t>(std::to_chars(digits + 1, digits + sizeof digits, number).ptr - digits));
      }
    }
    add_mark(begin, end - begin, token.index, rule, found.detector, found.evidence);
  }
}

}  // namespace gatehouse::mask
