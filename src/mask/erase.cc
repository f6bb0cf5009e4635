#include "mask/erase.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "mask/ascii.h"
#include "mask/erase_encoded.h"
#include "mask/erase_pointers.h"
#include "mask/erase_words.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kBlanksMax = 64;      // between a name and its colon
constexpr size_t kTailBytes = kErasedNameMax + kBlanksMax + kSlashesMax + 2;
constexpr size_t kUserMax = 48, kUrlMax = 256;       // in a URL: a user's name; his password and the host
constexpr ByteView kUrlPassword = "url password";    // what it is called
static_assert(kUserMax + 2 * kSlashesMax + 4 <= kTailBytes);
constexpr size_t kLineMax = 1024;                    // of Content-Disposition
constexpr size_t kFoundKept = 64;                    // runs whose memory is kept from one piece to the next

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
size_t field_end(ByteView piece, size_t from) {
  while (from < piece.size() && piece[from] != '=' && piece[from] != '&') ++from;
  return from;
}
bool in_url(char c) { return (c < 0 || c > ' ') && !one_of(c, "\"'<>`\\?#"); }

constexpr ByteSet user_bytes() {
  char bytes[256] = {};
  size_t size = 0;
  for (int c = 0; c < 256; ++c)
    if (c > ' ' && !one_of(static_cast<char>(c), "\"'<>`\\?#:/@[")) bytes[size++] = static_cast<char>(c);
  return ByteSet({bytes, size});
}
constexpr ByteSet kUserBytes = user_bytes();   // of a user's name in a URL

/// plain takes the escapes of a name off, at whatever depth of strings it stands: only ASCII matters here.
std::string plain(ByteView name) {
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '\\') {
      out += name[i];
      continue;
    }
    while (i < name.size() && name[i] == '\\') ++i;
    if (i >= name.size()) break;
    unsigned code = 0;
    bool hex = name[i] == 'u' && name.size() - i > 4;
    for (size_t k = 1; hex && k <= 4; ++k) {
      hex = is_hex(name[i + k]);
      code = code << 4 | static_cast<unsigned>(hex_value(name[i + k]) & 15);
    }
    out += !hex ? name[i] : code < 0x80 ? static_cast<char>(code) : '\x80';
    if (hex) i += 4;
  }
  return out;
}

/// part_name is the name parameter of a Content-Disposition value; empty when there is none.
std::string part_name(ByteView line) {
  for (size_t at = line.find('='); at != ByteView::npos; at = line.find('=', at + 1)) {
    size_t end = at;
    while (end > 0 && is_blank(line[end - 1])) --end;
    if (end < 4 || !same_word(line.substr(end - 4, 4), "name")) continue;
    if (end > 4 && !is_blank(line[end - 5]) && line[end - 5] != ';') continue;   // filename=
    ByteView value = line.substr(at + 1);
    while (!value.empty() && is_blank(value.front())) value.remove_prefix(1);
    if (value.starts_with('"')) {
      value.remove_prefix(1);
      return plain(value.substr(0, value.find('"')));
    }
    return std::string(value.substr(0, value.find_first_of("; \r")));
  }
  return {};
}

}  // namespace

Eraser::Eraser() = default;
Eraser::~Eraser() = default;

void Eraser::start(const ErasePlan* plan, BodyForm form, ByteView boundary) {
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
  const bool pointers = (form == BodyForm::text || form == BodyForm::json) && plan != nullptr && plan->has_paths();
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
    tail_.append(piece.substr(piece.size() - std::min(piece.size(), kTailBytes)));
    if (tail_.size() > kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
    if (label_.open && piece.size() >= label_.end) leave_label();
    hide_half(piece.size());
    if (element_.left != 0 && !last_)
      cover({element_.begin, static_cast<uint32_t>(piece.size()), false, element_.began, element_.name});
  }
  if (pointers_ != nullptr) pointers_->find(piece, &found_);
  return found_;
}

void Eraser::release() {
  found_.clear();
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
    return behind[-2] == '\\' || behind[-7] == 'u' || behind[-8] == 'u' || kMemberEnds.has(behind[-4], behind[-3], behind[-2]);
  if (last == '\'' && sign == ':')   // of a literal
    return behind[-2] == '\\' || (in_name(behind[-2]) && kNameEnds.has(behind[-4], behind[-3], behind[-2]));
  if (in_name(last) && in_name(behind[-2]) && kNameEnds.has(behind[-3], behind[-2], last)) return true;
  if (sign != ':') return false;
  return !end_.empty() || may_be_user(piece, mark);
}

/// may_be_user is a quick look for behind_user.
bool Eraser::may_be_user(ByteView piece, size_t colon) const {
  if (colon <= kUserMax) return true;
  size_t begin = colon;
  while (begin > colon - kUserMax && kUserBytes.has(piece[begin - 1])) --begin;
  return piece[begin - 1] == '/';
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
  if (behind_user(colon)) {
    state_ = State::url;
    name_ = kUrlPassword;
    url_ = {};
    begun_ = false;
    return true;
  }
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

/// behind_user: whether this colon stands behind scheme://user; its slashes may be escaped, there need be no user.
bool Eraser::behind_user(size_t colon) const {
  size_t back = 1;
  while (back <= kUserMax && kUserBytes.has(at(colon, back))) ++back;
  for (int slash = 0; slash < 2; ++slash) {
    if (at(colon, back++) != '/') return false;
    for (size_t most = back + kSlashesMax; back < most && at(colon, back) == '\\';) ++back;
  }
  const char scheme = at(colon, back + 1);
  return at(colon, back) == ':' && (is_ascii_letter(scheme) || is_digit(scheme));
}

/// url stands behind scheme://user: and goes to the last '@' before the path; a password may hold a bare '/', a port does not. No
/// name that is meant ends in what it passes over: that has no quotes.
size_t Eraser::url(ByteView piece, size_t from) {
  size_t end = from, sign = from;
  for (; end < piece.size() && url_.size < kUrlMax && in_url(piece[end]); ++end, ++url_.size) {
    if (piece[end] == '/' && (url_.port || url_.sign)) break;
    url_.port = url_.port && is_digit(piece[end]);
    if (piece[end] == '@') url_.sign = true, sign = end;
  }
  const bool goes_on = end == piece.size() && url_.size < kUrlMax && !last_;   // the '@' may be in the next piece
  found(from, goes_on ? end : sign, false);
  if (!goes_on) state_ = State::seek;
  return end;
}

bool Eraser::meant(ByteView name) {
  const Named is = named_secret(plan_, name);
  if (is == Named::none) return false;
  name_ = name;
  numbers_ = is == Named::password;
  return true;
}

/// meant_field: of a form, whose names are those of a query, too.
bool Eraser::meant_field(ByteView name) {
  if (meant(name)) return true;
  name_ = name;
  return names_signature(name);
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

// ---- parts and fields ----------------------------------------------------------------------------

/// line is what follows "Content-Disposition:", to its end.
size_t Eraser::line(ByteView piece, size_t from) {
  const size_t end = std::min(piece.find('\n', from), piece.size());
  line_.append(piece.substr(from, std::min(end - from, kLineMax - std::min(kLineMax, line_.size()))));
  if (end == piece.size()) return end;
  const std::string name = part_name(line_);
  state_ = !name.empty() && meant(name) ? State::head : State::seek;
  matched_ = 1;   // the end of this line
  return end + 1;
}

/// head is the rest of a part's fields: a blank line ends it.
size_t Eraser::head(ByteView piece, size_t from) {
  for (size_t at = from; at < piece.size(); ++at) {
    if (piece[at] == '\r') continue;
    if (piece[at] != '\n') {
      matched_ = 0;
      continue;
    }
    if (++matched_ < 2) continue;
    state_ = State::part;
    matched_ = 1;   // this line end may be the delimiter's
    begun_ = false;
    return at + 1;
  }
  return piece.size();
}

/// part is erased up to the next boundary; what may be its beginning is erased, too, until it is known.
size_t Eraser::part(ByteView piece, size_t from) {
  for (size_t at = from; at < piece.size(); ++at) {
    if (!ends_part(piece[at])) continue;
    size_t begin = std::max(from, at + 1 - std::min(at + 1, end_.size()));
    if (begin > from && piece[begin - 1] == '\r') --begin;
    found(from, begin, false);
    state_ = State::seek;
    return at + 1;
  }
  found(from, piece.size(), false);
  return piece.size();
}

/// may_end_field is a quick look at a form's name that is whole: false where it is not meant, as may_end_name.
bool Eraser::may_end_field(ByteView name) const {
  if (plan_ != nullptr && plan_->has_names()) return true;
  const size_t size = name.size();
  if (name.substr(size - std::min<size_t>(size, 5)).find('%') != ByteView::npos) return true;
  return size > 1 && kFieldEnds.has(size == 2 ? '"' : name[size - 3], name[size - 2], name[size - 1]);
}

/// field is the name of one in a form.
size_t Eraser::field(ByteView piece, size_t from) {
  const size_t end = field_end(piece, from);
  if (line_.empty() && end < piece.size() && (piece[end] == '&' || !may_end_field(piece.substr(from, end - from)))) return end + 1;
  line_.append(piece.substr(end - std::min(end - from, 3 * kErasedNameMax), std::min(end - from, 3 * kErasedNameMax)));
  if (line_.size() > 3 * kErasedNameMax) line_.erase(0, line_.size() - 3 * kErasedNameMax);
  if (end == piece.size()) return end;
  if (piece[end] == '=') {
    std::string name;
    for (size_t i = 0; i < line_.size(); ++i) {
      const auto digit = [this](size_t k) { return k < line_.size() ? hex_value(line_[k]) : -1; };
      const bool escape = line_[i] == '%' && digit(i + 1) >= 0 && digit(i + 2) >= 0;
      name += escape ? static_cast<char>(digit(i + 1) * 16 + digit(i + 2)) : line_[i] == '+' ? ' ' : line_[i];
      if (escape) i += 2;
    }
    if (name.size() > kErasedNameMax) name.erase(0, name.size() - kErasedNameMax);
    state_ = meant_field(name) ? State::field_value : State::field;
    begun_ = false;
    // A value that is not meant is passed over as if it were a name: '&' ends both.
  }
  line_.clear();
  return end + 1;
}

size_t Eraser::field_value(ByteView piece, size_t from) {
  const size_t end = std::min(piece.find('&', from), piece.size());
  found(from, end, false);
  if (end == piece.size()) return end;
  state_ = State::field;
  return end + 1;
}

}  // namespace gatehouse::mask
