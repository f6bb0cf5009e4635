// A body whose form is not known yet: its first bytes decide, then a source takes all of it.
#pragma once

#include "mask/reading.h"

namespace gatehouse::mask {

/// Body is a body, or a part of one, in UTF-8. Its bytes are in the editor before it is fed with them. One thread; reused.
class Body {
 public:
  enum class Verdict : uint8_t {
    good,
    formless,    // no form that can be masked: nothing of it was shown to the editor
    broken,      // it breaks its form, or a bound of it
  };

  /// start: `typed` must live until reading() tells a form. The body's first byte will stand at `at`.
  void start(const Task& task, uint64_t at, const Typed& typed);
  Verdict feed(uint64_t at, ByteView bytes);
  Verdict finish();
  /// cover sets the field mask that covers all of it, whatever it is (as text); before the first byte.
  void cover(uint8_t rule) { rule_ = rule; }

  /// form is unknown until it was chosen.
  codec::Form form() const { return form_; }
  size_t memory_bytes() const {
    return (source_ == nullptr ? 0 : source_->memory_bytes()) + (kept_ == nullptr ? 0 : kept_->memory_bytes());
  }
  bool flushes() const { return source_ != nullptr && source_->flushes(); }

 private:
  Verdict begin(bool whole, size_t head);

  Task task_{};
  Typed typed_;
  std::unique_ptr<Source> source_;
  std::unique_ptr<Source> kept_;   // of a JSON document that ended well: the next one's, with its memory
  bool ended_ = false;             // source_ did
  codec::Form form_ = codec::Form::unknown;
  uint8_t rule_ = kNoRule;
  uint64_t begin_ = 0, end_ = 0;
  size_t blank_ = 0;   // white space at its begin
};

}  // namespace gatehouse::mask
