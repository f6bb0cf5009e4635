#include "telemetry/log_line.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/assert.h"
#include "telemetry/json_text.h"

namespace gatehouse::telemetry {

namespace {

void digits(char* out, uint64_t value, int count) {
  for (int i = count - 1; i >= 0; --i, value /= 10) out[i] = static_cast<char>('0' + value % 10);
}

}  // namespace

ByteView level_name(Level level) {
  switch (level) {
    case Level::debug: return "debug";
    case Level::info: return "info";
    case Level::warning: return "warning";
    case Level::error: return "error";
  }
  return "error";
}

// Civil date from days since 1970 (Howard Hinnant, "chrono-compatible low-level date algorithms").
void format_time(WallNs wall, char* out) {
  const uint64_t seconds = wall / kNsPerSecond;
  const uint64_t days = seconds / 86400 + 719468;
  const uint64_t era = days / 146097;
  const uint64_t day_of_era = days % 146097;
  const uint64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const uint64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const uint64_t shifted_month = (5 * day_of_year + 2) / 153;  // March is 0
  const uint64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  memcpy(out, "0000-00-00T00:00:00.000000Z", kTimeText);
  digits(out, era * 400 + year_of_era + (month <= 2 ? 1 : 0), 4);
  digits(out + 5, month, 2);
  digits(out + 8, day_of_year - (153 * shifted_month + 2) / 5 + 1, 2);
  digits(out + 11, seconds / 3600 % 24, 2);
  digits(out + 14, seconds / 60 % 60, 2);
  digits(out + 17, seconds % 60, 2);
  digits(out + 20, wall % kNsPerSecond / kNsPerUs, 6);
}

LogLine::LogLine(LogText& out, WallNs wall, Level level, ByteView event) : out_(out) {
  out_.size = 0;
  char time[kTimeText];
  format_time(wall, time);
  put("{\"time\":\"");
  put({time, sizeof time});
  put("\",\"level\":\"");
  put(level_name(level));
  put("\",\"event\":\"");
  put_text(event);
  put("\"");
}

void LogLine::put(ByteView bytes) {
  GH_ASSERT(bytes.size() <= room());
  memcpy(out_.bytes + out_.size, bytes.data(), bytes.size());
  out_.size = static_cast<uint16_t>(out_.size + bytes.size());
}

// Writes ,"name": when it and `value_bytes` more fit.
bool LogLine::begin(ByteView name, size_t value_bytes) {
  GH_ASSERT(!finished_);
  if (name.size() + 4 + value_bytes > room()) {
    truncated_ = true;
    return false;
  }
  put(",\"");
  put(name);
  put("\":");
  return true;
}

void LogLine::put_text(ByteView value) {
  bool whole = true;
  const size_t most = std::min(kValueMax, room() - 1);
  const size_t written = write_json_text({out_.bytes + out_.size, most}, value, &whole);
  out_.size = static_cast<uint16_t>(out_.size + written);
  truncated_ |= !whole;
}

LogLine& LogLine::text(ByteView name, ByteView value) {
  if (!begin(name, 2)) return *this;
  put("\"");
  put_text(value);
  put("\"");
  return *this;
}

LogLine& LogLine::number(ByteView name, uint64_t value) {
  char text[20];
  const char* end = std::to_chars(text, text + sizeof text, value).ptr;
  const size_t length = static_cast<size_t>(end - text);
  if (begin(name, length)) put({text, length});
  return *this;
}

LogLine& LogLine::boolean(ByteView name, bool value) {
  const ByteView text = value ? "true" : "false";
  if (begin(name, text.size())) put(text);
  return *this;
}

void LogLine::finish() {
  GH_ASSERT(!finished_);
  finished_ = true;
  const ByteView tail = truncated_ ? ",\"truncated\":true}\n" : "}\n";
  static_assert(kTail == sizeof(",\"truncated\":true}\n") - 1);
  memcpy(out_.bytes + out_.size, tail.data(), tail.size());
  out_.size = static_cast<uint16_t>(out_.size + tail.size());
}

}  // namespace gatehouse::telemetry
