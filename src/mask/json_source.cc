#include "mask/json_source.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "mask/flow_parts.h"
#include "mask/flows.h"
#include "mask/json_text.h"
#include "mask/source.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kPatternMax = 1024;  // more of a path than a place shows
constexpr size_t kNameMax = 128;      // bytes of a name that are context
constexpr uint64_t kNowhere = UINT64_MAX;
constexpr uint64_t kTokenMax = 256;     // raw bytes of a tokenizer's token
constexpr uint64_t kTokenReach = 4096;  // and with its numbers

}  // namespace

void JsonSource::prepare(const Plan& plan) {
  fields_.prepare(plan);
  pattern_.reserve(256);
  names_.reserve(512);
}

void JsonSource::start(Editor& editor, const Plan& plan, Selection masks, json::Leniency leniency, const Place& around,
                       uint64_t flows, bool exact, bool several) {
  editor_ = &editor;
  plan_ = &plan.state();
  stream_.start(leniency);
  fields_.start(plan, masks);
  key_names_.start(plan_->fields);
  keys_.start(!leniency.duplicates);
  too_many_ = false;
  flows_ = flows;
  exact_ = exact;
  several_ = several;
  depth_ = 0;
  pattern_.clear();
  pattern_.append(around.pattern.data(), around.pattern.size());
  numbers_.clear();
  numbers_.append(around.numbers, around.count);
  names_.clear();
  names_.reserve(kSimdPadding);
  skip_ = Skip::none;
  shown_ = begins_piece_ = says_beside_ = false;
  besides_.clear();
}

size_t JsonSource::memory_bytes() const {
  return sizeof *this + stream_.memory_bytes() + keys_.memory_bytes() + pattern_.capacity() + names_.capacity() +
         numbers_.capacity() * 8 + plain_.capacity() + besides_.capacity() +
         (bends_.capacity() + piece_bends_.capacity()) * sizeof(Bend) + texts_.memory_bytes();
}

bool JsonSource::feed(uint64_t at, ByteView bytes) {
  if (stream_.feed(bytes, at, *this) != json::StreamError::none || too_many_) return false;
  uint64_t passed = std::min(at + bytes.size(), stream_.waits_at());
  // A member that is to be dropped takes the comma before it along.
  if (depth_ > 0 && frames_[depth_ - 1].gap_at != kNowhere) passed = std::min(passed, frames_[depth_ - 1].gap_at);
  if (shown_) passed = std::min({passed, texts_.held(), shown_to_});   // an escape may be cut behind what was shown
  if (const Frame* const token = token_frame(); token != nullptr && passed - token->text_at <= kTokenReach)
    passed = std::min(passed, token->text_at);
  if (shown_ && may_be_token() && passed > text_at_ && passed - text_at_ <= kTokenMax) passed = text_at_;
  editor_->passed(passed);
  return true;
}

/// The pair of a token and its numbers ("J", [41]) that the walk is in; nullptr when it is in none.
JsonSource::Frame* JsonSource::token_frame() {
  for (size_t i = depth_; i > 0 && i + 2 > depth_; --i)
    if (frames_[i - 1].kind == json::Kind::array && frames_[i - 1].text_end != frames_[i - 1].text_at) return &frames_[i - 1];
  return nullptr;
}

/// The string at hand may be a token, whose numbers follow.
bool JsonSource::may_be_token() const {
  return depth_ > 0 && frames_[depth_ - 1].kind == json::Kind::array && frames_[depth_ - 1].text_member && numbers_.back() == 0;
}

bool JsonSource::finish() {
  if (stream_.finish(*this) != json::StreamError::none || too_many_) return false;
  if (skip_ != Skip::none) editor_->end_erase();
  skip_ = Skip::none;
  return true;
}

/// The name of the innermost member around the value that comes now.
ByteView JsonSource::name() const {
  for (size_t i = depth_; i > 0; --i)
    if (frames_[i - 1].kind == json::Kind::object) return {names_.data() + frames_[i - 1].name, frames_[i - 1].name_length};
  return {names_.data(), 0};
}

/// A part's text and how it stands in the body.
Piece JsonSource::read(const json::Part& part) {
  return read_json(part.raw.data(), 0, part.raw.size(), part.escapes, part.escape_count, part.at, &plain_, &bends_);
}

void JsonSource::append_step(ByteView key, bool plain) {
  pattern_.push('/');
  if (plain && pattern_.size() + key.size() <= kPatternMax) return pattern_.append(key.data(), key.size());
  for (const char c : key) {
    if (pattern_.size() >= kPatternMax) return;
    if (c == '~' || c == '/') {
      pattern_.push('~');
      pattern_.push(c == '~' ? '0' : '1');
    } else {
      pattern_.push(c);
    }
  }
}

// --- structure

void JsonSource::open(json::Kind kind, uint64_t at) {
  if (skip_ == Skip::none) {
    const uint8_t rule = fields_.rule();
    if (skips_value(at, rule)) skip_depth_ = depth_;
  }
  const Frame* const parent = depth_ == 0 ? nullptr : &frames_[depth_ - 1];
  Frame frame{};
  frame.kind = kind;
  frame.pattern = static_cast<uint32_t>(pattern_.size());
  frame.name = static_cast<uint32_t>(parent == nullptr ? 0 : parent->name + parent->name_length);
  frame.beside = parent == nullptr ? 0 : parent->beside + parent->beside_size;
  frame.path = parent == nullptr ? flows_ : parent->member;
  frame.member = element_path(frame.path);
  frame.gap_at = kind == json::Kind::object ? at + 1 : kNowhere;
  frame.start = frame.end = kNowhere;
  frame.text_member = kind == json::Kind::array && (parent == nullptr || parent->text_member);
  frames_[depth_++] = frame;
  if (kind == json::Kind::array) {
    if (pattern_.size() < kPatternMax) {
      pattern_.push('/');
      pattern_.push(kNumber);
    }
    numbers_.push(0);
  }
  if (kind == json::Kind::object) keys_.open();
  fields_.open(kind);
}

void JsonSource::close(json::Kind kind, uint64_t at) {
  Frame& frame = frames_[depth_ - 1];
  if (skip_ == Skip::until_comma && skip_depth_ == depth_) {
    editor_->end_erase();
    skip_ = Skip::none;
  }
  if (skip_ == Skip::none) tell_offsets(frame);
  end_turn(frame);
  fields_.close();
  if (kind == json::Kind::object) keys_.close();
  else numbers_.resize(numbers_.size() - 1);
  pattern_.resize(frame.pattern);
  --depth_;
  value_end(at + 1);
}

void JsonSource::comma(uint64_t at) {
  Frame& frame = frames_[depth_ - 1];
  if (frame.kind == json::Kind::array) {
    if (++numbers_.back() > 1) frame.text_end = frame.text_at;  // its numbers were there
    return;
  }
  frame.gap_at = at;
  if (skip_ != Skip::until_comma || skip_depth_ != depth_) return;
  editor_->erase_to(at + 1);
  editor_->end_erase();
  skip_ = Skip::none;
  frame.gap_at = at + 1;
}

void JsonSource::key(const json::Part& key) {
  Frame& frame = frames_[depth_ - 1];
  pattern_.resize(frame.pattern);
  const Piece piece = read(key);
  const KeyName& is = key_names_.of(piece.bytes);
  append_step(piece.bytes, is.plain);
  fields_.key(piece.bytes, is.symbol);
  frame.member = member_path(frame.path, is.number);
  frame.text_member = is.text;
  frame.names_pair = is.names_pair;
  frame.offset_member = is.offset;
  names_.resize(frame.name);
  frame.name_length = static_cast<uint32_t>(std::min(piece.bytes.size(), kNameMax));
  names_.append(piece.bytes.data(), frame.name_length);
  names_.reserve(kSimdPadding);
  if (skip_ != Skip::none) return;
  const uint8_t rule = fields_.rule();
  if (rule != kNoRule && plan_->rules[rule].method == Method::drop) {
    // With the comma before it; the first that stays has none.
    const uint64_t from = frame.kept ? frame.gap_at : key.at - 1;
    frame.gap_at = kNowhere;
    editor_->erase(from, {}, rule, place());
    editor_->erase_to(key.at + key.raw.size() + 1);
    skip_ = Skip::value;
    skip_depth_ = depth_;
    return;
  }
  frame.kept = true;
  frame.gap_at = kNowhere;
  Site site;
  site.place = place();
  site.key = true;
  if (!keys_.key(*editor_, site, key, piece, is.plain, stream_.keys())) too_many_ = true;
}

/// A value that becomes null, whatever it is: an element that is to be dropped, too.
bool JsonSource::skips_value(uint64_t at, uint8_t rule) {
  if (rule == kNoRule) return false;
  const Method method = plan_->rules[rule].method;
  if (method != Method::null && method != Method::drop) return false;
  editor_->erase(at, "null", rule, place());
  editor_->erase_to(at + 1);
  skip_ = Skip::value;
  skip_depth_ = depth_;
  return true;
}

/// A value has ended before `end`.
void JsonSource::value_end(uint64_t end) {
  if (skip_ != Skip::value) return;
  editor_->erase_to(end);
  if (depth_ != skip_depth_) return;
  const Frame* const frame = depth_ == 0 ? nullptr : &frames_[depth_ - 1];
  if (frame != nullptr && frame->kind == json::Kind::object && !frame->kept) {
    skip_ = Skip::until_comma;
    return;
  }
  editor_->end_erase();
  skip_ = Skip::none;
}

// --- values

/// Which flow the string that comes now continues; 0 for none.
uint64_t JsonSource::flow() {
  const Frame* const frame = depth_ == 0 ? nullptr : &frames_[depth_ - 1];
  if (frame == nullptr) return several_ ? kFlowStrings + flows_ : 0;
  if (!frame->text_member && !fields_.joined()) return 0;
  return frame->member | 1;
}

/// The string that comes now may name the value beside it: {"name":"DB_PASSWORD","value":"x"}.
bool JsonSource::names_next() const {
  return depth_ != 0 && frames_[depth_ - 1].kind == json::Kind::object && frames_[depth_ - 1].names_pair;
}

/// The name that a string beside it gave to what comes now; empty when none did. Of a list nothing is said: it may be one of texts
/// that go on, or of rules that a value must keep.
ByteView JsonSource::named_beside() const {
  if (depth_ == 0) return {};
  const Frame& frame = frames_[depth_ - 1];
  if (frame.kind != json::Kind::object || frame.beside_size == 0 || !holds_pair(name())) return {};
  return {besides_.data() + frame.beside, frame.beside_size};
}

/// A string that may name the value beside it ended. One that names nothing leaves the name that was there: {"name":"DB_PASSWORD",
/// "label":"Database","value":"x"}.
void JsonSource::end_name() {
  Frame& frame = frames_[depth_ - 1];
  besides_.reserve(kSimdPadding);
  char* const old = besides_.data() + frame.beside;
  const ByteView said(old + frame.beside_size, besides_.size() - frame.beside - frame.beside_size);
  if (names_beside(said) && !outweighs({old, frame.beside_size}, said)) {
    std::memmove(old, said.data(), said.size());
    frame.beside_size = static_cast<uint32_t>(said.size());
  }
  besides_.resize(frame.beside + frame.beside_size);
}

void JsonSource::string_begin(uint64_t at) {
  shown_ = begins_piece_ = false;
  says_beside_ = names_next();
  if (says_beside_) besides_.resize(frames_[depth_ - 1].beside + frames_[depth_ - 1].beside_size);
  if (depth_ > 0 && frames_[depth_ - 1].turn && name() == "finish_reason") frames_[depth_ - 1].over = true;
  if (skip_ != Skip::none) return;
  Site site;
  site.rule = fields_.rule();
  if (skips_value(at - 1, site.rule)) return;
  site.place = place();
  site.field = name();
  site.flow = flow();
  if (const ByteView beside = named_beside(); !beside.empty()) {
    site.field = beside;
    site.flow = 0;
  }
  site.exact = exact_;
  extent_ = site.flow != 0 && depth_ > 0 ? &frames_[depth_ - 1].extent : nullptr;
  if (extent_ != nullptr) {
    frames_[depth_ - 1].flow = site.flow;
    *extent_ = {};
  }
  texts_.begin(*editor_, site, at, Written::markup);
  shown_ = true;
  text_at_ = shown_to_ = at;
}

/// The one '#' that came was all there is of a sign.
void JsonSource::show_sign() {
  static constexpr char kSign[1 + kSimdPadding] = "#";
  texts_.piece({{kSign, 1}, text_at_});
  begins_piece_ = false;
}

/// WordPiece writes ## before what goes on in a word: it shows nothing.
void JsonSource::show_part(const json::Part& part) {
  Piece piece = read(part);
  if (extent_ != nullptr) {
    extent_->bytes += piece.bytes.size();
    if (extent_->bytes < kEdgeBytes) extent_->characters += characters(piece.bytes);
  }
  const Frame* const around = depth_ == 0 ? nullptr : &frames_[depth_ - 1];
  const bool first = part.at == text_at_ && around != nullptr && around->kind == json::Kind::array && around->text_member;
  if (first && part.raw == "#") {
    begins_piece_ = true;
    return;
  }
  const size_t signs = begins_piece_ ? 1 : 2;
  if ((first || begins_piece_) && part.raw.starts_with(ByteView("##").substr(0, signs))) {
    piece_bends_.clear();
    piece_bends_.push({0, 0, 2});
    for (size_t i = 0; i < piece.bend_count; ++i)
      piece_bends_.push({piece.bends[i].at - static_cast<uint32_t>(signs), piece.bends[i].text, piece.bends[i].raw});
    piece = {piece.bytes.substr(signs), text_at_, piece_bends_.data(), piece_bends_.size()};
  } else if (begins_piece_) {
    show_sign();
  }
  begins_piece_ = false;
  if (!piece.bytes.empty()) texts_.piece(piece);
}

void JsonSource::string_part(const json::Part& part) {
  shown_to_ = part.at + part.raw.size();
  if (says_beside_) {   // a name, whole
    const Frame& frame = frames_[depth_ - 1];
    const size_t said = besides_.size() - frame.beside - frame.beside_size;
    const ByteView text = part.escape_count == 0 ? part.raw : read(part).bytes;
    says_beside_ = said + text.size() <= kNameBeside;
    if (says_beside_) besides_.append(text.data(), text.size());
  }
  if (shown_) show_part(part);
  else editor_->erase_to(part.at + part.raw.size());
}

void JsonSource::string_end(uint64_t at) {
  if (says_beside_) end_name();
  if (!shown_) return value_end(at + 1);
  if (begins_piece_) show_sign();
  texts_.end();
  shown_ = false;
  if (const uint64_t own = depth_ == 0 ? flow() : 0; own != 0) editor_->settle(own);
  if (depth_ == 0 || frames_[depth_ - 1].kind != json::Kind::array) return;
  Frame& frame = frames_[depth_ - 1];
  frame.text_at = text_at_;
  frame.text_end = may_be_token() && at - text_at_ <= kTokenMax ? at : text_at_;
}

/// "choices":[{"index":1,"delta":…: answers to one question come by turns, in an event each or side by side, and each goes on by
/// itself. Of the first one the texts are those of a stream with no other: its number may stand behind them.
void JsonSource::tell_turn(ByteView number) {
  if (!several_ || depth_ < 3 || name() != "index" || frames_[depth_ - 1].kind != json::Kind::object) return;
  const Frame& around = frames_[depth_ - 3];   // the object of which an array is a member
  if (frames_[depth_ - 2].kind != json::Kind::array || around.kind != json::Kind::object) return;
  if (ByteView(names_.data() + around.name, around.name_length) != "choices") return;
  Frame& frame = frames_[depth_ - 1];
  frame.turn = true;
  if (number != "0") frame.path = member_path(frame.path, number);
}

/// What waits in the texts of an answer that ended ("finish_reason") would hold back those of the others.
void JsonSource::end_turn(Frame& frame) {
  if (frame.over) editor_->end_flow(member_path(member_path(frame.path, ByteView("delta")), ByteView("content")) | 1);
}

void JsonSource::number(uint64_t at, ByteView raw, json::NumberShape shape) {
  if (skip_ != Skip::none) return value_end(at + raw.size());
  tell_turn(raw);
  if (depth_ > 0 && frames_[depth_ - 1].offset_member != Offset::none && !shape.fraction && !shape.exponent) {
    Frame& frame = frames_[depth_ - 1];
    uint64_t value = 0;
    if (std::from_chars(raw.data(), raw.data() + raw.size(), value).ec == std::errc())
      (frame.offset_member == Offset::start ? frame.start : frame.end) = value;
  }
  Site site;
  site.place = place();
  const ByteView beside = named_beside();
  site.field = names_number(beside) ? beside : name();
  site.rule = fields_.rule();
  if (editor_->scalar(site, at, raw, true) || shape.fraction || depth_ < 2 || frames_[depth_ - 1].kind != json::Kind::array) return;
  if (const Frame* const token = &frames_[depth_ - 2]; token_frame() == token && at - token->text_at <= kTokenReach)
    editor_->tie(token->text_at, token->text_end, at, raw.size());
}

void JsonSource::literal(uint64_t at, ByteView raw) {
  if (skip_ != Skip::none) return value_end(at + raw.size());
  Site site;
  site.place = place();
  site.rule = fields_.rule();
  if (site.rule != kNoRule) editor_->scalar(site, at, raw, false);
}

/// An object ends: what its numbers say of its text is known now. Offsets of an object without a text (metadata) belong to the one
/// around it.
void JsonSource::tell_offsets(Frame& frame) {
  if (frame.kind != json::Kind::object) return;
  if (frame.flow != 0) {
    if (frame.start != kNowhere) editor_->offsets(frame.flow, frame.start, frame.end, frame.extent);
    editor_->settle(frame.flow);
  } else if (frame.start != kNowhere && depth_ > 1 && frames_[depth_ - 2].kind == json::Kind::object &&
             frames_[depth_ - 2].start == kNowhere) {
    frames_[depth_ - 2].start = frame.start;
    frames_[depth_ - 2].end = frame.end;
  }
}

}  // namespace gatehouse::mask
