#include "mask/markup_table.h"

#include <algorithm>
#include <cstring>

#include "base/ascii.h"

namespace gatehouse::mask {
namespace {

/// "colspan" of a tag: 1 when it says nothing.
size_t columns_of(ByteView tag) {
  static constexpr ByteView kName = "colspan=";
  for (size_t at = 0; at + kName.size() < tag.size(); ++at) {
    if (!starts_at(tag, at, kName, true)) continue;
    at += kName.size();
    if (tag[at] == '"' || tag[at] == '\'') ++at;
    size_t count = 0;
    for (; at < tag.size() && is_digit(tag[at]) && count < kColumnsMax; ++at)
      count = count * 10 + static_cast<size_t>(tag[at] - '0');
    return std::clamp<size_t>(count, 1, kColumnsMax);
  }
  return 1;
}

ByteView trimmed(ByteView name) {
  while (!name.empty() && is_space(name.front())) name.remove_prefix(1);
  while (!name.empty() && is_space(name.back())) name.remove_suffix(1);
  return name;
}

}  // namespace

void MarkupTable::begin(uint64_t body, uint64_t flow, const ColumnRules* rules) {
  if (body != body_) flow_ = 0;   // what heads columns in one says nothing of another
  body_ = body;
  rules_ = rules;
  begun_ = flow;
  turns_ = true;
  in_cell_ = may_be_head_ = in_head_ = in_label_ = below_label_ = false;
}

/// A table stands in the text that began.
void MarkupTable::turn() {
  turns_ = false;
  tables_ = 0;
  if (begun_ != 0 && begun_ == flow_) return;
  flow_ = begun_;
  head_.count = row_.count = 0;
  label_.rule = ColumnRules::kNone;
  label_.names = false;
  next_ = column_ = 0;
  first_ = true;
}

void MarkupTable::tag(ByteView tag) {
  const bool closes = tag.size() > 1 && tag[1] == '/';
  size_t at = closes ? 2 : 1, end = at;
  while (end < tag.size() && is_ascii_letter(tag[end])) ++end;
  const ByteView name = tag.substr(at, end - at);
  const bool table = same_word(name, "table");
  if (table || same_word(name, "thead")) in_head_ = !table && !closes;
  if (!table && (name.size() != 2 || (name[0] | 0x20) != 't')) return;
  if (turns_) turn();
  if (table) {
    end_row();
    if (!closes && ++tables_ > 1) head_.count = 0;
    first_ = !closes || first_;
    return;
  }
  switch (name[1] | 0x20) {
    case 'r':
      end_row();
      if (closes) return;
      label_.rule = ColumnRules::kNone;
      label_.names = labelled_ = false;
      next_ = column_ = 0;
      row_.count = 0;
      may_be_head_ = only_heads_ = true;
      too_long_ = false;
      return;
    case 'd':
    case 'h':
      end_label();
      in_cell_ = below_label_ = false;
      if (!closes) open_cell(tag, (name[1] | 0x20) == 'h');
      return;
    default: return;
  }
}

void MarkupTable::open_cell(ByteView tag, bool head) {
  in_cell_ = true;
  heads_ = head && (first_ || in_head_);
  in_label_ = head && !in_head_;
  if (in_label_) {
    label_.size = 0;
    label_.too_long = label_.names = false;
    label_.rule = ColumnRules::kNone;
  }
  if (!head) {
    only_heads_ = false;
    may_be_head_ = may_be_head_ && first_;
    below_label_ = label_.names || label_.rule != ColumnRules::kNone;
    labelled_ = labelled_ || below_label_;
  }
  column_ = next_;
  next_ += columns_of(tag);
  if (!may_be_head_) return;
  for (; row_.count <= std::min(column_, kColumnsMax - 1); ++row_.count)
    row_.ends[row_.count] = row_.count == 0 ? uint16_t{0} : row_.ends[row_.count - 1];
}

/// Judges what a <th> held that ends.
void MarkupTable::end_label() {
  if (!in_label_) return;
  in_label_ = false;
  ByteView name = trimmed({label_.text, label_.size});
  if (name.ends_with(':')) name = trimmed(name.substr(0, name.size() - 1));
  if (label_.too_long || name.empty() || !may_name_column(name)) return;
  std::memmove(label_.text, name.data(), name.size());
  label_.size = name.size();
  std::memset(label_.text + label_.size, 0, kSimdPadding);
  label_.names = detect::named_by_field({label_.text, label_.size}) != 0;
  if (rules_ != nullptr) label_.rule = rules_->of({label_.text, label_.size});
}

void MarkupTable::text(ByteView text) {
  if (in_label_) {
    label_.too_long = label_.too_long || label_.size + text.size() > kColumnName;
    if (!label_.too_long) {
      std::memcpy(label_.text + label_.size, text.data(), text.size());
      label_.size += text.size();
    }
  }
  if (!may_be_head_) return;
  if (column_ >= kColumnsMax) return;
  uint16_t& end = row_.ends[column_];
  const size_t begin = column_ == 0 ? 0 : row_.ends[column_ - 1];
  while (end == begin && !text.empty() && is_space(text.front())) text.remove_prefix(1);
  if (end + text.size() > kColumnNames) {
    too_long_ = true;
    return;
  }
  std::memcpy(row_.text + end, text.data(), text.size());
  end = static_cast<uint16_t>(end + text.size());
}

/// Judges the row that ends: whether it is a head, and so whether the one before holds no more.
void MarkupTable::end_row() {
  end_label();
  in_cell_ = below_label_ = false;
  if (row_.count == 0) return;
  bool any = false, names = !too_long_ && may_be_head_ && !labelled_;
  for (size_t i = 0; i < row_.count && names; ++i) {
    const ByteView name = row_.of(i);
    row_.names[i] = detect::named_by_field(name) != 0;
    row_.rules[i] = rules_ != nullptr ? rules_->of(trimmed(name)) : ColumnRules::kNone;
    any = any || row_.names[i] || row_.rules[i] != ColumnRules::kNone;
    names = may_name_column(name);
  }
  if (names && (any || only_heads_)) {
    std::memset(row_.text + row_.ends[row_.count - 1], 0, kSimdPadding);
    head_ = row_;
  }
  row_.count = 0;
  first_ = may_be_head_ = false;
}

}  // namespace gatehouse::mask
