#include "codec/event_stream.h"

#include "codec/find.h"

namespace gatehouse::codec {
namespace {

constexpr ByteView kMark = "\xef\xbb\xbf";

}  // namespace

EventLine::Field event_stream_field(ByteView name) {
  using enum EventLine::Field;
  if (name == "data") return data;
  if (name == "event") return event;
  if (name == "id") return id;
  return name == "retry" ? retry : unknown;
}

bool EventStream::fail(EventError error) {
  error_ = error;
  return false;
}

/// next looks for an empty line. Sizes are judged at the end of each line and piece, so that the cut changes no verdict.
bool EventStream::next(ByteView& piece, Event* event) {
  if (error_ != EventError::none || piece.empty()) return false;
  if (ended_) return deliver(piece, piece.front() == '\n' ? 1 : 0, event);
  size_t at = 0;
  while (at < piece.size()) {
    if (after_cr_ && piece[at] == '\n') ++at;
    after_cr_ = false;
    const size_t end = find_any(piece, at, kLineEnds);
    line_bytes_ += end - at;
    steps_ += end - at + 1;
    at = end;
    if (end == piece.size()) break;
    ++at;
    if (held_.size() + at > event_max_) return fail(EventError::too_long);
    const bool blank = ends_blank(piece);
    line_bytes_ = 0;
    if (blank && piece[end] == '\r' && at == piece.size()) {
      ended_ = true;
      break;
    }
    if (blank) return deliver(piece, at + (piece[end] == '\r' && piece[at] == '\n' ? 1 : 0), event);
    if (++line_count_ > kEventLinesMax) return fail(EventError::too_many_lines);
    after_cr_ = piece[end] == '\r';
  }
  if (held_.size() + at > event_max_) return fail(EventError::too_long);
  held_.add(piece);
  steps_ += piece.size();
  piece = {};
  return false;
}

/// ends_blank says whether the line at hand, which ends in `piece`, is empty: a byte order mark at the start is nothing.
bool EventStream::ends_blank(ByteView piece) {
  if (line_bytes_ != kMark.size()) return line_bytes_ == 0;
  if (offset_ != 0 || line_count_ != 0) return false;
  const ByteView before = held_.view();
  for (size_t i = 0; i < kMark.size(); ++i)
    if ((i < before.size() ? before[i] : piece[i - before.size()]) != kMark[i]) return false;
  return true;
}

bool EventStream::deliver(ByteView& piece, size_t size, Event* event) {
  if (held_.size() + size > event_max_) return fail(EventError::too_long);
  if (held_.size() > 0) steps_ += size;
  const ByteView raw = held_.with(piece.substr(0, size));
  piece.remove_prefix(size);
  read(raw, true, event);
  return true;
}

bool EventStream::last(Event* event) {
  if (error_ != EventError::none || held_.size() == 0) return false;
  read(held_.with({}), ended_, event);
  return true;
}

void EventStream::read(ByteView raw, bool complete, Event* event) {
  lines_.clear();
  size_t at = offset_ == 0 && raw.starts_with(kMark) ? kMark.size() : 0;
  while (at < raw.size()) {
    const size_t end = find_any(raw, at, kLineEnds);
    if (end != at) read_line(raw.substr(at, end - at), offset_ + at);
    at = end + (raw.substr(end).starts_with("\r\n") ? 2 : 1);
  }
  *event = {raw, offset_, {lines_.data(), lines_.size()}, {}, false, {}, {}, complete};
  join(event);
  for (const EventLine& line : event->lines) {
    if (line.field == EventLine::Field::event) event->type = line.value;
    if (line.field == EventLine::Field::id && line.value.find('\0') == ByteView::npos) event->id = line.value;
  }
  steps_ += raw.size();
  offset_ += raw.size();
  line_bytes_ = line_count_ = 0;
  after_cr_ = ended_ = false;
}

void EventStream::read_line(ByteView line, uint64_t offset) {
  const size_t colon = line.find(':');
  const ByteView name = line.substr(0, colon);
  ByteView value = colon == ByteView::npos ? line.substr(line.size()) : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  const EventLine::Field field = colon == 0 ? EventLine::Field::comment : event_stream_field(name);
  lines_.push({field, name, value, offset + line.size() - value.size(), 0});
}

/// join makes one text of the data lines; a single one is not copied.
void EventStream::join(Event* event) {
  size_t count = 0;
  for (const EventLine& line : lines_) {
    if (line.field != EventLine::Field::data) continue;
    if (++count == 1) event->data = line.value;
  }
  event->has_data = count > 0;
  if (count < 2) return;
  joined_.trim();
  bool first = true;
  for (EventLine& line : lines_) {
    if (line.field != EventLine::Field::data) continue;
    if (!first) joined_.push('\n');
    first = false;
    line.text_at = joined_.size();
    joined_.append(line.value.data(), line.value.size());
  }
  event->data = {joined_.data(), joined_.size()};
  steps_ += joined_.size();
}

}  // namespace gatehouse::codec
