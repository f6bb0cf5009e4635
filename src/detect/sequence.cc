#include "detect/sequence.h"

#include <algorithm>
#include <cstring>

#include "base/letters.h"
#include "detect/emphasis.h"

namespace gatehouse::detect {
namespace {

constexpr size_t kGapSigns = 3;

/// The length of one sign at text[at], 0 when it is none that stands between digits.
size_t sign_at(ByteView text, size_t at, char* kind) {
  if (at >= text.size()) return 0;
  const char c = text[at];
  if (c == '.' || c == '/' || c == '(' || c == ')') {
    *kind = c;
    return 1;
  }
  return separator_at(text, at, kind);
}

size_t sign_before(ByteView text, size_t end) {
  const char c = text[end - 1];
  char kind;
  return c == '.' || c == '/' || c == '(' || c == ')' ? 1 : separator_before(text, end, &kind);
}

constexpr bool is_sign(char c) { return c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')'; }
constexpr bool is_ascii(char c) { return static_cast<uint8_t>(c) < 0x80; }

/// The length of the gap that ends before text[end], where a digit is; 0 when none does.
size_t gap_before(ByteView text, size_t end) {
  const char last = text[end - 1];
  if (is_ascii(last) && !is_sign(last)) return 0;
  if (is_ascii(last) && end > 1 && is_digit(text[end - 2])) return 1;
  size_t begin = end;
  for (size_t signs = 0; signs < kGapSigns && begin > 0; ++signs) {
    const size_t length = sign_before(text, begin);
    if (length == 0) return 0;
    begin -= length;
    char kind;
    if (begin > 0 && is_digit(text[begin - 1])) return gap_at(text, begin, &kind) == end - begin ? end - begin : 0;
  }
  return 0;
}

/// gap_at when it is no single sign.
size_t wide_gap_at(ByteView text, size_t at, char* before) {
  size_t end = at;
  bool spaces = true;
  for (size_t signs = 0; signs < kGapSigns; ++signs) {
    char kind;
    const size_t length = sign_at(text, end, &kind);
    if (length == 0) return 0;
    spaces = spaces && kind == ' ';
    end += length;
    if (end >= text.size() || !is_digit(text[end])) continue;
    if (signs > 0 && spaces) return 0;
    *before = signs == 0 ? kind : 'x';
    return end - at;
  }
  return 0;
}

/// gap_at with emphasis that ends before it and begins behind; with none it is no such gap.
[[gnu::cold, gnu::noinline]] size_t emphasised_gap_at(ByteView text, size_t at, char* before) {
  const size_t ends = emphasis_at(text, at), signs = at + ends;
  if (signs < text.size() && is_digit(text[signs])) {
    *before = '*';
    return joins(text.substr(at, ends)) ? ends : 0;
  }
  size_t end = signs;
  bool spaces = true;
  for (size_t count = 1; count <= kGapSigns; ++count) {
    char kind;
    const size_t length = sign_at(text, end, &kind);
    if (length == 0) return 0;
    spaces = spaces && kind == ' ';
    end += length;
    const size_t begins = emphasis_at(text, end);
    if (end + begins >= text.size() || !is_digit(text[end + begins])) continue;
    if (ends + begins == 0 || (count > 1 && spaces)) return 0;
    *before = count == 1 ? kind : 'x';
    return end + begins - at;
  }
  return 0;
}

[[gnu::cold, gnu::noinline]] size_t emphasised_gap_before(ByteView text, size_t end) {
  size_t begin = end - emphasis_before(text, end);
  for (size_t signs = 0; signs <= kGapSigns && begin > 0; ++signs) {
    const size_t digit = begin - emphasis_before(text, begin);
    char kind;
    if (digit > 0 && is_digit(text[digit - 1])) return emphasised_gap_at(text, digit, &kind) == end - digit ? end - digit : 0;
    const size_t length = sign_before(text, begin);
    if (length == 0) return 0;
    begin -= length;
  }
  return 0;
}

}  // namespace

size_t gap_at(ByteView text, size_t at, char* before) {
  if (at + 1 >= text.size()) return 0;
  const char c = text[at];
  if (!is_ascii(c)) return wide_gap_at(text, at, before);
  if (!is_sign(c)) return 0;
  if (!is_digit(text[at + 1])) return wide_gap_at(text, at, before);
  *before = c;
  return 1;
}

Sequence::Sequence(const Sight& sight, size_t at, Emphasis emphasis) : text_(sight.text), emphasis_(emphasis) {
  for (size_t back = 0; back < 4 && at > 0 && (at >= text_.size() || !is_digit(text_[at])); ++back) --at;
  next_ = at;
  if (at >= text_.size() || !is_digit(text_[at])) {
    more_ = false;
    return;
  }
  const size_t least = sight.seen;
  const char* const bytes = text_.data();
  size_t begin = at;
  while (begin > least) {
    if (is_digit(bytes[begin - 1])) {
      --begin;
      continue;
    }
    size_t gap = gap_before(text_, begin);
    if (gap == 0 && emphasis == Emphasis::passed) [[unlikely]] gap = emphasised_gap_before(text_, begin);
    if (gap == 0 || begin - gap <= least) break;
    begin -= gap;
  }
  next_ = begin;
  fill();
  while (count_ != 0 && groups_[first_].begin < std::max(sight.from, sight.taken)) drop(1);
}

bool Sequence::go_on(const Sight& sight, size_t at) {
  while (count_ != 0 && (*this)[0].begin < sight.seen) drop(1);
  Group* const shown = groups_ + first_;
  if (std::none_of(shown, shown + count_, [at](const Group& group) { return group.begin == at; })) return false;
  if (dropped_ < sight.seen) shown->before = '\0';   // a new one would begin with it
  while (count_ != 0 && (*this)[0].begin < std::max(sight.from, sight.taken)) drop(1);
  return true;
}

void Sequence::drop(size_t groups) {
  groups = std::min(groups, count_);
  for (size_t i = 0; i < groups; ++i) left_ -= groups_[first_ + i].size();
  if (groups != 0) dropped_ = groups_[first_ + groups - 1].begin;
  first_ += groups;
  count_ -= groups;
  if (!more_) return;
  std::memmove(groups_, groups_ + first_, count_ * sizeof(Group));
  first_ = 0;
  fill();
}

void Sequence::fill() {
  const char* const bytes = text_.data();
  const size_t size = text_.size();
  while (count_ < kGroupsMax && more_) {
    const size_t begin = next_;
    size_t end = begin;
    while (end < size && is_digit(bytes[end])) ++end;
    left_ += end - begin;
    groups_[count_++] = {static_cast<uint32_t>(begin), static_cast<uint32_t>(end), before_};
    const bool single = end + 1 < size && is_sign(bytes[end]) && is_digit(bytes[end + 1]);
    if (single) before_ = bytes[end];
    size_t gap = single ? 1 : gap_at(text_, end, &before_);
    if (gap == 0 && emphasis_ == Emphasis::passed) [[unlikely]] gap = emphasised_gap_at(text_, end, &before_);
    more_ = gap != 0;
    next_ = end + gap;
  }
}

size_t Sequence::digits(size_t groups, char* out, size_t most) const {
  size_t length = 0;
  for (size_t i = 0; i < groups; ++i) {
    const Group& group = (*this)[i];
    if (length + group.size() > most) return 0;
    for (uint32_t at = group.begin; at < group.end; ++at) out[length++] = text_[at];   // few: no call
  }
  return length;
}

}  // namespace gatehouse::detect
