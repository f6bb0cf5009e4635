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

/// Nothing that begins at `at` changes with what is before it, as far as can be told without ICU.
bool stands_alone(ByteView text, size_t at) {
  if (at == text.size()) return true;
  const CodePoint point = code_point_at(text, at);
  return point.length > 0 && (inert().has(point.value) || !forms().of(point.value).empty());
}

/// Where from `at` on, where a character begins that does not change with what is before it, the first one stands that may change
/// or is not UTF-8; the size when all before is its own normal form.
size_t first_changing(ByteView utf8, size_t at) {
  uint8_t last = 0;
  size_t last_end = at;
  for (;;) {
    at = first_not_inert(utf8, at);
    if (at == utf8.size()) return at;
    const CodePoint point = code_point_at(utf8, at);
    const uint8_t order = point.length == 0 ? 255 : reorder_class(point.value);
    if (order == 255 || (order != 0 && at == last_end && order < last)) return at;
    last = order;
    last_end = at += point.length;
  }
}

/// The begin of the characters before `end` that may change with what stands there: an inert one and the marks behind it.
size_t begin_of_marks(ByteView text, size_t from, size_t end) {
  while (end > from) {
    end = begin_of_character_before(text, end);
    if (inert().has(code_point_at(text, end).value)) break;
  }
  return end;
}

}  // namespace

bool plain(ByteView utf8) {
  return first_changing(utf8, 0) == utf8.size();
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

/// Characters that stand alone from `from` on, the first of which does, become what they become by themselves; `at` is behind the
/// last. False: beyond the bound.
bool NormalForm::look_up(ByteView text, size_t from, size_t* at) {
  const Bits& quiet = inert();
  const Forms& known = forms();
  CodePoint point = code_point_at(text, from);
  ByteView form = known.of(point.value);
  *at = from;
  while (form.data() != nullptr) {
    const size_t behind = *at + point.length;
    const CodePoint next = code_point_at(text, behind);
    const bool at_end = behind == text.size() || quiet.has(next.value);
    const ByteView next_form = at_end || next.length == 0 ? ByteView() : known.of(next.value);
    if (!at_end && next_form.empty()) break;
    if (!form.empty() && !normal_.change(*at, form.data(), form.size())) return false;
    *at = behind;
    point = next;
    form = next_form;
  }
  return true;
}

/// What does not change is copied, up to `first` at least; what changes by itself is looked up; the rest is taken in pieces with
/// a boundary before and behind. False: failed.
bool NormalForm::normalize(ByteView text, size_t first) {
  normal_.start(text.size(), kNormalTimes * text.size() + kNormalMore);
  Pending pending;
  for (size_t at = 0; at < text.size();) {
    const size_t end = at == 0 ? first : first_changing(text, at);
    CodePoint point = code_point_at(text, end);
    if (end == text.size()) return normal_.copy(text, at, end);
    if (point.length == 0) return false;
    if (forms().of(point.value).data() != nullptr && stands_alone(text, end + point.length)) {
      if (!normal_.copy(text, at, end) || !look_up(text, end, &at)) return false;
      continue;
    }
    // What follows may change with the last character before, also when only ignorable ones are between.
    const bool with_last = !boundary_before(point.value) || ignorable(point.value);
    const size_t begin = with_last ? begin_of_marks(text, at, end) : end;
    if (!normal_.copy(text, at, begin)) return false;
    for (at = begin; at < text.size(); at += point.length) {
      point = code_point_at(text, at);
      if (point.length == 0) return false;
      if (at > end && stands_alone(text, at)) break;
      if (ignorable(point.value)) continue;
      if (boundary_before(point.value)) {
        if (!flush(pending)) return false;
      }
      if (pending.count == 0) pending.source = at;
      if (!pending.add(blank(point.value) ? ' ' : point.value)) return false;
    }
    if (!flush(pending)) return false;
  }
  return true;
}

NormalForm::Outcome NormalForm::make(ByteView text) {
  normalized_ = folded_ = false;
  if (text.size() > kTextMax) return Outcome::failed;
  const size_t first = first_changing(text, 0);
  if (first == text.size()) return Outcome::same;
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
