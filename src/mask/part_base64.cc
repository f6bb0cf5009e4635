#include "mask/part_base64.h"

#include <algorithm>

#include "mask/copy_masker.h"
#include "mask/stream.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kLineMax = 1024;        // characters of the longest line
constexpr size_t kKept = 4;              // bytes whose place the last of what is put on again takes
constexpr size_t kLagMax = 24 * 1024;    // bytes that are held to be compared with what is put on again

/// The lines that the first one shows.
size_t line_of(ByteView begun) {
  const size_t end = begun.substr(0, kLineMax).find_first_of("\r\n");
  return end == ByteView::npos || end % 4 != 0 ? 0 : end;
}

}  // namespace

void PartBase64::start(const Task& task, uint64_t at, ByteView content_type, uint8_t rule, const Around& around) {
  task_ = task;
  content_type_ = content_type;
  rule_ = rule;
  around_ = around;
  placed_ = next_ = end_ = at;
  inner_ = nullptr;
  failed_ = differs_ = false;
  out_.trim();
}

bool PartBase64::feed(uint64_t end) {
  end_ = end;
  if (inner_ == nullptr && end_ - next_ <= kPartWhole) return true;
  if (inner_ == nullptr && !begin_stream()) return false;
  return take();
}

bool PartBase64::begin_stream() {
  inner_ = task_.copies->inner(content_type_);
  if (inner_ == nullptr) return false;
  const ByteView begun = task_.editor->raw(next_, static_cast<size_t>(end_ - next_));
  decoder_ = codec::Base64Decoder({.padding = codec::Base64Padding::optional, .line_breaks = true});
  encoder_ = codec::Base64Encoder({}, line_of(begun));
  return true;
}

bool PartBase64::take() {
  const ByteView raw = task_.editor->raw(next_, static_cast<size_t>(end_ - next_));
  next_ = end_;
  if (decoder_.feed(raw, *this) != codec::Base64Error::none || failed_) return false;
  place(false);
  return true;
}

/// Bytes that were in base64 go through the masks.
void PartBase64::decoded(ByteView, ByteView bytes) {
  while (!bytes.empty() && !failed_) {
    size_t consumed = 0;
    failed_ = inner_->feed(bytes, &consumed) != Reason::none;
    bytes.remove_prefix(consumed);
    put_on();
  }
}

void PartBase64::put_on() {
  for (; !failed_ && inner_->slice() != nullptr; inner_->pop()) encoder_.feed(inner_->slice()->masked, *this);
}

/// What was put on again takes the place of what was there; as long as both are the same nothing changes.
void PartBase64::place(bool last) {
  Editor& editor = *task_.editor;
  const uint64_t end = last ? next_ : std::max(placed_, next_ - kKept);
  if (!differs_) {
    const size_t both = std::min<size_t>(out_.size(), static_cast<size_t>(end - placed_));
    const ByteView raw = editor.raw(placed_, both);
    const size_t same = static_cast<size_t>(std::mismatch(raw.begin(), raw.end(), out_.begin()).first - raw.begin());
    placed_ += same;
    std::memmove(out_.data(), out_.data() + same, out_.size() - same);
    out_.resize(out_.size() - same);
    differs_ = same < both || last || end - placed_ > kLagMax;
  }
  if (differs_ && placed_ < end) {
    editor.replace(placed_, end - placed_, {out_.data(), out_.size()}, rule_, detect::Detector::copy, detect::Evidence::copy,
                   around_.place());
    placed_ = end;
    out_.clear();
  }
  editor.passed(placed_);
}

bool PartBase64::finish() {
  if (inner_ == nullptr) return whole();
  if (decoder_.finish(*this) != codec::Base64Error::none || failed_) return false;
  while (!inner_->ended()) {
    if (inner_->finish() != Reason::none) return false;
    put_on();
  }
  encoder_.finish(*this);
  task_.copies->give_back();
  place(true);
  return true;
}

bool PartBase64::whole() {
  Editor& editor = *task_.editor;
  const size_t length = static_cast<size_t>(end_ - next_);
  const Encoded::Outcome outcome = task_.copies->look(editor.raw(next_, length));
  if (outcome.kind == Encoded::Kind::rewritten || outcome.kind == Encoded::Kind::dropped)
    editor.replace(next_, length, outcome.text, rule_, detect::Detector::copy, detect::Evidence::copy, around_.place());
  editor.passed(end_);
  return true;
}

}  // namespace gatehouse::mask
