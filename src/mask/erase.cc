#include "mask/erase.h"

#include <algorithm>
#include <cstring>

#include "codec/multipart.h"
#include "http/media_type.h"
#include "json/pointer.h"
#include "mask/ascii.h"
#include "mask/erase_pointers.h"
#include "mask/secret_name.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kBlanksMax = 64;      // between a name and its colon
constexpr size_t kSlashesMax = 64;     // before a quote: six strings within each other
constexpr size_t kTailBytes = kErasedNameMax + kBlanksMax + kSlashesMax + 2;
constexpr size_t kUserMax = 48, kUrlMax = 256;       // in a URL: a user's name; his password and the host
constexpr ByteView kUrlPassword = "url password";    // what it is called
static_assert(kUserMax + 2 * kSlashesMax + 4 <= kTailBytes);
constexpr size_t kLineMax = 1024;                    // of Content-Disposition
constexpr size_t kFoundKept = 64;                    // runs whose memory is kept from one piece to the next

/// What secret_name() does not take for a secret: the two halves of object stores' keys, and what holds a password.
constexpr ByteView kMore[] = {"access_key", "accesskey", "access_key_id", "accesskeyid", "aws_access_key_id", "s3_key", "s3_secret",
                              "secret", "secrets", "credentials", "credential", "connection_string", "connectionstring", "conn_str",
                              "dsn", "database_url", "sas_token", "sas_url", "service_account_key", "private_key", "account_key",
                              "authorization"};

int hex_digit(char c) { return is_digit(c) ? c - '0' : is_hex_letter(c) ? lower(c) - 'a' + 10 : -1; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool in_url(char c) { return (c < 0 || c > ' ') && !one_of(c, "\"'<>`\\?#"); }

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
      code = code << 4 | static_cast<unsigned>(hex_digit(name[i + k]) & 15);
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

std::shared_ptr<const ErasePlan> ErasePlan::make(const std::vector<std::string>& entries) {
  auto plan = std::make_shared<ErasePlan>();
  for (const std::string& entry : entries) {
    std::vector<json::Segment> path;
    json::PathError error;
    if (!entry.starts_with('/')) std::transform(entry.begin(), entry.end(), std::back_inserter(plan->names_.emplace_back()), lower);
    else if (json::parse_pointer(entry, &path, &error) &&
             plan->paths_.add(path, static_cast<uint32_t>(plan->path_texts_.size())))
      plan->path_texts_.push_back(entry);
  }
  plan->paths_.build();
  return plan;
}

bool ErasePlan::names(ByteView name) const {
  return std::any_of(names_.begin(), names_.end(), [name](const std::string& each) { return same_word(name, each); });
}

std::string erase_error(ByteView entry) {
  if (entry.empty() || entry.size() > kErasedNameMax) return "1 to " + std::to_string(kErasedNameMax) + " bytes";
  std::vector<json::Segment> path;
  json::PathError error;
  if (!entry.starts_with('/')) return entry.find_first_of("\"\\") == ByteView::npos ? "" : "a name has no quotes and no escapes";
  return json::parse_pointer(entry, &path, &error) ? "" : error.text;
}

void blank(ByteSpan piece, const std::vector<Erased>& erased) {
  for (const Erased& each : erased)
    for (char& c : piece.subspan(each.begin, each.end - each.begin))
      if (!each.number) c = '*';
      else if (c >= '0' && c <= '9') c = '1';
}

BodyForm body_form(const http::FieldList& fields, ByteView* boundary) {
  constexpr ByteView kMultipart = "multipart/";
  *boundary = {};
  if (fields.count_of(http::FieldId::content_type) != 1) return BodyForm::text;
  const ByteView content_type = fields.find(http::FieldId::content_type)->value;
  const ByteView type = http::media_type(content_type);
  if (http::equals_ignore_case(type, "application/x-www-form-urlencoded")) return BodyForm::form;
  if (http::is_json_type(type)) return BodyForm::json;
  if (!http::equals_ignore_case(type.substr(0, kMultipart.size()), kMultipart)) return BodyForm::text;
  const auto said = http::boundary_of(content_type);
  if (said && codec::is_boundary(*said)) *boundary = *said;
  return BodyForm::parts;
}

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
  const bool pointers = (form == BodyForm::text || form == BodyForm::json) && plan != nullptr && plan->has_paths();
  if (!pointers) return pointers_.reset();
  if (pointers_ == nullptr) pointers_ = std::make_unique<Pointers>();
  pointers_->start(*plan);
}

const std::vector<Erased>& Eraser::find(ByteView piece, bool last) {
  found_.clear();
  last_ = last;
  own_ = 0;
  begun_ = state_ != State::seek && state_ != State::field;
  for (size_t at = 0; at < piece.size();) {
    switch (state_) {
      case State::seek: at = seek(piece, at); break;
      case State::value: at = value(piece, at); break;
      case State::string: at = bounded(piece, at); break;
      case State::number: at = number(piece, at); break;
      case State::container: at = bounded(piece, at); break;
      case State::url: at = url(piece, at); break;
      case State::line: at = line(piece, at); break;
      case State::head: at = head(piece, at); break;
      case State::part: at = part(piece, at); break;
      case State::field: at = field(piece, at); break;
      case State::field_value: at = field_value(piece, at); break;
    }
  }
  if (form_ != BodyForm::form) {
    tail_.append(piece.substr(piece.size() - std::min(piece.size(), kTailBytes)));
    if (tail_.size() > kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
  }
  if (pointers_ != nullptr) pointers_->find(piece, &found_);
  return found_;
}

void Eraser::release() {
  found_.clear();
  if (found_.capacity() > kFoundKept) std::vector<Erased>().swap(found_);
}

// ---- "name": value -------------------------------------------------------------------------------

/// seek finds the next colon behind a name that is meant.
size_t Eraser::seek(ByteView piece, size_t from) {
  for (size_t colon = piece.find(':', from); colon != ByteView::npos; colon = piece.find(':', colon + 1))
    if (judge(piece, colon)) return colon + 1;
  return piece.size();
}

/// at is the byte `back` before `place`, also of what came before; zero where nothing is.
char Eraser::at(size_t place, size_t back) const {
  if (back <= place) return place_[place - back];
  return back - place <= tail_.size() ? tail_[tail_.size() - (back - place)] : '\0';
}

bool Eraser::judge(ByteView piece, size_t colon) {
  place_ = piece.data();
  size_t back = 1;
  while (back <= kBlanksMax && is_blank(at(colon, back))) ++back;
  if (behind_user(colon)) {
    state_ = State::url;
    url_ = {};
    begun_ = false;
    return true;
  }
  if (at(colon, back) != '"') {
    constexpr ByteView kWord = "content-disposition";
    if (end_.empty() || lower(at(colon, 1)) != 'n') return false;
    for (size_t i = 0; i < kWord.size(); ++i)
      if (lower(at(colon, kWord.size() - i)) != kWord[i]) return false;
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
  if (!meant(escaped ? ByteView(line_ = plain(name)) : name)) return false;
  state_ = State::value;
  slashes_ = 0;
  begun_ = false;
  return true;
}

/// behind_user: whether this colon stands behind scheme://user; its slashes may be escaped, there need be no user.
bool Eraser::behind_user(size_t colon) const {
  size_t back = 1;
  while (back <= kUserMax && in_url(at(colon, back)) && !one_of(at(colon, back), ":/@[")) ++back;
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
  name_ = kUrlPassword;
  const bool goes_on = end == piece.size() && url_.size < kUrlMax && !last_;   // the '@' may be in the next piece
  found(from, goes_on ? end : sign, false);
  if (!goes_on) state_ = State::seek;
  return end;
}

bool names_secret(const ErasePlan* plan, ByteView name) {
  if (secret_name(name) != SecretName::none || (plan != nullptr && plan->names(name))) return true;
  return std::any_of(std::begin(kMore), std::end(kMore), [name](ByteView one) { return same_word(name, one); });
}

bool Eraser::meant(ByteView name) {
  if (!names_secret(plan_, name)) return false;
  name_ = name;
  numbers_ = secret_name(name) == SecretName::password || (plan_ != nullptr && plan_->names(name));
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
    if (c == '"') state_ = State::string;
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

/// field is the name of one in a form.
size_t Eraser::field(ByteView piece, size_t from) {
  const size_t end = std::min(piece.find_first_of("=&", from), piece.size());
  line_.append(piece.substr(end - std::min(end - from, 3 * kErasedNameMax), std::min(end - from, 3 * kErasedNameMax)));
  if (line_.size() > 3 * kErasedNameMax) line_.erase(0, line_.size() - 3 * kErasedNameMax);
  if (end == piece.size()) return end;
  if (piece[end] == '=') {
    std::string name;
    for (size_t i = 0; i < line_.size(); ++i) {
      const auto digit = [this](size_t k) { return k < line_.size() ? hex_digit(line_[k]) : -1; };
      const bool escape = line_[i] == '%' && digit(i + 1) >= 0 && digit(i + 2) >= 0;
      name += escape ? static_cast<char>(digit(i + 1) * 16 + digit(i + 2)) : line_[i] == '+' ? ' ' : line_[i];
      if (escape) i += 2;
    }
    if (name.size() > kErasedNameMax) name.erase(0, name.size() - kErasedNameMax);
    state_ = meant(name) ? State::field_value : State::field;
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
