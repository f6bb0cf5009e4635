#include "mask/form_source.h"

#include <algorithm>
#include <cstring>

#include "codec/charset.h"
#include "mask/markup.h"
#include "mask/plan.h"

namespace gatehouse::mask {

void FormSource::start(const Task& task, uint64_t at) {
  task_ = task;
  around_ = task.around.with("text", 0);
  site_ = {around_.place(), {}, Style::form, kNoRule, kFlowText + task.flows};
  next_ = end_ = at;
  started_ = in_value_ = false;
  name_.clear();
  ruled_ = (task.masks & task.plan->state().with_fields) != 0;
  if (!ruled_) return;
  fields_.prepare(*task.plan);
  fields_.start(*task.plan, task.masks);
  fields_.open(json::Kind::object);
}

bool FormSource::feed(uint64_t at, ByteView bytes) {
  if (!started_) texts_.begin(*task_.editor, site_, next_, Written::percent);
  started_ = true;
  end_ = at + bytes.size();
  const ByteView held = task_.editor->raw(next_, static_cast<size_t>(end_ - next_));
  const ByteView text = held.substr(0, whole_characters(held));
  if (text.empty()) return true;
  if (!codec::is_utf8(text)) return false;
  if (!split(text, false)) return false;
  task_.editor->passed(std::min(next_, texts_.held()));
  return true;
}

bool FormSource::finish() {
  if (!started_) return true;
  const ByteView held = task_.editor->raw(next_, static_cast<size_t>(end_ - next_));
  if (held.size() == whole_characters(held) && !split(held, true)) return false;
  texts_.end();
  return next_ == end_;   // else it ends within a character
}

bool FormSource::split(ByteView text, bool last) {
  if (!ruled_) return show(text, last), true;
  while (!text.empty()) {
    const size_t end = std::min(in_value_ ? text.find('&') : text.find_first_of("&="), text.size());
    const bool ends = end < text.size();
    if (!show(text.substr(0, end), last || ends)) return true;   // it waits for the rest of an escape
    if (!in_value_) name_ += text.substr(0, end);
    if (name_.size() > kNameMax) return false;
    if (!ends) return true;
    const bool begins_value = text[end] == '=' && !in_value_;
    if (!begins_value) turn(kNoRule);
    show(text.substr(end, 1), true);
    if (begins_value) turn(rule_of_name());
    name_.clear();
    in_value_ = begins_value;
    text.remove_prefix(end + 1);
  }
  return true;
}

/// Shows what stands at next_. `last`: nothing of it follows. False when a part is left for the next time.
bool FormSource::show(ByteView text, bool last) {
  size_t shown = text.size();
  if (site_.rule == kNoRule) {
    if (shown != 0) texts_.piece({text, next_, nullptr, 0});
  } else {
    shown = decode(text, last);
    if (shown != 0) texts_.piece({{plain_.data(), plain_.size()}, next_, bends_.data(), bends_.size()});
  }
  next_ += shown;
  return shown == text.size();
}

/// Takes escapes for what they stand for; returns how much of the text was read.
size_t FormSource::decode(ByteView text, bool last) {
  plain_.clear();
  bends_.clear();
  size_t at = 0;
  while (at < text.size()) {
    char bytes[4];
    size_t length = 1;
    Seen seen;
    if (text[at] == '%') seen = see_percent(text.substr(at), last, bytes, &length);
    if (seen.kind == Seen::Kind::incomplete) break;
    const bool escaped = seen.kind == Seen::Kind::whole;
    const auto size = static_cast<uint32_t>(plain_.size());
    if (escaped) bends_.push({size, static_cast<uint32_t>(length), static_cast<uint32_t>(seen.length)});
    else bytes[0] = text[at] == '+' ? ' ' : text[at], length = 1;
    plain_.append(bytes, length);
    at += escaped ? seen.length : 1;
  }
  plain_.reserve(kSimdPadding);
  std::memset(plain_.end(), 0, kSimdPadding);
  return at;
}

/// What comes now is masked by `rule`.
void FormSource::turn(uint8_t rule) {
  if (site_.rule == rule) return;
  texts_.end();
  site_.rule = rule;
  texts_.begin(*task_.editor, site_, next_, rule == kNoRule ? Written::percent : Written::plain);
}

uint8_t FormSource::rule_of_name() {
  std::string name;
  for (size_t at = 0; at < name_.size(); ++at) {
    char escaped[4];
    size_t length;
    const Seen seen = name_[at] == '%' ? see_percent(ByteView(name_).substr(at), true, escaped, &length) : Seen{};
    if (seen.kind == Seen::Kind::whole) name.append(escaped, length), at += seen.length - 1;
    else name += name_[at] == '+' ? ' ' : name_[at];
  }
  const size_t size = name.size();
  name.append(kSimdPadding, '\0');
  fields_.key(ByteView(name).substr(0, size));
  return fields_.rule();
}

}  // namespace gatehouse::mask
