// One structured log line as a value: one JSON object, whatever the text in it.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/time.h"

namespace gatehouse::telemetry {

enum class Level : uint8_t { info, warning, error };

/// kTimeText is the length of RFC 3339 UTC with microseconds, "2026-01-31T23:59:59.000001Z".
inline constexpr size_t kTimeText = 27;

/// format_time writes exactly kTimeText characters to out, no terminator.
void format_time(WallNs wall, char* out);

/// LogLine builds {"time":…,"level":…,"event":…, fields…} in its own fixed memory; no allocation, no I/O.
/// Text is escaped (telemetry/json_text.h): no control, ANSI or bidirectional character comes through.
/// A value longer than kTextMax is cut; a field that does not fit is left out; then the line says
/// "cut":true. Always one valid JSON object. Names are literals of ours.
class LogLine {
 public:
  static constexpr size_t kBytes = 4096;
  static constexpr size_t kTextMax = 1024;  // of one value, as escaped

  LogLine(WallNs wall, Level level, ByteView event);

  LogLine& text(ByteView name, ByteView value);
  LogLine& number(ByteView name, uint64_t value);
  LogLine& flag(ByteView name, bool value);

  /// finish ends the object and lends the line, without a line end; valid as long as this lives.
  /// Nothing may be added afterwards.
  ByteView finish();

 private:
  static constexpr size_t kTail = 12;  // ,"cut":true}
  size_t room() const { return kBytes - kTail - used_; }
  void put(ByteView bytes);
  bool begin(ByteView name, size_t value_bytes);
  void put_text(ByteView value);

  size_t used_ = 0;
  bool cut_ = false;
  bool finished_ = false;
  char bytes_[kBytes];
};

}  // namespace gatehouse::telemetry
