#include "mask/event_source.h"

#include <algorithm>

#include "codec/charset.h"
#include "codec/find.h"

namespace gatehouse::mask {
namespace {

using codec::EventLine;

constexpr size_t kNameMax = 1024;   // bytes of a line without a colon after which it is text

bool is_line_end(char c) { return c == '\r' || c == '\n'; }

/// Data that begins so is a document, if it is one: numbers and words alone are text.
bool begins_document(ByteView value) {
  const size_t first = value.find_first_not_of(" \t");
  return first != ByteView::npos && (value[first] == '{' || value[first] == '[' || value[first] == '"');
}

/// The value behind a colon that stands at text[colon], without the one blank.
size_t value_begin(ByteView text, size_t colon) {
  if (colon >= text.size() || text[colon] != ':') return colon;
  return colon + 1 < text.size() && text[colon + 1] == ' ' ? colon + 2 : colon + 1;
}

}  // namespace

void EventSource::start(const Task& task, uint64_t at) {
  task_ = task;
  json_.prepare(*task.plan);
  event_ = next_ = scanned_ = end_ = checked_ = at;
  number_ = 1;
  blank_line_ = true;
  after_cr_ = lf_due_ = long_ = lines_ = data_seen_ = waits_ = false;
  in_ = In::line_start;
  way_ = Way::unknown;
}

bool EventSource::take(uint64_t end) {
  end_ = end;
  const ByteView fresh = task_.editor->raw(checked_, static_cast<size_t>(end_ - checked_));
  const ByteView text = fresh.substr(0, whole_characters(fresh));
  checked_ += text.size();
  return codec::is_utf8(text);
}

bool EventSource::feed(uint64_t at, ByteView bytes) {
  if (!take(at + bytes.size())) return false;
  for (;;) {
    if (!long_) {
      const uint64_t end = event_end();
      if (end == 0) {
        if (end_ - event_ <= kTextWhole) break;
        long_ = true;
        way_ = Way::unknown;
        continue;
      }
      way_ = judge(task_.editor->raw(event_, static_cast<size_t>(end - event_)));
      if (!run(end, true)) return false;
      if (next_ < end) next_ = end;   // the LF of a CR that ended the event
      lf_due_ = after_cr_;
    } else {
      if (!run(end_, false)) return false;
      if (long_) break;
      scanned_ = next_;
      blank_line_ = true;
      after_cr_ = lf_due_;
    }
    event_ = next_;
  }
  task_.editor->passed(in_ == In::data || in_ == In::other ? std::min(next_, texts_.held()) : next_);
  return true;
}

bool EventSource::finish() {
  if (checked_ != end_) return false;
  if (!long_ && event_ < end_) way_ = judge(task_.editor->raw(event_, static_cast<size_t>(end_ - event_)));
  if (!run(end_, true)) return false;
  return (in_ == In::line_start || end_line({})) && end_event();
}

/// Where the event at hand ends, with its empty line; 0 when that is not there yet.
uint64_t EventSource::event_end() {
  while (scanned_ < end_) {
    const ByteView text = task_.editor->raw(scanned_, static_cast<size_t>(end_ - scanned_));
    if (after_cr_) {
      after_cr_ = false;
      if (text[0] == '\n') {
        ++scanned_;
        continue;
      }
    }
    const size_t border = codec::find_any(text, 0, codec::kLineEnds);
    if (border > 0) blank_line_ = false;
    if (border == text.size()) {
      scanned_ = end_;
      return 0;
    }
    const bool blank = blank_line_;
    blank_line_ = true;
    scanned_ += border + 1;
    after_cr_ = text[border] == '\r';
    if (after_cr_ && border + 1 < text.size() && text[border + 1] == '\n') {
      ++scanned_;
      after_cr_ = false;
    }
    if (blank) return scanned_;
  }
  return 0;
}

/// How the data of a whole event is read.
EventSource::Way EventSource::judge(ByteView event) {
  json::Unseen nothing;
  bool seen = false;
  trial_.start(task_.leniency);
  for (size_t at = 0; at < event.size();) {
    const size_t end = codec::find_any(event, at, codec::kLineEnds);
    const ByteView line = event.substr(at, end - at);
    const size_t colon = std::min(line.find(':'), line.size());
    if (codec::event_stream_field(line.substr(0, colon)) == EventLine::Field::data) {
      const size_t begin = at + value_begin(line, colon);
      if (!seen && !begins_document(event.substr(begin, end - begin))) return Way::text;
      seen = true;
      if (event.size() > kTextWhole) return Way::json;
      const size_t length = std::min(end + 1, event.size()) - begin;
      if (trial_.feed(event.substr(begin, length), event_ + begin, nothing) != json::StreamError::none) return Way::text;
    }
    at = end + 1;
  }
  return seen && trial_.finish(nothing) == json::StreamError::none ? Way::json : Way::text;
}

/// Takes the bytes up to `end`, or to the end of the event. whole: the event is all there.
bool EventSource::run(uint64_t end, bool whole) {
  waits_ = false;
  while (next_ < end && !waits_) {
    const ByteView text = task_.editor->raw(next_, static_cast<size_t>(end - next_));
    if (lf_due_) {
      lf_due_ = false;
      if (text[0] == '\n') {
        ++next_;
        continue;
      }
    }
    if (in_ == In::line_start) {
      if (is_line_end(text[0])) {
        lf_due_ = text[0] == '\r';
        ++next_;
        return end_event();
      }
      begin_line(text, whole);
      continue;
    }
    const size_t border = codec::find_any(text, 0, codec::kLineEnds);
    const bool ends = border < text.size();
    if (!value(text.substr(0, border + (ends ? 1 : 0)), ends)) return false;
    if (ends && !end_line(text.substr(border, 1))) return false;
  }
  return true;
}

/// The name of a line, and what its value is to be.
void EventSource::begin_line(ByteView text, bool whole) {
  const size_t colon = codec::find_near(text, 0, std::array<char, 3>{':', '\r', '\n'});
  const bool named = colon < text.size();
  if (!whole && (colon + 1 >= text.size()) && text.size() < kNameMax) {
    waits_ = true;
    return;
  }
  const ByteView name = text.substr(0, colon);
  EventLine::Field field = named || whole ? codec::event_stream_field(name) : EventLine::Field::unknown;
  if (colon == 0 || (perhaps_ && field != EventLine::Field::data)) field = EventLine::Field::unknown;
  const size_t begin = field == EventLine::Field::unknown ? 0 : value_begin(text, colon);
  const bool data = field == EventLine::Field::data;
  if (data && way_ == Way::unknown) {
    if (begin == text.size()) {
      waits_ = true;
      return;
    }
    way_ = begins_document(text.substr(begin)) ? Way::json : Way::text;
  }
  lines_ = true;
  next_ += begin;
  if (!data) {
    in_ = In::other;
    begin_text(begin == 0 ? ByteView("line") : name, perhaps_ ? kFlowLines + task_.flows : 0);
    return;
  }
  if (way_ == Way::json) {
    in_ = In::json;
    if (data_seen_) return;
    const Around around = task_.around.with("event \xff ", number_);
    json_.start(*task_.editor, *task_.plan, task_.masks, task_.leniency, around.place(), task_.flows, true, true);
  } else {
    in_ = In::data;
    begin_text("data", kFlowText + task_.flows);
    if (data_seen_) {   // readers see a LF between the lines
      static constexpr Bend kNewline{0, 1, 0};
      static constexpr char kText[1 + kSimdPadding] = "\n";
      texts_.piece({{kText, 1}, next_, &kNewline, 1});
    }
  }
  data_seen_ = true;
}

void EventSource::begin_text(ByteView name, uint64_t flow) {
  place_.emplace(task_.around);
  place_->add("event ").number(number_).add(" ").add(name);
  site_ = {place_->place(), {}, Style::line, kNoRule, flow, true};
  texts_.begin(*task_.editor, site_, next_, Written::markup);
}

/// Some of a line's value, with what ends the line.
bool EventSource::value(ByteView text, bool ends) {
  if (in_ == In::json) {
    if (!json_.feed(next_, text)) return false;
    next_ += text.size();
    return true;
  }
  const bool border_too = perhaps_ && in_ == In::other;   // there lines are one text
  const ByteView shown = text.substr(0, !ends ? whole_characters(text) : border_too ? text.size() : text.size() - 1);
  if (!shown.empty()) texts_.piece({shown, next_, nullptr, 0});
  next_ += ends ? text.size() : shown.size();
  waits_ = !ends;
  return true;
}

bool EventSource::end_line(ByteView border) {
  lf_due_ = border == "\r";
  if (in_ != In::json) {
    texts_.end();
    if (site_.flow != 0) task_.editor->settle(site_.flow);
  }
  in_ = In::line_start;
  return true;
}

bool EventSource::end_event() {
  const bool good = way_ != Way::json || !data_seen_ || json_.finish();
  if (lines_) ++number_;
  lines_ = data_seen_ = long_ = false;
  way_ = Way::unknown;
  return good;
}

}  // namespace gatehouse::mask
