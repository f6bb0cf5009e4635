#include "mask/columns.h"

#include <algorithm>
#include <cstring>

#include "base/ascii.h"
#include "mask/strip.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kWordsMax = 6;        // words of one
constexpr size_t kHeadingLines = 2;    // that a service sets before a text
constexpr ByteView kSeparators = "|\t;,";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '"' || c == '*' || c == '`'; }

/// Walks over the cells of a line: what stands between separators, but for those in quotes.
class Cutter {
 public:
  /// part: the line may have lost its beginning, with a quote.
  Cutter(ByteView line, char separator, bool part = false) : line_(line), separator_(separator) {
    in_quotes_ = part && separator != '|' && (std::count(line.begin(), line.end(), '"') & 1) != 0;
    if (separator != '|') return;
    while (at_ < line.size() && line[at_] == ' ') ++at_;
    barred_ = at_ < line.size() && line[at_] == '|';
    at_ = barred_ ? at_ + 1 : 0;
  }
  /// Whether the line begins with a bar, which begins the first cell.
  bool barred() const { return barred_; }
  /// next returns false at the end; behind the bar that ends a line there is no cell. *closed: a separator ends it.
  bool next(size_t* begin, size_t* end, bool* closed) {
    if (over_) return false;
    *begin = at_;
    bool quoted = in_quotes_;
    in_quotes_ = false;
    size_t to = at_;
    for (; to < line_.size() && (quoted || line_[to] != separator_); ++to) {
      if (separator_ == '|' && line_[to] == '\\') ++to;
      else if (line_[to] == '"' && separator_ != '|') quoted = !quoted;
    }
    to = std::min(to, line_.size());
    *end = to;
    *closed = to < line_.size();
    over_ = !*closed;
    at_ = to + 1;
    const ByteView cell = line_.substr(*begin, to - *begin);
    const bool nothing = std::all_of(cell.begin(), cell.end(), is_blank);
    return !(over_ && separator_ == '|' && nothing && *begin > 0);
  }

 private:
  ByteView line_;
  char separator_;
  bool barred_ = false, over_ = false, in_quotes_ = false;
  size_t at_ = 0;
};

size_t count_cells(ByteView line, char separator, bool part) {
  Cutter cutter(line, separator, part);
  size_t begin, end, count = 0;
  for (bool closed; cutter.next(&begin, &end, &closed);) ++count;
  return count;
}

void trim(ByteView text, size_t* begin, size_t* end) {
  while (*begin < *end && is_blank(text[*begin])) ++*begin;
  while (*end > *begin && is_blank(text[*end - 1])) --*end;
}

/// trim() for a cell that is taken whole: of '*' only pairs around it go, the others are its own.
void trim_value(ByteView text, size_t* begin, size_t* end) {
  const auto around = [&](size_t at) { return is_blank(text[at]) && text[at] != '*'; };
  for (bool paired = true; paired;) {
    while (*begin < *end && around(*begin)) ++*begin;
    while (*end > *begin && around(*end - 1)) --*end;
    paired = *begin + 1 < *end && text[*begin] == '*' && text[*end - 1] == '*';
    if (paired) ++*begin, --*end;
  }
  if (*begin + 1 == *end && text[*begin] == '*') *begin = *end;
}

/// |---|:-:|, and +---+---+ of tables that are drawn.
bool is_rule(ByteView line, bool* drawn) {
  size_t dashes = 0;
  *drawn = false;
  for (const char c : line) {
    if (c == '-' || c == '=') ++dashes;
    else if (c == '+') *drawn = true;
    else if (c != '|' && c != ':' && !is_blank(c)) return false;
  }
  return dashes >= 2;
}

}  // namespace

bool may_name_column(ByteView cell) {
  size_t words = 1, digits = 0, dashes = 0;
  for (size_t i = 0; i < cell.size(); ++i) {
    words += cell[i] == ' ';
    digits = is_digit(cell[i]) ? digits + 1 : 0;
    dashes = cell[i] == '-' ? dashes + 1 : 0;
    if (digits > 1 || dashes > 1 || cell[i] == '=' || (cell[i] == '.' && i + 1 < cell.size() && cell[i + 1] == ' ')) return false;
  }
  return cell.size() <= kColumnName && words <= kWordsMax;
}

bool says_password(ByteView cell) {
  constexpr size_t kNameWords = 3;
  constexpr ByteView kSentence[] = {"the", "your", "my", "our", "his", "her", "their", "please", "is", "was", "a", "an", "and",
                                    "der", "die", "das", "dein", "ihr", "bitte", "le", "votre", "el", "tu"};
  if (cell.find_first_of("{}=;*<>") != ByteView::npos) return false;
  const size_t open = cell.find('(');
  if ((open != ByteView::npos) != (cell.find(')') != ByteView::npos)) return false;
  if (open != ByteView::npos && open > 0 && cell[open - 1] != ' ') return false;   // a call
  size_t words = 0;
  for (size_t at = 0; at < cell.size(); ++words) {
    const size_t end = std::min(cell.find(' ', at), cell.size());
    const ByteView word = cell.substr(at, end - at);
    for (const ByteView one : kSentence)
      if (same_word(word, one)) return false;
    at = end + 1;
  }
  return words <= kNameWords;
}

size_t line_begin(ByteView text, size_t at) {
  const size_t far = at > kRowMax ? at - kRowMax : 0;
  for (; at > far; --at)
    if (text[at - 1] == '\n') return at;
  return at == 0 ? 0 : ByteView::npos;
}

bool Columns::may_be_head(ByteView line, const Wanted& wanted, bool part) {
  for (const char separator : kSeparators) {
    if (line.find(separator) == ByteView::npos) continue;
    ByteView cells[kColumnsMax];
    size_t count = 0, begin, end;
    bool names = true, asked = part;
    Cutter cutter(line, separator);
    for (bool closed; names && count < kColumnsMax && cutter.next(&begin, &end, &closed); ++count) {
      trim(line, &begin, &end);
      cells[count] = line.substr(begin, end - begin);
      names = may_name_column(cells[count]);
      asked = asked || wanted.columns->of(cells[count]) != ColumnRules::kNone;
    }
    for (size_t i = 0; names && !asked && count > 1 && i < count; ++i) asked = (detect::named_by_field(cells[i]) & wanted.set) != 0;
    if (names && asked) return true;
    if (separator == '|') break;
  }
  return false;
}

/// Takes the line for a head when it is one.
bool Columns::head(ByteView line, char separator, const ColumnRules* rules) {
  Cutter cutter(line, separator);
  Names names;
  detect::DetectorSet any = 0;
  bool ruled = false;
  size_t size = 0, begin, end;
  for (bool closed; names.count < kColumnsMax && cutter.next(&begin, &end, &closed); ++names.count) {
    trim(line, &begin, &end);
    const ByteView cell = line.substr(begin, end - begin);
    if (!may_name_column(cell) || size + cell.size() > kColumnNames) return false;
    std::memcpy(names.text + size, cell.data(), cell.size());
    size += cell.size();
    names.ends[names.count] = static_cast<uint16_t>(size);
    names.sets[names.count] = detect::named_by_field(cell);
    if (separator != '|' && !says_password(cell)) names.sets[names.count] &= ~set_of(detect::Detector::password);
    any |= names.sets[names.count];
    names.rules[names.count] = rules != nullptr ? rules->of(cell) : ColumnRules::kNone;
    ruled = ruled || names.rules[names.count] != ColumnRules::kNone;
  }
  if ((names.count < 2 || any == 0) && !(ruled && (names.count > 1 || cutter.barred()))) return false;
  std::memset(names.text + size, 0, kSimdPadding);
  ++heads_;
  separator_ = separator;
  names_ = std::make_shared<const Names>(names);
  return true;
}

/// A row that is whole shows how many columns there are. A head that lost its first names gets columns without names for them.
void Columns::confirm(ByteView row) {
  const size_t there = std::min(count_cells(row, separator_, false), kColumnsMax);
  if (there == names_->count) part_ = unended_ = false;
  if (!part_ || shifted_) return;
  shifted_ = true;
  if (there <= names_->count) return;
  Names names = *names_;
  const size_t more = there - names.count;
  std::memmove(names.ends + more, names.ends, names.count * sizeof names.ends[0]);
  std::memmove(names.sets + more, names.sets, names.count * sizeof names.sets[0]);
  std::memmove(names.rules + more, names.rules, names.count * sizeof names.rules[0]);
  std::fill_n(names.ends, more, uint16_t{0});
  std::fill_n(names.rules, more, ColumnRules::kNone);
  std::fill_n(names.sets, more, detect::DetectorSet{0});
  names.count = there;
  names_ = std::make_shared<const Names>(names);
}

/// Takes note of a line, and tells whether it is a head; one that did not end changes nothing else.
bool Columns::line(ByteView text, const Span& span, bool cut, bool ended) {
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  const bool whole = text.size() > 1 && text.front() == '|' && text.back() == '|';
  bool drawn;
  if (is_rule(text, &drawn)) {
    // the line above was a head that names nothing
    if (!drawn && !is_head_ && ended && text.find('|') != ByteView::npos) clear();
    if (uncertain() && !drawn && ((ended && !cut) || whole)) confirm(text);
    lines_ += ended;
    return false;
  }
  is_head_ = cut && any() && unended_;   // it goes on here
  const size_t before = lines_;
  lines_ += ended;
  const bool lost = cut && span.lost && span.rules != nullptr;
  if (text.size() <= kRowMax && !lost && !is_head_) {
    for (const char separator : kSeparators) {
      if (text.find(separator) == ByteView::npos) continue;
      is_head_ = head(text, separator, span.rules);
      if (is_head_) {
        part_ = cut;
        shifted_ = false;
        unended_ = !ended;
        return true;
      }
      if (separator == '|') break;
    }
  }
  if (uncertain() && text.find(separator_) != ByteView::npos) {
    const bool fits = std::min(count_cells(text, separator_, false), kColumnsMax) == names_->count;
    // The first and the last line of a text that hold as many cells as the head are whole more often than cut.
    if ((ended && !cut) || (!ended && !cut && fits && first_fits_)) confirm(text);
    if (cut) first_fits_ = fits;
  }
  if (!any() || !ended || cut || before < kHeadingLines || text.find(separator_) != ByteView::npos) return false;
  const bool empty = std::all_of(text.begin(), text.end(), is_blank);
  if (!empty || separator_ != '|') clear();
  return false;
}

/// Whether a row has the cells that masks name, to be taken whole: all of it is there, or as much
/// as is looked at, and its cells are those of the head. The same however the text came.
bool Columns::takes_cells(const Span& span, ByteView row, bool part, bool ended) const {
  bool drawn;
  if (row.size() > kRowMax) return !part;
  if ((!ended && span.open) || is_rule(row, &drawn)) return false;
  const size_t there = count_cells(row, separator_, part && ended);
  if (part || uncertain()) return there == names_->count;
  return separator_ != ',' || there == names_->count || (!ended && there < names_->count);
}

/// Lists the named cells of a row.
void Columns::list(const Span& span, size_t begin, size_t end, bool ended, size_t least, detect::Cells* cells) const {
  const ByteView line = span.text.substr(begin, end - begin);
  size_t column = 0;
  const bool part = begin == 0 && !span.begins;   // its first cells may stand in the text before
  const bool longer = line.size() > kRowMax;
  const bool takes = span.rules != nullptr && takes_cells(span, line, part, ended);
  if (part) {
    if (!ended && span.open) {
      cells->hold = std::min(cells->hold, begin);
      return;
    }
    const size_t there = count_cells(line, separator_, ended);
    if (there != names_->count && uncertain()) return;
    if (there > names_->count || (there < names_->count && !ended)) return;
    column = names_->count - there;
  }
  if (cells->heads.empty() || cells->heads.back() != names_) cells->heads.push_back(names_);
  Cutter cutter(line, separator_, part && ended);
  size_t from, to;
  for (bool closed; column < names_->count && cutter.next(&from, &to, &closed); ++column) {
    if (from > kRowMax) return;
    const bool open = !closed && !ended && span.open;
    const bool ruled = names_->rules[column] != ColumnRules::kNone;
    ruled ? trim_value(line, &from, &to) : trim(line, &from, &to);
    if ((names_->sets[column] == 0 && !ruled) || begin + to < least) continue;
    if (open || (ruled && !longer && !ended && span.open)) cells->hold = std::min(cells->hold, begin + from);
    if (from >= to) continue;
    const bool head = line.substr(from, to - from) == names_->of(column);   // read again: a text may end with it
    const uint8_t rule = takes && !head ? names_->rules[column] : ColumnRules::kNone;
    if (rule == ColumnRules::kNone && names_->sets[column] == 0) continue;
    if (rule != ColumnRules::kNone && to > kRowMax)
      for (to = kRowMax; inside_character(line[to]);) --to;
    cells->list.push({static_cast<uint32_t>(begin + from), static_cast<uint32_t>(begin + to), open && rule == ColumnRules::kNone,
                      names_->sets[column], names_->of(column), rule});
  }
}

size_t Columns::read(const Span& span, size_t least, detect::Cells* cells) {
  size_t begin = span.from;
  while (begin < span.text.size()) {
    const size_t found = span.text.find('\n', begin);
    const bool ended = found != ByteView::npos;
    const size_t end = ended ? found : span.text.size();
    const bool head = (ended || !span.open) && line(span.text.substr(begin, end - begin), span, begin == 0 && !span.begins, ended);
    if (cells != nullptr && any() && !head && end >= least) list(span, begin, end, ended, least, cells);
    if (!ended) break;
    begin = end + 1;
  }
  return begin;
}

bool holds_head(ByteView text, size_t first, size_t last) {
  const size_t begin = line_begin(text, first), end = std::min(text.find('\n', last), text.size());
  if (begin == ByteView::npos) return false;
  Columns columns;
  columns.read({text.substr(0, end), begin, false}, 0, nullptr);
  return columns.heads() != 0;
}

bool holds_column_head(ByteView text, const Wanted& wanted, bool goes_on) {
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    ByteView line = text.substr(begin, end - begin);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.size() <= kRowMax && Columns::may_be_head(line, wanted, goes_on && (begin == 0 || end == text.size()))) return true;
    begin = end + 1;
  }
  return false;
}

/// Lists the cells of what is looked through, as the text has them behind `left`. Whether there are any, or something may
/// become one.
bool TableRows::list(ByteView view, const detect::Text& text, const Columns& columns, const Wanted& wanted) {
  Columns ahead = columns;
  const size_t from = left_ + text.from, begin = line_begin(view, from);
  cells_.clear();
  ahead.read({view, std::min(line_, begin), text.open, wanted.columns, lost_, begins_}, from, &cells_);
  size_t kept = 0;
  for (detect::Cell cell : cells_.list) {
    if (cell.end <= left_) continue;
    cell.begin = cell.begin > left_ ? cell.begin - static_cast<uint32_t>(left_) : 0;
    cell.end -= static_cast<uint32_t>(left_);
    cells_.list[kept++] = cell;
  }
  cells_.list.resize(kept);
  if (cells_.hold != SIZE_MAX) cells_.hold -= std::min(cells_.hold, left_);
  return kept != 0 || cells_.hold != SIZE_MAX;
}

size_t TableRows::find(ByteView view, size_t left, detect::Text text, Columns* columns, const Wanted& wanted,
                       Room<detect::Found>* found, size_t* signs_end) {
  left_ = left;
  cells_.clear();
  text.cells = &cells_;
  const bool listed = columns->any() || waits_ || wanted.columns != nullptr;
  if (listed) list(view, text, *columns, wanted);
  const detect::Inside inside = text.inside != nullptr ? *text.inside : detect::Inside();
  size_t tail = detect::detect(text, wanted, found, signs_end);
  if (cells_.met == SIZE_MAX && !listed) return tail;
  const size_t last = left + cells_.met_last;
  if (!listed) {
    line_ = line_begin(view, left + cells_.met);
    if (line_ == ByteView::npos) {
      line_ = 0;
      return tail;
    }
    if (list(view, text, *columns, wanted)) {
      if (text.inside != nullptr) *text.inside = inside;
      tail = detect::detect(text, wanted, found, signs_end);
    }
  }
  const size_t seen = text.open ? left + tail : view.size();
  const size_t next = columns->read({view.substr(0, seen), line_, text.open, wanted.columns, lost_, begins_}, 0, nullptr);
  lost_ = lost_ && next == line_;
  line_ = next;
  waits_ = text.open && !columns->any() && line_ <= last;
  return tail;
}

void TableRows::finish(ByteView view, Columns* columns, const Wanted& wanted) {
  if (waits_ || columns->any() || wanted.columns != nullptr)
    columns->read({view, line_, false, wanted.columns, lost_, begins_}, 0, nullptr);
}

}  // namespace gatehouse::mask
