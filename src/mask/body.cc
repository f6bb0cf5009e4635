#include "mask/body.h"

#include "mask/text_source.h"

namespace gatehouse::mask {
namespace {

constexpr ByteView kMark = "\xef\xbb\xbf";

}  // namespace

void Body::start(const Task& task, uint64_t at, const Typed& typed) {
  task_ = task;
  typed_ = typed;
  if (ended_ && form_ == codec::Form::json && rule_ == kNoRule) kept_ = std::move(source_);
  source_.reset();
  ended_ = false;
  form_ = codec::Form::unknown;
  rule_ = kNoRule;
  begin_ = end_ = at;
  blank_ = 0;
}

Body::Verdict Body::feed(uint64_t at, ByteView bytes) {
  end_ = at + bytes.size();
  if (source_ != nullptr) return source_->feed(at, bytes) ? Verdict::good : Verdict::broken;
  ByteView begun = task_.editor->raw(begin_, static_cast<size_t>(end_ - begin_));
  if (begun.size() < kMark.size() && kMark.starts_with(begun)) return Verdict::good;
  if (begun.starts_with(kMark)) begun.remove_prefix(kMark.size());
  const size_t head = enough_for(typed_, begun, &blank_);
  return head == 0 ? Verdict::good : begin(false, head);
}

Body::Verdict Body::finish() {
  if (source_ == nullptr)
    if (const Verdict verdict = begin(true, static_cast<size_t>(end_ - begin_)); verdict != Verdict::good) return verdict;
  ended_ = source_->finish();
  return ended_ ? Verdict::good : Verdict::broken;
}

/// The form is chosen, and what came so far is shown to its source.
Body::Verdict Body::begin(bool whole, size_t head) {
  ByteView begun = task_.editor->raw(begin_, static_cast<size_t>(end_ - begin_));
  if (begun.starts_with(kMark)) {   // stays where it is
    begun.remove_prefix(kMark.size());
    begin_ += kMark.size();
  }
  // A copy of its own: behind the head zeros must be readable, not what follows in the body.
  Room<char> own;
  own.append(begun.data(), head < begun.size() ? head : begun.size());
  own.reserve(kSimdPadding);
  std::memset(own.end(), 0, kSimdPadding);
  const Reading reading = choose(typed_, {own.data(), own.size()}, whole, task_.leniency);
  source_ = reading.form == codec::Form::json && kept_ != nullptr ? std::move(kept_) : make_source(reading);
  kept_.reset();
  form_ = reading.form;
  if (source_ == nullptr) return Verdict::formless;
  if (rule_ != kNoRule) {
    auto text = std::make_unique<TextSource>(Written::plain, Style::line);
    text->cover(rule_);
    source_ = std::move(text);
  }
  source_->start(task_, begin_);
  return begun.empty() || source_->feed(begin_, begun) ? Verdict::good : Verdict::broken;
}

}  // namespace gatehouse::mask
