// Server-Sent Events (WHATWG HTML section 9.2): CR, LF or CRLF end a line, an empty line ends an event.
#pragma once

#include <span>

#include "base/bytes.h"
#include "codec/gathered.h"

namespace gatehouse::codec {

/// kEventLinesMax bounds the lines of one event, and so the memory for their places.
inline constexpr size_t kEventLinesMax = 10'000;

/// EventLine is a line that is not empty. What no field of the specification is (`unknown`, `comment`) is text that a reader
/// may log: masks look at it too.
struct EventLine {
  enum class Field : uint8_t { data, event, id, retry, comment, unknown };
  Field field;
  ByteView name;       // as sent; empty for comments
  ByteView value;      // without the one blank behind the colon
  uint64_t offset;     // of value in the body
  size_t text_at;      // data: where value begins in Event::data
};

/// Event is what lies between two empty lines. Its views are valid until the visitor returns. Bytes, not text: UTF-8 is not
/// checked here (readers put U+FFFD for what is not).
struct Event {
  ByteView raw;                      // with the empty line (and the byte order mark); all raws are the body
  uint64_t offset;                   // of raw in the body
  std::span<const EventLine> lines;  // none for an empty line alone
  ByteView data;                     // the values of `data` lines, LF between them
  bool has_data;                     // without it readers dispatch nothing
  ByteView type;                     // the last `event`; empty: message
  ByteView id;                       // the last `id` without NUL
  bool complete;                     // false: the body ended before an empty line; browsers drop it, others may not
};

enum class EventError : uint8_t { none, too_long, too_many_lines };

/// EventStream cuts a body into events. How it came in pieces changes nothing; an event within one piece is not copied, but for
/// the data of several lines. An empty line that a CR ends is reported when the byte behind it is known. Memory: two events
/// and the places of its lines. Visitor: void event(const Event&).
class EventStream {
 public:
  /// event_max: bytes of the longest event, its empty line included.
  explicit EventStream(size_t event_max) : event_max_(event_max) {}

  /// feed reports the events that `piece` completes. An error stays: nothing more is reported.
  template <typename Visitor>
  EventError feed(ByteView piece, Visitor& visitor) {
    for (Event event; next(piece, &event);) visitor.event(event);
    return error_;
  }
  /// finish reports an event that has no empty line. Call it once, after the last piece.
  template <typename Visitor>
  EventError finish(Visitor& visitor) {
    if (Event event; last(&event)) visitor.event(event);
    return error_;
  }

  /// reported is how many bytes of the body events have shown; held, what follows them in earlier pieces.
  uint64_t reported() const { return offset_; }
  ByteView held() const { return held_.view(); }
  /// steps counts bytes looked at and copied: at most 5 for each byte of the body, however it was cut.
  uint64_t steps() const { return steps_; }

 private:
  bool next(ByteView& piece, Event* event);
  bool last(Event* event);
  bool ends_blank(ByteView piece);
  bool deliver(ByteView& piece, size_t size, Event* event);
  bool fail(EventError error);
  void read(ByteView raw, bool complete, Event* event);
  void read_line(ByteView line, uint64_t offset);
  void join(Event* event);

  Gathered held_;
  Room<EventLine> lines_;
  Room<char> joined_;
  size_t event_max_;
  uint64_t offset_ = 0;
  uint64_t steps_ = 0;
  size_t line_bytes_ = 0;      // of the line at hand, so far
  size_t line_count_ = 0;      // of the event at hand
  bool after_cr_ = false;      // an LF now belongs to the line before
  bool ended_ = false;         // an empty line ended by CR is held: its LF may come
  EventError error_ = EventError::none;
};

/// event_stream_field says what a field's name means (case matters).
EventLine::Field event_stream_field(ByteView name);

}  // namespace gatehouse::codec
