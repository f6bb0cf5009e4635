// One structured log line as a value: one JSON object, whatever the text in it.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/time.h"

namespace gatehouse::telemetry {

enum class Level : uint8_t { debug, info, warning, error };
ByteView level_name(Level level);

/// kTimeText is the length of RFC 3339 UTC with microseconds, "2026-01-31T23:59:59.000001Z".
inline constexpr size_t kTimeText = 27;

/// format_time writes exactly kTimeText characters to out, no terminator.
void format_time(WallNs wall, char* out);

/// LogText is a finished line, line end included; small enough to travel through a queue by value. Moving
/// copies what is used.
struct LogText {
  static constexpr size_t kMax = 1022;
  uint16_t size = 0;
  char bytes[kMax];

  LogText() {}
  LogText(LogText&& other) noexcept { assign(other.view()); }
  LogText& operator=(LogText&& other) noexcept {
    assign(other.view());
    return *this;
  }
  ByteView view() const { return {bytes, size}; }

 private:
  void assign(ByteView line) { size = static_cast<uint16_t>(line.copy(bytes, sizeof bytes)); }
};

/// LogLine builds {"time":…,"level":…,"event":…, fields…} in a LogText; no allocation, no I/O. Text is
/// escaped (telemetry/json_text.h): no control, ANSI or bidirectional character comes through. A value longer
/// than kValueMax is cut; a field that does not fit is left out; the line then says "truncated":true. Always
/// one valid JSON object. Names are literals of ours.
class LogLine {
 public:
  static constexpr size_t kValueMax = 256;  // bytes of one value, as escaped

  LogLine(LogText& out, WallNs wall, Level level, ByteView event);

  LogLine& text(ByteView name, ByteView value);
  LogLine& number(ByteView name, uint64_t value);
  LogLine& boolean(ByteView name, bool value);

  /// finish ends the object and the line. Nothing may be added afterwards.
  void finish();

 private:
  static constexpr size_t kTail = 19;  // ,"truncated":true}\n
  size_t room() const { return LogText::kMax - kTail - out_.size; }
  void put(ByteView bytes);
  bool begin(ByteView name, size_t value_bytes);
  void put_text(ByteView value);

  LogText& out_;
  bool truncated_ = false;
  bool finished_ = false;
};

}  // namespace gatehouse::telemetry
