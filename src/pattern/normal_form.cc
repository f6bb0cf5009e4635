#include "pattern/normal_form.h"

#include <unicode/unorm2.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include <algorithm>

#include "pattern/code_points.h"
#include "pattern/look_alikes.h"

namespace gatehouse::pattern {
namespace {

constexpr size_t kTextMax = UINT32_MAX / kNormalTimes - kNormalMore;  // offsets are 32 bits
constexpr int32_t kFormMax = 1024;                                    // UTF-16 units of what is changed together

size_t begin_of_character_before(ByteView text, size_t at) {
  do --at;
  while (at > 0 && (static_cast<uint8_t>(text[at]) & 0xc0) == 0x80);
  return at;
}

/// ASCII that a character by itself becomes, for those that come in numbers: full-width forms and two spaces; else 0.
char wide_ascii(uint32_t code_point) {
  if (code_point >= 0xff01 && code_point <= 0xff5e) return static_cast<char>(code_point - 0xff01 + '!');
  return code_point == 0x3000 || code_point == 0xa0 ? ' ' : '\0';
}

/// Nothing that begins at `at` changes with what is before it, as far as can be told without ICU.
bool stands_alone(ByteView text, size_t at) {
  if (at == text.size()) return true;
  const CodePoint point = code_point_at(text, at);
  return point.length > 0 && (inert().has(point.value) || wide_ascii(point.value) != '\0');
}

/// plain(); `first` is where the first character stands that is not inert.
bool is_plain(ByteView utf8, size_t* first) {
  uint8_t last = 0;
  size_t last_end = 0;
  *first = first_not_inert(utf8, 0);
  for (size_t at = *first;; at = first_not_inert(utf8, at)) {
    if (at == utf8.size()) return true;
    const CodePoint point = code_point_at(utf8, at);
    if (point.length == 0) return false;
    const uint8_t order = reorder_class(point.value);
    if (order == 255 || (order != 0 && at == last_end && order < last)) return false;
    last = order;
    last_end = at += point.length;
  }
}

}  // namespace

bool plain(ByteView utf8) {
  size_t first = 0;
  return is_plain(utf8, &first);
}

bool ascii(ByteView text) { return first_not_ascii(text, 0) == text.size(); }

void NormalForm::Layer::start(size_t source_bytes, size_t bound_bytes) {
  bytes.trim();
  runs.trim();
  bytes.reserve(source_bytes + kNormalMore);
  bound = bound_bytes;
}

bool NormalForm::Layer::copy(ByteView source, size_t from, size_t to) {
  if (from == to) return true;
  runs.push({static_cast<uint32_t>(bytes.size()), static_cast<uint32_t>(from), true});
  bytes.append(source.data() + from, to - from);
  return bytes.size() <= bound;
}

bool NormalForm::Layer::change(size_t source, const char* form, size_t length) {
  runs.push({static_cast<uint32_t>(bytes.size()), static_cast<uint32_t>(source), false});
  bytes.append(form, length);
  return bytes.size() <= bound;
}

size_t NormalForm::Layer::source_of(size_t at) const {
  const Run* after = std::upper_bound(runs.begin(), runs.end(), at, [](size_t offset, const Run& run) { return offset < run.at; });
  if (after == runs.begin()) return 0;
  const Run& run = after[-1];
  return run.source + (run.copied ? at - run.at : 0);
}

/// Characters that NFKC may change together, as UTF-16, and where they begin in the source.
struct NormalForm::Pending {
  UChar units[kMarksMax + 2];
  size_t count = 0;
  size_t source = 0;

  bool add(uint32_t code_point) {
    if (count >= kMarksMax) return false;
    U16_APPEND_UNSAFE(units, count, code_point);
    return true;
  }
};

/// Normalizes what is pending. False: beyond a limit.
bool NormalForm::flush(Pending& pending) {
  if (pending.count == 0) return true;
  UErrorCode error = U_ZERO_ERROR;
  UChar form[kFormMax];
  const int32_t length = unorm2_normalize(unorm2_getNFKCInstance(&error), pending.units,
                                          static_cast<int32_t>(pending.count), form, kFormMax, &error);
  if (U_FAILURE(error) || length > kFormMax) return false;
  char bytes[3 * kFormMax];
  size_t used = 0;
  for (int32_t i = 0; i < length;) {
    UChar32 c = 0;
    U16_NEXT_UNSAFE(form, i, c);
    U8_APPEND_UNSAFE(bytes, used, c);
  }
  pending.count = 0;
  return normal_.change(pending.source, bytes, used);
}

/// Text that is inert is copied, up to `first` at least; the rest is taken in pieces with a boundary before and behind.
/// False: failed.
bool NormalForm::normalize(ByteView text, size_t first) {
  normal_.start(text.size(), kNormalTimes * text.size() + kNormalMore);
  Pending pending;
  for (size_t at = 0; at < text.size();) {
    const size_t end = at == 0 ? first : first_not_inert(text, at);
    CodePoint point = code_point_at(text, end);
    if (end == text.size()) return normal_.copy(text, at, end);
    if (point.length == 0) return false;
    // What follows may change with the last character before, also when only ignorable ones are between.
    const bool with_last = end > at && wide_ascii(point.value) == '\0' &&
                           (!boundary_before(point.value) || ignorable(point.value));
    const size_t begin = with_last ? begin_of_character_before(text, end) : end;
    if (!normal_.copy(text, at, begin)) return false;
    for (at = begin; at < text.size(); at += point.length) {
      point = code_point_at(text, at);
      if (point.length == 0) return false;
      if (at >= end && inert().has(point.value)) break;
      if (const char ascii = wide_ascii(point.value); ascii != '\0' && stands_alone(text, at + point.length)) {
        if (!flush(pending) || !normal_.change(at, &ascii, 1)) return false;
        continue;
      }
      if (ignorable(point.value)) continue;
      if (boundary_before(point.value)) {
        if (!flush(pending)) return false;
      }
      if (pending.count == 0) pending.source = at;
      if (!pending.add(point.value)) return false;
    }
    if (!flush(pending)) return false;
  }
  return true;
}

NormalForm::Outcome NormalForm::make(ByteView text) {
  normalized_ = folded_ = false;
  if (text.size() > kTextMax) return Outcome::failed;
  size_t first = 0;
  if (is_plain(text, &first)) return Outcome::same;
  if (!normalize(text, first)) return Outcome::failed;
  normalized_ = true;
  return normal_.bytes.size() == text.size() && view_of(ByteSpan(normal_.bytes.data(), text.size())) == text
             ? Outcome::same
             : Outcome::changed;
}

NormalForm::Outcome NormalForm::make_skeleton(ByteView text) {
  const Outcome outcome = make(text);
  if (outcome == Outcome::failed) return outcome;
  const ByteView normal = normalized_ ? ByteView(normal_.bytes.data(), normal_.bytes.size()) : text;
  const LookAlikes& table = look_alikes();
  size_t copied = 0;
  for (size_t at = 0; (at = first_not_ascii(normal, at)) < normal.size();) {
    const CodePoint point = code_point_at(normal, at);  // UTF-8, as make() saw
    if (table.has(point.value)) {
      if (!folded_) skeleton_.start(normal.size(), kNormalTimes * normal.size() + kNormalMore);
      folded_ = true;
      const ByteView ascii = table.of(point.value);
      if (!skeleton_.copy(normal, copied, at) || !skeleton_.change(at, ascii.data(), ascii.size()))
        return Outcome::failed;
      copied = at + point.length;
    }
    at += point.length;
  }
  if (folded_ && !skeleton_.copy(normal, copied, normal.size())) return Outcome::failed;
  return folded_ ? Outcome::changed : outcome;
}

ByteView NormalForm::text() const {
  const Layer& last = folded_ ? skeleton_ : normal_;
  return {last.bytes.data(), last.bytes.size()};
}

size_t NormalForm::source_of(size_t at) const {
  if (folded_) at = skeleton_.source_of(at);
  return normalized_ ? normal_.source_of(at) : at;
}

}  // namespace gatehouse::pattern
