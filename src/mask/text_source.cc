#include "mask/text_source.h"

#include <algorithm>

#include "codec/charset.h"
#include "mask/plan.h"

namespace gatehouse::mask {

size_t whole_characters(ByteView text) {
  for (size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const auto c = static_cast<uint8_t>(text[text.size() - back]);
    if ((c & 0xc0) == 0x80) continue;
    const size_t length = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
    return length > back ? text.size() - back : text.size();
  }
  return text.size();
}

uint8_t strongest_rule(const Plan& plan, Selection masks) {
  const auto& rules = plan.state().rules;
  uint8_t best = kNoRule;
  for (size_t i = 0; i < rules.size(); ++i) {
    if ((masks >> i & 1) == 0) continue;
    const bool finds = rules[i].detectors != 0;
    if (best == kNoRule || finds > (rules[best].detectors != 0) ||
        (finds == (rules[best].detectors != 0) && rules[i].rank < rules[best].rank))
      best = static_cast<uint8_t>(i);
  }
  return best;
}

void TextSource::start(const Task& task, uint64_t at) {
  editor_ = task.editor;
  around_ = task.around.with("text", 0);
  site_ = {around_.place(), {}, style_, rule_, kFlowText + task.flows};
  next_ = end_ = at;
  started_ = false;
}

bool TextSource::feed(uint64_t at, ByteView bytes) {
  if (!started_) texts_.begin(*editor_, site_, next_, written_);
  started_ = true;
  end_ = at + bytes.size();
  const ByteView held = editor_->raw(next_, static_cast<size_t>(end_ - next_));
  const ByteView text = held.substr(0, whole_characters(held));
  if (text.empty()) return true;
  if (!codec::is_utf8(text)) return false;
  texts_.piece({text, next_, nullptr, 0});
  next_ += text.size();
  editor_->passed(std::min(next_, texts_.held()));
  return true;
}

bool TextSource::finish() {
  if (!started_) return true;
  texts_.end();
  return next_ == end_;   // else it ends within a character
}

}  // namespace gatehouse::mask
