#include "guard/shape.h"

#include <algorithm>
#include <charconv>

#include "guard/shape_rules.h"

namespace gatehouse::guard {
namespace {

using Clause = ShapeRules::State::Clause;
using Listed = ShapeRules::State::Listed;
using Wrong = ShapeViolation::Wrong;

// What is known of a clause so far.
constexpr uint8_t kPresent = 1, kSeen = 2, kFits = 4, kNoted = 8;

constexpr char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool same_loosely(ByteView a, ByteView b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return small(x) == small(y); });
}

ByteView trimmed(ByteView text) {
  constexpr ByteView kBlanks = " \t\r\n\v\f";
  const size_t begin = text.find_first_not_of(kBlanks);
  return begin == ByteView::npos ? ByteView() : text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

uint64_t code_points(ByteView text) {
  const auto begins = [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; };
  return static_cast<uint64_t>(std::count_if(text.begin(), text.end(), begins));
}

/// The exponent of a number, within ±10^9.
int64_t exponent_of(ByteView text) {
  bool negative = false;
  int64_t value = 0;
  for (const char c : text) {
    if (c == '-') negative = true;
    else if (c != '+') value = std::min<int64_t>(value * 10 + (c - '0'), 1'000'000'000);
  }
  return negative ? -value : value;
}

/// is_whole: a valid number's value has no fraction.
bool is_whole(ByteView raw, json::NumberShape shape) {
  if (!shape.fraction && !shape.exponent) return true;
  const size_t e = std::min(raw.find_first_of("eE"), raw.size());
  const ByteView digits = raw.substr(0, e);
  const size_t point = digits.find('.');
  const size_t last = digits.find_last_of("123456789");
  if (last == ByteView::npos) return true;   // zero
  // The power of ten of the last digit that counts.
  int64_t power = e < raw.size() ? exponent_of(raw.substr(e + 1)) : 0;
  if (point == ByteView::npos || last < point) power += static_cast<int64_t>(std::min(point, digits.size()) - 1 - last);
  else power -= static_cast<int64_t>(last - point);
  return power >= 0;
}

}  // namespace

struct ShapeCheck::Value {
  uint8_t type;             // kNumber comes with kInteger when it is one
  uint32_t token;
  ByteView text;            // a string's text, a scalar's bytes
  uint64_t length = 0;      // of containers

  bool container() const { return (type & (kArray | kObject)) != 0; }
  bool has_length() const { return (type & (kString | kArray | kObject | kNull)) != 0; }
  uint64_t measure() const { return type == kString ? code_points(text) : length; }
};

void ShapeCheck::prepare(const ShapeRules& rules) {
  rows_.reserve((kJsonDepthMax + 1) * rules.state().automaton.words());
  seen_.reserve(rules.state().clauses.size());
  plain_.reserve(4096);
}

void ShapeCheck::start(const ShapeRules& rules, uint64_t guards, const json::Document& document) {
  rules_ = &rules.state();
  document_ = &document;
  guards_ = guards & rules_->guards;
  words_ = guards_ == 0 ? 0 : rules_->automaton.words();
  depth_ = 0;
  at_ = kNoToken;
  count_ = 0;
  plain_.trim();
  rows_.clear();
  rows_.resize((kJsonDepthMax + 1) * words_);
  seen_.clear();
  seen_.resize(rules_->clauses.size());
  std::fill(seen_.begin(), seen_.end(), uint8_t{0});
  if (words_ == 0) return;
  rules_->automaton.begin_if([&](uint32_t label) { return (guards_ >> rules_->clauses[label].guard & 1) != 0; }, row(0));
}

/// Steps to the value that comes now; true when some pointer selects it.
bool ShapeCheck::begin_value() {
  if (words_ == 0) return false;
  if (depth_ != 0) {
    Frame& frame = frames_[depth_ - 1];
    if (frame.kind == json::Kind::array) {
      if (frame.alive && rules_->automaton.indexed())
        frame.member_alive = rules_->automaton.element(row(depth_ - 1), frame.next, row(depth_));
      ++frame.next;
    }
    if (!frame.member_alive) return false;
  }
  return rules_->automaton.matches(row(depth_));
}

void ShapeCheck::open(json::Kind kind) {
  Frame frame{kind, false, false, begin_value(), false, kNoToken, 0};
  const uint32_t position = at_ + 1;
  if (depth_ != 0) frame.token = frames_[depth_ - 1].kind == json::Kind::object ? position - 2 : position - 1;
  at_ = position;
  frame.alive = words_ != 0 && (depth_ == 0 || frames_[depth_ - 1].member_alive);
  if (frame.alive && kind == json::Kind::array && !rules_->automaton.indexed())
    frame.member_alive = rules_->automaton.element(row(depth_), row(depth_ + 1));
  if (frame.matched)
    rules_->automaton.for_each_match(row(depth_), [&](uint32_t label) { frame.named |= rules_->clauses[label].has_only; });
  frames_[depth_++] = frame;
}

void ShapeCheck::close(json::Kind kind) {
  const Frame& frame = frames_[--depth_];
  at_ = (frame.next == 0 ? at_ + 1 : at_) + 1;
  if (!frame.matched) return;
  const Value value{kind == json::Kind::object ? kObject : kArray, frame.token, {}, frame.next};
  rules_->automaton.for_each_match(row(depth_), [&](uint32_t label) { judge(label, value); });
}

/// A string's or key's text, with kSimdPadding readable bytes behind; lives until the next read().
ByteView ShapeCheck::read(const json::Token& token) {
  if (token.escape_count == 0) return document_->raw(token);
  plain_.clear();
  plain_.resize(token.length + kSimdPadding);
  return {plain_.data(), document_->text(token, plain_.data())};
}

void ShapeCheck::key(const json::Token& token) {
  Frame& frame = frames_[depth_ - 1];
  ++frame.next;
  at_ = token.index + 1;
  if (!frame.alive) return;
  const ByteView text = read(token);
  frame.member_alive = rules_->automaton.key(row(depth_ - 1), rules_->automaton.symbol(text), row(depth_));
  if (!frame.named) return;
  rules_->automaton.for_each_match(row(depth_ - 1), [&](uint32_t label) {
    const Clause& clause = rules_->clauses[label];
    if (clause.has_only && !std::binary_search(clause.only.begin(), clause.only.end(), text, std::less<ByteView>()))
      note(label, Wrong::member, token.index);
  });
}

void ShapeCheck::string(const json::Token& token) {
  at_ = token.index + 1;
  if (begin_value()) scalar({kString, token.index, read(token)});
}

void ShapeCheck::number(const json::Token& token, json::NumberShape shape) {
  at_ = token.index + 1;
  if (!begin_value()) return;
  const ByteView raw = document_->raw(token);
  scalar({static_cast<uint8_t>(is_whole(raw, shape) ? kNumber | kInteger : kNumber), token.index, raw});
}

void ShapeCheck::literal(const json::Token& token) {
  at_ = token.index + 1;
  if (!begin_value()) return;
  const ByteView raw = document_->raw(token);
  scalar({raw == "null" ? kNull : kBoolean, token.index, raw});
}

void ShapeCheck::scalar(const Value& value) {
  rules_->automaton.for_each_match(row(depth_), [&](uint32_t label) { judge(label, value); });
}

namespace {

bool in_list(const std::vector<Listed>& list, bool string, ByteView text) {
  return std::any_of(list.begin(), list.end(),
                     [&](const Listed& each) { return each.string == string && each.text == text; });
}

/// As a careless service compares.
bool in_list_loosely(const std::vector<Listed>& list, ByteView text) {
  text = trimmed(text);
  double value = 0;
  const bool number = read_number_value(text, &value);
  return std::any_of(list.begin(), list.end(), [&](const Listed& each) {
    return same_loosely(each.text, text) || (number && each.number && each.value == value);
  });
}

}  // namespace

/// Whether one value fulfils one clause; what is wrong first, in the order of ShapeClause.
void ShapeCheck::judge(uint32_t label, const Value& value) {
  const Clause& clause = rules_->clauses[label];
  uint8_t& seen = seen_[label];
  seen |= kSeen;
  if (value.type != kNull || clause.names(kNull)) seen |= kPresent;
  const auto wrong = [&](Wrong what, uint64_t found = 0, uint64_t asked = 0) {
    if (!clause.some) note(label, what, value.token, found, asked);
  };
  if (clause.absent) return wrong(Wrong::there);
  if (clause.types != 0 && !clause.names(value.type)) return wrong(Wrong::type);
  if (clause.lengths() && !value.has_length()) {
    if (!clause.names(value.type)) return wrong(Wrong::no_length);
  } else if (clause.lengths()) {
    const uint64_t length = value.measure();
    if (clause.has_min && length < clause.min) return wrong(Wrong::short_, length, clause.min);
    if (clause.has_max && length > clause.max) return wrong(Wrong::long_, length, clause.max);
  }
  if (!clause.in.empty() && (value.container() || !in_list(clause.in, value.type == kString, value.text)))
    return wrong(Wrong::not_listed);
  if (!clause.not_in.empty() && value.container() && !clause.names(value.type)) return wrong(Wrong::container);
  if (!clause.not_in.empty() && !value.container() && in_list_loosely(clause.not_in, value.text)) return wrong(Wrong::listed);
  if (clause.has_only && value.type != kObject && !clause.names(value.type)) return wrong(Wrong::no_object);
  seen |= kFits;
}

void ShapeCheck::note(uint32_t label, Wrong wrong, uint32_t token, uint64_t found, uint64_t asked) {
  if ((seen_[label] & kNoted) != 0) return;
  seen_[label] |= kNoted;
  const Clause& clause = rules_->clauses[label];
  if (count_++ < kViolationsMax)
    violations_[count_ - 1] = {clause.guard, clause.rule, clause.clause, token, wrong, found, asked};
}

std::span<const ShapeViolation> ShapeCheck::finish() {
  for (uint32_t i = 0; i < rules_->clauses.size(); ++i) {
    const Clause& clause = rules_->clauses[i];
    if ((guards_ >> clause.guard & 1) == 0) continue;
    const uint8_t wanted = clause.present ? kPresent : clause.some ? kSeen : 0;
    if (wanted != 0 && (seen_[i] & wanted) == 0) note(i, Wrong::missing, kNoToken);
    else if (clause.some && (seen_[i] & kFits) == 0) note(i, Wrong::none_fits, kNoToken);
  }
  return {violations_, std::min(count_, kViolationsMax)};
}

std::string words(const ShapeRules& rules, const ShapeViolation& violation) {
  const auto& clauses = rules.state().clauses;
  const auto clause = std::find_if(clauses.begin(), clauses.end(), [&](const Clause& each) {
    return each.rule == violation.rule && each.clause == violation.clause;
  });
  std::string out = clause == clauses.end() ? "a field" : clause->at;
  switch (violation.wrong) {
    case Wrong::missing: return out + " is missing";
    case Wrong::there: return out + " must not be there";
    case Wrong::type: return out + " has another type than asked for";
    case Wrong::short_:
      out += violation.found == 0 ? " is empty" : " has only " + std::to_string(violation.found);
      return out + ", at least " + std::to_string(violation.asked) + (violation.asked == 1 ? " is asked for" : " are asked for");
    case Wrong::long_:
      return out + " has " + std::to_string(violation.found) + ", at most " + std::to_string(violation.asked) +
             (violation.asked == 1 ? " is allowed" : " are allowed");
    case Wrong::no_length: return out + " has no length";
    case Wrong::not_listed: return out + " has a value that is not listed";
    case Wrong::listed: return out + " has a forbidden value";
    case Wrong::container: return out + " is an array or object where a value was expected";
    case Wrong::member: return out + " has a member that is not listed";
    case Wrong::no_object: return out + " is no object";
    case Wrong::none_fits: return out + " has no value that fits";
  }
  return out;
}

}  // namespace gatehouse::guard
