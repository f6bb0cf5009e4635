#include "erase/erase.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/ascii.h"
#include "erase/encoded.h"
#include "erase/escaped.h"
#include "erase/pointers.h"
#include "erase/words.h"

namespace gatehouse::erase {
namespace {

constexpr size_t kFoundKept = 64;                    // runs whose memory is kept from one piece to the next

}  // namespace

Eraser::Eraser() = default;
Eraser::~Eraser() = default;

void Eraser::start(const ErasePlan* plan, BodyForm form, ByteView boundary, unsigned escapes) {
  plan_ = plan;
  form_ = form;
  state_ = form == BodyForm::form ? State::field : State::seek;
  name_.clear(), line_.clear(), tail_.clear();
  end_ = form != BodyForm::parts || boundary.empty() ? "" : "\n--" + std::string(boundary);
  slashes_ = level_ = depth_ = spent_ = 0;
  matched_ = 0;
  in_string_ = numbers_ = begun_ = false;
  pair_ = {}, label_ = {}, element_ = {};
  if (form != BodyForm::form && form != BodyForm::encoded) {
    encoded_.reset();
  } else {
    if (encoded_ == nullptr) encoded_ = std::make_unique<Encoded>();
    encoded_->start(plan, form == BodyForm::form);
  }
  escapes_ = form == BodyForm::form || form == BodyForm::encoded ? kEscapesMax : escapes;
  escaped_.reset();
  const bool pointers = escapes == 0 && (form == BodyForm::text || form == BodyForm::json) && plan != nullptr && plan->has_paths();
  if (!pointers) return pointers_.reset();
  if (pointers_ == nullptr) pointers_ = std::make_unique<Pointers>();
  pointers_->start(*plan);
}

const std::vector<Erased>& Eraser::find(ByteView piece, bool last) {
  found_.clear();
  last_ = last;
  place_ = piece.data();
  pair_.before = label_.outer.before = Watch::none;   // it was recorded
  own_ = 0;
  begun_ = state_ != State::seek && state_ != State::field;
  size_t at = form_ == BodyForm::encoded ? piece.size() : 0;
  if (label_.open) label_.half.begin = 0, label(piece, 0);
  if (element_.left != 0) at = resume_element(piece);
  while (at < piece.size()) {
    if (label_.open && at >= label_.end) leave_label();
    switch (state_) {
      case State::seek: at = seek(label_.open ? piece.substr(0, label_.end) : piece, at); break;
      case State::value: at = value(piece, at); break;
      case State::string: at = bounded(piece, at); break;
      case State::number: at = number(piece, at); break;
      case State::container: at = bounded(piece, at); break;
      case State::url: at = url(piece, at); break;
      case State::word: at = word(piece, at); break;
      case State::block: at = block(piece, at); break;
      case State::line: at = line(piece, at); break;
      case State::head: at = head(piece, at); break;
      case State::part: at = part(piece, at); break;
      case State::field: at = field(piece, at); break;
      case State::field_value: at = field_value(piece, at); break;
    }
  }
  if (encoded_ != nullptr) {
    encoded_->find(piece, last, &found_);
  } else {
    look_behind_escapes(piece);
    tail_.append(piece.substr(piece.size() - std::min(piece.size(), kTailBytes)));
    if (tail_.size() > kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
    if (label_.open && piece.size() >= label_.end) leave_label();
    if (piece_ends_) hide_half(piece.size());
    const auto end = static_cast<uint32_t>(piece.size() - (element_.may_end ? std::min(piece.size(), element_.cut) : 0));
    if (element_.left != 0 && !last_ && element_.begin < end) cover({element_.begin, end, false, element_.began, element_.name});
  }
  if (pointers_ != nullptr) pointers_->find(piece, &found_);
  return found_;
}

/// look_behind_escapes: most bodies have none, and cost a glance.
void Eraser::look_behind_escapes(ByteView piece) {
  if (escapes_ >= kEscapesMax) return;
  if (escaped_ == nullptr) {
    if (!may_be_escaped(piece)) return;
    escaped_ = std::make_unique<Escaped>();
    escaped_->start(plan_, form_, end_.empty() ? ByteView() : ByteView(end_).substr(3), escapes_);
  }
  escaped_->find(piece, tail_, last_, &found_);
}

void Eraser::release() {
  found_.clear();
  if (escaped_ != nullptr) escaped_->release();
  if (found_.capacity() > kFoundKept) std::vector<Erased>().swap(found_);
}

// ---- "name": value -------------------------------------------------------------------------------

/// may_end_name is a quick look at what stands before a mark: false where nothing is meant, whatever else stands there. A plan's
/// names turn it off, and nothing is erased with it that would not be without (tests compare the two).
bool Eraser::may_end_name(ByteView piece, size_t mark) const {
  if (plan_ != nullptr && plan_->has_names()) return true;
  const char sign = piece[mark];
  if (sign == '>') return may_be_tag(mark);
  size_t end = mark;
  while (end > 0 && is_blank(piece[end - 1])) --end;
  if (end < 9 || lower(sign) == 'd') return true;
  const char* const behind = piece.data() + end;
  const char last = behind[-1];
  const auto in_name = [](char c) { return kAssignedBytes.has(c); };
  if (last == '"')   // the letters before the last may end in the last digit of an escape, which stands for another
    return behind[-2] == '\\' || behind[-7] == 'u' || behind[-8] == 'u' ||
           (kMemberEnds.has(behind[-4], behind[-3], behind[-2]) &&
            (behind[-9] == 'u' || kMemberEnds.has(behind[-5], behind[-4], behind[-3], behind[-2])));
  if (last == '\'' && sign == ':')   // of a literal
    return behind[-2] == '\\' || (in_name(behind[-2]) && kNameEnds.has(behind[-4], behind[-3], behind[-2]));
  if (in_name(last) && in_name(behind[-2]) && kNameEnds.has(behind[-4], behind[-3], behind[-2], last)) return true;
  if (sign != ':') return false;
  return !end_.empty() || may_be_user(piece, mark);
}

/// seek finds what ends the next name that is meant.
size_t Eraser::seek(ByteView piece, size_t from) {
  size_t passed = from;   // of what is between the two of a pair: where both are told all of it was, but for the marks behind names
  for (Marks marks = next_marks(piece, from, at(0, 1)); marks.bits != 0; marks = next_marks(piece, marks.end, '\0')) {
    for (; marks.bits != 0; marks.bits &= marks.bits - 1) {
      const size_t mark = marks.begin + static_cast<size_t>(std::countr_zero(marks.bits));
      if (!may_end_name(piece, mark)) continue;
      pass_over(piece.substr(passed, mark - passed));
      passed = mark;
      if (piece[mark] == '>') {
        const size_t end = element(piece, mark);
        if (end != mark + 1) return end;
        continue;
      }
      if (piece[mark] == ':' ? judge(mark) : assigned(mark)) return mark + 1;
    }
  }
  pass_over(piece.substr(passed));
  return piece.size();
}

/// at is the byte `back` before `place`, also of what came before; zero where nothing is.
char Eraser::at(size_t place, size_t back) const {
  if (back <= place) return place_[place - back];
  return back - place <= tail_.size() ? tail_[tail_.size() - (back - place)] : '\0';
}

bool Eraser::judge(size_t colon) {
  size_t back = 1;
  while (back <= kBlanksMax && is_blank(at(colon, back))) ++back;
  if (begins_url(colon) || begins_login(colon)) return true;
  if (at(colon, back) != '"') {
    constexpr ByteView kWord = "content-disposition";
    bool disposition = !end_.empty();
    for (size_t i = 0; disposition && i < kWord.size(); ++i) disposition = lower(at(colon, i + 1)) == kWord[kWord.size() - 1 - i];
    if (!disposition) return assigned(colon);
    state_ = State::line;
    line_.clear();
    return true;
  }
  level_ = 0;
  while (level_ < kSlashesMax && at(colon, back + 1 + level_) == '\\') ++level_;
  char reversed[kErasedNameMax];
  size_t size = 0;
  for (size_t i = back + 1 + level_; size < sizeof reversed; ++i) {
    const char c = at(colon, i);
    if (c == '"' || (c == '\0' && i > colon + tail_.size())) break;
    reversed[size++] = c;
  }
  std::reverse(reversed, reversed + size);
  ByteView name(reversed, size);
  if (level_ != 0)   // the backslashes of the quote that begins it
    while (!name.empty() && name.front() == '\\') name.remove_prefix(1);
  const bool escaped = name.find('\\') != ByteView::npos;
  const ByteView bare = escaped ? ByteView(line_ = plain(name)) : name;
  if (!meant(bare)) return begins_pair(bare);
  watch_ = same_word(bare, "secret") ? Watch::secret : Watch::none;
  state_ = State::value;
  slashes_ = 0;
  begun_ = false;
  return true;
}

bool Eraser::meant(ByteView name) {
  const Named is = named_secret(plan_, name);
  if (is == Named::none) return false;
  name_ = name;
  numbers_ = is == Named::password;
  return true;
}

/// value stands behind the colon: blanks, then what the value is.
size_t Eraser::value(ByteView piece, size_t from) {
  for (size_t at = from; at < piece.size(); ++at) {
    const char c = piece[at];
    if (c == '\\' && level_ != 0) {
      ++slashes_;
      continue;
    }
    if (is_blank(c) && slashes_ == 0) continue;
    begun_ = false;
    state_ = State::seek;
    if (c == '"' && slashes_ < level_) return at;   // it ends the string that the name stands in
    if (watch_ == Watch::name || watch_ == Watch::key || watch_ == Watch::value) {
      if (c != '"') return at;
      if (label_.open) return inner_label(piece, at + 1), at + 1;
      label_.half = {watch_, at + 1, 0};
      label_.text.clear();
      return label(piece, at + 1);
    }
    if (c == '"') state_ = State::string;
    if (c == '"' && watch_ == Watch::secret) other_half();
    if (c == '[' || c == '{') state_ = State::container;
    if (numbers_ && (c == '-' || (c >= '0' && c <= '9'))) state_ = State::number;
    slashes_ = depth_ = spent_ = matched_ = 0;
    own_ = found_.size();
    in_string_ = false;
    return state_ == State::string ? at + 1 : at;
  }
  return piece.size();
}

/// closes: whether this byte is the quote that ends a string at level_. A backslash more within strings doubles all before it.
bool Eraser::closes(char c) {
  if (c == '\\') {
    ++slashes_;
    return false;
  }
  const bool quote = c == '"' && (slashes_ < level_ || slashes_ % (2 * (level_ + 1)) == level_);
  slashes_ = 0;
  return quote;
}

/// bounded reads a string or a container, a container of what is no JSON not too far: a string ends with its line, but brackets
/// that nobody closes would go on to the end of a document.
size_t Eraser::bounded(ByteView piece, size_t from) {
  const State state = state_;
  const uint64_t left = form_ == BodyForm::json || state == State::string ? UINT64_MAX : kLooseMax - spent_;
  const ByteView run = piece.substr(0, from + std::min<uint64_t>(left, piece.size() - from));
  const size_t at = state == State::string ? string(run, from) : container(run, from);
  spent_ += at - from;
  if (at - from == left) state_ = State::seek;
  return at;
}

size_t Eraser::string(ByteView piece, size_t from) {
  for (size_t at = from; at < piece.size(); ++at) {
    const uint64_t before = slashes_;
    const bool broken = form_ != BodyForm::json && piece[at] == '\n';   // no JSON: a quote in some text
    if (!closes(piece[at]) && !broken) continue;
    const size_t end = at - std::min<uint64_t>({level_, before, at - from});
    found(from, end, false);
    state_ = State::seek;
    return at + 1;
  }
  found(from, piece.size(), false);
  return piece.size();
}

size_t Eraser::number(ByteView piece, size_t from) {
  size_t at = from;
  while (at < piece.size() && (piece[at] == '-' || piece[at] == '+' || piece[at] == '.' || lower(piece[at]) == 'e' ||
                               (piece[at] >= '0' && piece[at] <= '9')))
    ++at;
  found(from, at, true);
  if (at < piece.size()) state_ = State::seek;
  return at;
}

/// container is erased with all that is in it: strings (names, too) and numbers; what holds them together stays. It ends with the
/// string or the part that it stands in.
size_t Eraser::container(ByteView piece, size_t from) {
  size_t begin = from;
  for (size_t at = from; at < piece.size(); ++at) {
    const char c = piece[at];
    const uint64_t before = slashes_;
    const bool part_ends = ends_part(c);
    if (part_ends || (c == '"' && before < level_)) {
      const size_t size = part_ends ? end_.size() : before + 1;   // may have begun in a piece before
      if (in_string_) found(begin, std::max(begin, at + 1 - std::min(at + 1, size)), false);
      state_ = State::seek;
      return at + 1;
    }
    if (closes(c) || (c == '"' && !in_string_)) {
      if (in_string_) found(begin, at - std::min<uint64_t>({level_, before, at - begin}), false);
      in_string_ = !in_string_;
      begin = at + 1;
      slashes_ = 0;
      continue;
    }
    if (in_string_) continue;
    if (c >= '0' && c <= '9') {
      // One run for all up to the next string: only digits change in it, and they are the container's.
      if (found_.size() > own_ && found_.back().number) found_.back().end = static_cast<uint32_t>(at + 1);
      else found(at, at + 1, true);
    }
    if (c == '[' || c == '{') ++depth_;
    if ((c == ']' || c == '}') && --depth_ == 0) {
      state_ = State::seek;
      return at + 1;
    }
  }
  if (in_string_) found(begin, piece.size(), false);
  return piece.size();
}

/// ends_part: whether this byte is the last of a delimiter. Line ends stand in it at its beginning only.
bool Eraser::ends_part(char c) {
  if (end_.empty()) return false;
  matched_ = c == end_[matched_] ? matched_ + 1 : c == '\n' ? 1 : 0;
  if (matched_ < end_.size()) return false;
  matched_ = 0;
  return true;
}

void Eraser::found(size_t begin, size_t end, bool is_number) {
  if (begin >= end) return;
  if (!found_.empty() && found_.back().end == begin && found_.back().number == is_number && found_.back().name == name_) {
    found_.back().end = static_cast<uint32_t>(end);
    return;
  }
  found_.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(end), is_number, begun_ && begin == 0, name_});
}

}  // namespace gatehouse::erase
