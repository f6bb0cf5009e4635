// Secrets that are a part of a multipart body, or a field of a form.
#include <algorithm>

#include "base/ascii.h"
#include "erase/words.h"

namespace gatehouse::erase {
namespace {

constexpr size_t kLineMax = 1024;                    // of Content-Disposition

size_t field_end(ByteView piece, size_t from) {
  while (from < piece.size() && piece[from] != '=' && piece[from] != '&') ++from;
  return from;
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

/// meant_field: of a form, whose names are those of a query, too.
bool Eraser::meant_field(ByteView name) {
  if (meant(name)) return true;
  name_ = name;
  return names_signature(name);
}

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

}  // namespace gatehouse::erase
