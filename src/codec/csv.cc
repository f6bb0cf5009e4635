#include "codec/csv.h"

#include <algorithm>

#include "codec/find.h"

namespace gatehouse::codec {
namespace {

constexpr ByteView kMark = "\xef\xbb\xbf";
constexpr ByteView kDelimiters = ",;\t|";

constexpr size_t end_bytes(CellEnd end) { return end == CellEnd::body ? 0 : end == CellEnd::crlf ? 2 : 1; }

}  // namespace

bool CsvSniff::take(ByteView bytes) {
  for (const char c : bytes) {
    if (complete_) break;
    const size_t at = bytes_++;
    if (c == '"' && (at_start_ || quoted_)) {
      quoted_ = !quoted_;     // the second of two opens it again: this is a start, too
      at_start_ = true;
    } else if (!quoted_) {
      complete_ = c == '\n';
      const size_t index = kDelimiters.find(c);
      if (index != ByteView::npos) ++counts_[index];
      at_start_ = index != ByteView::npos || (at < kMark.size() && c == kMark[at]);
    }
  }
  return complete_;
}

size_t CsvSniff::most() const { return *std::max_element(counts_.begin(), counts_.end()); }

char CsvSniff::delimiter() const {
  const auto* most = std::max_element(counts_.begin(), counts_.end());
  return kDelimiters[static_cast<size_t>(most - counts_.begin())];
}

/// fail judges the size first, so that the cut of a body does not choose between two errors. What is left of the opening joins
/// what is held: the caller may go on from there.
Csv::What Csv::fail(CsvError error, size_t item_bytes) {
  error_ = item_bytes > options_.cell_max ? CsvError::too_long : error;
  held_.add(front_);
  front_ = {};
  return What::none;
}

Csv::What Csv::next(ByteView& piece) {
  if (error_ != CsvError::none) return What::none;
  if (names_full_) return fail(CsvError::too_many_columns, 0);
  if (row_due_) return end_row();
  if (opening_ && !open(piece)) return What::none;
  if (!front_.empty())
    if (const What what = scan(front_); what != What::none || error_ != CsvError::none) return what;
  if (const What what = scan(piece); what != What::none || error_ != CsvError::none) return what;
  return finished_ ? last() : What::none;
}

/// open holds pieces back until the first record, or its first kCsvSniffBytes, were seen: these decide, however it was cut.
bool Csv::open(ByteView& piece) {
  const ByteView looked = piece.substr(0, kCsvSniffBytes - sniff_.bytes());
  steps_ += looked.size();
  if (!sniff_.take(looked) && sniff_.bytes() < kCsvSniffBytes && !finished_) {
    opened_.add(piece);
    steps_ += piece.size();
    piece = {};
    return false;
  }
  opening_ = false;
  options_.delimiter = sniff_.delimiter();
  front_ = opened_.with({});
  return true;
}

/// at_mark takes a byte of the mark before the first cell.
bool Csv::at_mark(char c) {
  if (offset_ != 0 || mark_ == kMark.size() || c != kMark[mark_]) return false;
  ++mark_;
  return true;
}

/// scan goes to the end of the cell at hand. All of `in` is looked at once.
Csv::What Csv::scan(ByteView& in) {
  const std::array<char, 4> ends{options_.delimiter, '"', '\r', '\n'};
  size_t at = 0;
  while (at < in.size()) {
    switch (state_) {
      case State::start:
        if (at_mark(in[at])) {
          ++at;
          break;
        }
        quoted_ = in[at] == '"' && (mark_ == 0 || mark_ == kMark.size());
        if (mark_ < kMark.size()) mark_ = 0;
        state_ = quoted_ ? State::quoted : State::plain;
        if (quoted_) ++at;
        break;
      case State::quoted:
        at = std::min(in.find('"', at), in.size());
        if (at == in.size()) break;
        state_ = State::quote;
        ++at;
        break;
      case State::plain:
        at = find_near(in, at, ends);
        if (at == in.size()) break;
        [[fallthrough]];
      case State::quote:
      case State::cr:
        if (const What what = after_cell(in, at); what != What::none || error_ != CsvError::none) return what;
        break;
    }
  }
  if (held_.size() + in.size() > options_.cell_max) return fail(CsvError::too_long, held_.size() + in.size());
  held_.add(in);
  steps_ += 2 * in.size();
  in = {};
  return What::none;
}

/// after_cell takes the byte behind a cell, a closing quote or a CR.
Csv::What Csv::after_cell(ByteView& in, size_t& at) {
  const char c = in[at++];
  if (state_ == State::cr) {
    if (c == '\n') return deliver(in, at, CellEnd::crlf);
    return fail(CsvError::bare_cr, held_.size() + at);
  }
  if (c == options_.delimiter) return deliver(in, at, CellEnd::delimiter);
  if (c == '\n') return deliver(in, at, CellEnd::lf);
  if (c == '\r') {
    state_ = State::cr;
    return What::none;
  }
  if (c != '"' || state_ == State::plain) return fail(CsvError::stray_quote, held_.size() + at);
  doubled_ = true;
  state_ = State::quoted;
  return What::none;
}

Csv::What Csv::last() {
  ByteView nothing;
  switch (state_) {
    case State::start:
      if (at_column_ == 0 && held_.size() == 0) return What::none;
      break;
    case State::quoted: return fail(CsvError::unclosed_quote, 0);
    case State::cr: return fail(CsvError::bare_cr, 0);
    case State::plain:
    case State::quote: break;
  }
  return deliver(nothing, 0, CellEnd::body);
}

Csv::What Csv::deliver(ByteView& in, size_t size, CellEnd end) {
  if (held_.size() + size > options_.cell_max) return fail(CsvError::too_long, held_.size() + size);
  steps_ += held_.size() > 0 ? 2 * size : size;
  const ByteView raw = held_.with(in.substr(0, size));
  in.remove_prefix(size);
  const size_t before = mark_ == kMark.size() ? mark_ : 0;
  const ByteView content = raw.substr(before, raw.size() - before - end_bytes(end));
  cell_ = {raw, offset_, content, quoted_ ? without_quotes(content) : content, {}, at_row_, at_column_, end, quoted_};
  if (options_.header && at_row_ == 0) keep_name(cell_.text);
  cell_.name = name_of(at_column_);
  offset_ += raw.size();
  ++at_column_;
  row_ = {at_row_, at_column_, false, at_column_ == 1 && content.empty()};
  row_due_ = end != CellEnd::delimiter;
  state_ = State::start;
  mark_ = 0;
  quoted_ = doubled_ = false;
  return What::cell;
}

Csv::What Csv::end_row() {
  row_due_ = false;
  if (at_row_ == 0) width_ = row_.cells;
  row_.ragged = row_.cells != width_ && !row_.blank;
  ++at_row_;
  at_column_ = 0;
  return What::row;
}

void Csv::keep_name(ByteView text) {
  if (name_ends_.size() == kCsvColumnsMax || text.size() > kCsvNamesMax - names_.size()) {
    names_full_ = true;
    return;
  }
  names_ += text;
  name_ends_.push_back(names_.size());
}

ByteView Csv::name_of(uint64_t column) const {
  if (at_row_ == 0 || column >= name_ends_.size()) return {};
  const size_t from = column == 0 ? 0 : name_ends_[column - 1];
  return ByteView(names_).substr(from, name_ends_[column] - from);
}

ByteView Csv::without_quotes(ByteView content) {
  content = content.substr(1, content.size() - 2);
  if (!doubled_) return content;
  text_.trim();
  steps_ += content.size();
  for (size_t at = 0; at < content.size();) {
    const size_t end = std::min(content.find('"', at), content.size() - 1) + 1;   // with the first of two quotes
    text_.append(content.data() + at, end - at);
    at = end + (content[end - 1] == '"' ? 1 : 0);
  }
  return {text_.data(), text_.size()};
}

void append_csv_cell(std::string& out, ByteView text, char delimiter, bool quoted) {
  const std::array<char, 4> special{delimiter, '"', '\r', '\n'};
  if (!quoted && find_near(text, 0, special) == text.size()) {
    out += text;
    return;
  }
  out += '"';
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('"', at), text.size() - 1) + 1;
    out += text.substr(at, end - at);
    if (text[end - 1] == '"') out += '"';
    at = end;
  }
  out += '"';
}

}  // namespace gatehouse::codec
