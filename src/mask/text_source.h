// Text, Markdown, HTML, XML, forms: one text from the first byte to the last.
#pragma once

#include "mask/source.h"
#include "mask/texts.h"

namespace gatehouse::mask {

/// TextSource shows a body as one text. Bytes that are no UTF-8 are refused. Its place is "text".
class TextSource : public Source {
 public:
  explicit TextSource(Written written, Style style) : written_(written), style_(style) {}

  void start(const Task& task, uint64_t at) override;
  bool feed(uint64_t at, ByteView bytes) override;
  bool finish() override;
  size_t memory_bytes() const override { return sizeof *this + texts_.memory_bytes(); }
  /// cover sets the field mask that covers all of the text; before start().
  void cover(uint8_t rule) { rule_ = rule; }

 private:
  Written written_;
  Style style_;
  uint8_t rule_ = kNoRule;
  Editor* editor_ = nullptr;
  Texts texts_;
  Site site_;
  Around around_;
  uint64_t next_ = 0;   // the first byte not yet shown
  uint64_t end_ = 0;    // of the bytes that came
  bool started_ = false;
};

}  // namespace gatehouse::mask
