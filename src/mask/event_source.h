// Server-Sent Events: each event is released when it is complete.
#pragma once

#include <optional>

#include "codec/event_stream.h"
#include "mask/json_source.h"
#include "mask/source.h"
#include "mask/texts.h"

namespace gatehouse::mask {

/// EventSource reads an event stream (WHATWG HTML section 9.2). The data of an event that is a JSON document is walked as one;
/// other data is text, its lines joined by LF as readers do. Texts of one path, and data that is text, continue one another from
/// event to event, as the pieces of an answer do that is written word by word. The values of other fields, comments and lines
/// that no field names are texts, too. Events of up to kTextWhole bytes are judged whole; of longer ones what begins as JSON
/// must be JSON. `perhaps`: nobody said that it is an event stream: its other lines are one text. Places are
/// "event 2 /delta/content", "event 2 data", "event 2 id".
class EventSource : public Source {
 public:
  explicit EventSource(bool perhaps) : perhaps_(perhaps) {}

  void start(const Task& task, uint64_t at) override;
  bool feed(uint64_t at, ByteView bytes) override;
  bool finish() override;
  bool flushes() const override { return next_ == event_; }
  size_t memory_bytes() const override {
    return sizeof *this + json_.memory_bytes() + trial_.memory_bytes() + texts_.memory_bytes();
  }

 private:
  enum class In : uint8_t { line_start, json, data, other };
  enum class Way : uint8_t { unknown, json, text };   // how the data of the event at hand is read

  bool take(uint64_t end);
  uint64_t event_end();
  Way judge(ByteView event);
  bool run(uint64_t end, bool whole);
  void begin_line(ByteView text, bool whole);
  void begin_text(ByteView name, uint64_t flow);
  bool value(ByteView text, bool ends);
  bool end_line(ByteView border);
  bool end_event();

  const bool perhaps_;
  Task task_{};
  JsonSource json_;
  json::Stream trial_;
  Texts texts_;
  std::optional<PlaceText> place_;
  Site site_;
  uint64_t event_ = 0;      // where the event at hand begins
  uint64_t next_ = 0;       // the first byte not yet taken
  uint64_t scanned_ = 0;    // its end was looked for up to here
  uint64_t end_ = 0;        // of the bytes that came
  uint64_t checked_ = 0;    // they are UTF-8 up to here
  uint64_t number_ = 1;     // of the event
  bool blank_line_ = true;  // at scanned_ a line begins
  bool after_cr_ = false;   // a LF at scanned_ belongs to the line before
  bool lf_due_ = false;     // a LF at next_ does
  bool long_ = false;       // the event is taken as it comes
  bool lines_ = false;      // the event has a line
  bool data_seen_ = false;  // and one of data
  bool waits_ = false;
  In in_ = In::line_start;
  Way way_ = Way::unknown;
};

}  // namespace gatehouse::mask
