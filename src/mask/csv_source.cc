#include "mask/csv_source.h"

#include <algorithm>

#include "codec/charset.h"
#include "codec/find.h"
#include "mask/columns.h"
#include "mask/plan.h"
#include "mask/text_names.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kNamesMax = 16 * 1024;   // bytes of the names of columns

}  // namespace

void CsvSource::start(const Task& task, uint64_t at) {
  task_ = task;
  sniff_ = {};
  begun_ = open_ = closed_ = waits_ = names_full_ = false;
  empty_ = true;
  ruled_ = (task.masks & task.plan->state().with_fields) != 0;
  strict_ = ruled_ && !text_;
  state_ = State::cell;
  next_ = end_ = checked_ = at;
  row_ = 0;
  column_ = width_ = 0;
  names_.clear();
  name_ends_.clear();
  rules_.clear();
  nameless_.clear();
  other_rule_ = kNoRule;
}

/// Takes note of bytes that came; false when they are no UTF-8.
bool CsvSource::take(uint64_t end) {
  end_ = end;
  const ByteView fresh = task_.editor->raw(checked_, static_cast<size_t>(end_ - checked_));
  const ByteView text = fresh.substr(0, whole_characters(fresh));
  checked_ += text.size();
  return codec::is_utf8(text);
}

void CsvSource::begin_table(bool last) {
  const uint64_t seen = next_ + sniff_.bytes();
  if (seen < end_) sniff_.take(task_.editor->raw(seen, static_cast<size_t>(end_ - seen)));
  if (!last && !sniff_.complete() && end_ - next_ < codec::kCsvSniffBytes) return;
  delimiter_ = sniff_.delimiter();
  begun_ = true;
}

bool CsvSource::feed(uint64_t at, ByteView bytes) {
  if (!take(at + bytes.size())) return false;
  if (!begun_) begin_table(false);
  if (begun_ && !scan(false)) return false;
  task_.editor->passed(std::min(next_, open_ ? texts_.held() : next_));
  return true;
}

bool CsvSource::finish() {
  if (checked_ != end_) return false;
  if (!begun_) begin_table(true);
  if (!scan(true)) return false;
  if (state_ == State::quoted && strict_) return false;
  if (state_ != State::cell || column_ > 0) {
    end_cell({}, next_);
    if (!end_row()) return false;
  }
  return true;
}

bool CsvSource::scan(bool last) {
  waits_ = false;
  while (next_ < end_ && !waits_) {
    const ByteView text = task_.editor->raw(next_, static_cast<size_t>(end_ - next_));
    switch (state_) {
      case State::cell:
        state_ = text[0] == '"' && !(text_ && delimiter_ == '|') ? State::quoted : State::bare;
        if (state_ == State::bare) break;
        open_cell(Style::csv_quoted);
        ++next_;
        break;
      case State::bare:
        if (!bare(text, last)) return false;
        break;
      case State::quoted:
        if (!quoted(text)) return false;
        break;
      case State::quote:
        if (!quote(text, last)) return false;
        break;
    }
  }
  return true;
}

/// A cell, or what is behind its closing quote, up to what ends it.
bool CsvSource::bare(ByteView text, bool last) {
  const size_t border = codec::find_near(text, 0, std::array<char, 3>{delimiter_, '\r', '\n'});
  ByteView content = text.substr(0, border);
  if (border == text.size()) content = content.substr(0, whole_characters(content));
  if (!content.empty()) {
    if (strict_ && (closed_ || content.find('"') != ByteView::npos)) return false;
    if (!open_) open_cell(Style::csv_bare);
    show(next_, content, nullptr, 0);
    next_ += content.size();
  }
  if (border == text.size()) {
    waits_ = true;
    return true;
  }
  if (text[border] == delimiter_) {
    end_cell(text.substr(border, 1), next_);
    ++next_;
    ++column_;
    return true;
  }
  size_t length = 1;
  if (text[border] == '\r') {
    if (border + 1 == text.size() && !last) {
      waits_ = true;
      return true;
    }
    if (border + 1 < text.size() && text[border + 1] == '\n') length = 2;
    else if (strict_) return false;
  }
  end_cell(text.substr(border, length), next_);
  next_ += length;
  return end_row();
}

bool CsvSource::quoted(ByteView text) {
  plain_.clear();
  bends_.clear();
  size_t from = 0, end = text.find('"');
  while (end != ByteView::npos && end + 1 < text.size() && text[end + 1] == '"') {
    plain_.append(text.data() + from, end + 1 - from);
    bends_.push({static_cast<uint32_t>(plain_.size() - 1), 1, 2});
    from = end + 2;
    end = text.find('"', from);
  }
  if (end == ByteView::npos) {
    end = whole_characters(text);
    waits_ = true;
  } else {
    state_ = State::quote;
  }
  if (from == 0) {
    if (end > 0) show(next_, text.substr(0, end), nullptr, 0);
  } else {
    plain_.append(text.data() + from, end - from);
    plain_.reserve(kSimdPadding);
    std::memset(plain_.end(), 0, kSimdPadding);
    show(next_, {plain_.data(), plain_.size()}, bends_.data(), bends_.size());
  }
  next_ += end;
  return true;
}

/// A quote within a quoted cell: the closing one, or the first of two that stand for one.
bool CsvSource::quote(ByteView text, bool last) {
  if (text.size() == 1 && !last) {
    waits_ = true;
    return true;
  }
  if (text.size() > 1 && text[1] == '"') {
    state_ = State::quoted;
    return true;
  }
  ++next_;
  closed_ = true;
  state_ = State::bare;
  return true;
}

void CsvSource::open_cell(Style style) {
  const ByteView name = row_ == 0 ? ByteView{} : name_of(column_);
  place_.emplace(task_.around);
  place_->add("row ").number(row_).add(" ");
  if (name.empty()) place_->add("column ").number(column_ + 1);
  else place_->add(name);
  const bool nameless = column_ < nameless_.size() && nameless_[column_];
  site_ = {place_->place(), nameless ? ByteView() : name, style, kNoRule, perhaps_ ? kFlowLines + task_.flows : 0};
  if (row_ > 0) {
    site_.rule = column_ < rules_.size() ? rules_[column_] : other_rule_;
    if (is_text_name(name)) site_.flow = kFlowColumns + (task_.flows << 16) + column_;
  }
  texts_.begin(*task_.editor, site_, next_ + (style == Style::csv_quoted ? 1 : 0), Written::markup);
  open_ = true;
}

void CsvSource::show(uint64_t at, ByteView text, const Bend* bends, size_t bend_count) {
  empty_ = false;
  if (row_ == 0) {
    names_full_ = names_full_ || names_.size() + text.size() > kNamesMax;
    if (!names_full_) names_ += text;
  }
  texts_.piece({text, at, bends, bend_count});
}

void CsvSource::end_cell(ByteView border, uint64_t at) {
  if (open_) {
    texts_.end();
    if (site_.flow != 0) task_.editor->settle(site_.flow);
  }
  open_ = closed_ = false;
  state_ = State::cell;
  if (row_ == 0) name_ends_.push_back(static_cast<uint32_t>(names_.size()));
  if (!perhaps_ || border.empty()) return;
  const Site between{task_.around.place(), {}, Style::csv_bare, kNoRule, kFlowLines + task_.flows};
  task_.editor->text(between, {border, at, nullptr, 0});
  task_.editor->settle(between.flow);
}

bool CsvSource::end_row() {
  const size_t cells = column_ + 1;
  const bool blank = cells == 1 && empty_;
  column_ = 0;
  empty_ = true;
  if (row_ == 0) {
    width_ = cells;
    take_names();
  } else if (strict_ && !blank && cells != width_) {
    return false;
  }
  ++row_;
  return !strict_ || row_ > 1 || (width_ <= codec::kCsvColumnsMax && !names_full_);
}

ByteView CsvSource::name_of(size_t column) const {
  if (column >= name_ends_.size()) return {};
  const uint32_t begin = column == 0 ? 0 : name_ends_[column - 1];
  return ByteView(names_).substr(begin, name_ends_[column] - begin);
}

void CsvSource::take_names() {
  names_.append(kSimdPadding, '\0');   // readable behind the last
  if (name_ends_.size() > codec::kCsvColumnsMax) name_ends_.resize(codec::kCsvColumnsMax);
  for (size_t i = 0; (perhaps_ || text_) && i < name_ends_.size(); ++i) {
    const bool password = (detect::named_by_field(name_of(i)) & set_of(detect::Detector::password)) != 0;
    nameless_.push_back(password && !says_password(name_of(i)));
  }
  if (!ruled_) return;
  in_rows_.prepare(*task_.plan);
  in_root_.prepare(*task_.plan);
  in_rows_.start(*task_.plan, task_.masks);
  in_rows_.open(json::Kind::array);
  in_rows_.open(json::Kind::object);
  in_root_.start(*task_.plan, task_.masks);
  in_root_.open(json::Kind::object);
  for (size_t i = 0; i < name_ends_.size(); ++i) rules_.push_back(rule_of(name_of(i)));
  other_rule_ = rule_of(ByteView(names_).substr(names_.size() - kSimdPadding, 0));
}

uint8_t CsvSource::rule_of(ByteView name) {
  in_rows_.key(name);
  in_root_.key(name);
  const uint8_t a = in_rows_.rule(), b = in_root_.rule();
  if (a == kNoRule || b == kNoRule) return a == kNoRule ? b : a;
  const auto& rules = task_.plan->state().rules;
  return rules[a].rank <= rules[b].rank ? a : b;
}

}  // namespace gatehouse::mask
